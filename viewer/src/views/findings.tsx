import { useMemo } from "preact/hooks";
import type { HeadName } from "../data.ts";
import { findingsDrawing } from "../drawing/findings.ts";
import { firstOrder, type HeadRow, type HeadTable, kept, mainScores, nameOf, sameHead, sorted } from "../findings.ts";
import { usePage, type Page } from "./context.ts";
import { useWidth } from "./canvas.tsx";
import { useDrawing } from "./exporting.tsx";
import { FindingsRow, useColumns, type ShownColumn } from "./findingsrow.tsx";
import { chooseHead } from "./moving.ts";
import { columnsOf, rolesText, shortName } from "./naming.ts";
import { Notes, Unchanged } from "./notes.tsx";
import { SwitchedOff } from "./switchedoff.tsx";

/** What each head does, and what fails without it. */
export function FindingsView() {
  const page = usePage();
  const table = page.store.table.value;
  return table === null ? <Nothing /> : <Table table={table} />;
}

/** What makes this page with findings. */
const COMMAND = "headlight report DIR --lens";

function Nothing() {
  const page = usePage();
  const { words } = page.style.value;
  useDrawing(page, null);
  return (
    <div class="view nothing">
      <h2>{words.views.findings}</h2>
      <p class="lead">{words.noFindings}</p>
      <p>
        <code>{COMMAND}</code>
      </p>
    </div>
  );
}

function Table({ table }: { table: HeadTable }) {
  const page = usePage();
  const { store } = page;
  const style = page.style.value;
  const { words } = style;
  const { column, order, columns: shownColumns, role, score, least, lost, with: replacement, off, kind, layer, head } = store.seen.value;
  const [element, width] = useWidth();
  const rows = useMemo(
    () => sorted(kept(table.rows, { role, score, least, lost }, replacement), column, order, replacement),
    [table, role, score, least, lost, replacement, column, order],
  );
  const main = mainScores(table, [column, least === null ? null : score]);
  const scores = shownColumns === "all" ? table.scores : main;
  const columns = useColumns(table, scores);
  useDrawing(page, {
    name: "what-heads-do",
    title: words.views.findings,
    scene: () => {
      const named = rows.map((row) => ({ row, name: shortName(row.head, store, words), roles: rolesText(row, words) }));
      return findingsDrawing(named, table.rows, columnsOf(table, scores, words), replacement, style);
    },
  });

  const chosen: HeadName = { kind, layer, head };
  const chosenAt = rows.findIndex((row) => sameHead(row.head, chosen));
  const step = store.dataset.value.findings.find((found) => found.heads.length + found.ablations.length > 0)?.step ?? null;
  const moment = store.moment.value.step;
  return (
    <div class="view findings">
      <div class="bar">
        <p class="lead">{words.viewHints.findings}</p>
        <p class="count">
          {main.length < table.scores.length && (
            <button
              type="button"
              class="button"
              aria-pressed={shownColumns === "all"}
              onClick={() => store.go({ columns: shownColumns === "all" ? "main" : "all" })}
            >
              {words.allScores(table.scores.length)}
            </button>
          )}
          {words.rowsShown(rows.length, table.rows.length)}
          {rows.length < table.rows.length && (
            <button type="button" class="button" onClick={() => store.go({ role: null, least: null, lost: null })}>
              {words.noFilters}
            </button>
          )}
        </p>
      </div>
      <Unchanged table={table} />
      {step !== null && moment !== null && step !== moment && <p class="remark">{words.otherStep(step)}</p>}
      <div ref={element} class="measure" />
      <div class="scroll wide">
        <table aria-label={words.tableName} onKeyDown={(event) => move(event, rows, page)}>
          <thead>
            <tr>
              <Heading name="head" title={words.head} />
              <Heading name="roles" title={words.rolesColumn} />
              {table.replacements.length > 0 && (
                <th scope="col">
                  <span class="sort">{words.onColumn}</span>
                </th>
              )}
              {columns.map((each) => (
                <Heading key={each.name} {...each} />
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.map((row, at) => (
              <Rows
                key={nameOf(row.head)}
                row={row}
                columns={columns}
                chosen={at === chosenAt}
                stop={at === Math.max(0, chosenAt)}
                off={off === nameOf(row.head)}
                width={width}
                table={table}
              />
            ))}
          </tbody>
        </table>
      </div>
      {rows.length === 0 && <p class="lead">{words.noRows}</p>}
      <Notes />
    </div>
  );
}

interface RowsGiven {
  readonly row: HeadRow;
  readonly columns: readonly ShownColumn[];
  readonly chosen: boolean;
  readonly stop: boolean;
  readonly off: boolean;
  readonly width: number;
  readonly table: HeadTable;
}

/** A head, and below it what happens without it. */
function Rows({ off, width, table, ...given }: RowsGiven) {
  const withSwitch = table.replacements.length > 0;
  return (
    <>
      <FindingsRow {...given} off={off} withSwitch={withSwitch} />
      {off && (
        <tr class="without">
          <td colSpan={given.columns.length + (withSwitch ? 3 : 2)}>
            <SwitchedOff row={given.row} baseline={table.baseline} width={width} />
          </td>
        </tr>
      )}
    </>
  );
}

/** A column's name; pressed, it sorts by it, and pressed again, the other way round. */
function Heading({ name, title, hint }: { name: string; title: string; hint?: string | undefined }) {
  const { store, style } = usePage();
  const { words } = style.value;
  const { column, order } = store.seen.value;
  const sorts = column === name;
  const press = () =>
    store.go(sorts ? { order: order === "ascending" ? "descending" : "ascending" } : { column: name, order: firstOrder(name) });
  return (
    <th scope="col" aria-sort={sorts ? order : undefined} class={name === "head" ? "first" : ""}>
      <button type="button" class="sort" title={hint ?? words.sortBy(title)} onClick={press}>
        {title} <span aria-hidden="true">{sorts ? (order === "ascending" ? "↑" : "↓") : ""}</span>
      </button>
    </th>
  );
}

/** Up and down go to the same control of another head, and choose that head as the arrows of the model view do. */
function move(event: KeyboardEvent, rows: readonly HeadRow[], page: Page): void {
  const control = (event.target as Element).closest<HTMLElement>("tbody [data-control]");
  const line = control?.closest("tr");
  if (control == null || line == null) return;
  const lines = [...(event.currentTarget as HTMLElement).querySelectorAll<HTMLElement>("tbody tr.head")];
  const at = lines.indexOf(line);
  const to = { ArrowUp: at - 1, ArrowDown: at + 1, Home: 0, End: lines.length - 1 }[event.key];
  const row = to === undefined ? undefined : rows[to];
  if (to === undefined || row === undefined) return;
  event.preventDefault();
  chooseHead(page, row.head);
  lines[to]?.querySelector<HTMLElement>(`[data-control="${control.dataset.control}"]`)?.focus();
}
