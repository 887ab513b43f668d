import {
  type Ablation,
  type Appearance,
  type Estimate,
  type Findings,
  type HeadCurves,
  type HeadName,
  type Kind,
  REPLACEMENTS,
  type Replacement,
  type Score,
} from "./data.ts";
import { change, decimals } from "./digits.ts";

/** What all lenses found of heads, head by head. */
export interface HeadTable {
  /** The scores' columns. */
  readonly scores: readonly Score[];
  /** By kind, layer and head. */
  readonly rows: readonly HeadRow[];
  /** All roles that heads have. */
  readonly roles: readonly string[];
  /** What heads were replaced by, in one lens or another. */
  readonly replacements: readonly Replacement[];
  /** How the unchanged model does. */
  readonly baseline: Findings["baseline"];
}

export interface HeadRow {
  readonly head: HeadName;
  readonly roles: readonly string[];
  readonly scores: ReadonlyMap<string, Estimate>;
  readonly effects: ReadonlyMap<Replacement, Ablation>;
}

/** Which rows are kept; null keeps them all. */
export interface Filters {
  readonly role: string | null;
  /** The score that must be at least `least`. */
  readonly score: string | null;
  readonly least: number | null;
  /** So many points of exact match are lost at least. */
  readonly lost: number | null;
}

export type Order = "ascending" | "descending";

/** Columns that are no score: no score may have these names. */
export const COLUMNS = ["head", "roles", "exact_match_change", "loss_change"] as const;

const KINDS: readonly Kind[] = ["encoder_self", "decoder_self", "cross"];

/** Null where no lens said anything of a head. */
export function headTable(findings: readonly Findings[]): HeadTable | null {
  const rows = new Map<
    string,
    { head: HeadName; roles: Set<string>; scores: Map<string, Estimate>; effects: Map<Replacement, Ablation> }
  >();
  const rowOf = (head: HeadName) => {
    const name = nameOf(head);
    const row = rows.get(name) ?? { head, roles: new Set(), scores: new Map(), effects: new Map() };
    rows.set(name, row);
    return row;
  };
  const scores = new Map<string, Score>();
  // What is said twice is as who said it first has it; training comes last, since it asks fewer examples the same.
  const ordered = [...findings].sort((one, other) => Number(one.lens === "training") - Number(other.lens === "training"));
  for (const found of ordered) {
    for (const score of found.scores) if (!scores.has(score.name)) scores.set(score.name, score);
    for (const { head, roles, scores } of found.heads) {
      const row = rowOf(head);
      for (const role of roles) row.roles.add(role);
      for (const [name, estimate] of scores) if (!row.scores.has(name)) row.scores.set(name, estimate);
    }
    for (const ablation of found.ablations) {
      const { effects } = rowOf(ablation.head);
      if (!effects.has(ablation.with)) effects.set(ablation.with, ablation);
    }
  }
  if (rows.size === 0) return null;
  const all = [...rows.values()].map((row) => ({ ...row, roles: [...row.roles] })).sort((one, other) => compareHeads(one.head, other.head));
  return {
    scores: [...scores.values()].filter(({ name }) => all.some((row) => row.scores.has(name))),
    rows: all,
    roles: [...new Set(all.flatMap((row) => row.roles))].sort(),
    replacements: REPLACEMENTS.filter((each) => all.some((row) => row.effects.has(each))),
    baseline: ordered.find(({ baseline }) => baseline !== null)?.baseline ?? null,
  };
}

/** Scores that are shown even where no head is called by them: whether a head looks where the task needs is what its effect is compared with. */
const ALWAYS = ["needed", "previous", "induction"];

/** The scores by which heads are called what they are called, in the order of all, and those that are asked for by name. */
export function mainScores({ scores, roles }: HeadTable, asked: readonly (string | null)[]): readonly Score[] {
  const found = scores.filter(({ name, title }) => roles.includes(title) || ALWAYS.includes(name) || asked.includes(name));
  return found.length === 0 ? scores : found;
}

/** `cross:L0H2`: a head in an address, and in `headlight lens`. */
export function nameOf({ kind, layer, head }: HeadName): string {
  return `${kind}:L${layer}H${head}`;
}

export function sameHead(one: HeadName, other: HeadName): boolean {
  return one.kind === other.kind && one.layer === other.layer && one.head === other.head;
}

/** The number of a row in a column, with its interval; null where it has none. */
export function estimateIn(row: HeadRow, column: string, replacement: Replacement): Estimate | null {
  if (column === "exact_match_change") return row.effects.get(replacement)?.exactMatchChange ?? null;
  if (column === "loss_change") return row.effects.get(replacement)?.lossChange ?? null;
  return row.scores.get(column) ?? null;
}

