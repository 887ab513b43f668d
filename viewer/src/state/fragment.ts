import { REPLACEMENTS } from "../data.ts";
import type { Zoom } from "../drawing/grid.ts";
import { COUNTS, DIRECTIONS, KINDS, SORTS, TEXTS, VIEWS, type State } from "./state.ts";

/** The part of the address behind `#`: what differs from `start`. */
export function encode(state: State, start: State): string {
  const parts: string[] = [];
  for (const [name, value] of Object.entries(state) as [keyof State, State[keyof State]][]) {
    const text = written(value);
    if (text !== written(start[name])) parts.push(`${name}=${encodeURIComponent(text)}`);
  }
  return parts.join("&");
}

/** The state that an address names. What is missing or makes no sense is as in `start`: an address is typed by people. */
export function decode(fragment: string, start: State): State {
  const given = new URLSearchParams(fragment.replace(/^#/, ""));
  const among = <T extends string>(name: keyof State, choices: readonly T[], otherwise: T): T =>
    choices.find((choice) => choice === given.get(name)) ?? otherwise;
  const count = <T>(name: keyof State, otherwise: T): number | T => natural(given.get(name)) ?? otherwise;
  // What a lens calls its things; the view leaves aside what there is not.
  const word = <T>(name: keyof State, otherwise: T): string | T => given.get(name) || otherwise;
  return {
    view: among("view", VIEWS, start.view),
    kind: among("kind", KINDS, start.kind),
    layer: count("layer", start.layer),
    head: count("head", start.head),
    texts: among("texts", TEXTS, start.texts),
    query: count("query", start.query),
    key: count("key", start.key),
    step: count("step", start.step),
    threshold: weight(given.get("threshold")) ?? start.threshold,
    scale: among("scale", ["linear", "log"], start.scale),
    sort: among("sort", SORTS, start.sort),
    most: COUNTS.find((count) => String(count) === given.get("most")) ?? start.most,
    direction: among("direction", DIRECTIONS, start.direction),
    hidden: given.has("hidden") ? numbers(given.get("hidden")!) : start.hidden,
    zoom: zoomOf(given.get("zoom")) ?? start.zoom,
    column: word("column", start.column),
    order: among("order", ["ascending", "descending"], start.order),
    columns: among("columns", ["main", "all"], start.columns),
    role: word("role", start.role),
    score: word("score", start.score),
    least: finite(given.get("least")) ?? start.least,
    lost: finite(given.get("lost")) ?? start.lost,
    with: among("with", REPLACEMENTS, start.with),
    off: word("off", start.off),
    chart: word("chart", start.chart),
    theme: among("theme", ["auto", "light", "dark"], start.theme),
    language: among("language", ["auto", "en", "zh"], start.language),
    keys: among("keys", ["on", "off"], start.keys),
  };
}

/** An address without the parts of these names: whoever has a part of it leaves the others' alone. */
export function without(fragment: string, names: ReadonlySet<string>): string {
  const others = (part: string) => part !== "" && !names.has(part.split("=", 1)[0]!);
  return fragment.replace(/^#/, "").split("&").filter(others).join("&");
}

function written(value: State[keyof State]): string {
  if (value === null) return "";
  if (Array.isArray(value)) return value.join(".");
  if (typeof value === "object") {
    const zoom = value as Zoom;
    return [zoom.left, zoom.top, zoom.right, zoom.bottom].join(".");
  }
  return String(value);
}

function natural(text: string | null): number | null {
  return text !== null && /^\d{1,9}$/.test(text) ? Number(text) : null;
}

function numbers(text: string): number[] {
  const found = text
    .split(".")
    .map(natural)
    .filter((number) => number !== null);
  return [...new Set(found)].sort((one, other) => one - other);
}

function weight(text: string | null): number | null {
  const number = Number(text);
  return text !== null && text !== "" && number >= 0 && number <= 1 ? number : null;
}

function finite(text: string | null): number | null {
  return text !== null && /^-?\d{1,9}(\.\d{1,9})?$/.test(text) ? Number(text) : null;
}

function zoomOf(text: string | null): Zoom | null {
  const [left, top, right, bottom, ...more] = (text ?? "").split(".").map(natural);
  if (left == null || top == null || right == null || bottom == null || more.length > 0) return null;
  return left < right && top < bottom ? { left, top, right, bottom } : null;
}
