import assert from "node:assert/strict";
import { test } from "node:test";
import { firstQuery, rowKind, softmax, steps } from "../../src/arithmetic.ts";
import type { AttentionRecord, Head, Projections } from "../../src/data.ts";
import { type Measured, measured, rowState } from "../../src/measures.ts";
import { entropyOf, measuresOf } from "../oracle.ts";
import { random } from "./random.ts";
import { exactMatchAt, metricsAt, nearest } from "../../src/state/store.ts";

/** Three queries and three keys, causal. */
function small(change: Partial<AttentionRecord> = {}): AttentionRecord {
  const tokens = ["a", "b", "c"];
  return {
    kind: "decoder_self",
    layers: 1,
    layerNumbers: [0],
    heads: 1,
    queries: 3,
    keys: 3,
    queryTokens: tokens,
    keyTokens: tokens,
    mask: Uint8Array.from([0, 1, 1, 0, 0, 1, 0, 0, 0]),
    alignment: [[], [0], [0, 1]],
    texts: null,
    positions: null,
    measures: () => assert.fail("not asked for"),
    thumbnail: () => assert.fail("not asked for"),
    head: () => assert.fail("not asked for"),
    ...change,
  };
}

function head(weights: readonly number[], projections: Projections | null = null): Head {
  const sums = [0, 1, 2].map((row) => weights.slice(3 * row, 3 * row + 3).reduce((sum, weight) => sum + weight, 0));
  return {
    weights: Float32Array.from(weights),
    error: new Float32Array(3),
    sums: Float32Array.from(sums),
    entropies: new Float32Array(3),
    projections,
  };
}

const one = head([1, 0, 0, 0.75, 0.25, 0, 0.5, 0.25, 0.25]);
const near = (got: number | null | undefined, wanted: number) =>
  assert.ok(got != null && Math.abs(got - wanted) < 1e-6, `${got}, not ${wanted}`);

test("measures by hand", () => {
  const of = (sort: Measured, change: Partial<AttentionRecord> = {}) => {
    const record = small(change);
    return measured(sort, { ...record, measures: () => measuresOf({ ...record, weights: one.weights }) }, 0, 0);
  };
  near(of("alignment")?.value, (0.75 + 0.75) / 2);
  assert.equal(of("alignment", { alignment: null }), null);
  assert.equal(of("alignment", { alignment: [[], [], []] }), null);
  // Row 0 sees one key alone, so it says nothing.
  near(of("sharpness")?.value, (0.75 + 0.5) / 2);
  near(of("first")?.value, (0.75 + 0.5) / 2);
  near(of("entropy")?.value, (0.811278 + 1.5) / 2);
  // The diagonals: one back has 0.75 + 0.25, two back 0.5, the main one 0.25 + 0.25.
  assert.deepEqual(of("offset"), { value: 0.5, offset: -1 });
  near(entropyOf(Float32Array.of(0.25, 0.25, 0.25, 0.25)), 2);
  assert.equal(entropyOf(Float32Array.of(1, 0)), 0);
});

test("a record whose rows are all masked has no measures", () => {
  const masked = small({ mask: new Uint8Array(9).fill(2), alignment: null });
  const measures = measuresOf({ ...masked, weights: new Float32Array(9) });
  assert.deepEqual(new Set(Object.values(measures)), new Set([null]));
  for (const sort of ["sharpness", "entropy", "offset", "first"] as const)
    assert.equal(measured(sort, { ...masked, measures: () => measures }, 0, 0), null);
  assert.deepEqual([1, 0.9995, 0, 0.8, 1.2].map(rowState), ["one", "one", "none", "other", "other"]);
});

test("softmax of nothing is nothing, and large scores do not overflow", () => {
  assert.deepEqual([...softmax(Float64Array.of(-Infinity, -Infinity))], [0, 0]);
  assert.deepEqual([...softmax(Float64Array.of(1000, 1000))], [0.5, 0.5]);
  near(softmax(Float64Array.of(0, Math.log(3)))[1], 0.75);
});

