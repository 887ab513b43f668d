import type { StepMetrics } from "../data.ts";
import { roundEnd } from "../findings.ts";
import { viridis } from "./colours.ts";
import { type Curves, type CurvesStyle, HEIGHT, isWide, stepUnder } from "./curves.ts";
import { extremes, MARGIN, panel, type Series, type Steps } from "./panel.ts";
import { BLANK, type Area, type Shape } from "./scene.ts";

/** How high a line of names is. */
const NAME_LINE = 15;

/** One training among several over the same steps. */
export interface RunCurves {
  readonly colour: string;
  readonly metrics: readonly StepMetrics[];
  /** Whether it is the one that is shown; the others stand behind it. */
  readonly shown: boolean;
}

/** For each step that was taken, the share of each position of the answer that was predicted rightly. */
export interface PositionCurves {
  readonly steps: readonly { readonly step: number; readonly byPosition: readonly number[] }[];
  /** What stands above it, and beside it. */
  readonly title: string;
  readonly axis: string;
}

/** Loss, exact match with the shown run's token accuracy, and accuracy by position: of one training, or of several over the same steps. */
export function runCurves(runs: readonly RunCurves[], positions: PositionCurves, steps: Steps, style: CurvesStyle): Curves {
  const { width, palette, words, measure } = style;
  const wide = isWide(width);
  const gap = 24;
  const each = wide ? (width - 2 * gap) / 3 : width;
  const high = HEIGHT + 10;
  const areaAt = (at: number): Area => ({ x: wide ? at * (each + gap) : 0, y: wide ? 0 : at * (high + 8), width: each, height: high });
  const ordered = [...runs].sort((one, other) => Number(one.shown) - Number(other.shown));
  const seriesOf = (name: string, valueIn: (line: StepMetrics) => number | null): Series[] =>
    ordered.map(({ colour, metrics, shown }) => ({
      name,
      colour,
      ...(!shown && { faint: true }),
      points: metrics.flatMap((line) => {
        const value = valueIn(line);
        return value === null ? [] : [{ step: line.step, value }];
      }),
    }));
  const losses = seriesOf(words.loss, ({ loss }) => loss);
  const matches = seriesOf(words.exactMatch, ({ exactMatch }) => (exactMatch === null ? null : exactMatch * 100));
  const accuracy = ordered
    .filter(({ shown }) => shown)
    .map(({ metrics }): Series => {
      const points = metrics.map(({ step, tokenAccuracy }) => ({ step, value: tokenAccuracy * 100 }));
      return { name: words.tokenAccuracy, colour: palette.faint, dash: [3, 3], points };
    });
  const most = roundEnd(Math.max(0, ...extremes(losses.flatMap(({ points }) => points.map(({ value }) => value)).filter(Number.isFinite))));
  const lossValues = { low: 0, high: most === 0 ? 1 : most, unit: words.lossUnit };
  // Two names in a narrow panel stand in two lines.
  const named = MARGIN.left + 2 * 35 + measure(words.exactMatch, 12) + measure(words.tokenAccuracy, 12) + measure(words.percentUnit, 11);
  const stacked = named > each;
  const lower = areaAt(1);
  const shares = panel(
    stacked ? { ...lower, y: lower.y + NAME_LINE, height: lower.height - NAME_LINE } : lower,
    [...matches, ...accuracy.map((each) => ({ ...each, unnamed: stacked }))],
    { low: 0, high: 100, unit: words.percentUnit },
    steps,
    [],
    palette,
    measure,
  );
  const shapes = [
    ...panel(areaAt(0), losses, lossValues, steps, [], palette, measure).shapes,
    ...shares.shapes,
    ...(stacked ? nameAbove(areaAt(1), words.tokenAccuracy, palette) : []),
    ...positionStrip(areaAt(2), positions, steps, style),
  ];
  const stepAt = (x: number) => stepUnder(wide ? x % (each + gap) : x, each, steps);
  const height = wide ? high : 3 * (high + 8) - 8;
  return { scene: { width, height, background: palette.paper, shapes }, groups: [], again: [], stepAt };
}