/** The order in which a column is sorted first: heads and roles as they are named, what is lost of exact match from the most on, and numbers from the largest. */
export function firstOrder(column: string): Order {
  return column === "head" || column === "roles" || column === "exact_match_change" ? "ascending" : "descending";
}

/** Rows without a value in the column come last in either order, and equal ones as their heads are named. */
export function sorted(rows: readonly HeadRow[], column: string, order: Order, replacement: Replacement): HeadRow[] {
  const sign = order === "ascending" ? 1 : -1;
  const compare = (one: HeadRow, other: HeadRow): number => {
    if (column === "head") return sign * compareHeads(one.head, other.head);
    const [left, right] = column === "roles" ? [one, other].map(rolesOf) : [one, other].map((row) => meanIn(row, column, replacement));
    if (left === null || right === null) return Number(left === null) - Number(right === null);
    return left! < right! ? -sign : left! > right! ? sign : 0;
  };
  return [...rows].sort((one, other) => compare(one, other) || compareHeads(one.head, other.head));
}

/** A row without a number that a filter asks for is left out. */
export function kept(rows: readonly HeadRow[], { role, score, least, lost }: Filters, replacement: Replacement): HeadRow[] {
  return rows.filter((row) => {
    if (role !== null && !row.roles.includes(role)) return false;
    if (score !== null && least !== null && !((meanIn(row, score, replacement) ?? Number.NaN) >= least)) return false;
    // A share less a share may be a rounding above or below what it is written as.
    return lost === null || -100 * (meanIn(row, "exact_match_change", replacement) ?? Number.NaN) >= lost - 1e-9;
  });
}

/** Where numbers stand along an axis: `at` gives 0 for its low end and 1 for its high one. */
export interface IntervalScale {
  readonly low: number;
  readonly high: number;
  at(value: number): number;
}

/** An axis for all of these intervals and for what it shows in any case, with round ends. */
export function intervalScale(estimates: readonly (Estimate | null)[], [least, most]: readonly [number, number]): IntervalScale {
  let [low, high] = [least, most];
  for (const estimate of estimates) {
    for (const value of estimate === null ? [] : [estimate.mean, estimate.low, estimate.high]) {
      if (Number.isFinite(value)) [low, high] = [Math.min(low, value), Math.max(high, value)];
    }
  }
  [low, high] = [low < least ? -roundEnd(-low) : low, high > most ? roundEnd(high) : high];
  if (low === high) high = low + 1;
  return { low, high, at: (value) => Math.min(1, Math.max(0, (value - low) / (high - low))) };
}

/** What a column's axis shows in any case: all of a share, all that exact match can lose, and no change of the loss. */
export function shownIn(column: string): readonly [number, number] {
  return column === "exact_match_change" ? [-1, 0] : column === "loss_change" ? [0, 0] : [0, 1];
}

/** What heads were over training, a chart for each number of theirs, and when roles appeared. */
export function overTraining(findings: readonly Findings[]): { charts: readonly HeadCurves[]; appearances: readonly Appearance[] } {
  const charts = findings.flatMap(({ charts }) => charts).filter(({ lines }) => lines.some(({ points }) => points.length > 0));
  return { charts, appearances: findings.flatMap(({ appearances }) => appearances).sort((one, other) => one.step - other.step) };
}

/** The next of 1, 2, 3, 4, 5, 6, 8, 10, … at or above a number that is more than 0; others are their own. */
export function roundEnd(value: number): number {
  if (!(value > 0)) return value;
  const power = 10 ** Math.floor(Math.log10(value));
  return [1, 2, 3, 4, 5, 6, 8, 10].map((each) => each * power).find((each) => each >= value * 0.999) ?? value;
}

/** A number of a column and the ends of its interval as they are written: exact match in percentage points, losses with their sign. */
export function written(column: string, { mean, low, high }: Estimate): { readonly mean: string; readonly ends: string } {
  const text =
    column === "exact_match_change"
      ? (value: number) => change(100 * value, 1)
      : column === "loss_change"
        ? (value: number) => change(value, Math.max(...[mean, low, high].map(Math.abs)) < 1 ? 3 : 2)
        : (value: number) => decimals(value, 2);
  return { mean: text(mean), ends: `[${text(low)}, ${text(high)}]` };
}

function meanIn(row: HeadRow, column: string, replacement: Replacement): number | null {
  const mean = estimateIn(row, column, replacement)?.mean;
  return mean === undefined || Number.isNaN(mean) ? null : mean;
}

function rolesOf({ roles }: HeadRow): string | null {
  return roles.length === 0 ? null : roles.join(", ");
}

function compareHeads(one: HeadName, other: HeadName): number {
  return KINDS.indexOf(one.kind) - KINDS.indexOf(other.kind) || one.layer - other.layer || one.head - other.head;
}
