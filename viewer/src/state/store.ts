import { computed, signal, type ReadonlySignal } from "@preact/signals";
import type { AttentionRecord, Dataset, Kind, Moment, StepMetrics } from "../data.ts";
import { COLUMNS, headTable, nameOf, type HeadTable } from "../findings.ts";
import { partOf, positionOf } from "../parts.ts";
import { decode, encode, without } from "./fragment.ts";
import { KINDS, START, type State, type View } from "./state.ts";

/** The one place where state lives. Views read its signals and call {@link Store.go}. */
export interface Store {
  readonly dataset: ReadonlySignal<Dataset>;
  readonly state: ReadonlySignal<State>;
  /** The kinds of attention that were recorded, as tabs. */
  readonly kinds: ReadonlySignal<readonly Kind[]>;
  /** Whether there is a training to show: more than one moment, or metrics. */
  readonly training: ReadonlySignal<boolean>;
  readonly moment: ReadonlySignal<Moment>;
  /** Which of the dataset's moments that is. */
  readonly at: ReadonlySignal<number>;
  /** The record of the chosen kind. */
  readonly whole: ReadonlySignal<AttentionRecord>;
  /** What the views show of it: all, or the attention between its two texts that was chosen. */
  readonly record: ReadonlySignal<AttentionRecord>;
  /** The state with everything brought into the record's bounds, queries and keys counted as in `record`. */
  readonly seen: ReadonlySignal<State>;
  /** What lenses found of heads; null where none was asked. */
  readonly table: ReadonlySignal<HeadTable | null>;
  /** Whether queries are known to predict the next token: in a task they do; of a record alone nobody knows. */
  readonly predicts: ReadonlySignal<boolean>;
  /** The metrics of the moment's step, or of the last step logged before it. */
  readonly metrics: ReadonlySignal<StepMetrics | null>;
  /** Changes the state, queries and keys counted as in `record`. `"push"` makes a step that the browser's back button undoes; `"replace"` is for what changes continuously. */
  go(change: Partial<State>, how?: "push" | "replace"): void;
  /** Goes to a moment by its number. At the last one the address names no step, so that the page follows the newest. */
  goToMoment(at: number): void;
}

/** The parts of the address that are the viewer's. */
const NAMES: ReadonlySet<string> = new Set(Object.keys(START));

/** What these show is of all keys: a softmax runs over all of them, and findings are of whole heads. */
const WHOLE: readonly View[] = ["steps", "findings"];

