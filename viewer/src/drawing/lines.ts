import { MaskCell, type AttentionRecord, type Head } from "../data.ts";
import { part, type Palette, type Scale } from "./colours.ts";
import { drawRowLabels, rowLabels } from "./labels.ts";
import type { Scene, Shape } from "./scene.ts";
import { shortened } from "./scene.ts";
import { label } from "../tokens.ts";
import type { Style } from "./style.ts";

/** A head of the layer with the number that decides its colour. */
export interface DrawnHead {
  readonly at: number;
  readonly head: Head;
}

/** A token that was pointed at: only its lines are drawn. */
export interface Focus {
  readonly side: "query" | "key";
  readonly at: number;
}

/** The token that a chosen query or key is; null where neither is chosen. */
export function focusOf({ query, key }: { readonly query: number | null; readonly key: number | null }): Focus | null {
  if (query !== null) return { side: "query", at: query };
  return key === null ? null : { side: "key", at: key };
}

/** Where the rows of tokens stand: `offset` is how far the list was scrolled, `height` how much of it is seen. */
export interface Column {
  readonly rowHeight: number;
  readonly offset: number;
  readonly height: number;
}

export interface LinesDrawing {
  readonly scene: Scene;
  /** The columns' inner edges; a point left of the first is on a query, right of the second on a key. */
  readonly edges: readonly [number, number];
  /** Lines that would have been drawn if there were not so many, and the weight under which they are. */
  readonly leftOut: { readonly count: number; readonly below: number } | null;
}

/** More lines than this make a grey area and a slow page. */
const MOST_LINES = 2500;

/** Dashes take ten times as long to draw, and among more lines than this they cannot be told anyway. */
const MOST_DASHED = 400;

export const HEADLINE = 26;

/** Weights from queries on the left to keys on the right as lines: the stronger, the darker and thicker. */
export function linesDrawing(
  record: AttentionRecord,
  heads: readonly DrawnHead[],
  focus: Focus | null,
  column: Column,
  width: number,
  style: Style,
): LinesDrawing {
  const { palette, words, measure } = style;
  const { rowHeight, offset } = column;
  const height = HEADLINE + column.height;
  const most = Math.max(56, Math.min(180, width * 0.26));
  const first = Math.max(0, Math.floor(offset / rowHeight));
  const seen = (tokens: number) => Math.min(tokens, Math.ceil((offset + column.height) / rowHeight));
  const left = rowLabels(record.queryTokens, 0, record.queries, rowHeight, most, measure, 15);
  const right = rowLabels(record.keyTokens, 0, record.keys, rowHeight, most, measure, 15);
  const boxes = focus === null ? 0 : heads.length * Math.min(10, rowHeight - 3) + 6;
  const [x1, x2] = [
    Math.max(left.room, measure(words.query[record.kind], 12)) + 8,
    width - Math.max(right.room, measure(words.key[record.kind], 12)) - 8,
  ];
  const yOf = (at: number) => HEADLINE + (at + 0.5) * rowHeight - offset;

  const { lines, leftOut } = strongest(record, heads, focus, style, first, seen(record.queries), seen(record.keys));
  // Many heads between low rows leave less room for each line.
  const thick = Math.min(1, Math.max(0.35, rowHeight / (2.5 * heads.length)));
  const shapes: Shape[] = lines.map(({ query, key, weight, place }) => {
    const shift = (place - (heads.length - 1) / 2) * Math.min(2.5, rowHeight / (heads.length + 1));
    return {
      shape: "ribbon",
      x1: x1 + (focus?.side === "key" ? boxes : 0),
      y1: yOf(query) + shift,
      x2: x2 - (focus?.side === "query" ? boxes : 0),
      y2: yOf(key) + shift,
      thickness: Math.max(focus === null ? 0 : 1, thick * (0.9 + 2.6 * part(weight, style.scale))),
      opacity: lineOpacity(part(weight, style.scale), focus === null ? lines.length : 1),
      ...(lines.length > MOST_DASHED ? { stroke: headStroke(heads[place]!.at, palette).stroke } : headStroke(heads[place]!.at, palette)),
    };
  });
  if (focus !== null) shapes.push(...squares(record, heads, focus, [x1, x2], yOf, rowHeight, style));
  // What was scrolled out must not show through above the list.
  shapes.push({ shape: "box", x: 0, y: 0, width, height: HEADLINE - 2, fill: palette.paper });
  const visibleFrom = (labels: typeof left) => ({
    ...labels,
    shown: labels.shown.filter(({ at }) => yOf(at) > HEADLINE && yOf(at) < height + rowHeight / 2),
  });
  const chosen = (side: "query" | "key") => (focus?.side === side ? focus.at : null);
  shapes.push(
    ...emphasised(
      drawRowLabels(visibleFrom(left), x1 - 6, HEADLINE - offset, rowHeight, 0, palette.ink),
      visibleFrom(left),
      chosen("query"),
      palette,
    ),
  );
  const keys = drawRowLabels(visibleFrom(right), x2 + 6, HEADLINE - offset, rowHeight, 0, palette.ink).map(
    (shape) => ({ ...shape, anchor: "start" }) as Shape,
  );
  shapes.push(...emphasised(keys, visibleFrom(right), chosen("key"), palette));
  for (const side of ["query", "key"] as const) {
    const at = chosen(side);
    const tokens = side === "query" ? record.queryTokens : record.keyTokens;
    const labels = side === "query" ? left : right;
    if (at === null || labels.shown.some((each) => each.at === at)) continue;
    // Its label was thinned out.
    const text = shortened(label(tokens[at]!), 12, most, measure);
    const wide = measure(text, 12, true);
    const x = side === "query" ? x1 - 6 - wide : x2 + 6;
    shapes.push({ shape: "box", x: x - 3, y: yOf(at) - 9, width: wide + 6, height: 18, fill: palette.paper });
    shapes.push({ shape: "words", x, y: yOf(at), text, size: 12, fill: palette.accent, anchor: "start", bold: true });
  }
  shapes.push({ shape: "words", x: x1 - 6, y: 10, text: words.query[record.kind], size: 12, fill: palette.faint, anchor: "end" });
  shapes.push({ shape: "words", x: x2 + 6, y: 10, text: words.key[record.kind], size: 12, fill: palette.faint, anchor: "start" });
  return { scene: { width, height, background: palette.paper, shapes }, edges: [x1, x2], leftOut };
}

