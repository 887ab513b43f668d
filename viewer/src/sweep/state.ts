import { signal, type ReadonlySignal } from "@preact/signals";
import type { Language } from "../words/language.ts";
import { choosable } from "./cells.ts";
import type { Sweep } from "./data.ts";

/** What the page's address says: which table, which cell, and how it is shown. */
export interface State {
  readonly rows: string | null;
  readonly columns: string | null;
  readonly show: "share" | "steps";
  /** The values of the chosen cell on the table's axes, by their names; null where none is chosen. */
  readonly cell: ReadonlyMap<string, string> | null;
  /** Axes that are held at one value; the others are taken together. */
  readonly fixed: ReadonlyMap<string, string>;
  readonly theme: "auto" | "light" | "dark";
  readonly language: "auto" | Language;
}

export interface Store {
  readonly state: ReadonlySignal<State>;
  /** `"push"` makes a step that the browser's back button undoes; `"replace"` is for how the page looks. */
  go(change: Partial<State>, how?: "push" | "replace"): void;
}

/** What stands before the name of an axis in the address. */
const [CELL, FIXED] = ["cell.", "only."];

export function startOf(sweep: Sweep): State {
  const { rows, columns } = sweep;
  return { rows, columns, show: "share", cell: null, fixed: new Map(), theme: "auto", language: "auto" };
}

/** The state that an address says; what the sweep does not have is left aside. */
export function decode(hash: string, sweep: Sweep): State {
  const said = new URLSearchParams(hash.replace(/^#/, ""));
  const start = startOf(sweep);
  const axes = new Map(choosable(sweep).map(({ name, values }) => [name, values]));
  const axis = (name: "rows" | "columns") => {
    const asked = said.get(name);
    if (asked === "") return null;
    return asked !== null && axes.has(asked) ? asked : start[name];
  };
  const among = <T extends string>(name: string, choices: readonly T[], other: T): T =>
    choices.find((choice) => choice === said.get(name)) ?? other;
  const valuesOf = (prefix: string) =>
    new Map(
      [...said].flatMap(([key, value]): [string, string][] => {
        const name = key.slice(prefix.length);
        return key.startsWith(prefix) && axes.get(name)?.includes(value) === true ? [[name, value]] : [];
      }),
    );
  const rows = axis("rows");
  const columns = axis("columns") === rows ? null : axis("columns");
  const cell = valuesOf(CELL);
  const known = [rows, columns].every((name) => name === null || cell.has(name));
  return {
    rows,
    columns,
    show: among("show", ["share", "steps"], "share"),
    cell: known && (cell.size > 0 || said.has("cell")) ? cell : null,
    fixed: valuesOf(FIXED),
    theme: among("theme", ["auto", "light", "dark"], "auto"),
    language: among("language", ["auto", "en", "zh"], "auto"),
  };
}

/** The address of a state: what differs from the start. */
export function encode(state: State, sweep: Sweep): string {
  const start = startOf(sweep);
  const said = new URLSearchParams();
  for (const name of ["rows", "columns"] as const) if (state[name] !== start[name]) said.set(name, state[name] ?? "");
  for (const name of ["show", "theme", "language"] as const) if (state[name] !== start[name]) said.set(name, state[name]);
  for (const [name, value] of state.fixed) said.set(FIXED + name, value);
  if (state.cell !== null) {
    for (const [name, value] of state.cell) said.set(CELL + name, value);
    // A table of one cell has no axis to name.
    if (state.cell.size === 0) said.set("cell", "all");
  }
  return said.toString();
}

export function makeStore(sweep: Sweep): Store {
  const state = signal(decode(location.hash, sweep));
  const read = () => (state.value = decode(location.hash, sweep));
  addEventListener("popstate", read);
  addEventListener("hashchange", read);
  return {
    state,
    go: (change, how = "push") => {
      const next = { ...state.value, ...change };
      const fragment = encode(next, sweep);
      if (fragment === encode(state.value, sweep)) return;
      state.value = next;
      if (how === "push") history.pushState(null, "", `#${fragment}`);
      else history.replaceState(null, "", `#${fragment}`);
    },
  };
}
