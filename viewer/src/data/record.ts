import { type AttentionRecord, type Head, type Measures, PARTS, type Part, type Projections, type Texts, type Thumbnail } from "../data.ts";
import { cellsOf, positionsOf } from "../parts.ts";
import type { Blocks } from "./blocks.ts";
import type { HeadCache } from "./cache.ts";
import type { Example, Panels, ProjectionsEntry, RecordEntry, ThumbnailsEntry } from "./manifest.ts";
import { countVisible, Reader, readWeights, type Weights, weightsSize } from "./quantised.ts";

/** Opens a record. What its thumbnails need is unpacked at once, everything else when it is asked for. */
export async function openRecord(
  entry: RecordEntry,
  { kind, queryTokens, keyTokens, alignment, segments }: Example,
  mask: Uint8Array | null,
  blocks: Blocks,
  cache: HeadCache,
): Promise<AttentionRecord> {
  const { layers, heads, bits, thumbnails } = entry;
  const [queries, keys] = [queryTokens.length, keyTokens.length];
  const size = weightsSize(queries, mask ? countVisible(mask) : queries * keys, bits);
  const numberOf = (layer: number, head: number): number => {
    if (!(layer >= 0 && layer < layers && head >= 0 && head < heads)) {
      throw new RangeError(`layer ${layer}, head ${head}: there are ${layers} layers of ${heads} heads`);
    }
    return layer * heads + head;
  };
  const weightsIn = (block: Uint8Array, number: number): Weights =>
    readWeights(new Reader(block, (number % entry.weights.perBlock) * size), queries, keys, mask, bits);

  const pictures = new Map<number, Thumbnail>();
  const picture = (number: number): Thumbnail => {
    const found = pictures.get(number) ?? small(number);
    pictures.set(number, found);
    return found;
  };
  let small: (number: number) => Thumbnail;
  let smallPart: (part: Part, number: number) => Thumbnail;
  let weightsOf: (number: number) => Promise<Weights>;
  if (thumbnails) {
    small = await openThumbnails(thumbnails, blocks);
    const parts = await Promise.all((thumbnails.parts ?? []).map((each) => openThumbnails(each, blocks)));
    smallPart = (part, number) => parts[PARTS.indexOf(part)]!(number);
    weightsOf = async (number) => weightsIn(await blocks.read(blockOf(entry.weights, number)), number);
  } else {
    // Heads that are no larger than a thumbnail are their own.
    const count = Math.ceil((layers * heads) / entry.weights.perBlock);
    const all = await Promise.all(Array.from({ length: count }, (_, at) => blocks.read(entry.weights.first + at)));
    const held = (number: number): Weights => weightsIn(all[Math.floor(number / entry.weights.perBlock)]!, number);
    small = (number) => ({ rows: queries, columns: keys, values: Uint8Array.from(held(number).weights, toByte) });
    smallPart = (part, number) => {
      const positions = positionsOf(segments!, part);
      return { rows: positions.queries.length, columns: positions.keys.length, values: cellsOf(picture(number).values, keys, positions) };
    };
    weightsOf = async (number) => held(number);
  }

  const decode = async (number: number): Promise<Head> => {
    const projections = entry.projections ? readProjections(entry.projections, blocks, number, heads, queries, keys) : null;
    return { ...(await weightsOf(number)), projections: await projections };
  };
  const texts: Texts | null = segments ? { segments, thumbnail: (part, layer, head) => smallPart(part, numberOf(layer, head)) } : null;
  return {
    kind,
    layers,
    layerNumbers: entry.layerNumbers ?? Array.from({ length: layers }, (_, layer) => layer),
    heads,
    queries,
    keys,
    queryTokens,
    keyTokens,
    mask,
    alignment,
    texts,
    positions: null,
    measures(layer, head) {
      const number = numberOf(layer, head);
      const of = (column: keyof Measures): number | null => entry.measures[column][number] ?? null;
      return {
        alignment: of("alignment"),
        sharpness: of("sharpness"),
        entropy: of("entropy"),
        offset: of("offset"),
        bestOffset: of("bestOffset"),
        first: of("first"),
      };
    },
    thumbnail(layer, head) {
      return picture(numberOf(layer, head));
    },
    head(layer, head) {
      const number = numberOf(layer, head);
      return cache.get(`${blocks.name}/${entry.weights.first}/${number}`, queries * keys, () => decode(number));
    },
  };
}

async function openThumbnails({ block, rows, columns }: ThumbnailsEntry, blocks: Blocks): Promise<(number: number) => Thumbnail> {
  const all = await blocks.read(block);
  const area = rows * columns;
  return (number) => ({ rows, columns, values: all.subarray(number * area, (number + 1) * area) });
}

function toByte(weight: number): number {
  return Math.min(255, Math.round(weight * 255));
}

function blockOf({ first, perBlock }: Panels, number: number): number {
  return first + Math.floor(number / perBlock);
}

async function readProjections(
  { dHead, dValue, panels, bias }: ProjectionsEntry,
  blocks: Blocks,
  number: number,
  heads: number,
  queries: number,
  keys: number,
): Promise<Projections> {
  const sizes = { query: signedSize(queries, dHead), key: signedSize(keys, dHead), value: signedSize(keys, dValue) };
  const size = sizes.query + sizes.key + sizes.value;
  const reader = new Reader(await blocks.read(blockOf(panels, number)), (number % panels.perBlock) * size);
  const [query, key, value] = [reader.signed(queries, dHead), reader.signed(keys, dHead), reader.signed(keys, dValue)];
  if (!bias) return { dHead, dValue, query, key, value, bias: null };
  const head = number % heads;
  const biases = await blocks.read(blockOf(bias, head));
  const at = (head % bias.perBlock) * signedSize(queries, keys);
  return { dHead, dValue, query, key, value, bias: new Reader(biases, at).signed(queries, keys) };
}

/** How many bytes rows of numbers of either sign take. */
function signedSize(rows: number, columns: number): number {
  return rows * (4 + 2 * columns);
}
