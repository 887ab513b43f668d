import { useSignal } from "@preact/signals";
import { useMemo } from "preact/hooks";
import { measure } from "../drawing/paint.ts";
import { type SeedCurve, seedCurves, sparkPoints } from "../drawing/sweep.ts";
import { percent } from "../digits.ts";
import { SceneCanvas, useWidth } from "../views/canvas.tsx";
import type { SweepWords } from "../words/sweep/words.ts";
import type { Cell, Table } from "./cells.ts";
import { useSweep } from "./context.ts";
import type { Run } from "./data.ts";
import { hundredths } from "./statistics.ts";
import { chosenIn, nameOf, settingsOf } from "./table.tsx";

/** So many runs are listed before more are asked for. */
const MOST = 100;

/** The chosen cell: its numbers, its curves, its runs. */
export function Chosen() {
  const { store, table, words: said } = useSweep();
  const words = said.value;
  const cell = chosenIn(table.value, store.state.value.cell);
  if (cell === null) return null;
  return (
    <section class="view chosen" aria-labelledby="chosen">
      <div class="title">
        <h2 id="chosen">
          <bdi>{titleOf(table.value, cell, words)}</bdi>
        </h2>
        <p role="status">{numbersOf(cell, words)}</p>
        <button type="button" class="button" onClick={() => store.go({ cell: null })}>
          {words.close}
        </button>
      </div>
      <Runs key={`${cell.row} ${cell.column}`} cell={cell} />
    </section>
  );
}

/** What all its runs have in common, and what they do not. */
function titleOf(table: Table, cell: Cell, words: SweepWords): string {
  const held = [...table.held].map(([name, value]) => `${name} ${value}`);
  const own = settingsOf(table, cell.row, cell.column).size > 0 || held.length === 0 ? [nameOf(table, cell, words)] : [];
  const settings = [...own, ...held].join(" · ");
  return table.pooled.length === 0 ? settings : words.overAll(settings, words.list(...table.pooled.map(({ name }) => name)));
}

/** Share, steps, and how many runs they are not of. */
function numbersOf({ share, steps, solved, outcomes, runs }: Cell, words: SweepWords): string {
  const parts: string[] = [];
  if (share !== null) {
    const [mean, low, high] = share.map(hundredths) as [string, string, string];
    parts.push(words.share(mean, low, high));
  }
  if (steps !== null) {
    const { low, median, high } = steps;
    const spread = Number.isFinite(high) ? words.quartiles(`${low}`, `${high}`) : words.firstQuartile(`${low}`);
    const middle = Number.isFinite(median) ? words.steps(`${median}`, spread) : words.noSteps;
    const which = solved === outcomes ? words.allSolved(outcomes) : words.unsolved(outcomes - solved, outcomes);
    parts.push([middle, which].join(words.clause));
  }
  if (runs.length > outcomes) parts.push(words.open(runs.length - outcomes));
  return parts.join(" · ");
}

function curveOf({ curve: [steps, losses, matches] }: Run): SeedCurve {
  return { steps, losses, matches };
}

function Runs({ cell }: { cell: Cell }) {
  const { sweep, palette, table, words: said } = useSweep();
  const words = said.value;
  const [element, width] = useWidth();
  const most = useSignal(MOST);
  const looked = useSignal<number | null>(null);
  const curves = useMemo(() => cell.runs.map(curveOf), [cell.runs]);
  const last = Math.max(1, ...curves.map(({ steps }) => steps.at(-1) ?? 0));
  const shown = looked.value;
  const scene = useMemo(
    () => (width === 0 ? null : seedCurves(curves, shown, { width, palette: palette.value, words, measure })),
    [curves, shown, width, palette.value, words],
  );
  // What the cell itself does not say of a run.
  const told = sweep.axes
    .map((axis, at) => ({ axis, at }))
    .filter(({ axis }) => axis.values.length > 1 && axis !== table.value.rows && axis !== table.value.columns);
  const example = cell.runs.find(({ report, state }) => !report && state === "finished");
  return (
    <>
      <div ref={element} role="img" aria-label={words.curvesName(cell.runs.length)}>
        {scene !== null && <SceneCanvas scene={scene} />}
      </div>
      <div class="across">
        <table class="runs">
          <thead>
            <tr>
              {told.map(({ axis }) => (
                <th key={axis.name} scope="col">
                  <bdi>{axis.name}</bdi>
                </th>
              ))}
              <th scope="col">{words.outcome}</th>
              <th scope="col">{words.stepsTaken}</th>
              <th scope="col">{words.exactMatch}</th>
              <th scope="col">{words.curve}</th>
              <th scope="col">{words.directory}</th>
              <th scope="col">{words.report}</th>
            </tr>
          </thead>
          <tbody>
            {cell.runs.slice(0, most.value).map((run, at) => (
              <tr
                key={run.number}
                class={shown === at ? "looked" : ""}
                onPointerEnter={() => (looked.value = at)}
                onPointerLeave={() => (looked.value = null)}
                onFocusCapture={() => (looked.value = at)}
              >
                {told.map(({ axis, at: place }) => (
                  <td key={axis.name} data-column={axis.name}>
                    <bdi>{axis.values[run.settings[place] ?? -1]}</bdi>
                  </td>
                ))}
                <td data-column={words.outcome} title={run.reason}>
                  {run.state === "finished" ? (run.solved === true ? words.solved : words.notSolved) : words.state[run.state]}
                  {run.reason !== undefined && <small> {run.reason}</small>}
                </td>
                <td data-column={words.stepsTaken}>{run.steps}</td>
                <td data-column={words.exactMatch}>{run.exactMatch === null ? "–" : percent(run.exactMatch)}</td>
                <td data-column={words.curve}>
                  <svg class="spark" width={96} height={22} viewBox="0 0 96 22" aria-hidden="true">
                    <polyline points={sparkPoints(curves[at]!, last, 96, 22)} />
                  </svg>
                </td>
                <td data-column={words.directory}>
                  <code>{run.directory}</code>
                </td>
                <td data-column={words.report}>
                  {run.report ? (
                    <a href={`${run.directory}/report.html`} aria-label={words.openReportOf(run.directory)}>
                      {words.openReport}
                    </a>
                  ) : (
                    <small>{words.noReport}</small>
                  )}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {cell.runs.length > most.value && (
        <button type="button" class="button" onClick={() => (most.value += MOST)}>
          {words.more(Math.min(MOST, cell.runs.length - most.value))}
        </button>
      )}
      {example !== undefined && (
        <div class="commands">
          <p>{words.reportsHint}</p>
          <code>{sweep.commands[1]}</code>
          <p>{words.reportHint}</p>
          <code>{sweep.commands[0] + example.directory}</code>
        </div>
      )}
    </>
  );
}
