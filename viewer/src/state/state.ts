import { type Kind, PARTS, type Part, type Replacement } from "../data.ts";
import type { Scale } from "../drawing/colours.ts";
import type { Zoom } from "../drawing/grid.ts";
import type { Order } from "../findings.ts";
import { MEASURES } from "../measures.ts";

/** Everything that the page's address says: what is looked at, and how. */
export interface State {
  readonly view: View;
  readonly kind: Kind;
  readonly layer: number;
  readonly head: number;
  /** Of a record of two texts, what is seen: the attention from which to which. */
  readonly texts: "all" | Part;
  /** The chosen cell; a query without a key is a chosen row. */
  readonly query: number | null;
  readonly key: number | null;
  /** A step of training; null is the last that was recorded. */
  readonly step: number | null;
  /** Weights below it are not drawn. */
  readonly threshold: number;
  readonly scale: Scale;
  readonly sort: Sort;
  /** So many heads are shown, the first in the order of `sort`; null is all. */
  readonly most: number | null;
  /** Whether the token chosen in the text view is the query or the key. */
  readonly direction: Direction;
  /** Heads of a layer whose lines are not drawn, ascending. */
  readonly hidden: readonly number[];
  /** The part of a heatmap that is seen; null is all of it. */
  readonly zoom: Zoom | null;
  /** The column by which the table of what heads do is sorted: one of findings.ts's `COLUMNS`, or the name of a score. */
  readonly column: string;
  readonly order: Order;
  /** Whether the table has all scores, or those that say what a head is called. */
  readonly columns: "main" | "all";
  /** The table's rows: heads with this role, with so much of this score, without which so many points of exact match are lost; null is all. */
  readonly role: string | null;
  readonly score: string | null;
  readonly least: number | null;
  readonly lost: number | null;
  /** What stands where the output of a head was that is switched off, and which head is, by its name. */
  readonly with: Replacement;
  readonly off: string | null;
  /** The chart of heads that the time line shows, by its name; null is loss and accuracy. */
  readonly chart: string | null;
  readonly theme: "auto" | "light" | "dark";
  readonly language: "auto" | "en" | "zh";
  /** Whether shortcuts of a single character, such as `k`, work. */
  readonly keys: "on" | "off";
}

export const VIEWS = ["model", "head", "lines", "steps", "text", "findings"] as const;
export type View = (typeof VIEWS)[number];

export const KINDS = ["encoder_self", "decoder_self", "cross"] as const satisfies readonly Kind[];

export const TEXTS = ["all", ...PARTS] as const;

export const SORTS = ["layer", ...MEASURES] as const;
export type Sort = (typeof SORTS)[number];

/** How many heads a list may be cut to. */
export const COUNTS = [4, 8, 16, 32, 64] as const;

export const DIRECTIONS = ["from", "to"] as const;
export type Direction = (typeof DIRECTIONS)[number];

export const THRESHOLDS = [0, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.5] as const;

export const START: State = {
  view: "model",
  kind: "decoder_self",
  layer: 0,
  head: 0,
  texts: "all",
  query: null,
  key: null,
  step: null,
  threshold: 0,
  scale: "linear",
  sort: "layer",
  most: null,
  direction: "from",
  hidden: [],
  zoom: null,
  column: "head",
  order: "ascending",
  columns: "main",
  role: null,
  score: null,
  least: null,
  lost: null,
  with: "mean",
  off: null,
  chart: null,
  theme: "auto",
  language: "auto",
  keys: "on",
};
