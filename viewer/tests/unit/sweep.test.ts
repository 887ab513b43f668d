import assert from "node:assert/strict";
import { test } from "node:test";
import { median, tableOf, wilson } from "../../src/sweep/cells.ts";
import type { Run, Sweep } from "../../src/sweep/data.ts";
import { decode, encode, startOf } from "../../src/sweep/state.ts";
import { en } from "../../src/words/sweep/en.ts";
import { zh } from "../../src/words/sweep/zh.ts";
import { leaves } from "./leaves.ts";

const axes = [
  { name: "heads", values: ["1", "2"] },
  { name: "d-model", values: ["16", "32", "64"] },
  { name: "learning-rate", values: ["0.001", "0.003"] },
  { name: "seed", values: ["0", "1"] },
];

function run(number: number, settings: number[], solved: boolean | null): Run {
  const status = solved === null ? "waiting" : "ended";
  return {
    number,
    directory: `runs/${number}`,
    settings,
    status,
    solved,
    steps: 100 + number,
    exactMatch: 1,
    report: false,
    curve: [[], [], []],
  };
}

/** Two heads solve everything, one head nothing, and nothing of width 64 has begun. */
function sweep(): Sweep {
  const runs: Run[] = [];
  for (const heads of [0, 1])
    for (const width of [0, 1, 2])
      for (const rate of [0, 1])
        for (const seed of [0, 1]) runs.push(run(runs.length, [heads, width, rate, seed], width === 2 ? null : heads === 1));
  return { version: 1, title: "t", task: "recall", axes, rows: "heads", columns: "d-model", commands: ["", ""], runs };
}

test("a table counts what has an outcome, over all values of other axes or one", () => {
  const { cells } = tableOf(sweep(), "heads", "d-model", new Map());
  assert.deepEqual([cells.length, cells[0]!.length], [2, 3]);
  assert.deepEqual([cells[1]![0]!.solved, cells[1]![0]!.outcomes, cells[0]![1]!.solved], [4, 4, 0]);
  assert.deepEqual([cells[1]![2]!.share, cells[1]![2]!.steps, cells[1]![2]!.runs.length], [null, null, 4]);
  // Runs 12 to 15 are those of two heads and width 16.
  assert.equal(cells[1]![0]!.steps, 113.5);
  const held = tableOf(sweep(), "heads", "d-model", new Map([["learning-rate", "0.003"]]));
  assert.deepEqual(
    held.cells[1]![0]!.runs.map(({ number }) => number),
    [14, 15],
  );
  const one = tableOf(sweep(), null, null, new Map());
  assert.deepEqual([one.cells.length, one.cells[0]!.length, one.cells[0]![0]!.runs.length], [1, 1, 24]);
});

test("shares and medians are those of the command", () => {
  for (const [count, of, low, high] of [
    [0, 20, 0, 0.161125],
    [17, 20, 0.639581, 0.947631],
    [5, 8, 0.305742, 0.863155],
    [20, 20, 0.838875, 1],
  ] as const) {
    const [share, from, to] = wilson(count, of)!;
    assert.ok(Math.abs(from - low) < 1e-6 && Math.abs(to - high) < 1e-6 && share === count / of, `${count} of ${of}`);
  }
  assert.equal(wilson(0, 0), null);
  assert.deepEqual([median([]), median([3]), median([4, 1, 9]), median([4, 1, 9, 5])], [null, 3, 4, 4.5]);
});

test("an address says which cell, and comes back as it was", () => {
  const of = sweep();
  const state = {
    ...startOf(of),
    rows: "d-model",
    columns: null,
    show: "steps" as const,
    cell: new Map([["d-model", "32"]]),
    fixed: new Map([["learning-rate", "0.003"]]),
    theme: "dark" as const,
    language: "zh" as const,
  };
  assert.deepEqual(decode(`#${encode(state, of)}`, of), state);
  assert.equal(encode(startOf(of), of), "");
  assert.deepEqual(decode("", of), startOf(of));
});

test("what a sweep does not have is left aside", () => {
  const of = sweep();
  for (const hash of ["#rows=depth", "#cell.heads=7&cell.d-model=16", "#cell.heads=1", "#show=none&theme=blue", "#only.heads=9", "#%"])
    assert.deepEqual(decode(hash, of), startOf(of), hash);
  const same = decode("#rows=heads&columns=heads", of);
  assert.deepEqual([same.rows, same.columns], ["heads", null]);
});

test("both languages say everything of a sweep", () => {
  const [english, chinese] = [new Map(leaves(en)), new Map(leaves(zh))];
  assert.deepEqual([...english.keys()], [...chinese.keys()]);
  for (const [place, text] of chinese) {
    const shared = [".percentUnit", ".language", ".cellName"].includes(place);
    assert.ok(shared || /\p{Script=Han}/u.test(text), `${place}: ${text}`);
  }
});
