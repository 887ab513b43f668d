/** Records that no run of Headlight makes, computed from queries and keys made up for the purpose. */
import { steps } from "../src/arithmetic.ts";
import { type AttentionRecord, type Head, type Kind, MaskCell, type Projections, type Texts, type Thumbnail } from "../src/data.ts";
import { cellsOf, positionsOf } from "../src/parts.ts";
import { entropyOf, measuresOf } from "./oracle.ts";

export interface Wanted {
  readonly kind: Kind;
  readonly layers: number;
  readonly heads: number;
  readonly queries: readonly string[];
  readonly keys: readonly string[];
  readonly causal?: boolean;
  readonly padded?: number;
  /** What the model counts the layers as, where they are not its first. */
  readonly layerNumbers?: readonly number[];
  /** So many tokens are of a first text, the others of a second one. */
  readonly first?: number;
  readonly needed?: (query: number) => number[];
  readonly projections?: "plain" | "biased" | undefined;
  /** How far training has come, 0–1. */
  readonly trained?: number;
  /** How far before its query a head attends; `head` positions where it is not said. */
  readonly back?: (layer: number, head: number) => number;
  /** Makes this row wrong. */
  readonly brokenRow?: number;
}

/** A head attends to a position so far before its own, the more sharply the further training has come. */
export function recordOf(wanted: Wanted): AttentionRecord {
  const { kind, layers, heads, queries: queryTokens, keys: keyTokens } = wanted;
  const [queries, keys] = [queryTokens.length, keyTokens.length];
  const mask = wanted.causal === true || wanted.padded !== undefined ? new Uint8Array(queries * keys) : null;
  for (let query = 0; mask !== null && query < queries; query++) {
    for (let key = 0; key < keys; key++) {
      if (wanted.padded !== undefined && key >= keys - wanted.padded) mask[query * keys + key] = MaskCell.padding;
      else if (wanted.causal === true && key > query) mask[query * keys + key] = MaskCell.causal;
    }
  }
  const alignment = wanted.needed === undefined ? null : queryTokens.map((_, query) => wanted.needed!(query));
  const layerNumbers = wanted.layerNumbers ?? Array.from({ length: layers }, (_, layer) => layer);
  const shape = { kind, layers, layerNumbers, heads, queries, keys, queryTokens, keyTokens, mask, alignment, texts: null, positions: null };
  const decode = (layer: number, head: number): Head => {
    const projections = projected(wanted, layer, head);
    const weights = new Float32Array(queries * keys);
    const error = new Float32Array(queries).fill(1 / 131_070);
    const sums = new Float32Array(queries).fill(1);
    const entropies = new Float32Array(queries);
    const found = {
      ...shape,
      measures: () => measuresOf({ ...shape, weights }),
      thumbnail: () => ({ rows: 1, columns: 1, values: new Uint8Array(1) }),
      head: () => Promise.reject(new Error()),
    };
    const empty = { weights: new Float32Array(queries * keys), error, sums, entropies, projections };
    for (let query = 0; query < queries; query++) {
      weights.set(steps(found, empty, projections, query).weights, query * keys);
      if (query === wanted.brokenRow) for (let key = 0; key < keys; key++) weights[query * keys + key]! *= 0.8;
      const row = weights.subarray(query * keys, (query + 1) * keys);
      sums[query] = row.reduce((sum, weight) => sum + weight, 0);
      entropies[query] = entropyOf(row);
    }
    return { weights, error, sums, entropies, projections: wanted.projections === undefined ? null : projections };
  };
  const known = new Map<string, Head>();
  const headAt = (layer: number, head: number) => {
    const name = `${layer} ${head}`;
    const found = known.get(name) ?? decode(layer, head);
    if (queries * keys < 10_000) known.set(name, found);
    return found;
  };
  const segments = queryTokens.map((_, at) => (at < (wanted.first ?? 0) ? 0 : 1));
  const texts: Texts = {
    segments,
    thumbnail: (part, layer, head): Thumbnail => {
      const positions = positionsOf(segments, part);
      const values = Uint8Array.from(headAt(layer, head).weights, (weight) => Math.round(weight * 255));
      return { rows: positions.queries.length, columns: positions.keys.length, values: cellsOf(values, keys, positions) };
    },
  };
  return {
    ...shape,
    texts: wanted.first === undefined ? null : texts,
    head: async (layer, head) => headAt(layer, head),
    measures: (layer, head) => measuresOf({ ...shape, weights: headAt(layer, head).weights }),
    thumbnail: (layer, head) => {
      const [rows, columns] = [Math.min(48, queries), Math.min(48, keys)];
      const values = new Uint8Array(rows * columns);
      const put = (query: number, key: number, weight: number) => {
        const at = Math.floor((query * rows) / queries) * columns + Math.floor((key * columns) / keys);
        values[at] = Math.max(values[at]!, Math.round(weight * 255));
      };
      if (queries * keys > 10_000) {
        // Reading 144 large heads would take the tests a minute.
        for (let query = 0; query < queries; query++) put(query, Math.min(keys - 1, Math.max(0, query - head)), 0.9);
      } else {
        for (const [cell, weight] of headAt(layer, head).weights.entries()) put(Math.floor(cell / keys), cell % keys, weight);
      }
      return { rows, columns, values };
    },
  };
}

/** Queries and keys on a circle, so that q · k is largest `head` positions before the query. */
function projected(wanted: Wanted, layer: number, head: number): Projections {
  const [queries, keys] = [wanted.queries.length, wanted.keys.length];
  const [dHead, dValue] = [8, 8];
  const back = wanted.back?.(layer, head) ?? head;
  const sharp = (0.4 + 5 * (wanted.trained ?? 1)) * (1 + 0.3 * layer);
  const turn = (position: number, at: number) => (at % 2 === 0 ? Math.cos : Math.sin)((position * (1 + (at >> 1))) / 3);
  const query = Float32Array.from({ length: queries * dHead }, (_, at) => sharp * turn(Math.floor(at / dHead) - back, at % dHead));
  const key = Float32Array.from({ length: keys * dHead }, (_, at) => turn(Math.floor(at / dHead), at % dHead));
  const value = Float32Array.from({ length: keys * dValue }, (_, at) => Math.sin(at * 1.7 + layer));
  const bias =
    wanted.projections === "biased"
      ? Float32Array.from({ length: queries * keys }, (_, at) => -0.25 * Math.max(0, Math.floor(at / keys) - (at % keys)))
      : null;
  return { dHead, dValue, query, key, value, bias };
}
