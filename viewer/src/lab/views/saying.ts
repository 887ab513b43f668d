import { effect } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { percent } from "../../digits.ts";
import { visible } from "../../tokens.ts";
import type { Lab } from "./context.ts";
import { changesText } from "./switches.tsx";
import { matchOf } from "./transport.tsx";

/** Tells a screen reader what came of what was done, once, and no more: numbers that run would drown everything else. */
export function useSaying(lab: Lab): void {
  useEffect(() => {
    const ends = [sayStates(lab), sayChanges(lab), sayAnswers(lab)];
    return () => {
      for (const end of ends) end();
    };
  }, []);
}

/** When a training begins, ends or fails. */
function sayStates({ session, page, words }: Lab): () => void {
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
}

/** What changed heads cost, when it is first known of them. */
function sayChanges(lab: Lab): () => void {
  const { session, page } = lab;
  let before = session.changes.peek();
  return effect(() => {
    const [changes, changed] = [session.changes.value, session.changed.value];
    if (changes === before || (changes.length > 0 && changed === null)) return;
    before = changes;
    if (changed === null || changes.length === 0) return;
    page.spoken.value = `${page.style.peek().words.exactMatch} ${percent(changed.exactMatch)} → ${percent(changed.changed)} ${changesText(lab)}`;
  });
}

/** The answer to a question, when it is first there. */
function sayAnswers({ session, page, words }: Lab): () => void {
  let before: string | null = null;
  return effect(() => {
    const asked = session.asked.value;
    if ((asked?.question ?? null) === before) return;
    before = asked?.question ?? null;
    if (asked === null) return;
    const said = words.peek();
    const judged = asked.right === null ? said.noRight : asked.answer === asked.right ? said.isRight : said.isWrong;
    page.spoken.value = `${said.answer} ${visible(asked.answer)}; ${judged}`;
  });
}
