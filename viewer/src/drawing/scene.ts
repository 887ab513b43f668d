import type { Reason } from "../data.ts";
import type { ColourMap } from "./colours.ts";

/**
 * A drawing as plain data: what stands where, in CSS pixels from the upper left corner. It is painted on a canvas (paint.ts) or written as SVG
 * (svg.ts); so what is saved is what was seen.
 */
export interface Scene {
  readonly width: number;
  readonly height: number;
  readonly background: string;
  readonly shapes: readonly Shape[];
}

export interface Area {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export type Shape = Cells | Box | Hatch | Line | Ribbon | Path | Words;

/** A matrix of colours. */
export interface Cells extends Area {
  readonly shape: "cells";
  readonly rows: number;
  readonly columns: number;
  /** `[rows, columns]`: numbers of colours, or {@link BLANK}. */
  readonly indices: Uint16Array;
  readonly colours: ColourMap;
}

/** The index of a cell without a colour; it loses against every colour where several cells share a pixel. */
export const BLANK = 0xffff;

export interface Box extends Area {
  readonly shape: "box";
  readonly fill?: string;
  readonly stroke?: string;
  readonly thickness?: number;
  readonly radius?: number;
  readonly opacity?: number;
}

/**
 * Masked cells: lines that rise where a key comes too late, that fall where it is outside a window, that cross where it is padding, and level
 * ones for other reasons.
 */
export interface Hatch extends Area {
  readonly shape: "hatch";
  readonly why: Reason;
  readonly ground: string;
  readonly ink: string;
}

export interface Line {
  readonly shape: "line";
  readonly x1: number;
  readonly y1: number;
  readonly x2: number;
  readonly y2: number;
  readonly stroke: string;
  readonly thickness: number;
  readonly opacity?: number;
  readonly dash?: readonly number[];
}

/** From one column of tokens to the other: an S that leaves and arrives level. */
export interface Ribbon extends Omit<Line, "shape"> {
  readonly shape: "ribbon";
}

/** A curve through points: x, y, x, y, … */
export interface Path {
  readonly shape: "path";
  readonly points: readonly number[];
  readonly stroke: string;
  readonly thickness: number;
  readonly dash?: readonly number[];
}

export interface Words {
  readonly shape: "words";
  readonly x: number;
  /** The middle of the line's height. */
  readonly y: number;
  readonly text: string;
  readonly size: number;
  readonly fill: string;
  readonly anchor: "start" | "middle" | "end";
  readonly bold?: boolean;
  /** Reads from bottom to top. */
  readonly upwards?: boolean;
}

/** How wide a text is, in pixels: a canvas knows, and the tests have an estimate. */
export type Measure = (text: string, size: number, bold?: boolean) => number;

export const FONT = 'system-ui, -apple-system, "Segoe UI", "Noto Sans", "PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", sans-serif';

/** A text that is no wider than `most`: the end gives way to an ellipsis. */
export function shortened(text: string, size: number, most: number, measure: Measure): string {
  if (measure(text, size) <= most) return text;
  const signs = [...new Intl.Segmenter(undefined, { granularity: "grapheme" }).segment(text.slice(0, 200))].map((each) => each.segment);
  let [fits, fails] = [0, signs.length];
  while (fails - fits > 1) {
    const middle = (fits + fails) >> 1;
    if (measure(`${signs.slice(0, middle).join("")}…`, size) <= most) fits = middle;
    else fails = middle;
  }
  return `${signs.slice(0, fits).join("")}…`;
}

/** A scene with a headline above it, as it is saved. */
export function titled(scene: Scene, title: string, subtitle: string, ink: string, faint: string, measure: Measure): Scene {
  const margin = 16;
  const width = Math.max(scene.width + 2 * margin, 240);
  const most = width - 2 * margin;
  const head: Shape[] = [
    { shape: "words", x: margin, y: 26, text: shortened(title, 16, most, measure), size: 16, fill: ink, anchor: "start", bold: true },
    { shape: "words", x: margin, y: 47, text: shortened(subtitle, 12, most, measure), size: 12, fill: faint, anchor: "start" },
  ];
  const top = 66;
  const shapes = [...head, ...scene.shapes.map((shape) => moved(shape, margin, top))];
  return { width, height: scene.height + top + margin, background: scene.background, shapes };
}

export function moved(shape: Shape, right: number, down: number): Shape {
  switch (shape.shape) {
    case "line":
    case "ribbon":
      return { ...shape, x1: shape.x1 + right, y1: shape.y1 + down, x2: shape.x2 + right, y2: shape.y2 + down };
    case "path":
      return { ...shape, points: shape.points.map((value, at) => value + (at % 2 === 0 ? right : down)) };
    default:
      return { ...shape, x: shape.x + right, y: shape.y + down };
  }
}
