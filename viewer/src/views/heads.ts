import { isMasked } from "../arithmetic.ts";
import type { AttentionRecord, Head } from "../data.ts";
import { measured, type Measured } from "../measures.ts";
import { useLatest, type Latest } from "../state/latest.ts";
import type { Direction } from "../state/state.ts";
import { usePage } from "./context.ts";

/** A head together with the record that it is of: while another is read, both stay what they were. */
export interface ReadHead {
  readonly record: AttentionRecord;
  readonly layer: number;
  readonly at: number;
  readonly head: Head;
}

/** What the model counts a layer as. */
export function numberOf({ record, layer }: { readonly record: AttentionRecord; readonly layer: number }): number {
  return record.layerNumbers[layer] ?? layer;
}

/** The chosen head of the chosen record. */
export function useHead(): Latest<ReadHead> {
  const { store } = usePage();
  const record = store.record.value;
  const { layer, head: at } = store.seen.value;
  return useLatest(async () => ({ record, layer, at, head: await record.head(layer, at) }), [record, layer, at]);
}

/** The heads of the chosen layer that are shown. */
export function useLayer(): Latest<{ readonly record: AttentionRecord; readonly layer: number; readonly heads: readonly ReadHead[] }> {
  const { store } = usePage();
  const record = store.record.value;
  const { layer, hidden } = store.seen.value;
  const wanted = shownHeads(record, hidden);
  const read = async () => ({
    record,
    layer,
    heads: await Promise.all(wanted.map(async (at) => ({ record, layer, at, head: await record.head(layer, at) }))),
  });
  return useLatest(read, [record, layer, wanted.join()]);
}

/** The heads of a layer without those that are not shown. */
export function shownHeads(record: AttentionRecord, hidden: readonly number[]): number[] {
  return Array.from({ length: record.heads }, (_, at) => at).filter((at) => !hidden.includes(at));
}

/** The six positions with the most weight, of a query's keys or of a key's queries. */
export function strongest({ record, head }: ReadHead, direction: Direction, at: number): number[] {
  const weight = (other: number) => head.weights[direction === "from" ? at * record.keys + other : other * record.keys + at]!;
  return Array.from({ length: direction === "from" ? record.keys : record.queries }, (_, other) => other)
    .filter((other) => weight(other) > 0 && !(direction === "from" ? isMasked(record, at, other) : isMasked(record, other, at)))
    .sort((one, other) => weight(other) - weight(one))
    .slice(0, 6);
}

export interface MeasuredHead {
  readonly layer: number;
  readonly head: number;
  readonly value: number | null;
  readonly offset?: number;
}

/** Every head of a record with its number. */
export function measureAll(record: AttentionRecord, sort: Measured): MeasuredHead[] {
  return Array.from({ length: record.layers * record.heads }, (_, number) => {
    const [layer, head] = [Math.floor(number / record.heads), number % record.heads];
    const found = measured(sort, record, layer, head);
    return { layer, head, value: found?.value ?? null, ...(found?.offset !== undefined && { offset: found.offset }) };
  });
}
