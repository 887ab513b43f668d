import type { AttentionRecord, Head } from "../data.ts";
import { measured, type Measured } from "../measures.ts";
import { useLatest, type Latest } from "../state/latest.ts";
import { usePage } from "./context.ts";

/** A head together with the record that it is of: while another is read, both stay what they were. */
export interface ReadHead {
  readonly record: AttentionRecord;
  readonly layer: number;
  readonly at: number;
  readonly head: Head;
}

/** The chosen head of the chosen record. */
export function useHead(): Latest<ReadHead> {
  const { store } = usePage();
  const record = store.record.value;
  const { layer, head: at } = store.seen.value;
  return useLatest(async () => ({ record, layer, at, head: await record.head(layer, at) }), [record, layer, at]);
}

/** All heads of the chosen layer that are not hidden. */
export function useLayer(): Latest<{ readonly record: AttentionRecord; readonly layer: number; readonly heads: readonly ReadHead[] }> {
  const { store } = usePage();
  const record = store.record.value;
  const { layer, hidden } = store.seen.value;
  const wanted = Array.from({ length: record.heads }, (_, at) => at).filter((at) => !hidden.includes(at));
  const read = async () => ({
    record,
    layer,
    heads: await Promise.all(wanted.map(async (at) => ({ record, layer, at, head: await record.head(layer, at) }))),
  });
  return useLatest(read, [record, layer, wanted.join()]);
}

export interface MeasuredHead {
  readonly layer: number;
  readonly head: number;
  readonly value: number | null;
  readonly offset?: number;
}

const known = new WeakMap<AttentionRecord, Map<Measured, Promise<readonly MeasuredHead[]>>>();

/** Every head of a record with its number; read once, one head after the other, so that the page can be used meanwhile. */
export function measureAll(record: AttentionRecord, sort: Measured, progress: (done: number) => void): Promise<readonly MeasuredHead[]> {
  const before = known.get(record) ?? new Map<Measured, Promise<readonly MeasuredHead[]>>();
  known.set(record, before);
  const found = before.get(sort) ?? read(record, sort, progress);
  before.set(sort, found);
  return found;
}

async function read(record: AttentionRecord, sort: Measured, progress: (done: number) => void): Promise<readonly MeasuredHead[]> {
  const list: MeasuredHead[] = [];
  for (let layer = 0; layer < record.layers; layer++) {
    for (let at = 0; at < record.heads; at++) {
      const number = measured(sort, record, await record.head(layer, at));
      list.push({ layer, head: at, value: number?.value ?? null, ...(number?.offset !== undefined && { offset: number.offset }) });
      progress(list.length);
    }
  }
  return list;
}
