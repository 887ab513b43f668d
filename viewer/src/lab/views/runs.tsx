import { percent } from "../../digits.ts";
import { usePage } from "../../views/context.ts";
import type { Run } from "../session.ts";
import { useLab } from "./context.ts";
import { useDifference } from "./different.tsx";
import { matchOf } from "./transport.tsx";

/** The colour of a run's curves and name. */
export function runColour({ number }: Run, colours: readonly string[]): string {
  return colours[(number - 1) % colours.length]!;
}

/** What a run is called: its number, where it comes from, and what is different about it. */
export function useRunName(): (run: Run) => string {
  const words = useLab().words.value;
  const difference = useDifference();
  return ({ number, from }) => {
    if (from === null) return words.runName(number);
    const name = from.step === 0 ? words.runName(number) : words.branchName(number, from.run, from.step);
    return `${name} · ${difference(from.different)}`;
  };
}

/** Which of two models this is, at which step, and how it does. */
export function RunTitle({ run }: { run: Run }) {
  const { session } = useLab();
  const { palette, words } = usePage().style.value;
  const nameOf = useRunName();
  const match = matchOf(run);
  const shown = run === session.shown.value;
  return (
    <div class="titled">
      <button type="button" class="run" aria-pressed={shown} onClick={() => session.show(run.number)}>
        <i style={{ background: runColour(run, palette.heads) }} aria-hidden="true" />
        {nameOf(run)}
      </button>
      <p>
        {words.step} <b>{run.steps.value.at(-1)?.step ?? 0}</b> · {words.exactMatch} <b>{match === null ? "–" : percent(match)}</b>
      </p>
    </div>
  );
}

/** All runs, to choose which is shown. */
export function Runs() {
  const { session, words: said } = useLab();
  const { palette } = usePage().style.value;
  const words = said.value;
  const nameOf = useRunName();
  const runs = session.runs.value;
  if (runs.length < 2) return null;
  return (
    <ul class="runs" aria-label={words.runs}>
      {runs.map((run) => {
        const match = matchOf(run);
        return (
          <li key={run.number}>
            <button
              type="button"
              class="run"
              aria-pressed={run === session.shown.value}
              title={words.showRun(nameOf(run))}
              onClick={() => session.show(run.number)}
            >
              <i style={{ background: runColour(run, palette.heads) }} aria-hidden="true" />
              <span>{nameOf(run)}</span>
              <small>{match === null ? "" : percent(match)}</small>
            </button>
          </li>
        );
      })}
    </ul>
  );
}
