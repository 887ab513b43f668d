import { estimateIn, type HeadRow, intervalScale, shownIn, written } from "../findings.ts";
import type { Replacement } from "../data.ts";
import { interval } from "./interval.ts";
import { shortened, type Scene, type Shape } from "./scene.ts";
import type { Style } from "./style.ts";

export interface FindingsColumn {
  readonly name: string;
  readonly title: string;
}

/** One row of the picture: its head and what it is called, in words. */
export interface NamedRow {
  readonly row: HeadRow;
  readonly name: string;
  readonly roles: string;
}

/** The table of what heads do as a picture: what is saved of it. */
export function findingsDrawing(
  rows: readonly NamedRow[],
  all: readonly HeadRow[],
  columns: readonly FindingsColumn[],
  replacement: Replacement,
  { palette, words, measure }: Style,
): Scene {
  const [top, high, gap] = [44, 40, 16];
  const widest = (texts: readonly string[], least: number, most: number) =>
    Math.min(most, Math.max(least, ...texts.map((text) => Math.ceil(measure(text, 13, true)))));
  const names = widest([words.head, ...rows.map(({ name }) => name)], 48, 240);
  const roles = widest([words.rolesColumn, ...rows.map(({ roles }) => roles)], 60, 240);
  let right = names + gap + roles + gap;
  const placed = columns.map(({ name, title }) => {
    const estimates = all.map((row) => estimateIn(row, name, replacement));
    const texts = rows.map(({ row }) => {
      const estimate = estimateIn(row, name, replacement);
      return estimate === null ? null : { estimate, ...written(name, estimate) };
    });
    const cells = texts.map((text) => (text === null ? 0 : measure(text.mean, 12, true) + 5 + measure(text.ends, 10)));
    const [x, wide] = [right, Math.ceil(Math.max(104, ...cells))];
    right += wide + gap;
    return { title, texts, x, wide, scale: intervalScale(estimates, shownIn(name)) };
  });
  const width = right;
  const shapes: Shape[] = [];
  const say = (text: string, x: number, y: number, size: number, fill: string, bold = false) => {
    shapes.push({ shape: "words", x, y, text, size, fill, anchor: "start", bold });
  };
  say(words.head, 0, top - 12, 12, palette.faint);
  say(words.rolesColumn, names + gap, top - 12, 12, palette.faint);
  for (const { title, x, wide } of placed) {
    const lines = linesOf(title, wide, measure);
    for (const [number, line] of lines.entries()) say(line, x, top - 12 - 14 * (lines.length - 1 - number), 12, palette.faint);
  }
  rows.forEach(({ name, roles: text }, at) => {
    const y = top + at * high;
    shapes.push({ shape: "line", x1: 0, y1: y, x2: width, y2: y, stroke: palette.rule, thickness: 1 });
    say(shortened(name, 13, names, measure), 0, y + high / 2, 13, palette.ink, true);
    say(shortened(text, 13, roles, measure), names + gap, y + high / 2, 13, palette.ink);
    for (const { texts, x, wide, scale } of placed) {
      const found = texts[at]!;
      if (found === null) continue;
      say(found.mean, x, y + 12, 12, palette.ink, true);
      say(found.ends, x + measure(found.mean, 12, true) + 5, y + 12, 10, palette.faint);
      shapes.push(...interval(found.estimate, scale, { x, y: y + 24, width: wide, height: 10 }, palette));
    }
  });
  return { width, height: top + rows.length * high + 8, background: palette.paper, shapes };
}

/** A title in two lines where one is too short for it. */
function linesOf(title: string, wide: number, measure: Style["measure"]): string[] {
  if (measure(title, 12) <= wide) return [title];
  const words = title.split(" ");
  const fits = words.findLastIndex((_, at) => measure(words.slice(0, at).join(" "), 12) <= wide);
  const [first, second] = [words.slice(0, Math.max(1, fits)).join(" "), words.slice(Math.max(1, fits)).join(" ")];
  return second === "" ? [shortened(first, 12, wide, measure)] : [first, second].map((line) => shortened(line, 12, wide, measure));
}
