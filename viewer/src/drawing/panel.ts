import type { Palette } from "./colours.ts";
import { groupsOf, type MarkGroup, markLines, markNames, NAMES, type StepMark } from "./marks.ts";
import type { Area, Measure, Shape } from "./scene.ts";

export interface Series {
  readonly name: string;
  readonly colour: string;
  readonly dash?: readonly number[];
  readonly points: readonly SeriesPoint[];
  /** Beside the matter: it has no name above the panel, and nothing at the cursor. */
  readonly faint?: boolean;
  /** Its name stands elsewhere. */
  readonly unnamed?: boolean;
}

export interface SeriesPoint {
  readonly step: number;
  readonly value: number;
  /** The ends of its interval. */
  readonly ends?: readonly [number, number];
}

/** What all panels over the same steps share. */
export interface Steps {
  readonly first: number;
  readonly last: number;
  /** The steps that can be shown. */
  readonly recorded: readonly number[];
  /** The one that is. */
  readonly cursor: number | null;
  readonly axis: string;
}

export interface Values {
  readonly low: number;
  readonly high: number;
  readonly unit: string;
}

/** What stands around the lines. */
export const MARGIN = { left: 40, right: 8, top: 22, bottom: 30 } as const;

export interface Panel {
  readonly shapes: readonly Shape[];
  readonly groups: readonly MarkGroup[];
}

/** Lines over steps, with axes, names above, marks at steps with theirs between these and the lines, and a cursor. */
export function panel(
  area: Area,
  series: readonly Series[],
  values: Values,
  steps: Steps,
  marks: readonly StepMark[],
  palette: Palette,
  measure: Measure,
): Panel {
  const { first, last, recorded, cursor } = steps;
  const [left, top] = [area.x + MARGIN.left, area.y + MARGIN.top + (marks.length > 0 ? NAMES : 0)];
  const bottom = area.y + area.height - MARGIN.bottom;
  const inner = area.width - MARGIN.left - MARGIN.right;
  const xOf = (step: number) => left + ((step - first) / Math.max(1, last - first)) * inner;
  const yOf = (value: number) =>
    bottom - ((Math.min(values.high, Math.max(values.low, value)) - values.low) / (values.high - values.low)) * (bottom - top);
  const shapes: Shape[] = [];
  for (const tick of [values.low, (values.low + values.high) / 2, values.high]) {
    shapes.push({ shape: "line", x1: left, y1: yOf(tick), x2: left + inner, y2: yOf(tick), stroke: palette.rule, thickness: 1 });
    shapes.push({ shape: "words", x: left - 6, y: yOf(tick), text: short(tick), size: 11, fill: palette.faint, anchor: "end" });
  }
  for (const tick of stepTicks(first, last, inner)) {
    const anchor = tick === first ? "start" : tick === last ? "end" : "middle";
    shapes.push({ shape: "words", x: xOf(tick), y: bottom + 10, text: String(tick), size: 11, fill: palette.faint, anchor });
  }
  shapes.push({ shape: "words", x: left + inner / 2, y: bottom + 23, text: steps.axis, size: 11, fill: palette.faint, anchor: "middle" });
  let name = left;
  for (const { name: text, colour, dash, faint, unnamed } of series) {
    if (faint === true || unnamed === true) continue;
    shapes.push({
      shape: "line",
      x1: name,
      y1: area.y + 8,
      x2: name + 16,
      y2: area.y + 8,
      stroke: colour,
      thickness: 2,
      ...(dash && { dash }),
    });
    shapes.push({ shape: "words", x: name + 21, y: area.y + 8, text, size: 12, fill: palette.ink, anchor: "start" });
    name += 21 + measure(text, 12) + 14;
  }
  shapes.push({ shape: "words", x: left + inner, y: area.y + 8, text: values.unit, size: 11, fill: palette.faint, anchor: "end" });
  const inside = { x: left, y: top, width: inner, height: bottom - top };
  const groups = groupsOf(marks, xOf, top);
  shapes.push(...markLines(marks, xOf, inside, palette), ...markNames(groups, inside, palette, measure));
  for (const { points, colour, dash, faint } of series) {
    // A loss that is no number leaves a gap.
    const seen = points.filter(({ value }) => Number.isFinite(value));
    const path = withinPixels(seen, first, last, inner).flatMap(({ step, value }) => [xOf(step), yOf(value)]);
    const thickness = faint === true ? 1 : 1.75;
    for (const { step, ends } of seen) {
      if (ends === undefined || faint === true || !ends.every(Number.isFinite)) continue;
      shapes.push({
        shape: "line",
        x1: xOf(step),
        y1: yOf(ends[0]),
        x2: xOf(step),
        y2: yOf(ends[1]),
        stroke: colour,
        thickness: 3,
        opacity: 0.35,
      });
    }
    if (seen.length > 1) shapes.push({ shape: "path", points: path, stroke: colour, thickness, ...(dash && { dash }) });
    else if (seen.length === 1)
      shapes.push({ shape: "box", x: path[0]! - 2, y: path[1]! - 2, width: 4, height: 4, radius: 2, fill: colour });
  }
  for (const step of recorded) {
    shapes.push({ shape: "line", x1: xOf(step), y1: bottom, x2: xOf(step), y2: bottom + 3, stroke: palette.faint, thickness: 1 });
  }
  if (cursor === null) return { shapes, groups };
  shapes.push({ shape: "line", x1: xOf(cursor), y1: top, x2: xOf(cursor), y2: bottom, stroke: palette.accent, thickness: 1.5 });
  for (const { points, colour, faint } of series) {
    const here = points.findLast(({ step }) => step <= cursor);
    if (faint === true || here === undefined || !Number.isFinite(here.value)) continue;
    const place = { x: xOf(cursor) - 4, y: yOf(here.value) - 4, width: 8, height: 8, radius: 4 };
    shapes.push({ shape: "box", ...place, fill: colour, stroke: palette.paper, thickness: 1.5 });
  }
  return { shapes, groups };
}

