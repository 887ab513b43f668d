import assert from "node:assert/strict";
import { test } from "node:test";
import { REPLACEMENTS } from "../../src/data.ts";
import { decode, encode, without } from "../../src/state/fragment.ts";
import { DIRECTIONS, KINDS, SORTS, START, TEXTS, THRESHOLDS, VIEWS, type State } from "../../src/state/state.ts";
import { random } from "./random.ts";

const next = random(7);
const pick = <T>(list: readonly T[]): T => list[Math.floor(next() * list.length)]!;
const count = (end: number) => Math.floor(next() * end);

function anyState(): State {
  const [left, top] = [count(400), count(400)];
  return {
    view: pick(VIEWS),
    kind: pick(KINDS),
    layer: count(12),
    head: count(12),
    texts: pick(TEXTS),
    query: pick([null, count(512)]),
    key: pick([null, count(512)]),
    step: pick([null, count(100_000)]),
    threshold: pick(THRESHOLDS),
    scale: pick(["linear", "log"] as const),
    sort: pick(SORTS),
    most: pick([null, 4, 16]),
    direction: pick(DIRECTIONS),
    hidden: pick([[], [0], [0, 3, 11]]),
    zoom: pick([null, { left, top, right: left + 1 + count(100), bottom: top + 1 + count(100) }]),
    column: pick(["head", "loss_change", "previous", "a b&c=d#e+f%"]),
    order: pick(["ascending", "descending"] as const),
    columns: pick(["main", "all"] as const),
    role: pick([null, "previous token", "</script>&role=x"]),
    score: pick([null, "needed"]),
    least: pick([null, 0.85, -2, 0]),
    lost: pick([null, 50, 0.5]),
    with: pick(REPLACEMENTS),
    off: pick([null, "cross:L0H2"]),
    chart: pick([null, "previous/L0H1 é"]),
    theme: pick(["auto", "light", "dark"] as const),
    language: pick(["auto", "en", "zh"] as const),
    keys: pick(["on", "off"] as const),
  };
}

/** What an address cannot take back, as it says nothing of what is null. */
const NONE = { role: null, score: null, least: null, lost: null, off: null, chart: null };

test("a state comes back from its address", () => {
  for (let round = 0; round < 2000; round++) {
    const [state, start] = [anyState(), { ...anyState(), query: null, key: null, step: null, most: null, zoom: null, hidden: [], ...NONE }];
    assert.deepEqual(decode(`#${encode(state, start)}`, start), state);
  }
});

test("the first state has no address, and a change is short", () => {
  assert.equal(encode(START, START), "");
  assert.equal(encode({ ...START, view: "head", layer: 1, head: 3, query: 4, key: 5 }, START), "view=head&layer=1&head=3&query=4&key=5");
});

test("what makes no sense is as at the start", () => {
  for (const broken of [
    "view=<script>",
    "kind=x",
    "layer=-1",
    "head=1e9999",
    "query=NaN",
    "threshold=2",
    "threshold=",
    "zoom=1.2.3",
    "zoom=5.5.5.9",
    "zoom=9.0.3.4",
    "sort=__proto__",
    "texts=2-3",
    "theme=constructor",
    "%",
    "layer=1.5",
    "&&==",
    "step=99999999999999999999",
    "most=0",
    "most=5",
    "keys=maybe",
    "order=up",
    "least=much",
    "lost=1e5",
    "least=NaN",
    "with=nothing",
    "column=",
  ]) {
    assert.deepEqual(decode(`#${broken}`, START), START, broken);
  }
  assert.deepEqual(decode("#hidden=3.x.1.3.-2", START).hidden, [1, 3]);
});

test("each has its part of an address, and leaves the others' as they are", () => {
  const viewers = new Set(Object.keys(START));
  const others = "v=1&task=copy&seed=23&ask=3%201%204";
  for (let round = 0; round < 500; round++) {
    const own = encode(anyState(), START);
    assert.equal(without(`#${others}&${own}`, viewers), others);
    assert.equal(without(own, viewers), "");
    assert.equal(without(`${own}&${others}`, new Set(["v", "task", "seed", "ask"])), own);
  }
  assert.equal(without("#a&view=1&&layer&layers=2&a=view", viewers), "a&layers=2&a=view");
});
