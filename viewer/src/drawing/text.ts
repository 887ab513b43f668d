import { visible } from "../tokens.ts";
import { blend, inkOn, part, type Palette } from "./colours.ts";
import { shortened, type Scene, type Shape } from "./scene.ts";
import type { Style } from "./style.ts";

/** Tokens that stand one after the other, each with the weight by which it is highlighted; null where it has none. */
export interface Passage {
  readonly name: string;
  readonly tokens: readonly string[];
  readonly weights: readonly (number | null)[];
  /** The chosen token, if it is one of these. */
  readonly chosen: number | null;
}

/** The colours of a token: the paper at 0, a lamp's at 1. */
export function lit(weight: number | null, style: Style): { ground: string; ink: string } {
  const { paper, ink } = style.palette;
  if (weight === null || weight < style.threshold) return { ground: paper, ink };
  const ground = glow(part(weight, style.scale), style.palette);
  return { ground, ink: part(weight, style.scale) < 0.02 ? ink : inkOn(ground) };
}

export function glow(along: number, palette: Palette): string {
  return blend(palette.paper, "#f0a500", along);
}

/** The passages as a picture, for saving. The page itself shows them as text. */
export function textScene(passages: readonly Passage[], width: number, style: Style): Scene {
  const { palette, measure, words } = style;
  const [size, line, gap] = [15, 30, 4];
  const shapes: Shape[] = [];
  let y = 10;
  for (const { name, tokens, weights, chosen } of passages) {
    if (name !== "") {
      shapes.push({ shape: "words", x: 0, y, text: name, size: 12, fill: palette.faint, anchor: "start" });
      y += 24;
    }
    let x = 0;
    tokens.forEach((token, at) => {
      const text = shortened(visible(token), size, width - 16, measure);
      const wide = measure(text, size) + 10;
      if (x > 0 && x + wide > width) [x, y] = [0, y + line];
      const { ground, ink } = lit(weights[at] ?? null, style);
      const stroke = at === chosen ? { stroke: palette.accent, thickness: 2 } : {};
      shapes.push({ shape: "box", x, y: y - 12, width: wide, height: 24, fill: ground, radius: 4, ...stroke });
      shapes.push({ shape: "words", x: x + 5, y, text: `\u2068${text}\u2069`, size, fill: ink, anchor: "start" });
      x += wide + gap;
    });
    y += line + 10;
  }
  const steps = 64;
  const long = Math.min(240, width - 20);
  const indices = Uint16Array.from({ length: steps }, (_, at) => Math.round((at / (steps - 1)) * 255));
  const colours = Array.from({ length: 256 }, (_, at) => glow(at / 255, palette));
  shapes.push({ shape: "cells", x: 0, y, width: long, height: 10, rows: 1, columns: steps, indices, colours });
  shapes.push({ shape: "box", x: 0, y, width: long, height: 10, stroke: palette.rule });
  const low = style.scale === "linear" ? "0" : "≤10⁻⁴";
  shapes.push({ shape: "words", x: 0, y: y + 20, text: low, size: 11, fill: palette.faint, anchor: "start" });
  shapes.push({ shape: "words", x: long, y: y + 20, text: "1", size: 11, fill: palette.faint, anchor: "end" });
  const title = style.scale === "linear" ? words.weight : words.weightLog;
  shapes.push({ shape: "words", x: long / 2, y: y + 35, text: title, size: 11, fill: palette.faint, anchor: "middle" });
  return { width, height: y + 46, background: palette.paper, shapes };
}
