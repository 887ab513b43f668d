import { rowKind } from "../arithmetic.ts";
import { MaskCell, type AttentionRecord, type Head } from "../data.ts";
import { sumDigits, trueDigits } from "../digits.ts";
import { rowState } from "../measures.ts";
import { colourIndex, inkOn, isCoarse, viridis } from "./colours.ts";
import type { Grid, Zoom } from "./grid.ts";
import { hatching, reasons } from "./masked.ts";
import { columnLabels, drawColumnLabels, drawRowLabels, rowLabels } from "./labels.ts";
import { colourBar, legend, type Mark } from "./legend.ts";
import { BLANK, type Scene, type Shape } from "./scene.ts";
import type { Style } from "./style.ts";

export interface Heatmap {
  readonly scene: Scene;
  readonly grid: Grid;
}

/** One head: rows are queries, columns are keys, both with their tokens. `width` and `height` are the room that there is; the scene may be taller. */
export function heatmap(record: AttentionRecord, head: Head, zoom: Zoom | null, width: number, height: number, style: Style): Heatmap {
  const { palette, words, measure } = style;
  const window = zoom ?? { left: 0, top: 0, right: record.keys, bottom: record.queries };
  const [columns, rows] = [window.right - window.left, window.bottom - window.top];
  const narrow = width < 560;

  const most = narrow ? 72 : 140;
  // How much room labels take depends on the size of cells, and the other way round; the labels of the first guess are nearly right.
  const guess = Math.max(2, Math.min(56, (width - most) / columns, height / rows));
  const rowRoom = rowLabels(record.queryTokens, window.top, window.bottom, guess, most, measure).room;
  const columnRoom = columnLabels(record.keyTokens, window.left, window.right, guess, most, measure).room;
  const left = 22 + rowRoom + 8;
  const top = 22 + columnRoom + 6;
  // Beside rows that are no distribution stands their sum.
  const summed = head.sums.subarray(window.top, window.bottom).some((sum) => rowState(sum) !== "one") ? 58 : 24;
  const right = narrow ? summed : summed + 72;
  const [wide, high] = cellSize(width - left - right, Math.max(120, height - top - (narrow ? 90 : 4)), columns, rows);
  const grid: Grid = { x: left, y: top, wide, high, ...window };

  const rowText = rowLabels(record.queryTokens, window.top, window.bottom, high, most, measure);
  const columnText = columnLabels(record.keyTokens, window.left, window.right, wide, most, measure);
  const [plotWidth, plotHeight] = [wide * columns, high * rows];
  const shapes: Shape[] = [
    axisName(words.query[record.kind], left - rowRoom - 20, top + plotHeight / 2, true, style),
    axisName(words.key[record.kind], left + plotWidth / 2, 10, false, style),
    ...drawRowLabels(rowText, left - 7, top, high, window.top, palette.ink),
    ...drawColumnLabels(columnText, left, top - 5, wide, window.left, palette.ink),
    {
      shape: "cells",
      x: left,
      y: top,
      width: plotWidth,
      height: plotHeight,
      rows,
      columns,
      indices: indices(record, head, grid, style),
      colours: viridis,
    },
  ];
  if (record.mask !== null) shapes.push(...hatching(record.mask, record.keys, grid, palette));
  shapes.push(...numbers(record, head, grid, style));
  const needed = neededKeys(record, grid, style);
  shapes.push(...needed);
  shapes.push({ shape: "box", x: left, y: top, width: plotWidth, height: plotHeight, stroke: palette.rule });
  const sums = sumMarks(record, head, grid, style);
  shapes.push(...sums.shapes);

  const marks: Mark[] = needed.length > 0 ? ["needed"] : [];
  marks.push(...reasons(record.mask), ...sums.marks);
  if (style.threshold > 0) marks.push("threshold");
  const error = head.error.subarray(window.top, window.bottom).reduce((most, each) => Math.max(most, each), 0);
  if (style.scale === "log" && isCoarse(error)) marks.push("coarse");
  let bottom = top + plotHeight;
  if (narrow) {
    shapes.push(...colourBar(left, bottom + 12, Math.max(120, plotWidth), false, style));
    bottom += 52;
  } else {
    shapes.push(...colourBar(left + plotWidth + summed, top, Math.max(120, Math.min(plotHeight, 320)), true, style));
  }
  // The legend stands beside the colour bar where there is room, so that the cells have the height.
  const side = left + plotWidth + summed + 84;
  const beside = !narrow && marks.length > 0 && width - side >= 240;
  const place = beside ? { x: side, y: top - 4 } : { x: narrow ? 0 : left, y: bottom + 12 };
  const notes = legend(marks, place.x, place.y, beside ? 1 : width - place.x, error, style);
  shapes.push(...notes.shapes);
  const total = Math.max(bottom + 4, place.y + notes.height, narrow ? 0 : top + 130);
  return { scene: { width, height: Math.ceil(total), background: palette.paper, shapes }, grid };
}

