import { effect } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { percent } from "../../digits.ts";
import type { Lab } from "./context.ts";
import { matchOf } from "./transport.tsx";

/** Tells a screen reader when a training begins, ends or fails, and no more: numbers that run would drown everything else. */
export function useSaying({ session, page, words }: Lab): void {
  useEffect(() => {
    let before = session.shown.peek().status.peek();
    return effect(() => {
      const run = session.shown.value;
      const status = run.status.value;
      if (status === before) return;
      before = status;
      const step = run.steps.peek().at(-1)?.step ?? 0;
      const said = words.peek();
      const match = matchOf(run);
      const exact = match === null ? "" : `; ${page.style.peek().words.exactMatch} ${percent(match)}`;
      page.spoken.value =
        status === "solved"
          ? said.solvedAt(step) + exact
          : status === "stopped"
            ? said.pausedAt(step) + exact
            : status === "error"
              ? `${said.states.error}: ${run.trouble.peek() ?? ""}`
              : said.states[status];
    });
  }, []);
}
