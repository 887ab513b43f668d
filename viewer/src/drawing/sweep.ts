import { roundEnd } from "../findings.ts";
import type { Palette } from "./colours.ts";
import { HEIGHT, isWide } from "./curves.ts";
import { extremes, panel, type Series } from "./panel.ts";
import type { Measure, Scene } from "./scene.ts";

/** One training among the seeds of a cell. */
export interface SeedCurve {
  readonly steps: readonly number[];
  readonly losses: readonly (number | null)[];
  readonly matches: readonly (number | null)[];
}

export interface SeedWords {
  readonly loss: string;
  readonly lossUnit: string;
  readonly exactMatch: string;
  readonly percentUnit: string;
  readonly stepAxis: string;
}

/** Loss, and exact match, of each run as a thin line; the one that is looked at stands out. */
export function seedCurves(
  curves: readonly SeedCurve[],
  shown: number | null,
  style: { readonly width: number; readonly palette: Palette; readonly words: SeedWords; readonly measure: Measure },
): Scene {
  const { width, palette, words, measure } = style;
  const wide = isWide(width);
  const gap = 24;
  const each = wide ? (width - gap) / 2 : width;
  const high = HEIGHT + 40;
  const [first, last] = extremes(curves.flatMap(({ steps }) => [steps[0] ?? 1, steps.at(-1) ?? 1]));
  const over = { first, last, recorded: [], cursor: null, axis: words.stepAxis };
  const series = (name: string, valuesOf: (curve: SeedCurve) => readonly (number | null)[], times: number, main: string): Series[] => {
    const lines = curves.map((curve, at) => ({ at, points: pointsOf(curve.steps, valuesOf(curve), times) }));
    const behind = lines.filter(({ at }) => at !== shown).map(({ points }): Series => ({ name, colour: main, faint: true, points }));
    const before = lines.filter(({ at }) => at === shown).map(({ points }): Series => ({ name, colour: palette.ink, points }));
    return [...behind, ...(before.length > 0 ? before : [{ name, colour: main, points: [] }])];
  };
  const losses = series(words.loss, ({ losses }) => losses, 1, palette.heads[3]!);
  const matches = series(words.exactMatch, ({ matches }) => matches, 100, palette.heads[0]!);
  const most = roundEnd(Math.max(0, ...extremes(losses.flatMap(({ points }) => points.map(({ value }) => value)))));
  const lossValues = { low: 0, high: most === 0 ? 1 : most, unit: words.lossUnit };
  const left = panel({ x: 0, y: 0, width: each, height: high }, losses, lossValues, over, [], palette, measure);
  const place = { x: wide ? each + gap : 0, y: wide ? 0 : high + 8, width: each, height: high };
  const right = panel(place, matches, { low: 0, high: 100, unit: words.percentUnit }, over, [], palette, measure);
  return { width, height: wide ? high : 2 * high + 8, background: palette.paper, shapes: [...left.shapes, ...right.shapes] };
}

function pointsOf(steps: readonly number[], values: readonly (number | null)[], times: number): Series["points"] {
  return steps.flatMap((step, at) => {
    const value = values[at] ?? null;
    return value === null ? [] : [{ step, value: value * times }];
  });
}

/** The points of a small curve of exact match, from 0 at the bottom to 1 at the top, for an SVG's `points`. */
export function sparkPoints({ steps, matches }: SeedCurve, last: number, width: number, height: number): string {
  const points = pointsOf(steps, matches, 1);
  const x = (step: number) => 1 + (step / Math.max(1, last)) * (width - 2);
  const y = (share: number) => height - 1 - share * (height - 2);
  return points.map(({ step, value }) => `${x(step).toFixed(1)},${y(value).toFixed(1)}`).join(" ");
}
