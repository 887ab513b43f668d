import { MaskCell, type AttentionRecord, type Head, type Projections } from "./data.ts";
import { rowState } from "./measures.ts";

/** The attention of one query, step by step: softmax(mask(q Kᵀ / √d_head + bias)) V. */
export interface Steps {
  /** `[keys]`: q · k. */
  readonly scores: Float64Array;
  /** `[keys]`: divided by √d_head. */
  readonly scaled: Float64Array;
  /** `[keys]`: with the bias added; null where there is none. */
  readonly biased: Float64Array | null;
  /** `[keys]`: −∞ where a key is masked. */
  readonly masked: Float64Array;
  /** `[keys]`: all zeros where every key is masked. */
  readonly weights: Float64Array;
  /** `[keys, dValue]`: each value times its weight. */
  readonly weighted: Float64Array;
  /** `[dValue]`: their sum. */
  readonly context: Float64Array;
  /** These weights are at most so far from those of the record. */
  readonly apart: number;
  /** `[keys]` each: a number is at most this far from what the record's own vectors give. */
  readonly errors: { readonly scores: Float64Array; readonly scaled: Float64Array; readonly biased: Float64Array | null };
}

export function steps(record: AttentionRecord, head: Head, projections: Projections, query: number): Steps {
  const { keys } = record;
  const { dHead, dValue, bias } = projections;
  const scores = new Float64Array(keys);
  const errorOfScores = new Float64Array(keys);
  const errorOfQuery = vectorError(projections.query.subarray(query * dHead, (query + 1) * dHead));
  for (let key = 0; key < keys; key++) {
    const errorOfKey = vectorError(projections.key.subarray(key * dHead, (key + 1) * dHead));
    for (let at = 0; at < dHead; at++) {
      const [one, other] = [projections.query[query * dHead + at]!, projections.key[key * dHead + at]!];
      scores[key]! += one * other;
      errorOfScores[key]! += Math.abs(one) * errorOfKey + Math.abs(other) * errorOfQuery + errorOfQuery * errorOfKey;
    }
  }
  const scaled = scores.map((score) => score / Math.sqrt(dHead));
  const errorOfScaled = errorOfScores.map((error) => error / Math.sqrt(dHead));
  const errorOfBias = bias === null ? 0 : vectorError(bias.subarray(query * keys, (query + 1) * keys));
  const biased = bias === null ? null : scaled.map((score, key) => score + bias[query * keys + key]!);
  const masked = (biased ?? scaled).map((score, key) => (isMasked(record, query, key) ? Number.NEGATIVE_INFINITY : score));
  const weights = softmax(masked);
  const weighted = new Float64Array(keys * dValue);
  const context = new Float64Array(dValue);
  for (let key = 0; key < keys; key++) {
    for (let at = 0; at < dValue; at++) {
      const product = weights[key]! * projections.value[key * dValue + at]!;
      weighted[key * dValue + at] = product;
      context[at]! += product;
    }
  }
  const toThePage = weights.reduce((most, weight, key) => Math.max(most, Math.abs(weight - head.weights[query * keys + key]!)), 0);
  const apart = toThePage + head.error[query]!;
  const errors = { scores: errorOfScores, scaled: errorOfScaled, biased: bias === null ? null : errorOfScaled.map((e) => e + errorOfBias) };
  return { scores, scaled, biased, masked, weights, weighted, context, apart, errors };
}

/** How far a number of either sign may be from the record's: half a step of 16 bits of its row's largest, and the rounding to 32 bits. */
export function vectorError(row: Float32Array): number {
  const most = row.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  return most * (0.5 / 32_767 + 2 ** -23);
}

/** What a row of weights is: a distribution; 0 because its every key is masked; 0 for no reason that was recorded; or something else. */
export type RowKind = "one" | "none" | "zero" | "other";

export function rowKind(record: AttentionRecord, head: Head, query: number): RowKind {
  const sum = head.sums[query]!;
  const state = rowState(sum);
  if (state !== "none") return state;
  const { mask, keys } = record;
  const allMasked = mask?.subarray(query * keys, (query + 1) * keys).every((cell) => cell !== MaskCell.visible) === true;
  return allMasked ? "none" : sum === 0 ? "zero" : "other";
}

export function isMasked(record: AttentionRecord, query: number, key: number): boolean {
  return record.mask !== null && record.mask[query * record.keys + key] !== MaskCell.visible;
}

/** Where every score is −∞ the weights are 0, as in Headlight's attention. */
export function softmax(scores: Float64Array): Float64Array {
  const most = scores.reduce((most, score) => Math.max(most, score), Number.NEGATIVE_INFINITY);
  if (most === Number.NEGATIVE_INFINITY) return new Float64Array(scores.length);
  const powers = scores.map((score) => Math.exp(score - most));
  const sum = powers.reduce((sum, power) => sum + power, 0);
  return powers.map((power) => power / sum);
}

/** A query to begin with: the first that needs a key for the task, or else the last, which can attend to most. */
export function firstQuery(record: AttentionRecord): number {
  const needed = record.alignment?.findIndex((keys) => keys.length > 0) ?? -1;
  return needed >= 0 ? needed : record.queries - 1;
}
