import { effect } from "@preact/signals";
import { exactMatchAt } from "../state/store.ts";
import type { Session } from "./session.ts";

/** Says on the root element how the shown run goes: for tests, lessons, and whoever writes a page around this one. */
export function sayOnRoot({ shown }: Session, root: HTMLElement): void {
  effect(() => {
    const run = shown.value;
    const steps = run.steps.value;
    const exact = exactMatchAt(steps, null);
    root.dataset.state = run.status.value;
    root.dataset.step = String(steps.length);
    root.dataset.loss = steps.length === 0 ? "" : String(steps.at(-1)!.loss);
    root.dataset.exactMatch = exact === null ? "" : String(exact.value);
  });
}
