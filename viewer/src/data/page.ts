import type { AttentionRecord, Dataset, Moment, StepMetrics } from "../data.ts";
import { readBlock } from "./blocks.ts";
import { HeadCache } from "./cache.ts";
import { openFindings } from "./findings.ts";
import { type Manifest, readManifest } from "./manifest.ts";
import { openRecord } from "./record.ts";

/** The dataset that this page carries. */
export async function openDataset(): Promise<Dataset> {
  if (!("DecompressionStream" in globalThis)) throw new Error("this browser is too old; those since 2023 can");
  const manifest = readManifest();
  const cache = new HeadCache();
  const masks = await Promise.all(manifest.examples.map(({ mask }) => (mask === null ? null : readBlock(mask))));
  const moments: Promise<Moment>[] = manifest.moments.map(async ({ step, records }) => {
    const opened: Promise<AttentionRecord>[] = records.map((entry) => {
      const example = manifest.examples[entry.example];
      if (!example) throw new Error(`example ${entry.example} is missing`);
      return openRecord(entry, example, masks[entry.example] ?? null, cache);
    });
    return { step, records: await Promise.all(opened) };
  });
  return {
    title: manifest.title,
    origin: { task: manifest.task, model: manifest.model },
    records: await Promise.all(moments),
    metrics: metricsOf(manifest),
    findings: openFindings(manifest.findings ?? []),
  };
}

function metricsOf({ metrics }: Manifest): StepMetrics[] {
  return metrics.step.map((step, at) => ({
    step,
    loss: metrics.loss[at]!,
    tokenAccuracy: metrics.tokenAccuracy[at]!,
    exactMatch: metrics.exactMatch[at] ?? null,
    learningRate: metrics.learningRate[at]!,
  }));
}