/** Cells are squares up to 56 pixels; where one side has many more tokens than the other, they are long or tall. */
function cellSize(width: number, height: number, columns: number, rows: number): [number, number] {
  const [wide, high] = [Math.min(56, width / columns), Math.min(56, height / rows)];
  // The page scrolls downwards, never sideways: rows may need more height than there is, so that they can be told apart.
  const tall = Math.max(high, Math.min(wide, rows <= 64 ? 14 : 0));
  const alike = columns / rows > 0.5 && columns / rows < 2;
  const square = Math.min(wide, tall);
  const pair = alike ? [square, square] : [Math.min(wide, Math.max(3 * tall, 20)), Math.min(tall, Math.max(3 * wide, 20))];
  // Whole pixels, so that all cells are equal; below three pixels they could not be seen to differ.
  return pair.map((size) => (size >= 3 ? Math.floor(size) : size)) as [number, number];
}

function indices(record: AttentionRecord, head: Head, grid: Grid, style: Style): Uint16Array {
  const columns = grid.right - grid.left;
  const indices = new Uint16Array(columns * (grid.bottom - grid.top));
  for (let query = grid.top, at = 0; query < grid.bottom; query++) {
    for (let key = grid.left; key < grid.right; key++, at++) {
      const cell = query * record.keys + key;
      const weight = head.weights[cell]!;
      const blank = weight < style.threshold || (record.mask !== null && record.mask[cell] !== MaskCell.visible);
      indices[at] = blank ? BLANK : colourIndex(weight, style.scale);
    }
  }
  return indices;
}

/** The weights in their cells, where they fit and are not 0.00. */
function numbers(record: AttentionRecord, head: Head, grid: Grid, style: Style): Shape[] {
  if (grid.wide < 23 || grid.high < 16) return [];
  const size = Math.min(12, Math.max(9, Math.floor(grid.wide * 0.38)));
  const shapes: Shape[] = [];
  for (let query = grid.top; query < grid.bottom; query++) {
    for (let key = grid.left; key < grid.right; key++) {
      const cell = query * record.keys + key;
      const weight = head.weights[cell]!;
      if (weight < Math.max(0.005, style.threshold) || (record.mask !== null && record.mask[cell] !== MaskCell.visible)) continue;
      shapes.push({
        shape: "words",
        x: grid.x + (key - grid.left + 0.5) * grid.wide,
        y: grid.y + (query - grid.top + 0.5) * grid.high,
        text: trueDigits(weight, head.error[query]!, 2),
        size,
        fill: inkOn(viridis[colourIndex(weight, style.scale)]!),
        anchor: "middle",
      });
    }
  }
  return shapes;
}

function neededKeys(record: AttentionRecord, grid: Grid, { palette }: Style): Shape[] {
  const thickness = Math.min(grid.wide, grid.high) >= 24 ? 3 : Math.min(grid.wide, grid.high) >= 10 ? 2 : 1;
  const shapes: Shape[] = [];
  record.alignment?.slice(grid.top, grid.bottom).forEach((keys, row) => {
    for (const key of keys) {
      if (key < grid.left || key >= grid.right) continue;
      const inset = thickness / 2;
      const [x, y] = [grid.x + (key - grid.left) * grid.wide + inset, grid.y + row * grid.high + inset];
      shapes.push({ shape: "box", x, y, width: grid.wide - thickness, height: grid.high - thickness, stroke: palette.outline, thickness });
    }
  });
  return shapes;
}

/** Rows that are no distribution, each named by its sum beside it. */
function sumMarks(record: AttentionRecord, head: Head, grid: Grid, { palette }: Style): { shapes: Shape[]; marks: Mark[] } {
  const shapes: Shape[] = [];
  const marks = new Set<Mark>();
  let free = Number.NEGATIVE_INFINITY;
  for (let query = grid.top; query < grid.bottom; query++) {
    const sum = head.sums[query]!;
    const state = rowKind(record, head, query);
    if (state === "one") continue;
    marks.add(state);
    const [x, y] = [grid.x + (grid.right - grid.left) * grid.wide, grid.y + (query - grid.top + 0.5) * grid.high];
    shapes.push({ shape: "line", x1: x, y1: y - grid.high / 2, x2: x, y2: y + grid.high / 2, stroke: palette.outline, thickness: 3 });
    if (y < free + 12) continue;
    free = y;
    const text = state === "other" ? `Σ ${sumDigits(sum)}` : "Σ 0";
    shapes.push({ shape: "words", x: x + 4, y, text, size: 11, fill: palette.outline, anchor: "start", bold: true });
  }
  return { shapes, marks: [...marks] };
}

function axisName(text: string, x: number, y: number, upwards: boolean, { palette }: Style): Shape {
  return { shape: "words", x, y, text, size: 12, fill: palette.faint, anchor: "middle", upwards };
}
