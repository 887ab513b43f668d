import type { HeadCurves, HeadName, StepMetrics } from "../data.ts";
import { intervalScale, nameOf, roundEnd, sameHead } from "../findings.ts";
import type { Words } from "../words/words.ts";
import type { Palette } from "./colours.ts";
import { type MarkGroup, NAMES, type StepMark } from "./marks.ts";
import { extremes, MARGIN, panel, type Series, type Steps } from "./panel.ts";
import type { Measure, Scene } from "./scene.ts";

export interface Curves {
  readonly scene: Scene;
  readonly groups: readonly MarkGroup[];
  /** The same above a second panel. */
  readonly again: readonly MarkGroup[];
  /** The step under a place of the scene. */
  stepAt(x: number): number;
}

/** What curves of every sort are drawn with. */
export interface CurvesStyle {
  readonly width: number;
  readonly palette: Palette;
  readonly words: Words;
  readonly measure: Measure;
}

/** All steps that a page knows of, from the first to the last. */
export function stepsOf(metrics: readonly StepMetrics[], recorded: readonly number[], cursor: number | null, words: Words): Steps {
  const [first, last] = extremes([...metrics.map((line) => line.step), ...recorded]);
  return { first, last, recorded, cursor, axis: words.stepAxis };
}

/** Loss on the left, exact match and token accuracy on the right, with a cursor at the step that is shown. */
export function curves(metrics: readonly StepMetrics[], steps: Steps, marks: readonly StepMark[], style: CurvesStyle): Curves {
  const { width, palette, words, measure } = style;
  const wide = isWide(width);
  const gap = 28;
  const each = wide ? (width - gap) / 2 : width;
  const names = marks.length > 0 ? NAMES : 0;
  const height = wide ? HEIGHT + names : 236 + 2 * names;
  const high = wide ? height : (height - 12) / 2;
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
  const most = roundEnd(Math.max(0, ...extremes(loss.points.map(({ value }) => value).filter(Number.isFinite))));
  const lossArea = { x: 0, y: 0, width: each, height: high };
  const shareArea = { x: wide ? each + gap : 0, y: wide ? 0 : high + 12, width: each, height: high };
  const losses = panel(lossArea, [loss], { low: 0, high: most === 0 ? 1 : most, unit: words.lossUnit }, steps, marks, palette, measure);
  const shares = panel(shareArea, [accuracy, match], { low: 0, high: 100, unit: words.percentUnit }, steps, marks, palette, measure);
  const shapes = [...losses.shapes, ...shares.shapes];
  const stepAt = (x: number) => stepUnder(wide && x > each ? x - each - gap : x, each, steps);
  return { scene: { width, height, background: palette.paper, shapes }, groups: losses.groups, again: shares.groups, stepAt };
}

/** One number of all heads over training, in a unit as it is said: of the chosen head with its intervals, of the others faintly behind it. */
export function headCurves(
  chart: HeadCurves,
  { head: chosen, name }: { readonly head: HeadName; readonly name: string },
  unit: string,
  steps: Steps,
  marks: readonly StepMark[],
  style: CurvesStyle,
): Curves {
  const { width, palette, words, measure } = style;
  const height = (isWide(width) ? HEIGHT : 150) + (marks.length > 0 ? NAMES : 0);
  const points = chart.lines.flatMap((line) => line.points);
  const bounds = points.flatMap(({ value, low, high }) => [{ mean: value, low, high, examples: 0 }]);
  const scale = intervalScale(bounds, shownOf(chart, points));
  const [first, last] = extremes([steps.first, steps.last, ...points.map(({ step }) => step)]);
  const all: Steps = { ...steps, first, last };
  const ofChosen = chart.lines.filter(({ head }) => sameHead(head, chosen));
  const series: Series[] = [
    ...chart.lines
      .filter(({ head }) => !sameHead(head, chosen))
      .map((line): Series => ({ name: nameOf(line.head), colour: palette.rule, faint: true, points: line.points })),
    ...ofChosen.map((line, at): Series => {
      const dash = at === 0 ? {} : { dash: [2 + 3 * at, 3] };
      const points = line.points.map(({ step, value, low, high }) => ({ step, value, ends: [low, high] as const }));
      return {
        name,
        colour: palette.heads[at % palette.heads.length]!,
        ...dash,
        points,
      };
    }),
  ];
  const values = { low: scale.low, high: scale.high, unit: ofChosen.length === 0 ? words.noCurve(name) : unit };
  const { shapes, groups } = panel({ x: 0, y: 0, width, height }, series, values, all, marks, palette, measure);
  return { scene: { width, height, background: palette.paper, shapes }, groups, again: [], stepAt: (x) => stepUnder(x, width, all) };
}

/** What the axis of a chart shows in any case: all of a share, or all that a share can lose. */
function shownOf({ quantity }: HeadCurves, points: HeadCurves["lines"][number]["points"]): readonly [number, number] {
  if (quantity.includes("nats")) return [0, 0];
  const [least, most] = extremes(points.map(({ value }) => value).filter(Number.isFinite));
  return -least > most ? [-1, 0] : [0, 1];
}

/** Beside the slider; below it there is room for more. */
export const HEIGHT = 112;

export function isWide(width: number): boolean {
  return width >= 620;
}

export function stepUnder(x: number, width: number, { first, last }: Steps): number {
  const inner = width - MARGIN.left - MARGIN.right;
  return first + Math.min(1, Math.max(0, (x - MARGIN.left) / inner)) * Math.max(1, last - first);
}
