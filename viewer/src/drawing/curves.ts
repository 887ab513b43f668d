import type { StepMetrics } from "../data.ts";
import type { Words } from "../words/words.ts";
import type { Palette } from "./colours.ts";
import type { Measure, Scene, Shape } from "./scene.ts";

export interface Curves {
  readonly scene: Scene;
  /** The step under a place of the scene. */
  stepAt(x: number): number;
}

interface Series {
  readonly name: string;
  readonly colour: string;
  readonly dash?: readonly number[];
  readonly points: readonly { readonly step: number; readonly value: number }[];
}

/** Loss on the left, exact match and token accuracy on the right, with a cursor at the step that is shown. */
export function curves(
  metrics: readonly StepMetrics[],
  recorded: readonly number[],
  cursor: number | null,
  width: number,
  palette: Palette,
  words: Words,
  measure: Measure,
): Curves {
  const wide = width >= 620;
  const height = wide ? 112 : 236;
  const gap = 28;
  const each = wide ? (width - gap) / 2 : width;
  const steps = [...metrics.map((line) => line.step), ...recorded];
  const [first, last] = [Math.min(...extremes(steps)), Math.max(...extremes(steps))];
  const span = Math.max(1, last - first);
  const loss: Series = { name: words.loss, colour: palette.heads[3]!, points: metrics.map(({ step, loss }) => ({ step, value: loss })) };
  const match: Series = {
    name: words.exactMatch,
    colour: palette.heads[0]!,
    points: metrics.flatMap(({ step, exactMatch }) => (exactMatch === null ? [] : [{ step, value: exactMatch * 100 }])),
  };
  const accuracy: Series = {
    name: words.tokenAccuracy,
    colour: palette.heads[2]!,
    dash: [4, 3],
    points: metrics.map(({ step, tokenAccuracy }) => ({ step, value: tokenAccuracy * 100 })),
  };

  const plot = { left: 40, right: 8, top: 22, bottom: 30, height: wide ? height : (height - 12) / 2 };
  const inner = each - plot.left - plot.right;
  const shapes: Shape[] = [
    ...panel(0, 0, [loss], niceEnd(Math.max(0, ...extremes(finite(loss.points.map(({ value }) => value))))), words.lossUnit),
    ...panel(wide ? each + gap : 0, wide ? 0 : plot.height + 12, [accuracy, match], 100, words.percentUnit),
  ];

  function panel(x: number, y: number, series: readonly Series[], most: number, unit: string): Shape[] {
    const [left, top, bottom] = [x + plot.left, y + plot.top, y + plot.height - plot.bottom];
    const xOf = (step: number) => left + ((step - first) / span) * inner;
    const yOf = (value: number) => bottom - (Math.min(value, most) / most) * (bottom - top);
    const found: Shape[] = [];
    for (const tick of [0, most / 2, most]) {
      found.push({ shape: "line", x1: left, y1: yOf(tick), x2: left + inner, y2: yOf(tick), stroke: palette.rule, thickness: 1 });
      found.push({ shape: "words", x: left - 6, y: yOf(tick), text: short(tick), size: 11, fill: palette.faint, anchor: "end" });
    }
    for (const tick of stepTicks(first, last, inner)) {
      found.push({
        shape: "words",
        x: xOf(tick),
        y: bottom + 10,
        text: String(tick),
        size: 11,
        fill: palette.faint,
        anchor: tick === first ? "start" : tick === last ? "end" : "middle",
      });
    }
    found.push({
      shape: "words",
      x: left + inner / 2,
      y: bottom + 23,
      text: words.stepAxis,
      size: 11,
      fill: palette.faint,
      anchor: "middle",
    });
    let name = left;
    for (const { name: text, colour, dash } of series) {
      found.push({ shape: "line", x1: name, y1: y + 8, x2: name + 16, y2: y + 8, stroke: colour, thickness: 2, ...(dash && { dash }) });
      found.push({ shape: "words", x: name + 21, y: y + 8, text, size: 12, fill: palette.ink, anchor: "start" });
      name += 21 + measure(text, 12) + 14;
    }
    found.push({ shape: "words", x: left + inner, y: y + 8, text: unit, size: 11, fill: palette.faint, anchor: "end" });
    for (const { points, colour, dash } of series) {
      // A loss that is no number leaves a gap.
      const seen = points.filter(({ value }) => Number.isFinite(value));
      const path = seen.flatMap(({ step, value }) => [xOf(step), yOf(value)]);
      if (seen.length > 1) found.push({ shape: "path", points: path, stroke: colour, thickness: 1.75, ...(dash && { dash }) });
      else if (seen.length === 1)
        found.push({ shape: "box", x: path[0]! - 2, y: path[1]! - 2, width: 4, height: 4, radius: 2, fill: colour });
    }
    for (const step of recorded)
      found.push({ shape: "line", x1: xOf(step), y1: bottom, x2: xOf(step), y2: bottom + 3, stroke: palette.faint, thickness: 1 });
    if (cursor !== null) {
      found.push({ shape: "line", x1: xOf(cursor), y1: top, x2: xOf(cursor), y2: bottom, stroke: palette.accent, thickness: 1.5 });
      for (const { points, colour } of series) {
        const here = points.findLast(({ step }) => step <= cursor);
        if (here !== undefined && Number.isFinite(here.value)) {
          found.push({
            shape: "box",
            x: xOf(cursor) - 4,
            y: yOf(here.value) - 4,
            width: 8,
            height: 8,
            radius: 4,
            fill: colour,
            stroke: palette.paper,
            thickness: 1.5,
          });
        }
      }
    }
    return found;
  }

  const stepAt = (x: number) => {
    const within = wide && x > each ? x - each - gap : x;
    return first + Math.min(1, Math.max(0, (within - plot.left) / inner)) * span;
  };
  return { scene: { width, height, background: palette.paper, shapes }, stepAt };
}

/** The ends of a list without spreading all of it into arguments. */
function extremes(values: readonly number[]): number[] {
  if (values.length === 0) return [0];
  return [values.reduce((least, value) => Math.min(least, value)), values.reduce((most, value) => Math.max(most, value))];
}

function finite(values: readonly number[]): number[] {
  return values.filter(Number.isFinite);
}

/** The next of 1, 2, 5, 10, … at or above a number. */
function niceEnd(value: number): number {
  if (value <= 0) return 1;
  const power = 10 ** Math.floor(Math.log10(value));
  return [1, 2, 3, 4, 5, 6, 8, 10].map((each) => each * power).find((each) => each >= value * 0.999) ?? value;
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
  return String(Math.round(value * 100) / 100);
}
