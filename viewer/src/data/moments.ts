import type { AttentionRecord, Moment } from "../data.ts";
import type { Blocks } from "./blocks.ts";
import type { HeadCache } from "./cache.ts";
import type { MomentsEntry } from "./manifest.ts";
import { openRecord } from "./record.ts";

/** Opens every record of the moments. */
export async function openMoments(entry: MomentsEntry, blocks: Blocks, cache: HeadCache): Promise<Moment[]> {
  const masks = await Promise.all(entry.examples.map(({ mask }) => (mask === null ? null : blocks.read(mask))));
  const moments: Promise<Moment>[] = entry.moments.map(async ({ step, records }) => {
    const opened: Promise<AttentionRecord>[] = records.map((record) => {
      const example = entry.examples[record.example];
      if (!example) throw new Error(`example ${record.example} is missing`);
      return openRecord(record, example, masks[record.example] ?? null, blocks, cache);
    });
    return { step, records: await Promise.all(opened) };
  });
  return Promise.all(moments);
}
