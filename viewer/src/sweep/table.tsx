import { useRef } from "preact/hooks";
import { colourIndex, viridis } from "../drawing/colours.ts";
import { readableOn } from "../drawing/contrast.ts";
import type { SweepWords } from "../words/sweep/words.ts";
import type { Cell, Table } from "./cells.ts";
import { useSweep } from "./context.ts";
import type { State } from "./state.ts";
import { hundredths, scaleEnd } from "./statistics.ts";

/** The values of a cell on the table's axes, by their names. */
export function settingsOf({ rows, columns }: Table, row: number, column: number): ReadonlyMap<string, string> {
  const on = (axis: Table["rows"], at: number): [string, string][] => (axis === null ? [] : [[axis.name, axis.values[at]!]]);
  return new Map([...on(rows, row), ...on(columns, column)]);
}

/** The chosen cell, if any. */
export function chosenIn(table: Table, cell: State["cell"]): Cell | null {
  if (cell === null) return null;
  const at = (axis: Table["rows"]) => (axis === null ? 0 : axis.values.indexOf(cell.get(axis.name) ?? ""));
  return table.cells[at(table.rows)]?.[at(table.columns)] ?? null;
}

/** What a cell is called: `heads 2 · d-model 32`. */
export function nameOf(table: Table, { row, column }: Cell, words: SweepWords): string {
  const settings = [...settingsOf(table, row, column)].map(([name, value]) => `${name} ${value}`);
  return settings.length === 0 ? words.everything : settings.join(" · ");
}

