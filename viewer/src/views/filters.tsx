import { REPLACEMENTS } from "../data.ts";
import { firstOrder } from "../findings.ts";
import { usePage } from "./context.ts";
import { Button, Select } from "./controls.tsx";
import { columnsOf, termOf } from "./naming.ts";

/** Which heads the table shows, in which order, and how they are switched off. */
export function Filters() {
  const { store, style } = usePage();
  const { words } = style.value;
  const table = store.table.value;
  const { column, order, role, score, least, lost, with: replacement } = store.seen.value;
  if (table === null) return null;
  const columns = [
    { name: "head", title: words.head },
    { name: "roles", title: words.rolesColumn },
    ...columnsOf(table, table.scores, words),
  ];
  return (
    <>
      <div class="pair">
        <Select
          name={words.columnOrder}
          choices={columns.map(({ name, title }) => ({ value: name, text: title }))}
          chosen={column}
          choose={(column) => store.go({ column, order: firstOrder(column) })}
        />
        <Button name={words.orders[order]} press={() => store.go({ order: order === "ascending" ? "descending" : "ascending" })}>
          {order === "ascending" ? "↑" : "↓"}
        </Button>
      </div>
      {table.replacements.length > 1 && (
        <Select
          name={words.replacement}
          choices={REPLACEMENTS.filter((each) => table.replacements.includes(each)).map((value) => ({
            value,
            text: words.replacements[value],
            hint: words.replacedBy[value],
          }))}
          chosen={replacement}
          choose={(replacement) => store.go({ with: replacement })}
        />
      )}
      {table.roles.length > 0 && (
        <Select
          name={words.role}
          choices={[{ value: "", text: words.roleAll }, ...table.roles.map((value) => ({ value, text: termOf(value, words) }))]}
          chosen={role ?? ""}
          choose={(role) => store.go({ role: role === "" ? null : role })}
        />
      )}
      {score !== null && (
        <div class="pair">
          <Select
            name={words.scoreFilter}
            choices={table.scores.map(({ name, title }) => ({ value: name, text: termOf(title, words) }))}
            chosen={score}
            choose={(score) => store.go({ score }, "replace")}
          />
          <Field name={words.leastFilter} value={least} step={0.1} set={(least) => store.go({ least }, "replace")} />
        </div>
      )}
      {table.replacements.length > 0 && (
        <Field name={words.lostFilter} value={lost} step={10} unit={words.points} set={(lost) => store.go({ lost }, "replace")} />
      )}
    </>
  );
}

/** A number, or none. */
function Field(given: { name: string; value: number | null; step: number; unit?: string; set(value: number | null): void }) {
  const { name, value, step, unit, set } = given;
  return (
    <label class="field">
      <span class="name">{name}</span>
      <input
        type="number"
        inputMode="decimal"
        step="any"
        value={value ?? ""}
        onInput={(event) => {
          const { value, valueAsNumber } = event.currentTarget;
          // As long as it is no number yet, such as a lone minus, what was there stays.
          if (value === "" && event.currentTarget.validity.valid) set(null);
          else if (Number.isFinite(valueAsNumber)) set(Math.round(valueAsNumber * 1e6) / 1e6);
        }}
        onKeyDown={(event) => {
          const by = { ArrowUp: step, ArrowDown: -step }[event.key];
          if (by === undefined) return;
          event.preventDefault();
          set(Math.round(((value ?? 0) + by) * 1e6) / 1e6);
        }}
      />
      {unit !== undefined && <span class="unit">{unit}</span>}
    </label>
  );
}
