/** What a page of a sweep says, as `crates/headlight-report/src/sweep.rs` writes it. */
export interface Sweep {
  readonly version: number;
  readonly title: string;
  readonly task: string;
  readonly axes: readonly Axis[];
  /** The axes of the table at first; null where it has one row, or one column. */
  readonly rows: string | null;
  readonly columns: string | null;
  /** What is typed before a run's directory for its report, and what writes all of them. */
  readonly commands: readonly [string, string];
  readonly runs: readonly Run[];
}

export interface Axis {
  readonly name: string;
  readonly values: readonly string[];
}

export const RUN_STATES = ["waiting", "started", "finished", "diverged", "damaged"] as const;
export type RunState = (typeof RUN_STATES)[number];

export interface Run {
  readonly number: number;
  readonly directory: string;
  /** On each axis the place of its value there. */
  readonly settings: readonly (number | null)[];
  readonly state: RunState;
  /** Unknown until the run has an outcome. */
  readonly solved: boolean | null;
  readonly steps: number;
  readonly exactMatch: number | null;
  readonly reason?: string;
  readonly report: boolean;
  /** Steps, losses, and exact matches where they were measured. */
  readonly curve: readonly [readonly number[], readonly (number | null)[], readonly (number | null)[]];
}

/** The name of the axis over which all numbers are taken. */
export const SEED = "seed";

const VERSION = 1;

export function readSweep(): Sweep {
  const text = document.getElementById("sweep")?.textContent;
  if (!text) throw new Error("its data is missing");
  const sweep = JSON.parse(text) as Sweep;
  if (sweep.version !== VERSION) throw new Error(`its data has version ${sweep.version}, and not ${VERSION}`);
  return sweep;
}
