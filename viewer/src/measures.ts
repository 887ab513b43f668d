import type { AttentionRecord, Measures } from "./data.ts";

/** The measures by which heads can be ordered. */
export const MEASURES = ["alignment", "sharpness", "entropy", "offset", "first"] as const satisfies readonly (keyof Measures)[];
export type Measured = (typeof MEASURES)[number];

/** A head in one number; null where it has none, as an alignment score where the task does not say what it needs. */
export function measured(
  sort: Measured,
  record: AttentionRecord,
  layer: number,
  head: number,
): { readonly value: number; readonly offset?: number } | null {
  const measures = record.measures(layer, head);
  const value = measures[sort];
  if (value === null) return null;
  return sort === "offset" && measures.bestOffset !== null ? { value, offset: measures.bestOffset } : { value };
}

/** Whether more of it comes first. */
export function descends(sort: Measured): boolean {
  return sort !== "entropy";
}

/** How far a row's sum may be from 1 (or from 0, where every key is masked) before it is marked: a float's rounding over many keys. */
export const SUM_TOLERANCE = 1e-3;

/** Says of a row whether its weights are a distribution, all masked, or something else. */
export function rowState(sum: number): "one" | "none" | "other" {
  if (Math.abs(sum - 1) <= SUM_TOLERANCE) return "one";
  return Math.abs(sum) <= SUM_TOLERANCE ? "none" : "other";
}
