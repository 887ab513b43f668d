import { MaskCell, type AttentionRecord, type Head, type Projections } from "./data.ts";

/** What became of one query, step by step: softmax(mask(q Kᵀ / √d_head + bias)) V. */
export interface Steps {
  /** `[keys]`: q · k. */
  readonly scores: Float64Array;
  /** `[keys]`: divided by √d_head. */
  readonly scaled: Float64Array;
  /** `[keys]`: with the bias added; null where there is none. */
  readonly biased: Float64Array | null;
  /** `[keys]`: −∞ where a key is hidden. */
  readonly masked: Float64Array;
  /** `[keys]`: all zeros where every key is hidden. */
  readonly weights: Float64Array;
  /** `[keys, dValue]`: each value times its weight. */
  readonly weighted: Float64Array;
  /** `[dValue]`: their sum. */
  readonly context: Float64Array;
  /** The largest distance between these weights and those of the record. */
  readonly apart: number;
}

export function steps(record: AttentionRecord, head: Head, projections: Projections, query: number): Steps {
  const { keys } = record;
  const { dHead, dValue } = projections;
  const scores = new Float64Array(keys);
  for (let key = 0; key < keys; key++) {
    for (let at = 0; at < dHead; at++) scores[key]! += projections.query[query * dHead + at]! * projections.key[key * dHead + at]!;
  }
  const scaled = scores.map((score) => score / Math.sqrt(dHead));
  const { bias } = projections;
  const biased = bias === null ? null : scaled.map((score, key) => score + bias[query * keys + key]!);
  const masked = (biased ?? scaled).map((score, key) => (isHidden(record, query, key) ? Number.NEGATIVE_INFINITY : score));
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
  const apart = weights.reduce((most, weight, key) => Math.max(most, Math.abs(weight - head.weights[query * keys + key]!)), 0);
  return { scores, scaled, biased, masked, weights, weighted, context, apart };
}

export function isHidden(record: AttentionRecord, query: number, key: number): boolean {
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

/** A query to begin with: the first of which the task needs a key, or else the last, which sees most. */
export function firstQuery(record: AttentionRecord): number {
  const needed = record.alignment?.findIndex((keys) => keys.length > 0) ?? -1;
  return needed >= 0 ? needed : record.queries - 1;
}
