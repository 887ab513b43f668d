import type { Evaluated, HeadChange, Settings } from "../messages.ts";
import type { Check } from "./lesson.ts";

/** What of a page checks ask. */
export interface Seen {
  /** Those of the shown model. */
  readonly settings: Settings;
  readonly step: number;
  readonly solved: boolean;
  /** Whether the newest look is shown. */
  readonly newest: boolean;
  /** Whether the chosen cell is one that the task needs. */
  readonly needed: boolean;
  /** The weight of the chosen head at its best fixed distance, and how far before the query that is; null where it has none. */
  readonly back: { readonly positions: number; readonly weight: number } | null;
  /** What the chosen head is called. */
  readonly roles: readonly string[];
  readonly changes: readonly HeadChange[];
  readonly changed: Evaluated | null;
  readonly beside: { readonly settings: Settings; readonly exactMatch: number | null } | null;
}

/** How many steps of a lesson are done: one after the other, and what was done stays done. */
export function doneAfter(checks: readonly Check[], done: number, seen: Seen): number {
  let next = done;
  while (next < checks.length && holds(checks[next]!, seen)) next++;
  return next;
}

export function holds(check: Check, seen: Seen): boolean {
  switch (check.is) {
    case "trained":
      return seen.step >= check.steps;
    case "solved":
      return seen.solved;
    case "needed":
      return seen.needed;
    case "back":
      return has(seen.settings, check.in) && seen.back?.positions === check.positions && seen.back.weight >= check.atLeast;
    case "role":
      return seen.roles.includes(check.role);
    case "earlier":
      return !seen.newest;
    case "changed alone":
      return seen.changes.length === 1 && holds({ ...check, is: "changed" }, seen);
    case "changed":
      return (
        seen.changes.some(({ change }) => change === check.change) &&
        seen.changed !== null &&
        seen.changed.changed <= check.atMost * seen.changed.exactMatch
      );
    case "unchanged":
      return seen.changes.length === 0;
    case "compared":
      return seen.beside !== null && has(seen.beside.settings, check.with) && (seen.beside.exactMatch ?? 0) >= check.exactMatch;
  }
}

function has(settings: Settings, wanted: Settings): boolean {
  return (Object.entries(wanted) as [keyof Settings, unknown][]).every(([name, value]) => settings[name] === value);
}
