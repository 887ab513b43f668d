import type { AttentionRecord, Head, Part } from "./data.ts";

/**
 * The attention from one of a record's two texts to one of them, as a record: the queries of the one and the keys of the other, with their
 * weights as they are. What is said of rows and heads (sums, entropies, measures) is still that of the whole ones. Q, K and V stay behind: a
 * softmax over some of the keys is not the head's.
 */
export function partOf(record: AttentionRecord, part: Part): AttentionRecord {
  const { texts, mask, alignment, keys } = record;
  if (texts === null) throw new Error("the record has one text");
  const positions = positionsOf(texts.segments, part);
  const [queries, columns] = [positions.queries, positions.keys];
  return {
    kind: record.kind,
    layers: record.layers,
    layerNumbers: record.layerNumbers,
    heads: record.heads,
    queries: queries.length,
    keys: columns.length,
    queryTokens: queries.map((query) => record.queryTokens[query]!),
    keyTokens: columns.map((key) => record.keyTokens[key]!),
    mask: mask && cellsOf(mask, keys, positions),
    alignment: alignment && queries.map((query) => alignment[query]!.map((key) => columns.indexOf(key)).filter((at) => at >= 0)),
    texts: null,
    positions,
    measures: record.measures,
    thumbnail: (layer, head) => texts.thumbnail(part, layer, head),
    head: async (layer, head) => headOf(await record.head(layer, head), keys, positions),
  };
}

/** Where the queries and the keys of a part are. */
export function positionsOf(segments: readonly number[], part: Part): NonNullable<AttentionRecord["positions"]> {
  const [from, to] = { "1-1": [0, 0], "1-2": [0, 1], "2-1": [1, 0], "2-2": [1, 1] }[part] as [number, number];
  const tokensOf = (text: number) => segments.flatMap((segment, at) => (segment === text ? [at] : []));
  const queries = tokensOf(from);
  return { queries, keys: from === to ? queries : tokensOf(to) };
}

/** The cells of a part, `[queries, keys]`, from those of the whole, of which a row has so many. */
export function cellsOf<T extends Uint8Array | Float32Array>(
  cells: T,
  columns: number,
  { queries, keys }: NonNullable<AttentionRecord["positions"]>,
): T {
  const found = cells.slice(0, queries.length * keys.length) as T;
  queries.forEach((query, row) => {
    keys.forEach((key, column) => {
      found[row * keys.length + column] = cells[query * columns + key]!;
    });
  });
  return found;
}

/** A query's or key's position in the whole record. */
export function positionOf({ positions }: AttentionRecord, side: "queries" | "keys", at: number): number {
  return positions?.[side][at] ?? at;
}

/** Whether queries and keys are the same tokens. */
export function attendsToItself({ kind, positions }: AttentionRecord): boolean {
  return kind !== "cross" && (positions === null || positions.queries === positions.keys);
}

function headOf(head: Head, keys: number, positions: NonNullable<AttentionRecord["positions"]>): Head {
  const rows = (numbers: Float32Array) => Float32Array.from(positions.queries, (query) => numbers[query]!);
  return {
    weights: cellsOf(head.weights, keys, positions),
    error: rows(head.error),
    sums: rows(head.sums),
    entropies: rows(head.entropies),
    projections: null,
  };
}