/** The ends of a list without spreading all of it into arguments. */
export function extremes(values: readonly number[]): [number, number] {
  if (values.length === 0) return [0, 0];
  return [values.reduce((least, value) => Math.min(least, value)), values.reduce((most, value) => Math.max(most, value))];
}

function stepTicks(first: number, last: number, width: number): number[] {
  const rough = Math.max(1, (last - first) / Math.max(2, Math.floor(width / 70)));
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((each) => each * power).find((each) => each >= rough) ?? rough;
  const ticks = [first];
  for (let tick = Math.ceil((first + 1) / step) * step; tick < last; tick += step)
    if (tick - first > step * 0.6 && last - tick > step * 0.6) ticks.push(tick);
  if (last > first) ticks.push(last);
  return ticks;
}

function short(value: number): string {
  return String(Math.round(value * 100) / 100).replace("-", "−");
}

/** Where many steps share a column of pixels, its lowest and its highest value, in their order, and the last point: more cannot be seen. */
export function withinPixels(points: readonly SeriesPoint[], first: number, last: number, width: number): readonly SeriesPoint[] {
  const columns = Math.max(1, Math.floor(width));
  if (points.length <= 2 * columns) return points;
  const kept: SeriesPoint[] = [];
  const columnOf = (step: number) => Math.floor(((step - first) / Math.max(1, last - first)) * columns);
  for (let at = 0; at < points.length; ) {
    const column = columnOf(points[at]!.step);
    let [low, high] = [at, at];
    for (; at < points.length && columnOf(points[at]!.step) === column; at++) {
      if (points[at]!.value < points[low]!.value) low = at;
      if (points[at]!.value > points[high]!.value) high = at;
    }
    kept.push(points[Math.min(low, high)]!);
    if (low !== high) kept.push(points[Math.max(low, high)]!);
  }
  const end = points.at(-1)!;
  if (kept.at(-1) !== end) kept.push(end);
  return kept;
}