/** `begins` is what a page starts with that shows more than a report. */
export function makeStore(dataset: ReadonlySignal<Dataset>, begins: Partial<State> = {}): Store {
  const moments = computed(() => dataset.value.records);
  const kinds = computed(() => KINDS.filter((kind) => moments.value.some((moment) => recordOf(moment, kind) !== null)));
  const training = computed(() => moments.value.length > 1 || dataset.value.metrics.length > 0);
  // An address says what differs from the start, so the start stays what it was when the page was opened.
  const first = kinds.peek();
  const start: State = { ...START, kind: first.includes("cross") ? "cross" : (first[0] ?? START.kind), ...begins };
  const state = signal<State>(decode(location.hash, start));

  const at = computed(() => nearest(moments.value, state.value.step));
  const moment = computed(() => moments.value[at.value]!);
  const whole = computed(() => recordOf(moment.value, state.value.kind) ?? moment.value.records[0]!);
  const texts = computed(() => (whole.value.texts === null || WHOLE.includes(state.value.view) ? "all" : state.value.texts));
  const record = computed(() => (texts.value === "all" ? whole.value : partOf(whole.value, texts.value)));
  const table = computed(() => headTable(dataset.value.findings));
  const seen = computed(() => known(within({ ...state.value, texts: texts.value }, record.value), table.value));
  const predicts = computed(() => dataset.value.origin.task !== "" && record.value.kind !== "encoder_self");
  const metrics = computed(() => metricsAt(dataset.value.metrics, moment.value.step));

  let wait: ReturnType<typeof setTimeout> | undefined;
  const write = (how: "push" | "replace") => {
    clearTimeout(wait);
    const fragment = [without(location.hash, NAMES), encode(state.value, start)].filter(Boolean).join("&");
    if (fragment === location.hash.replace(/^#/, "")) return;
    if (how === "push") history.pushState(null, "", `#${fragment}`);
    else history.replaceState(null, "", `#${fragment}`);
  };
  const go = (change: Partial<State>, how: "push" | "replace" = "push") => {
    const next = { ...state.value, ...inWhole(change, record.value) };
    if (encode(next, start) === encode(state.value, start)) return;
    // What was still to be replaced belongs to the entry that a push leaves behind.
    if (how === "push") {
      write("replace");
      state.value = next;
      write("push");
    } else {
      state.value = next;
      clearTimeout(wait);
      wait = setTimeout(() => write("replace"), 150);
    }
  };
  const goToMoment = (at: number) => {
    const last = moments.value.length - 1;
    go({ step: at >= last ? null : moments.value[Math.max(0, at)]!.step }, "replace");
  };
  const read = () => {
    clearTimeout(wait);
    state.value = decode(location.hash, start);
  };
  addEventListener("popstate", read);
  addEventListener("hashchange", read);
  return { dataset, state, kinds, training, moment, at, whole, record, seen, table, predicts, metrics, go, goToMoment };
}

export function recordOf(moment: Moment, kind: Kind): AttentionRecord | null {
  return moment.records.find((record) => record.kind === kind) ?? null;
}

/** The moment of a step, or else the last one before it, or the first. */
export function nearest(moments: readonly Moment[], step: number | null): number {
  if (step === null) return moments.length - 1;
  const at = moments.findLastIndex((moment) => moment.step !== null && moment.step <= step);
  return Math.max(0, at);
}

/** The change with queries and keys counted as the address counts them, whatever part of a record is seen. */
function inWhole(change: Partial<State>, record: AttentionRecord): Partial<State> {
  const { query, key } = change;
  return {
    ...change,
    ...(query != null && { query: positionOf(record, "queries", query) }),
    ...(key != null && { key: positionOf(record, "keys", key) }),
  };
}

export function within(state: State, record: AttentionRecord): State {
  const below = (value: number, end: number) => Math.min(value, end - 1);
  const cell = (value: number | null, side: "queries" | "keys") => {
    if (value === null || record.positions === null) return value === null || value >= record[side] ? null : value;
    const at = record.positions[side].indexOf(value);
    return at < 0 ? null : at;
  };
  const zoom =
    state.zoom === null || state.zoom.left >= record.keys || state.zoom.top >= record.queries
      ? null
      : { ...state.zoom, right: Math.min(state.zoom.right, record.keys), bottom: Math.min(state.zoom.bottom, record.queries) };
  const hidden = state.hidden.filter((head) => head < record.heads);
  return {
    ...state,
    kind: record.kind,
    layer: below(state.layer, record.layers),
    head: below(state.head, record.heads),
    query: cell(state.query, "queries"),
    key: cell(state.key, "keys"),
    hidden,
    zoom,
    sort: state.sort === "alignment" && record.alignment === null ? "layer" : state.sort,
    most: state.most !== null && state.most >= record.layers * record.heads ? null : state.most,
  };
}

/** The state with what the table of heads does not have left aside. */
export function known(state: State, table: HeadTable | null): State {
  if (table === null) return state;
  const scores = table.scores.map(({ name }) => name);
  const among = (name: string | null, names: readonly string[]) => (name !== null && names.includes(name) ? name : null);
  const { replacements } = table;
  return {
    ...state,
    column: among(state.column, [...COLUMNS, ...scores]) ?? START.column,
    role: among(state.role, table.roles),
    score: among(state.score, scores) ?? scores[0] ?? null,
    with: replacements.includes(state.with)
      ? state.with
      : (replacements.find((each) => each === START.with) ?? replacements[0] ?? START.with),
    off: among(
      state.off,
      table.rows.map(({ head }) => nameOf(head)),
    ),
  };
}

export function metricsAt(metrics: readonly StepMetrics[], step: number | null): StepMetrics | null {
  if (step === null) return metrics.at(-1) ?? null;
  return metrics.findLast((line) => line.step <= step) ?? null;
}

/** The last exact match that was measured up to a step. */
export function exactMatchAt(metrics: readonly StepMetrics[], step: number | null): { step: number; value: number } | null {
  const line = metrics.findLast((line) => line.exactMatch !== null && (step === null || line.step <= step));
  return line === undefined ? null : { step: line.step, value: line.exactMatch! };
}
