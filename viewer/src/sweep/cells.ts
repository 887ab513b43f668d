import { type Axis, type Run, SEED, type Sweep } from "./data.ts";
import { type Quartiles, quartiles, wilson } from "./statistics.ts";

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
  /** Steps to solve of all that have an outcome: a run that was not solved took more than any that was, ∞. */
  readonly steps: Quartiles | null;
}

export interface Table {
  /** Null where there is one row, or one column. */
  readonly rows: Axis | null;
  readonly columns: Axis | null;
  /** Row by row. */
  readonly cells: readonly (readonly Cell[])[];
  /** The one value of another axis that all runs have, by the axis' name. */
  readonly held: ReadonlyMap<string, string>;
  /** Other axes, but for the seed's, of which a cell has runs with several values. */
  readonly pooled: readonly Axis[];
}

/** The axes that a table may have: all but the seed's. */
export function choosable(sweep: Sweep): readonly Axis[] {
  return sweep.axes.filter(({ name }) => name !== SEED);
}

/** The table over two axes, of the runs that have these values on others. */
export function tableOf(sweep: Sweep, rows: string | null, columns: string | null, fixed: ReadonlyMap<string, string>): Table {
  const place = (name: string | null) => sweep.axes.findIndex((axis) => axis.name === name);
  const [down, across] = [place(rows), place(columns)];
  const others = choosable(sweep).filter(({ name, values }) => name !== rows && name !== columns && values.length > 1);
  const held = new Map([...fixed].filter(([name]) => others.some((axis) => axis.name === name)));
  const kept = sweep.runs.filter((run) =>
    sweep.axes.every(({ name, values }, at) => {
      const value = held.get(name);
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
    held,
    pooled: others.filter(({ name }) => !held.has(name)),
  };
}

function cellOf(row: number, column: number, runs: readonly Run[]): Cell {
  const done = runs.filter(({ solved }) => solved !== null);
  const solved = done.filter((run) => run.solved === true).length;
  const steps = quartiles(done.map((run) => (run.solved === true ? run.steps : Number.POSITIVE_INFINITY)));
  return { row, column, runs, outcomes: done.length, solved, share: wilson(solved, done.length), steps };
}
