import type { Reason } from "../data.ts";
import { bound } from "../digits.ts";
import { part, viridis } from "./colours.ts";
import { BLANK, type Shape } from "./scene.ts";
import type { Style } from "./style.ts";

/** Marks that a drawing uses, each with its words. */
export type Mark = "needed" | Reason | "threshold" | "coarse" | "none" | "zero" | "other";

/** The marks below a drawing, in as many lines as the width needs. `error` is how far a weight that is drawn as 0 may be from it. */
export function legend(
  marks: readonly Mark[],
  x: number,
  y: number,
  width: number,
  error: number,
  style: Style,
): { shapes: Shape[]; height: number } {
  const { palette, words, measure } = style;
  const shapes: Shape[] = [];
  let [right, line] = [x, y];
  for (const mark of marks) {
    const text =
      mark === "threshold" ? words.belowThreshold(style.threshold) : mark === "coarse" ? words.belowError(bound(error)) : words.marks[mark];
    const wide = 22 + measure(text, 12) + 18;
    if (right > x && right + wide - 18 > x + width) [right, line] = [x, line + 20];
    shapes.push(...swatch(mark, right, line + 4, style));
    shapes.push({ shape: "words", x: right + 20, y: line + 10, text, size: 12, fill: palette.faint, anchor: "start" });
    right += wide;
  }
  return { shapes, height: marks.length === 0 ? 0 : line + 20 - y };
}

function swatch(mark: Mark, x: number, y: number, { palette }: Style): Shape[] {
  const place = { x, y, width: 13, height: 12 };
  switch (mark) {
    case "needed":
      return [{ shape: "box", x: x + 1, y: y + 1, width: 11, height: 10, stroke: palette.outline, thickness: 2 }];
    case "causal":
    case "padding":
    case "window":
    case "masked":
      return [{ shape: "hatch", ...place, why: mark, ground: palette.masked, ink: palette.hatch }];
    case "threshold":
      return [{ shape: "box", ...place, fill: palette.paper, stroke: palette.rule }];
    case "coarse":
      return [{ shape: "box", ...place, fill: viridis[0]!, stroke: palette.rule }];
    case "none":
    case "zero":
    case "other":
      return [{ shape: "words", x: x + 6, y: y + 6, text: "Σ", size: 13, fill: palette.outline, anchor: "middle", bold: true }];
  }
}

/** A colour bar from 0 to 1 with its ticks and its name; upright beside a drawing, or level below it. */
export function colourBar(x: number, y: number, length: number, upright: boolean, style: Style): Shape[] {
  const { palette, scale, words, threshold } = style;
  const steps = 256;
  const blankBelow = Math.ceil(part(threshold, scale) * (steps - 1));
  const indices = Uint16Array.from({ length: steps }, (_, at) => {
    const index = upright ? steps - 1 - at : at;
    return index < blankBelow && threshold > 0 ? BLANK : index;
  });
  const thick = 12;
  const place = upright ? { x, y, width: thick, height: length } : { x, y, width: length, height: thick };
  const [rows, columns] = upright ? [steps, 1] : [1, steps];
  const shapes: Shape[] = [
    { shape: "cells", ...place, rows, columns, indices, colours: viridis },
    { shape: "box", ...place, stroke: palette.rule },
  ];
  const ticks = scale === "linear" ? [0, 0.25, 0.5, 0.75, 1].map((value) => [String(value), value] as const) : LOG_TICKS;
  for (const [text, along] of ticks) {
    if (upright) {
      shapes.push({ shape: "words", x: x + thick + 6, y: y + length * (1 - along), text, size: 11, fill: palette.faint, anchor: "start" });
    } else {
      shapes.push({
        shape: "words",
        x: x + length * along,
        y: y + thick + 9,
        text,
        size: 11,
        fill: palette.faint,
        anchor: anchorAt(along),
      });
    }
  }
  const name = scale === "linear" ? words.weight : words.weightLog;
  if (upright) {
    shapes.push({
      shape: "words",
      x: x + thick + 48,
      y: y + length / 2,
      text: name,
      size: 12,
      fill: palette.faint,
      anchor: "middle",
      upwards: true,
    });
  } else {
    shapes.push({ shape: "words", x: x + length / 2, y: y + thick + 25, text: name, size: 12, fill: palette.faint, anchor: "middle" });
  }
  return shapes;
}

const LOG_TICKS = [
  ["≤10⁻⁴", 0],
  ["10⁻³", 0.25],
  ["10⁻²", 0.5],
  ["10⁻¹", 0.75],
  ["1", 1],
] as const;

function anchorAt(along: number): "start" | "middle" | "end" {
  return along === 0 ? "start" : along === 1 ? "end" : "middle";
}