/** Weights below it have no line: there are many of them, and together they would hide the others. */
export function faintest(scale: Scale): number {
  return scale === "linear" ? 0.01 : 0.0002;
}

/**
 * How much of its colour a line has, by its weight's place on the scale. Among few lines even a weak one must be seen on a projector, and
 * thickness tells it from strong ones; among a thousand, weak ones that were not faint would hide what is strong.
 */
export function lineOpacity(part: number, lines: number): number {
  const few = Math.min(1, FEW_LINES / lines);
  return 0.02 + 0.43 * few + (0.98 - 0.43 * few) * part ** (1 - (2 / 3) * few);
}

const FEW_LINES = 100;

/** The colour of a head, and the dashes of the thirteenth and later ones, which share colours with the first. */
export function headStroke(at: number, palette: Palette): { stroke: string; dash?: readonly number[] } {
  const stroke = palette.heads[at % palette.heads.length]!;
  const round = Math.floor(at / palette.heads.length);
  return round === 0 ? { stroke } : { stroke, dash: round === 1 ? [5, 3] : round === 2 ? [2, 3] : [8, 3, 2, 3] };
}

/** The drawing of all rows with what the page says beside it: which colour is which head, and what is not drawn. */
export function savedLines(
  record: AttentionRecord,
  heads: readonly DrawnHead[],
  focus: Focus | null,
  rowHeight: number,
  width: number,
  style: Style,
): Scene {
  const height = Math.max(record.queries, record.keys) * rowHeight;
  const { scene, leftOut } = linesDrawing(record, heads, focus, { rowHeight, offset: 0, height }, width, style);
  const { palette, words, measure } = style;
  const shapes = [...scene.shapes];
  let [x, y] = [4, scene.height + 20];
  for (const { at } of heads) {
    const wide = 30 + measure(words.headShort(at), 12);
    if (x + wide > width) [x, y] = [4, y + 20];
    shapes.push({ shape: "line", x1: x, y1: y, x2: x + 22, y2: y, thickness: 4, ...headStroke(at, palette) });
    shapes.push({ shape: "words", x: x + 28, y, text: words.headShort(at), size: 12, fill: palette.ink, anchor: "start" });
    x += wide + 16;
  }
  if (leftOut !== null) {
    y += 22;
    shapes.push({
      shape: "words",
      x: 4,
      y,
      text: words.leftOut(leftOut.count, leftOut.below.toFixed(3)),
      size: 12,
      fill: palette.faint,
      anchor: "start",
    });
  }
  return { ...scene, height: y + 14, shapes };
}

