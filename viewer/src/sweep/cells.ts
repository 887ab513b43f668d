import { type Axis, type Run, SEED, type Sweep } from "./data.ts";

/** Runs with the same values on the two axes of a table. */
export interface Cell {
  readonly row: number;
  readonly column: number;
  readonly runs: readonly Run[];
  /** How many runs have an outcome, and how many of them were solved. */
  readonly outcomes: number;
  readonly solved: number;
  /** Share solved, and the ends of its 95 % Wilson interval. */
  readonly share: readonly [number, number, number] | null;
  /** Median of the steps of those that were solved. */
  readonly steps: number | null;
}

export interface Table {
  /** Null where there is one row, or one column. */
  readonly rows: Axis | null;
  readonly columns: Axis | null;
  /** Row by row. */
  readonly cells: readonly (readonly Cell[])[];
}

/** The axes that a table may have: all but the seed's. */
export function choosable(sweep: Sweep): readonly Axis[] {
  return sweep.axes.filter(({ name }) => name !== SEED);
}

/** The table over two axes, of the runs that have these values on others. */
export function tableOf(sweep: Sweep, rows: string | null, columns: string | null, fixed: ReadonlyMap<string, string>): Table {
  const place = (name: string | null) => sweep.axes.findIndex((axis) => axis.name === name);
  const [down, across] = [place(rows), place(columns)];
  const kept = sweep.runs.filter((run) =>
    sweep.axes.every(({ name, values }, at) => {
      const value = at === down || at === across ? undefined : fixed.get(name);
      return value === undefined || run.settings[at] === values.indexOf(value);
    }),
  );
  const [height, width] = [sweep.axes[down]?.values.length ?? 1, sweep.axes[across]?.values.length ?? 1];
  const runs: Run[][][] = Array.from({ length: height }, () => Array.from({ length: width }, () => []));
  for (const run of kept) runs[run.settings[down] ?? 0]?.[run.settings[across] ?? 0]?.push(run);
  return {
    rows: sweep.axes[down] ?? null,
    columns: sweep.axes[across] ?? null,
    cells: runs.map((line, row) => line.map((of, column) => cellOf(row, column, of))),
  };
}

function cellOf(row: number, column: number, runs: readonly Run[]): Cell {
  const outcomes = runs.filter(({ solved }) => solved !== null).length;
  const done = runs.filter(({ solved }) => solved === true);
  return {
    row,
    column,
    runs,
    outcomes,
    solved: done.length,
    share: wilson(done.length, outcomes),
    steps: median(done.map(({ steps }) => steps)),
  };
}

/** As `headlight_record::sweep::wilson`. */
export function wilson(count: number, of: number): readonly [number, number, number] | null {
  if (of === 0) return null;
  const z = 1.959963984540054;
  const share = count / of;
  const middle = (share + (z * z) / (2 * of)) / (1 + (z * z) / of);
  const half = (z / (1 + (z * z) / of)) * Math.sqrt((share * (1 - share)) / of + (z * z) / (4 * of * of));
  return [share, count === 0 ? 0 : middle - half, count === of ? 1 : middle + half];
}

export function median(numbers: readonly number[]): number | null {
  if (numbers.length === 0) return null;
  const sorted = [...numbers].sort((one, other) => one - other);
  const at = (sorted.length - 1) / 2;
  return (sorted[Math.floor(at)]! + sorted[Math.ceil(at)]!) / 2;
}
