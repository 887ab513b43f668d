import type { Evaluated, HeadChange, Settings } from "../messages.ts";
import type { Check } from "./lesson.ts";

/** What of a page checks ask. */
export interface Seen {
  readonly step: number;
  readonly solved: boolean;
  /** Whether the newest look is shown. */
  readonly newest: boolean;
  /** Whether the chosen cell is one that the task needs. */
  readonly needed: boolean;
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
    case "role":
      return seen.roles.includes(check.role);
    case "earlier":
      return !seen.newest;
    case "changed":
      return (
        seen.changes.some(({ change }) => change === check.change) &&
        seen.changed !== null &&
        seen.changed.changed <= check.atMost * seen.changed.exactMatch
      );
    case "unchanged":
      return seen.changes.length === 0;
    case "compared": {
      const { beside } = seen;
      const wanted = Object.entries(check.with) as [keyof Settings, unknown][];
      return (
        beside !== null && wanted.every(([name, value]) => beside.settings[name] === value) && (beside.exactMatch ?? 0) >= check.exactMatch
      );
    }
  }
}