test("a query's steps by hand", () => {
  const projections: Projections = {
    dHead: 4,
    dValue: 2,
    query: Float32Array.from([0, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0]),
    key: Float32Array.from([1, 5, 5, 5, 3, 5, 5, 5, 9, 9, 9, 9]),
    value: Float32Array.from([1, 10, 2, 20, 4, 40]),
    bias: Float32Array.from([0, 0, 0, Math.log(3) + 2, 0, 0, 0, 0, 0]),
  };
  // Query 1: scores 2, 6, 18; halved 1, 3, 9; with the bias 3 + ln 3, 3, 9; the last is masked: 3/4 and 1/4.
  const found = steps(small(), one, projections, 1);
  assert.deepEqual([...found.scores], [2, 6, 18]);
  assert.deepEqual([...found.scaled], [1, 3, 9]);
  assert.equal(found.masked[2], -Infinity);
  near(found.weights[0], 0.75);
  near(found.context[0], 0.75 * 1 + 0.25 * 2);
  near(found.context[1], 12.5);
  near(found.weighted[1], 7.5);
  assert.ok(found.apart < 1e-6);
  assert.ok(found.errors.scores.every((error) => error > 0 && error < 1e-2));
  near(steps(small(), one, { ...projections, bias: null }, 1).apart, 0.75 - 1 / (1 + Math.exp(2)));
  assert.equal(firstQuery(small()), 1);
  assert.equal(firstQuery(small({ alignment: null })), 2);
});

test("scores and weights of vectors in 16 bits are as near to the record's as is said", () => {
  const next = random(17);
  const quantised = (rows: Float32Array, width: number) =>
    rows.map((value, at) => {
      const row = Math.floor(at / width) * width;
      const step = rows.subarray(row, row + width).reduce((most, each) => Math.max(most, Math.abs(each)), 0) / 32_767;
      return Math.round(value / step) * step;
    });
  let closest = 0;
  for (let round = 0; round < 300; round++) {
    const [dHead, dValue] = [16, 2];
    const vectors = () => Float32Array.from({ length: 3 * dHead }, () => (next() - 0.5) * 12);
    const bias = Float32Array.from({ length: 9 }, () => -4 * next());
    const recorded: Projections = { dHead, dValue, query: vectors(), key: vectors(), value: new Float32Array(6), bias };
    const { query, key } = recorded;
    const carried = { ...recorded, query: quantised(query, dHead), key: quantised(key, dHead), bias: quantised(bias, 3) };
    const truth = steps(small(), head(new Array(9).fill(0)), recorded, 2);
    const weights = truth.weights.map((weight) => Math.round(weight * 65_535) / 65_535);
    const page = { ...head([0, 0, 0, 0, 0, 0, ...weights]), error: new Float32Array(3).fill(0.5 / 65_535 + 1e-7) };
    const found = steps(small(), page, carried, 2);
    for (const name of ["scores", "scaled", "biased"] as const) {
      found[name]!.forEach((score, at) => {
        const [off, allowed] = [Math.abs(score - truth[name]![at]!), found.errors[name]![at]!];
        assert.ok(off <= allowed, `${name}: ${off} is more than ${allowed}`);
        closest = Math.max(closest, off / allowed);
      });
    }
    for (const [at, weight] of found.weights.entries()) assert.ok(Math.abs(weight - truth.weights[at]!) <= found.apart);
  }
  // It must not win by allowing anything.
  assert.ok(closest > 0.3, `${closest}`);
});

test("a row that sums to 0 is masked only where a mask says so", () => {
  const none = head([0, 0, 0, 0.0009, 0, 0, 0.5, 0.5, 0]);
  const kinds = (record: AttentionRecord) => [0, 1, 2].map((query) => rowKind(record, none, query));
  assert.deepEqual(kinds(small({ mask: null })), ["zero", "other", "one"]);
  assert.deepEqual(kinds(small({ mask: Uint8Array.from([2, 2, 2, 2, 2, 2, 0, 0, 0]) })), ["none", "none", "one"]);
  assert.deepEqual(kinds(small({ mask: Uint8Array.from([0, 2, 2, 0, 0, 0, 0, 0, 0]) })), ["zero", "other", "one"]);
});

test("steps of training", () => {
  const moments = [0, 10, 20].map((step) => ({ step, records: [] }));
  assert.deepEqual(
    [null, 0, 9, 10, 15, 99].map((step) => nearest(moments, step)),
    [2, 0, 0, 1, 1, 2],
  );
  assert.equal(nearest([{ step: null, records: [] }], 5), 0);
  const line = (step: number, exactMatch: number | null) => ({ step, loss: 1, tokenAccuracy: 0, exactMatch, learningRate: 0 });
  const metrics = [line(1, null), line(5, 0.25), line(9, null)];
  assert.equal(metricsAt(metrics, 0), null);
  assert.equal(metricsAt(metrics, 7)?.step, 5);
  assert.deepEqual(exactMatchAt(metrics, 9), { step: 5, value: 0.25 });
  assert.equal(exactMatchAt(metrics, 4), null);
});
