/**
 * Records that no run of Headlight makes, in memory: strange tokens, broken rows, no mask, one head, 144 heads of 512 tokens. The tests bundle this
 * module into a page, whose fragment names the case when it is opened: `#case=strange`.
 */
import { type ReadonlySignal, signal } from "@preact/signals";
import type { AttentionRecord, Dataset, Moment } from "../src/data.ts";
import "../src/style.css";
import { show } from "../src/view.tsx";
import { foundIn } from "./found.ts";
import { recordOf } from "./records.ts";

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

const digits = "3 1 4 1 5 9 2 6 5 3".split(" ");
const copied = ["BOS", ...digits, "SEP", ...digits.slice(0, 9)];
const pair = "[CLS] the cat sat on the mat [SEP] it was a warm day [SEP]".split(" ");
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
  pair: () =>
    alone(
      "a sentence pair",
      recordOf({
        kind: "encoder_self",
        layers: 2,
        layerNumbers: [3, 11],
        heads: 4,
        queries: pair,
        keys: pair,
        first: 8,
        back: (_, head) => [0, 1, 8, -6][head]!,
        trained: 0.3,
        projections: "plain",
      }),
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
