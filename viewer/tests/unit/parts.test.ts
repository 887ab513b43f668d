import assert from "node:assert/strict";
import { test } from "node:test";
import { type AttentionRecord, type Head, PARTS, type Thumbnail } from "../../src/data.ts";
import { blocksIn } from "../../src/data/blocks.ts";
import { HeadCache } from "../../src/data/cache.ts";
import type { RecordEntry } from "../../src/data/manifest.ts";
import { openRecord } from "../../src/data/record.ts";
import { attendsToItself, partOf, positionOf } from "../../src/parts.ts";
import { within } from "../../src/state/store.ts";
import { START } from "../../src/state/state.ts";

const tokens = ["a", "b", "c"];
/** The second of three tokens is of the second text. */
const segments = [0, 1, 0];
const weights = Float32Array.of(0.1, 0.2, 0.7, 0.5, 0.5, 0, 0.3, 0.3, 0.4);
const head: Head = {
  weights,
  error: Float32Array.of(1, 2, 3),
  sums: Float32Array.of(0.9, 1, 1.1),
  entropies: Float32Array.of(4, 5, 6),
  projections: { dHead: 1, dValue: 1, query: weights, key: weights, value: weights, bias: null },
};
const record: AttentionRecord = {
  kind: "encoder_self",
  layers: 1,
  layerNumbers: [0],
  heads: 1,
  queries: 3,
  keys: 3,
  queryTokens: tokens,
  keyTokens: tokens,
  mask: Uint8Array.of(0, 0, 0, 0, 0, 2, 0, 0, 0),
  alignment: [[1], [], [0, 2]],
  texts: { segments, thumbnail: (part) => ({ rows: 1, columns: 1, values: Uint8Array.of(PARTS.indexOf(part)) }) },
  positions: null,
  measures: () => ({ alignment: 0.5, sharpness: null, entropy: null, offset: null, bestOffset: null, first: null }),
  thumbnail: () => assert.fail("not asked for"),
  head: async () => head,
};

test("the parts of two texts by hand", async () => {
  const wanted = {
    "1-1": { queries: "ac", keys: "ac", weights: [0.1, 0.7, 0.3, 0.4], mask: [0, 0, 0, 0], alignment: [[], [0, 1]], rows: [0, 2] },
    "1-2": { queries: "ac", keys: "b", weights: [0.2, 0.3], mask: [0, 0], alignment: [[0], []], rows: [0, 2] },
    "2-1": { queries: "b", keys: "ac", weights: [0.5, 0], mask: [0, 2], alignment: [[]], rows: [1] },
    "2-2": { queries: "b", keys: "b", weights: [0.5], mask: [0], alignment: [[]], rows: [1] },
  };
  let cells = 0;
  for (const part of PARTS) {
    const of = partOf(record, part);
    const want = wanted[part];
    const found = await of.head(0, 0);
    assert.deepEqual([of.queryTokens.join(""), of.keyTokens.join("")], [want.queries, want.keys]);
    assert.deepEqual([of.queries, of.keys], [want.queries.length, want.keys.length]);
    assert.deepEqual(found.weights, Float32Array.from(want.weights));
    assert.deepEqual([...of.mask!], want.mask);
    assert.deepEqual(of.alignment, want.alignment);
    // What is said of rows is said of whole rows.
    for (const name of ["error", "sums", "entropies"] as const)
      assert.deepEqual(
        found[name],
        Float32Array.from(want.rows, (row) => head[name][row]!),
      );
    assert.equal(found.projections, null);
    assert.equal(of.measures(0, 0).alignment, 0.5);
    assert.deepEqual([...of.thumbnail(0, 0).values], [PARTS.indexOf(part)]);
    assert.equal(attendsToItself(of), part === "1-1" || part === "2-2");
    assert.throws(() => partOf(of, part), /one text/);
    cells += found.weights.length;
  }
  assert.equal(cells, weights.length, "every weight is in one part");
  assert.ok(attendsToItself(record) && !attendsToItself({ ...record, kind: "cross" }));
});

test("an address counts the tokens of the whole record", () => {
  const part = partOf(record, "1-2");
  assert.deepEqual([positionOf(part, "queries", 1), positionOf(part, "keys", 0), positionOf(record, "keys", 1)], [2, 1, 1]);
  const seen = (query: number, key: number) => {
    const state = within({ ...START, query, key }, part);
    return [state.query, state.key];
  };
  assert.deepEqual(
    [seen(2, 1), seen(0, 1), seen(1, 0), seen(9, 9)],
    [
      [1, 0],
      [0, 0],
      [null, null],
      [null, null],
    ],
  );
});

test("a page's small pictures of parts", async () => {
  const example = { kind: "encoder_self", queryTokens: tokens, keyTokens: tokens, mask: null, alignment: null, segments } as const;
  const entry = { example: 0, layers: 1, heads: 2, bits: 8, weights: { first: 0, perBlock: 2 } } as const;
  const open = (entry: object, bytes: readonly (readonly number[])[]) => {
    const blocks = blocksIn(
      "test",
      Uint8Array.from(bytes.flat()).buffer,
      bytes.map((block) => block.length),
    );
    return openRecord(entry as RecordEntry, example, null, blocks, new HeadCache());
  };
  const read = ({ rows, columns, values }: Thumbnail) => [rows, columns, ...values];

  // Of large heads they stand in the page.
  const picture = (block: number, rows: number, columns: number) => ({ block, rows, columns });
  const parts = [picture(2, 1, 2), picture(3, 1, 1), picture(4, 1, 1), picture(5, 1, 1)];
  const large = await open({ ...entry, thumbnails: { ...picture(1, 1, 1), parts } }, [[], [1, 2], [3, 4, 5, 6], [7, 8], [9, 10], [11, 12]]);
  assert.deepEqual(read(large.thumbnail(0, 1)), [1, 1, 2]);
  assert.deepEqual(
    PARTS.map((part) => read(partOf(large, part).thumbnail(0, 1))),
    [
      [1, 2, 5, 6],
      [1, 1, 8],
      [1, 1, 10],
      [1, 1, 12],
    ],
  );

  // Small ones are cut: largest weights, sums and entropies of 1 in each row, byte by byte, then the weights.
  const ones = [0, 0, 0, 0, 0, 0, 0x80, 0x80, 0x80, 0x3f, 0x3f, 0x3f];
  const panel = (first: number) => [...ones, ...ones, ...ones, ...Array.from({ length: 9 }, (_, cell) => first + cell)];
  const small = await open(entry, [[...panel(0), ...panel(100)]]);
  assert.deepEqual(read(partOf(small, "2-1").thumbnail(0, 1)), [1, 2, 103, 105]);
  assert.deepEqual(read(partOf(small, "1-1").thumbnail(0, 0)), [2, 2, 0, 2, 6, 8]);
  const found = await partOf(small, "1-2").head(0, 1);
  assert.deepEqual(
    [...found.weights].map((weight) => Math.round(weight * 255)),
    [101, 107],
  );
});
