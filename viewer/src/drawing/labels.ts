import { isSpecial, label } from "../tokens.ts";
import { shortened, type Measure, type Shape } from "./scene.ts";

/** How the labels of one axis are set: their size, and which of them. */
export interface Labels {
  readonly size: number;
  /** The room that they take across the axis. */
  readonly room: number;
  readonly upright: boolean;
  readonly shown: readonly { readonly at: number; readonly text: string }[];
}

/** Labels of rows: right-aligned, as large as the rows allow; where rows are too low, every so many have one. */
export function rowLabels(
  tokens: readonly string[],
  from: number,
  to: number,
  high: number,
  most: number,
  measure: Measure,
  largest = 13,
): Labels {
  const size = Math.min(largest, Math.max(9, Math.floor(high * 0.78)));
  return set(tokens, thinned(tokens, from, to, high, size + 2), size, most, false, measure);
}

/** Labels of columns: level where all of them fit side by side, else from bottom to top. */
export function columnLabels(tokens: readonly string[], from: number, to: number, wide: number, most: number, measure: Measure): Labels {
  const all = Array.from({ length: to - from }, (_, at) => from + at);
  const level = [13, 12, 11, 10].find((size) => all.every((at) => measure(label(tokens[at]!), size) <= wide - 5));
  if (level !== undefined) return { ...set(tokens, all, level, wide, false, measure), room: level + 4 };
  const size = Math.min(13, Math.max(9, Math.floor(wide * 0.78)));
  return set(tokens, thinned(tokens, from, to, wide, size + 2), size, most, true, measure);
}

function set(tokens: readonly string[], which: readonly number[], size: number, most: number, upright: boolean, measure: Measure): Labels {
  const shown = which.map((at) => ({ at, text: shortened(label(tokens[at]!), size, most, measure) }));
  const room = shown.reduce((widest, { text }) => Math.max(widest, measure(text, size)), 0);
  return { size, room: Math.ceil(room), upright, shown };
}

/** Every so many places, so that labels `apart` pixels tall do not touch; special tokens before others. */
function thinned(tokens: readonly string[], from: number, to: number, step: number, apart: number): number[] {
  const every = Math.max(1, Math.ceil(apart / step));
  const kept: number[] = [];
  for (let at = from; at < to; at += every) {
    let special = at;
    for (let near = at; near < Math.min(at + every, to); near++)
      if (isSpecial(tokens[near]!)) {
        special = near;
        break;
      }
    kept.push(kept.length > 0 && special - kept.at(-1)! < every ? at : special);
  }
  // A special token may have moved towards the label behind it.
  return kept.filter((at, place) => place === 0 || at - kept[place - 1]! >= every);
}

/** The shapes of row labels that end at `x`. */
export function drawRowLabels(labels: Labels, x: number, y: number, high: number, top: number, fill: string): Shape[] {
  return labels.shown.map(({ at, text }) => ({
    shape: "words",
    x,
    y: y + (at - top + 0.5) * high,
    text,
    size: labels.size,
    fill,
    anchor: "end",
  }));
}

/** The shapes of column labels that stand on `y`. */
export function drawColumnLabels(labels: Labels, x: number, y: number, wide: number, left: number, fill: string): Shape[] {
  return labels.shown.map(({ at, text }) => {
    const middle = x + (at - left + 0.5) * wide;
    return labels.upright
      ? { shape: "words", x: middle, y, text, size: labels.size, fill, anchor: "start", upwards: true }
      : { shape: "words", x: middle, y: y - labels.size * 0.6, text, size: labels.size, fill, anchor: "middle" };
  });
}
