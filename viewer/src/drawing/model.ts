import { MaskCell, type AttentionRecord, type Thumbnail } from "../data.ts";
import { colourIndex, viridis } from "./colours.ts";
import { colourBar, legend } from "./legend.ts";
import { BLANK, type Area, type Scene, type Shape } from "./scene.ts";
import type { Style } from "./style.ts";

/** A head's place in the picture of a model. */
export interface Panel extends Area {
  readonly layer: number;
  readonly head: number;
  /** What it was sorted by, written out; empty in the order of layers. */
  readonly number: string;
}

export interface ModelDrawing {
  readonly scene: Scene;
  readonly panels: readonly Panel[];
}

/** A head to be shown, with its number. */
export interface Listed {
  readonly layer: number;
  readonly head: number;
  readonly number: string;
}

/** All heads: a row for each layer and a column for each head. */
export function modelGrid(record: AttentionRecord, width: number, height: number, style: Style): ModelDrawing {
  const { words, palette, measure } = style;
  const gap = width < 560 && record.heads > 8 ? 3 : record.heads > 8 ? 4 : 10;
  const left = Math.ceil(measure(words.layerShort(record.layerNumbers.at(-1)!), 12)) + 28;
  const top = 42;
  const side = Math.max(18, Math.min(240, (width - left) / record.heads - gap, Math.max(72, (height - top - 60) / record.layers - gap)));
  const [wide, high] = proportions(record, Math.floor(side));
  const shapes: Shape[] = [
    {
      shape: "words",
      x: left + (record.heads * (wide + gap) - gap) / 2,
      y: 9,
      text: words.head,
      size: 12,
      fill: palette.faint,
      anchor: "middle",
    },
    {
      shape: "words",
      x: 9,
      y: top + (record.layers * (high + gap) - gap) / 2,
      text: words.layer,
      size: 12,
      fill: palette.faint,
      anchor: "middle",
      upwards: true,
    },
  ];
  const panels: Panel[] = [];
  for (let head = 0; head < record.heads; head++) {
    const x = left + head * (wide + gap);
    const text = wide < 34 ? String(head) : words.headShort(head);
    shapes.push({ shape: "words", x: x + wide / 2, y: top - 13, text, size: 12, fill: palette.faint, anchor: "middle" });
  }
  for (let layer = 0; layer < record.layers; layer++) {
    const y = top + layer * (high + gap);
    shapes.push({
      shape: "words",
      x: left - 8,
      y: y + high / 2,
      text: words.layerShort(record.layerNumbers[layer]!),
      size: 12,
      fill: palette.faint,
      anchor: "end",
    });
    for (let head = 0; head < record.heads; head++) {
      const panel = { x: left + head * (wide + gap), y, width: wide, height: high, layer, head, number: "" };
      panels.push(panel);
      shapes.push(...thumbnail(record, panel, style));
    }
  }
  const bottom = top + record.layers * (high + gap);
  return finished(shapes, panels, Math.max(width, left + record.heads * (wide + gap)), bottom, left, style);
}

/** Heads in an order of their own, each with its name and number. */
export function modelList(record: AttentionRecord, list: readonly Listed[], width: number, style: Style): ModelDrawing {
  const { words, palette, measure } = style;
  const [gap, edge] = [14, 4];
  const side = width < 560 ? 84 : list.length > 60 ? 92 : list.length > 12 ? 132 : 190;
  const columns = Math.max(1, Math.floor((width - 2 * edge + gap) / (side + gap)));
  const [wide, high] = proportions(record, side);
  const nameOf = (each: Listed) => `${words.layerShort(record.layerNumbers[each.layer]!)} ${words.headShort(each.head)}`;
  // Name and number share a line where they fit.
  const lines = list.some((each) => measure(nameOf(each), 12) + measure(each.number, 12, true) + 8 > wide) ? 2 : 1;
  const above = 4 + 16 * lines;
  const shapes: Shape[] = [];
  const panels = list.map((each, at): Panel => {
    const y = above + Math.floor(at / columns) * (high + above + 14);
    const panel = { x: edge + (at % columns) * (side + gap), y, width: wide, height: high, ...each };
    const [x, anchor] = lines === 1 ? [panel.x + wide, "end" as const] : [panel.x, "start" as const];
    shapes.push({ shape: "words", x: panel.x, y: y + 6 - 16 * lines, text: nameOf(each), size: 12, fill: palette.faint, anchor: "start" });
    shapes.push({ shape: "words", x, y: y - 10, text: each.number, size: 12, fill: palette.ink, anchor, bold: true });
    shapes.push(...thumbnail(record, panel, style));
    return panel;
  });
  return finished(shapes, panels, width, Math.ceil(list.length / columns) * (high + above + 14), 0, style);
}

function finished(shapes: Shape[], panels: Panel[], width: number, bottom: number, left: number, style: Style): ModelDrawing {
  const x = left + (left === 0 ? 8 : 0);
  shapes.push(...colourBar(x, bottom + 10, Math.min(240, width - left - 16), false, style));
  if (style.scale === "linear") return { scene: { width, height: bottom + 54, background: style.palette.paper, shapes }, panels };
  const notes = legend(["coarse"], x, bottom + 58, width - x, 0.5 / 255, style);
  shapes.push(...notes.shapes);
  return { scene: { width, height: bottom + 58 + notes.height, background: style.palette.paper, shapes }, panels };
}

/** One head by itself, in a square of so many pixels. */
export function headPicture(record: AttentionRecord, layer: number, head: number, side: number, style: Style): Scene {
  const [width, height] = proportions(record, side);
  const shapes = thumbnail(record, { x: 0, y: 0, width, height, layer, head, number: "" }, style);
  return { width, height, background: style.palette.paper, shapes };
}

/** A panel is as wide to high as keys to queries, within limits. */
function proportions(record: AttentionRecord, side: number): [number, number] {
  const ratio = Math.min(2.5, Math.max(0.4, record.keys / record.queries));
  return ratio >= 1 ? [side, Math.round(side / ratio)] : [Math.round(side * ratio), side];
}

function thumbnail(record: AttentionRecord, panel: Panel, style: Style): Shape[] {
  const small = record.thumbnail(panel.layer, panel.head);
  const masked = maskedOf(record, small);
  const indices = Uint16Array.from(small.values, (value, at) =>
    masked[at] === 1 || value / 255 < style.threshold ? BLANK : style.scale === "linear" ? value : colourIndex(value / 255, style.scale),
  );
  const { x, y, width, height } = panel;
  return [
    { shape: "box", x, y, width, height, fill: style.palette.masked },
    { shape: "cells", x, y, width, height, rows: small.rows, columns: small.columns, indices, colours: viridis },
  ];
}

const known = new WeakMap<Uint8Array, Uint8Array>();

/** Which cells of a thumbnail have nothing but masked cells under them. Cell `i` of `n` lies under `⌊i · rows / n⌋`. */
function maskedOf(record: AttentionRecord, { rows, columns }: Thumbnail): Uint8Array {
  const { mask } = record;
  if (mask === null) return new Uint8Array(rows * columns);
  const before = known.get(mask);
  if (before !== undefined) return before;
  const masked = new Uint8Array(rows * columns).fill(1);
  for (let query = 0; query < record.queries; query++) {
    const row = Math.floor((query * rows) / record.queries);
    for (let key = 0; key < record.keys; key++) {
      if (mask[query * record.keys + key] === MaskCell.visible) masked[row * columns + Math.floor((key * columns) / record.keys)] = 0;
    }
  }
  known.set(mask, masked);
  return masked;
}
