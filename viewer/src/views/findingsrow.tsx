import { useMemo } from "preact/hooks";
import type { AttentionRecord, Replacement, Score } from "../data.ts";
import type { FindingsColumn } from "../drawing/findings.ts";
import { interval } from "../drawing/interval.ts";
import { headPicture } from "../drawing/model.ts";
import { estimateIn, type HeadRow, type HeadTable, type IntervalScale, intervalScale, nameOf, shownIn, written } from "../findings.ts";
import { recordOf } from "../state/store.ts";
import { SceneCanvas } from "./canvas.tsx";
import { usePage } from "./context.ts";
import { chooseHead } from "./moving.ts";
import { columnsOf, layerAndHead, rolesText } from "./naming.ts";
import { Shapes } from "./shapes.tsx";

export interface ShownColumn extends FindingsColumn {
  readonly hint?: string;
  /** One for all rows, whichever are shown. */
  readonly scale: IntervalScale;
}

export function useColumns(table: HeadTable, scores: readonly Score[]): readonly ShownColumn[] {
  const { store, style } = usePage();
  const { words } = style.value;
  const { with: replacement } = store.seen.value;
  return useMemo(
    () =>
      columnsOf(table, scores, words).map((column) => {
        const estimates = table.rows.map((row) => estimateIn(row, column.name, replacement));
        return { ...column, scale: intervalScale(estimates, shownIn(column.name)) };
      }),
    [table, scores.map(({ name }) => name).join(), words, replacement],
  );
}

interface Given {
  readonly row: HeadRow;
  readonly columns: readonly ShownColumn[];
  readonly chosen: boolean;
  /** Whether Tab stops here: a table of many heads has one stop of each sort. */
  readonly stop: boolean;
  readonly off: boolean;
  readonly withSwitch: boolean;
}

/** One head: its picture, its name, its roles, a switch, and its numbers. */
export function FindingsRow({ row, columns, chosen, stop, off, withSwitch }: Given) {
  const page = usePage();
  const { store, style } = page;
  const { words } = style.value;
  const { with: replacement } = store.seen.value;
  const { kind, layer, head } = row.head;
  const record = recordOf(store.moment.value, kind);
  const full = words.headOf(words.kinds[kind], layer, head);
  const tabIndex = stop ? 0 : -1;
  // Cells that stay what they were are left alone when rows change their order: a model has up to thousands.
  const numbers = useMemo(
    () => columns.map((column) => <Numbers key={column.name} row={row} column={column} replacement={replacement} />),
    [row, columns, replacement],
  );
  return (
    <tr class={`head ${chosen ? "chosen" : ""} ${off ? "off" : ""}`}>
      <th scope="row" class="first">
        <span class="who">
          {record !== null && layer < record.layers && head < record.heads && (
            <button
              type="button"
              class="picture"
              data-control="picture"
              aria-label={words.openHead(full)}
              title={words.openHead(full)}
              tabIndex={tabIndex}
              onClick={() => {
                page.entering.value = true;
                chooseHead(page, row.head);
                store.go({ view: "head" });
              }}
            >
              <Picture record={record} layer={layer} head={head} />
            </button>
          )}
          <button
            type="button"
            class="named"
            data-control="name"
            aria-label={full}
            aria-current={chosen}
            tabIndex={tabIndex}
            onClick={() => chooseHead(page, row.head)}
          >
            {layerAndHead(row.head, words)}
            {store.kinds.value.length > 1 && <small>{words.kindsShort[kind]}</small>}
          </button>
        </span>
      </th>
      <td class="roles" data-column={words.rolesColumn}>
        {rolesText(row, words)}
      </td>
      {withSwitch && (
        <td class="turn">
          <button
            type="button"
            role="switch"
            class="switch"
            data-control="switch"
            aria-checked={!off}
            aria-label={words.headOn(full)}
            title={words.headOn(full)}
            disabled={row.effects.size === 0}
            tabIndex={tabIndex}
            onClick={() => {
              const effect = row.effects.get(replacement);
              if (!off) page.spoken.value = words.headIsOff(full, effect === undefined ? words.effectNot : words.replacedBy[replacement]);
              store.go({ off: off ? null : nameOf(row.head) });
            }}
          />
        </td>
      )}
      {numbers}
    </tr>
  );
}

function Picture({ record, layer, head }: { record: AttentionRecord; layer: number; head: number }) {
  const style = usePage().style.value;
  const scene = useMemo(() => headPicture(record, layer, head, 36, style), [record, layer, head, style]);
  return <SceneCanvas scene={scene} />;
}

function Numbers({ row, column, replacement }: { row: HeadRow; column: ShownColumn; replacement: Replacement }) {
  const { palette } = usePage().style.value;
  const estimate = estimateIn(row, column.name, replacement);
  if (estimate === null)
    return (
      <td class="none" data-column={column.title}>
        –
      </td>
    );
  const { mean, ends } = written(column.name, estimate);
  return (
    <td class="numbers" data-column={column.title}>
      <b>{mean}</b> <small>{ends}</small>
      <Shapes shapes={interval(estimate, column.scale, { x: 0, y: 0, width: 92, height: 10 }, palette)} width={92} height={10} />
    </td>
  );
}