function emphasised(shapes: readonly Shape[], labels: { shown: readonly { at: number }[] }, at: number | null, palette: Palette): Shape[] {
  return shapes.map((shape, place) =>
    shape.shape === "words" && at !== null && labels.shown[place]?.at === at ? { ...shape, bold: true, fill: palette.accent } : shape,
  );
}

interface Found {
  readonly query: number;
  readonly key: number;
  readonly weight: number;
  readonly place: number;
}

/** The lines to be drawn, the faintest first so that the strong ones lie on top. */
function strongest(
  record: AttentionRecord,
  heads: readonly DrawnHead[],
  focus: Focus | null,
  style: Style,
  first: number,
  lastQuery: number,
  lastKey: number,
) {
  const order = ordered(record, heads, Math.max(style.threshold, faintest(style.scale)));
  const { keys, queries } = record;
  const lines: Found[] = [];
  let [count, below] = [0, 0];
  for (let at = order.length - 1; at >= 0; at--) {
    const index = order[at]! % INDEX;
    const cell = index % (queries * keys);
    const [query, key] = [Math.floor(cell / keys), cell % keys];
    if (focus !== null && (focus.side === "query" ? query : key) !== focus.at) continue;
    if ((query < first || query >= lastQuery) && (key < first || key >= lastKey)) continue;
    const place = Math.floor(index / (queries * keys));
    const weight = heads[place]!.head.weights[cell]!;
    if (lines.length < MOST_LINES) lines.push({ query, key, weight, place });
    else if (count++ === 0) below = weight;
  }
  return { lines: lines.reverse(), leftOut: count === 0 ? null : { count, below } };
}

/** Room for the places of cells in a number that holds a weight and a place. */
const INDEX = 2 ** 32;

const sorted = new WeakMap<readonly DrawnHead[], { readonly least: number; readonly order: Float64Array }>();

/** The cells of all heads with at least so much weight, ascending: each a number with the weight above and the cell's place below, which sort fast. */
function ordered(record: AttentionRecord, heads: readonly DrawnHead[], least: number): Float64Array {
  const before = sorted.get(heads);
  if (before?.least === least) return before.order;
  const cells = record.queries * record.keys;
  const found: number[] = [];
  heads.forEach(({ head: { weights } }, place) => {
    for (let cell = 0; cell < cells; cell++) {
      if (weights[cell]! < least || (record.mask !== null && record.mask[cell] !== MaskCell.visible)) continue;
      found.push(Math.floor(weights[cell]! * 2 ** 20) * INDEX + place * cells + cell);
    }
  });
  const order = Float64Array.from(found).sort();
  sorted.set(heads, { least, order });
  return order;
}

/** Beside each token of the other side a square for each head, as strong as the weight: lines alone do not say which head is how strong. */
function squares(
  record: AttentionRecord,
  heads: readonly DrawnHead[],
  focus: Focus,
  [x1, x2]: readonly [number, number],
  yOf: (at: number) => number,
  rowHeight: number,
  style: Style,
): Shape[] {
  const size = Math.min(10, rowHeight - 3);
  const shapes: Shape[] = [];
  const others = focus.side === "query" ? record.keys : record.queries;
  for (let other = 0; other < others; other++) {
    heads.forEach(({ at, head }, place) => {
      const cell = focus.side === "query" ? focus.at * record.keys + other : other * record.keys + focus.at;
      if (head.weights[cell]! < Math.max(style.threshold, faintest(style.scale))) return;
      const opacity = 0.12 + 0.88 * part(head.weights[cell]!, style.scale) ** 0.6;
      const x = focus.side === "query" ? x2 - 4 - (heads.length - place) * size : x1 + 4 + place * size;
      shapes.push({
        shape: "box",
        x,
        y: yOf(other) - size / 2,
        width: size - 1,
        height: size,
        fill: headStroke(at, style.palette).stroke,
        opacity,
      });
    });
  }
  return shapes;
}