/** All cells, with their numbers on their colours; one can be chosen. */
export function Cells() {
  const { store, table: made, words: said } = useSweep();
  const [table, words] = [made.value, said.value];
  const { show, cell } = store.state.value;
  const chosen = chosenIn(table, cell);
  const body = useRef<HTMLTableSectionElement>(null);
  const { rows, columns, cells } = table;
  const width = cells[0]!.length;
  const medians = cells.flat().flatMap(({ steps }) => (steps !== null && Number.isFinite(steps.median) ? [steps.median] : []));
  const end = show === "share" ? 1 : scaleEnd(Math.max(1, ...medians));
  const move = (event: KeyboardEvent, { row, column }: Cell) => {
    const to = {
      ArrowLeft: [row, column - 1],
      ArrowRight: [row, column + 1],
      ArrowUp: [row - 1, column],
      ArrowDown: [row + 1, column],
      Home: [row, 0],
      End: [row, width - 1],
    }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    const [down, across] = to as [number, number];
    if (down < 0 || down >= cells.length || across < 0 || across >= width) return;
    body.current?.querySelectorAll<HTMLElement>("button")[down * width + across]?.focus();
  };
  const focusable = chosen ?? cells[0]![0]!;
  return (
    <section class="view cells" aria-label={words.tableName}>
      <p class="lead">
        {words.tableHint} <small>{words.showHints[show]}</small>
      </p>
      <Cautions />
      <div class="across">
        <table>
          <thead>
            {columns !== null && (
              <tr>
                <td />
                <th colSpan={width} class="axis over" scope="colgroup">
                  <bdi>{columns.name}</bdi>
                </th>
              </tr>
            )}
            <tr>
              <th class="axis" scope="col">
                <bdi>{rows?.name}</bdi>
              </th>
              {(columns?.values ?? [""]).map((value) => (
                <th key={value} scope="col">
                  <bdi>{value}</bdi>
                </th>
              ))}
            </tr>
          </thead>
          <tbody ref={body}>
            {cells.map((line, row) => (
              <tr key={rows?.values[row] ?? ""}>
                <th scope="row">
                  <bdi>{rows?.values[row]}</bdi>
                </th>
                {line.map((each) => (
                  <td key={each.column}>
                    <CellButton
                      cell={each}
                      name={nameOf(table, each, words)}
                      end={end}
                      pressed={each === chosen}
                      tab={each === focusable}
                      move={(event) => move(event, each)}
                      press={() => store.go({ cell: each === chosen ? null : settingsOf(table, each.row, each.column) })}
                    />
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {(show === "share" || medians.length > 0) && <Scale end={end} />}
    </section>
  );
}

/** What the numbers are of, where that is not all runs of all seeds. */
function Cautions() {
  const { table, words: said } = useSweep();
  const [{ cells, held, pooled }, words] = [table.value, said.value];
  const isOpen = cells.flat().some(({ runs }) => runs.some(({ state }) => state === "waiting" || state === "started"));
  const settings = words.list(...[...held].map(([name, value]) => `${name} ${value}`));
  const names = words.list(...pooled.map(({ name }) => name));
  const cautions = [held.size > 0 && words.held(settings), pooled.length > 0 && words.pooled(names), isOpen && words.openHint].filter(
    (each) => each !== false,
  );
  return cautions.length === 0 ? null : <p class="cautions">{cautions.join(words.between)}</p>;
}

interface Given {
  readonly cell: Cell;
  readonly name: string;
  /** Where the scale of the colours ends. */
  readonly end: number;
  readonly pressed: boolean;
  readonly tab: boolean;
  move(event: KeyboardEvent): void;
  press(): void;
}

function CellButton({ cell, name, end, pressed, tab, move, press }: Given) {
  const { store, words: said } = useSweep();
  const words = said.value;
  const { show } = store.state.value;
  const { text, lines, part } = (show === "share" ? shareOf : stepsOf)(cell, end, words);
  const colour = part === null ? null : viridis[colourIndex(part, "linear")]!;
  return (
    <button
      type="button"
      class={colour !== null ? "cell" : cell.outcomes === 0 ? "cell empty" : "cell empty hatched"}
      style={colour === null ? {} : { background: colour, color: readableOn(colour) }}
      aria-pressed={pressed}
      aria-label={words.cellName(name, text, words.solvedOf(cell.solved, cell.outcomes))}
      tabIndex={tab ? 0 : -1}
      onKeyDown={move}
      onClick={press}
    >
      <b>{text}</b>
      {lines.map((line) => (
        <span key={line}>{line}</span>
      ))}
    </button>
  );
}

/** What stands in a cell, and how far along the colours it is, from 0 to 1: null where it has no number. */
interface Face {
  readonly text: string;
  readonly lines: readonly string[];
  readonly part: number | null;
}

function shareOf({ share, solved, outcomes }: Cell, _end: number, words: SweepWords): Face {
  if (share === null) return { text: words.noOutcome, lines: [], part: null };
  const [mean, low, high] = share.map(hundredths) as [string, string, string];
  return { text: mean, lines: [words.of(solved, outcomes), `${low}–${high}`], part: share[0] };
}

/** Few steps are good, so they are bright. Numbers are exact, since they lie at quarters between two whole ones. */
function stepsOf({ steps, solved, outcomes }: Cell, end: number, words: SweepWords): Face {
  if (steps === null) return { text: words.noOutcome, lines: [], part: null };
  const { low, median, high } = steps;
  if (!Number.isFinite(median)) {
    return { text: solved === 0 ? words.noneSolved : words.noMedian, lines: [words.of(solved, outcomes)], part: null };
  }
  const count = words.solvedOf(solved, outcomes);
  return { text: `${median}`, lines: Number.isFinite(high) ? [`${low}–${high}`, count] : [count], part: 1 - median / end };
}

/** Which colour is which number. */
function Scale({ end }: { end: number }) {
  const { store, words } = useSweep();
  const { show } = store.state.value;
  const parts = [0, 0.25, 0.5, 0.75, 1];
  const stops = (show === "share" ? parts : [...parts].reverse()).map((part) => viridis[colourIndex(part, "linear")]!);
  return (
    <p class="scale" aria-hidden="true">
      <span>{words.value.shows[show]}</span> 0
      <svg viewBox="0 0 120 10" preserveAspectRatio="none" aria-hidden="true">
        <defs>
          <linearGradient id="viridis">
            {stops.map((colour, at) => (
              <stop key={colour} offset={parts[at]} stop-color={colour} />
            ))}
          </linearGradient>
        </defs>
        <rect width="120" height="10" fill="url(#viridis)" />
      </svg>
      {end}
    </p>
  );
}
