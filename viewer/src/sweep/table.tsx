import { useRef } from "preact/hooks";
import { colourIndex, inkOn, viridis } from "../drawing/colours.ts";
import type { SweepWords } from "../words/sweep/words.ts";
import type { Cell, Table } from "./cells.ts";
import { useSweep } from "./context.ts";
import type { State } from "./state.ts";

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
  const most = Math.max(1, ...cells.flat().map(({ steps }) => steps ?? 0));
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
      <div class="across">
        <table>
          <thead>
            {columns !== null && (
              <tr>
                <td />
                <th colSpan={width} class="axis" scope="colgroup">
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
                      most={most}
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
      <Scale most={show === "share" ? 1 : most} name={words.shows[show]} />
    </section>
  );
}

interface Given {
  readonly cell: Cell;
  readonly name: string;
  readonly most: number;
  readonly pressed: boolean;
  readonly tab: boolean;
  move(event: KeyboardEvent): void;
  press(): void;
}

function CellButton({ cell, name, most, pressed, tab, move, press }: Given) {
  const { store, words: said } = useSweep();
  const words = said.value;
  const { show } = store.state.value;
  const { share, steps, solved, outcomes } = cell;
  const part = show === "share" ? (share?.[0] ?? null) : steps === null ? null : steps / most;
  const number = show === "share" ? share?.[0].toFixed(2) : steps?.toFixed(0);
  const text = number ?? (outcomes === 0 ? words.noOutcome : words.noneSolved);
  const of = words.of(solved, outcomes);
  const colour = part === null ? null : viridis[colourIndex(part, "linear")]!;
  return (
    <button
      type="button"
      class={colour === null ? "cell empty" : "cell"}
      style={colour === null ? {} : { background: colour, color: inkOn(colour) }}
      aria-pressed={pressed}
      aria-label={words.cellName(name, text, of)}
      tabIndex={tab ? 0 : -1}
      onKeyDown={move}
      onClick={press}
    >
      <b>{text}</b>
      <span>{of}</span>
      {show === "share" && share !== null && <span>{`${share[1].toFixed(2)}–${share[2].toFixed(2)}`}</span>}
    </button>
  );
}

/** Which colour is which number. */
function Scale({ most, name }: { most: number; name: string }) {
  const stops = [0, 0.25, 0.5, 0.75, 1].map((part) => viridis[colourIndex(part, "linear")]!);
  return (
    <p class="scale" aria-hidden="true">
      <span>{name}</span> 0
      <svg viewBox="0 0 120 10" preserveAspectRatio="none" aria-hidden="true">
        <defs>
          <linearGradient id="viridis">
            {stops.map((colour, at) => (
              <stop key={colour} offset={at / (stops.length - 1)} stop-color={colour} />
            ))}
          </linearGradient>
        </defs>
        <rect width="120" height="10" fill="url(#viridis)" />
      </svg>
      {most === 1 ? "1" : most.toFixed(0)}
    </p>
  );
}
