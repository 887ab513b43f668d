/**
 * Records that no run of Headlight makes, in memory: strange tokens, broken rows, no mask, one head, 144 heads of 512 tokens. The tests bundle this
 * module into a page, whose fragment names the case when it is opened: `#case=strange`.
 */
import { type ReadonlySignal, signal } from "@preact/signals";
import { type AttentionRecord, type Dataset, type Head, type Kind, MaskCell, type Moment, type Projections } from "../src/data.ts";
import "../src/style.css";
import { steps } from "../src/arithmetic.ts";
import { show } from "../src/view.tsx";
import { foundIn } from "./found.ts";
import { entropyOf, measuresOf } from "./oracle.ts";

export const STRANGE = [
  "</script><script>alert(1)</script>",
  '"><img src=x onerror=alert(2)>',
  "line\u2028break",
  "a\nb",
  "\u200b",
  "",
  " ",
  "\u202eevil",
  "שלום",
  "مرحبا",
  "&amp;",
  "'\"",
  "\ud800",
  "👩‍👩‍👧",
  "a".repeat(300),
  "中文词元",
  "\t",
  "<s>",
  "</style>",
  "]]>",
];

interface Wanted {
  readonly kind: Kind;
  readonly layers: number;
  readonly heads: number;
  readonly queries: readonly string[];
  readonly keys: readonly string[];
  readonly causal?: boolean;
  readonly padded?: number;
  readonly needed?: (query: number) => number[];
  readonly projections?: "plain" | "biased" | undefined;
  /** How far training has come, 0–1. */
  readonly trained?: number;
  /** Makes this row wrong. */
  readonly brokenRow?: number;
}

/** A head attends to the position `head` before its own, the more sharply the further training has come. */
export function recordOf(wanted: Wanted): AttentionRecord {
  const { kind, layers, heads, queries: queryTokens, keys: keyTokens } = wanted;
  const [queries, keys] = [queryTokens.length, keyTokens.length];
  const mask = wanted.causal === true || wanted.padded !== undefined ? new Uint8Array(queries * keys) : null;
  for (let query = 0; mask !== null && query < queries; query++) {
    for (let key = 0; key < keys; key++) {
      if (wanted.padded !== undefined && key >= keys - wanted.padded) mask[query * keys + key] = MaskCell.padding;
      else if (wanted.causal === true && key > query) mask[query * keys + key] = MaskCell.causal;
    }
  }
  const alignment = wanted.needed === undefined ? null : queryTokens.map((_, query) => wanted.needed!(query));
  const shape = { kind, layers, heads, queries, keys, queryTokens, keyTokens, mask, alignment };
  const decode = (layer: number, head: number): Head => {
    const projections = projected(wanted, layer, head);
    const weights = new Float32Array(queries * keys);
    const error = new Float32Array(queries).fill(1 / 131_070);
    const sums = new Float32Array(queries).fill(1);
    const entropies = new Float32Array(queries);
    const found = {
      ...shape,
      measures: () => measuresOf({ ...shape, weights }),
      thumbnail: () => ({ rows: 1, columns: 1, values: new Uint8Array(1) }),
      head: () => Promise.reject(new Error()),
    };
    const empty = { weights: new Float32Array(queries * keys), error, sums, entropies, projections };
    for (let query = 0; query < queries; query++) {
      weights.set(steps(found, empty, projections, query).weights, query * keys);
      if (query === wanted.brokenRow) for (let key = 0; key < keys; key++) weights[query * keys + key]! *= 0.8;
      const row = weights.subarray(query * keys, (query + 1) * keys);
      sums[query] = row.reduce((sum, weight) => sum + weight, 0);
      entropies[query] = entropyOf(row);
    }
    return { weights, error, sums, entropies, projections: wanted.projections === undefined ? null : projections };
  };
  const known = new Map<string, Head>();
  const headAt = (layer: number, head: number) => {
    const name = `${layer} ${head}`;
    const found = known.get(name) ?? decode(layer, head);
    if (queries * keys < 10_000) known.set(name, found);
    return found;
  };
  return {
    ...shape,
    head: async (layer, head) => headAt(layer, head),
    measures: (layer, head) => measuresOf({ ...shape, weights: headAt(layer, head).weights }),
    thumbnail: (layer, head) => {
      const [rows, columns] = [Math.min(48, queries), Math.min(48, keys)];
      const values = new Uint8Array(rows * columns);
      const put = (query: number, key: number, weight: number) => {
        const at = Math.floor((query * rows) / queries) * columns + Math.floor((key * columns) / keys);
        values[at] = Math.max(values[at]!, Math.round(weight * 255));
      };
      if (queries * keys > 10_000) {
        // Reading 144 large heads would take the tests a minute.
        for (let query = 0; query < queries; query++) put(query, Math.min(keys - 1, Math.max(0, query - head)), 0.9);
      } else {
        for (const [cell, weight] of headAt(layer, head).weights.entries()) put(Math.floor(cell / keys), cell % keys, weight);
      }
      return { rows, columns, values };
    },
  };
}

/** Queries and keys on a circle, so that q · k is largest `head` positions before the query. */
function projected(wanted: Wanted, layer: number, head: number): Projections {
  const [queries, keys] = [wanted.queries.length, wanted.keys.length];
  const [dHead, dValue] = [8, 8];
  const sharp = (0.4 + 5 * (wanted.trained ?? 1)) * (1 + 0.3 * layer);
  const turn = (position: number, at: number) => (at % 2 === 0 ? Math.cos : Math.sin)((position * (1 + (at >> 1))) / 3);
  const query = Float32Array.from(
    { length: queries * dHead },
    (_, at) => sharp * turn(Math.floor(at / dHead) - head + (wanted.kind === "cross" ? 0 : 0), at % dHead),
  );
  const key = Float32Array.from({ length: keys * dHead }, (_, at) => turn(Math.floor(at / dHead), at % dHead));
  const value = Float32Array.from({ length: keys * dValue }, (_, at) => Math.sin(at * 1.7 + layer));
  const bias =
    wanted.projections === "biased"
      ? Float32Array.from({ length: queries * keys }, (_, at) => -0.25 * Math.max(0, Math.floor(at / keys) - (at % keys)))
      : null;
  return { dHead, dValue, query, key, value, bias };
}

