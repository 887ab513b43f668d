import type { AttentionRecord, Head } from "./data.ts";
import type { Sort } from "./state/state.ts";

/** What can be counted of a head: every sort but the order of layers. */
export type Measured = Exclude<Sort, "layer">;

/** A head in one number; null where it has none, as an alignment score where the task does not say what it needs. */
export function measured(sort: Measured, record: AttentionRecord, head: Head): { readonly value: number; readonly offset?: number } | null {
  switch (sort) {
    case "alignment":
      return valueOf(alignmentScore(record, head));
    case "sharpness":
      return valueOf(meanOf(rows(record, head), largest));
    case "entropy":
      return valueOf(meanOf(rows(record, head), entropy));
    case "offset":
      return bestOffset(record, head);
    case "first":
      return valueOf(meanOf(rows(record, head), (row) => row[0]!));
  }
}

/** Whether more of it comes first. */
export function descends(sort: Measured): boolean {
  return sort !== "entropy";
}

/** The mean weight on the keys that the task needs, over the queries that need any; as `AttentionRecord::alignment_score` in Rust. */
export function alignmentScore(record: AttentionRecord, head: Head): number | null {
  if (record.alignment === null) return null;
  let [sum, count] = [0, 0];
  record.alignment.forEach((keys, query) => {
    if (keys.length === 0) return;
    count += 1;
    for (const key of keys) sum += head.weights[query * record.keys + key]!;
  });
  return count === 0 ? null : sum / count;
}

/** Of a row of weights, in bits: 0 where one key has everything, log₂ n where n keys share evenly. */
export function entropy(row: Float32Array): number {
  let bits = 0;
  for (const weight of row) if (weight > 0) bits -= weight * Math.log2(weight);
  return Math.max(0, bits);
}

/** How far a row's sum may be from 1 (or from 0, where every key is hidden) before it is marked: a float's rounding over many keys. */
export const SUM_TOLERANCE = 1e-3;

/** Says of a row whether its weights are a distribution, all hidden, or something else. */
export function rowState(sum: number): "one" | "none" | "other" {
  if (Math.abs(sum - 1) <= SUM_TOLERANCE) return "one";
  return Math.abs(sum) <= SUM_TOLERANCE ? "none" : "other";
}

/** The offset between query and key with the most weight on its diagonal, over queries with a choice. Negative is to the left, an earlier key. */
function bestOffset(record: AttentionRecord, head: Head): { value: number; offset: number } | null {
  const { queries, keys } = record;
  const sums = new Float64Array(queries + keys - 1);
  let rows = 0;
  for (let query = 0; query < queries; query++) {
    if (!choice(record, head, query)) continue;
    rows += 1;
    for (let key = 0; key < keys; key++) sums[key - query + queries - 1]! += head.weights[query * keys + key]!;
  }
  if (rows === 0) return null;
  const best = sums.reduce((best, sum, at) => (sum > sums[best]! ? at : best), 0);
  return { value: sums[best]! / rows, offset: best - (queries - 1) };
}

/** The rows that say something: a query that sees one key alone, or none, has no choice. */
function* rows(record: AttentionRecord, head: Head): Generator<Float32Array> {
  for (let query = 0; query < record.queries; query++) {
    if (choice(record, head, query)) yield head.weights.subarray(query * record.keys, (query + 1) * record.keys);
  }
}

function choice(record: AttentionRecord, head: Head, query: number): boolean {
  if (rowState(head.sums[query]!) === "none") return false;
  if (record.mask === null) return record.keys > 1;
  let visible = 0;
  for (let key = 0; key < record.keys && visible < 2; key++) if (record.mask[query * record.keys + key] === 0) visible += 1;
  return visible > 1;
}

function meanOf(rows: Iterable<Float32Array>, of: (row: Float32Array) => number): number | null {
  let [sum, count] = [0, 0];
  for (const row of rows) {
    sum += of(row);
    count += 1;
  }
  return count === 0 ? null : sum / count;
}

function valueOf(value: number | null): { value: number } | null {
  return value === null ? null : { value };
}

function largest(row: Float32Array): number {
  let most = 0;
  for (const weight of row) if (weight > most) most = weight;
  return most;
}
