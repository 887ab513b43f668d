import { Segments, Select } from "../views/controls.tsx";
import { choosable } from "./cells.ts";
import { useSweep } from "./context.ts";

/** Which axes the table has, what its cells show, and at which values the other axes are held. */
export function Choices() {
  const { sweep, store, table, words: said } = useSweep();
  const words = said.value;
  const { rows, columns, show, fixed } = store.state.value;
  const { held, pooled } = table.value;
  const axes = choosable(sweep);
  const choices = [...axes.map(({ name }) => ({ value: name, text: name })), { value: "", text: words.none }];
  // An axis that moves to the other side leaves its own to what was there.
  const choose = (side: "rows" | "columns", value: string) => {
    const name = value === "" ? null : value;
    const other = side === "rows" ? "columns" : "rows";
    const now = { rows, columns };
    const moved = name !== null && now[other] === name ? { [other]: now[side] } : {};
    store.go({ [side]: name, ...moved, cell: null });
  };
  const others = axes.filter((axis) => held.has(axis.name) || pooled.includes(axis));
  return (
    <div class="toolbar">
      {axes.length > 0 && (
        <>
          <Select name={words.rows} choices={choices} chosen={rows ?? ""} choose={(value) => choose("rows", value)} />
          <Select name={words.columns} choices={choices} chosen={columns ?? ""} choose={(value) => choose("columns", value)} />
        </>
      )}
      <Segments
        name={words.show}
        choices={(["share", "steps"] as const).map((value) => ({ value, text: words.shows[value], hint: words.showHints[value] }))}
        chosen={show}
        choose={(show) => store.go({ show })}
      />
      {others.map(({ name, values }) => (
        <Select
          key={name}
          name={name}
          choices={[{ value: "", text: words.all }, ...values.map((value) => ({ value: `=${value}`, text: value }))]}
          chosen={held.has(name) ? `=${held.get(name)}` : ""}
          choose={(chosen) => {
            const held = new Map(fixed);
            if (chosen === "") held.delete(name);
            else held.set(name, chosen.slice(1));
            store.go({ fixed: held });
          }}
        />
      ))}
    </div>
  );
}