const digits = "3 1 4 1 5 9 2 6 5 3".split(" ");
const copied = ["BOS", ...digits, "SEP", ...digits.slice(0, 9)];
const words = "The animal did not cross the street because it was too tired to go on and so it waited for the rain to stop .".split(" ");
const many = Array.from({ length: 512 }, (_, at) => words[(at * 7) % words.length]!);

function training(): Dataset {
  const records = Array.from({ length: 15 }, (_, at): Moment => {
    const trained = at / 14;
    const copy = (query: number) => (query >= 11 ? [query - 10] : []);
    return {
      step: at * 5,
      records: [
        recordOf({ kind: "encoder_self", layers: 2, heads: 4, queries: digits, keys: digits, trained }),
        recordOf({
          kind: "decoder_self",
          layers: 2,
          heads: 4,
          queries: copied,
          keys: copied,
          causal: true,
          needed: copy,
          trained,
          projections: at === 14 ? "plain" : undefined,
        }),
        recordOf({
          kind: "cross",
          layers: 2,
          heads: 4,
          queries: ["BOS", ...digits.slice(0, 9)],
          keys: digits,
          needed: (query) => [query],
          trained,
        }),
      ],
    };
  });
  const metrics = Array.from({ length: 70 }, (_, at) => ({
    step: at + 1,
    loss: 2.7 * Math.exp(-(((at + 1) / 22) ** 2)) + 0.01,
    tokenAccuracy: 1 / (1 + Math.exp(-(at - 26) / 4)),
    exactMatch: (at + 1) % 10 === 0 ? 1 / (1 + Math.exp(-(at - 31) / 3)) : null,
    learningRate: 1e-3,
  }));
  return {
    title: "runs/copy",
    origin: { task: "copy", model: "encoder-decoder, 2 layers, 4 heads, d_model 64" },
    records,
    metrics,
    findings: [],
  };
}

const alone = (title: string, ...records: AttentionRecord[]): Dataset => ({
  title,
  origin: { task: "", model: "" },
  records: [{ step: null, records }],
  metrics: [],
  findings: [],
});

/** Training whose middle moment takes long to read: what was wanted later is there earlier. */
function slow(): Dataset {
  const { records, ...rest } = training();
  const late = (record: AttentionRecord, wait: number): AttentionRecord => ({
    ...record,
    head: (layer, head) => new Promise((resolve) => setTimeout(() => resolve(record.head(layer, head)), wait)),
  });
  const moments = [records[0]!, records[7]!, records[14]!];
  return {
    ...rest,
    records: moments.map((moment, at) => ({ ...moment, records: moment.records.map((record) => late(record, at === 1 ? 700 : 40)) })),
  };
}

/** A dataset with what lenses might find of it. */
function found(dataset: Dataset, texts?: readonly string[]): Dataset {
  return { ...dataset, findings: foundIn(dataset, texts) };
}

export const CASES: Record<string, () => Dataset> = {
  training,
  found: () => found(training()),
  strangeFound: () => found(CASES.strange!(), STRANGE),
  largeFound: () => found(CASES.large!()),
  slow,
  strange: () =>
    alone(
      STRANGE[0]!,
      recordOf({ kind: "encoder_self", layers: 1, heads: 2, queries: STRANGE, keys: STRANGE, brokenRow: 3, projections: "plain" }),
    ),
  one: () => alone("one head", recordOf({ kind: "encoder_self", layers: 1, heads: 1, queries: ["a"], keys: ["a"] })),
  biased: () =>
    alone(
      "alibi",
      recordOf({ kind: "decoder_self", layers: 1, heads: 3, queries: copied, keys: copied, causal: true, projections: "biased" }),
    ),
  padded: () =>
    alone(
      "padding",
      recordOf({ kind: "cross", layers: 2, heads: 3, queries: copied, keys: [...digits, "PAD", "PAD"], padded: 2 }),
      recordOf({ kind: "encoder_self", layers: 2, heads: 3, queries: ["PAD", "PAD"], keys: ["PAD", "PAD"], padded: 2 }),
    ),
  large: () => alone("12 × 12 × 512", recordOf({ kind: "decoder_self", layers: 12, heads: 12, queries: many, keys: many, causal: true })),
  wide: () => alone("few queries, many keys", recordOf({ kind: "cross", layers: 1, heads: 12, queries: digits, keys: many })),
};

/** A source that gives more while the page is open, as a model does that is still being trained: `headlightGrow()` adds a moment. */
function growing(): ReadonlySignal<Dataset> {
  const { records, metrics, ...rest } = training();
  const upTo = (count: number): Dataset => ({ ...rest, records: records.slice(0, count), metrics: metrics.slice(0, 5 * (count - 1)) });
  const dataset = signal(upTo(1));
  Object.assign(globalThis, {
    headlightGrow: () => {
      dataset.value = upTo(dataset.value.records.length + 1);
    },
  });
  return dataset;
}

if (typeof document !== "undefined") {
  const name = new URLSearchParams(location.hash.slice(1)).get("case") ?? "training";
  show(name === "growing" ? growing() : signal(CASES[name]!()), document.body);
}