/** The dashed line's name over the panel's own. */
function nameAbove({ x, y }: Area, text: string, { faint, ink }: CurvesStyle["palette"]): Shape[] {
  const [left, middle] = [x + MARGIN.left, y + 8];
  return [
    { shape: "line", x1: left, y1: middle, x2: left + 16, y2: middle, stroke: faint, thickness: 2, dash: [3, 3] },
    { shape: "words", x: left + 21, y: middle, text, size: 12, fill: ink, anchor: "start" },
  ];
}

/** A row for each position of the answer, from the first at the top, and over the steps its accuracy as a colour: dark is 0, yellow is 1. */
function positionStrip(area: Area, { steps: lines, title, axis }: PositionCurves, steps: Steps, { palette, words }: CurvesStyle): Shape[] {
  const rows = lines.reduce((most, { byPosition }) => Math.max(most, byPosition.length), 0);
  // The frame of a panel without lines: axis, ticks and cursor are the same.
  const frame = panel(area, [], { low: 1, high: Math.max(2, rows), unit: words.percentUnit }, steps, [], palette, () => 0);
  const [x, y] = [area.x + MARGIN.left, area.y + MARGIN.top];
  const place = { x, y, width: area.width - MARGIN.left - MARGIN.right, height: area.height - MARGIN.top - MARGIN.bottom };
  const heading: Shape[] = [{ shape: "words", x, y: area.y + 8, text: title, size: 12, fill: palette.ink, anchor: "start" }];
  const ticks = rows === 0 ? [] : rows === 1 ? [1] : [1, rows];
  const labels = ticks.map((tick): Shape => {
    const at = y + ((tick - 0.5) / rows) * place.height;
    return { shape: "words", x: x - 6, y: at, text: String(tick), size: 11, fill: palette.faint, anchor: "end" };
  });
  const name: Shape = {
    shape: "words",
    x: area.x + 8,
    y: y + place.height / 2,
    text: axis,
    size: 11,
    fill: palette.faint,
    anchor: "middle",
    upwards: true,
  };
  const below = frame.shapes.filter((shape) =>
    shape.shape === "words" ? shape.y > y + place.height : shape.shape === "line" && isCursor(shape, palette.accent),
  );
  const scale = rows === 0 ? [] : shareScale(x + place.width, area.y + 8, words.percentUnit, palette);
  return [...heading, ...labels, name, ...cells(place, lines, rows, steps), ...scale, ...below];
}

/** Which colour is which share, in a line that ends at the right. */
function shareScale(right: number, middle: number, unit: string, { faint }: CurvesStyle["palette"]): Shape[] {
  const [length, most] = [48, 38];
  const left = right - most - length;
  const indices = Uint16Array.from({ length: 256 }, (_, at) => at);
  const place = { x: left, y: middle - 4, width: length, height: 8 };
  return [
    { shape: "words", x: left - 4, y: middle, text: "0", size: 11, fill: faint, anchor: "end" },
    { shape: "cells", ...place, rows: 1, columns: 256, indices, colours: viridis },
    { shape: "words", x: right, y: middle, text: `100 ${unit}`, size: 11, fill: faint, anchor: "end" },
  ];
}

function isCursor(shape: Shape, accent: string): boolean {
  return shape.shape === "line" && shape.stroke === accent;
}

/** No more columns than pixels: where several steps share one, the last of them is seen. */
function cells(place: Area, lines: PositionCurves["steps"], rows: number, { first, last }: Steps): Shape[] {
  const columns = Math.min(Math.floor(place.width), Math.max(1, last - first + 1));
  if (rows === 0 || columns < 1) return [];
  const indices = new Uint16Array(rows * columns).fill(BLANK);
  let [before, column] = [0, 0];
  for (const { step, byPosition } of lines) {
    column = Math.min(columns - 1, Math.floor(((step - first) / Math.max(1, last - first + 1)) * columns));
    // Steps wider than a pixel leave no gaps.
    for (let at = Math.min(before + 1, column); at <= column; at++) {
      for (let row = 0; row < byPosition.length; row++)
        indices[row * columns + at] = Math.round(Math.min(1, Math.max(0, byPosition[row]!)) * 255);
    }
    before = column;
  }
  return [{ shape: "cells", ...place, rows, columns, indices, colours: viridis }];
}
