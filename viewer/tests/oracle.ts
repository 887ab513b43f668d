/** The measures of heads a second time, from weights as they are: what the numbers in a page are compared with, and what records made in memory use. */
import type { AttentionRecord, Measures } from "../src/data.ts";

type Weights = Pick<AttentionRecord, "queries" | "keys" | "mask" | "alignment"> & { readonly weights: Float32Array };

export function measuresOf(head: Weights): Measures {
  const rows = [...choosing(head)];
  const mean = (of: (row: Float32Array) => number) => (rows.length === 0 ? null : total(rows.map(({ row }) => of(row))) / rows.length);
  const offsets = new Map<number, number>();
  for (const { query, row } of rows) {
    for (const [key, weight] of row.entries()) offsets.set(key - query, (offsets.get(key - query) ?? 0) + weight);
  }
  const best = [...offsets].sort(([left, one], [right, other]) => other - one || left - right)[0];
  return {
    alignment: alignmentScore(head),
    sharpness: mean((row) => Math.max(...row)),
    entropy: mean(entropyOf),
    offset: best === undefined ? null : best[1] / rows.length,
    bestOffset: best === undefined ? null : best[0],
    first: mean((row) => row[0]!),
  };
}

/** Of a row of weights, in bits. */
export function entropyOf(row: Float32Array): number {
  return Math.max(0, -total([...row].filter((weight) => weight > 0).map((weight) => weight * Math.log2(weight))));
}

function alignmentScore({ keys, weights, alignment }: Weights): number | null {
  const scores = (alignment ?? []).flatMap((needed, query) =>
    needed.length === 0 ? [] : [total(needed.map((key) => weights[query * keys + key]!))],
  );
  return scores.length === 0 ? null : total(scores) / scores.length;
}

/** The rows of queries that can choose: those that can attend to more than one key, and attend to any. */
function* choosing({ queries, keys, mask, weights }: Weights): Generator<{ query: number; row: Float32Array }> {
  for (let query = 0; query < queries; query++) {
    const row = weights.subarray(query * keys, (query + 1) * keys);
    const visible = mask === null ? keys : mask.subarray(query * keys, (query + 1) * keys).filter((cell) => cell === 0).length;
    if (visible > 1 && Math.abs(total([...row])) > 1e-3) yield { query, row };
  }
}

function total(numbers: readonly number[]): number {
  return numbers.reduce((sum, number) => sum + number, 0);
}
