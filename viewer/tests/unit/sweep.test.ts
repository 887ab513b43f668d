import assert from "node:assert/strict";
import { test } from "node:test";
import { channels, viridis } from "../../src/drawing/colours.ts";
import { readableOn } from "../../src/drawing/contrast.ts";
import { tableOf } from "../../src/sweep/cells.ts";
import type { Run, Sweep } from "../../src/sweep/data.ts";
import { decode, encode, startOf } from "../../src/sweep/state.ts";
import { hundredths, quartiles, scaleEnd, wilson } from "../../src/sweep/statistics.ts";
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
  const state = solved === null ? "waiting" : "finished";
  return {
    number,
    directory: `runs/${number}`,
    settings,
    state,
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
  assert.deepEqual(cells[1]![0]!.steps, { low: 112.75, median: 113.5, high: 114.25 });
  const held = tableOf(sweep(), "heads", "d-model", new Map([["learning-rate", "0.003"]]));
  assert.deepEqual(
    held.cells[1]![0]!.runs.map(({ number }) => number),
    [14, 15],
  );
  const one = tableOf(sweep(), null, null, new Map());
  assert.deepEqual([one.cells.length, one.cells[0]!.length, one.cells[0]![0]!.runs.length], [1, 1, 24]);
});

test("a table says which axes are held, and which its cells pool", () => {
  const names = (fixed: ReadonlyMap<string, string>) => tableOf(sweep(), "heads", "d-model", fixed);
  assert.deepEqual(
    names(new Map()).pooled.map(({ name }) => name),
    ["learning-rate"],
  );
  // The table's own axis is not held, whatever the address says.
  const held = names(
    new Map([
      ["learning-rate", "0.003"],
      ["heads", "1"],
    ]),
  );
  assert.deepEqual([[...held.held], held.pooled, held.cells[1]![0]!.runs.length], [[["learning-rate", "0.003"]], [], 2]);
});

test("a run that was not solved took more steps than any that was", () => {
  /** The steps of a cell of 20 runs, the first so many of them solved. */
  const stepsOf = (solved: number) => {
    const runs = Array.from({ length: 20 }, (_, at) => run(at, [0], at < solved));
    const axes = [{ name: "seed", values: ["0"] }];
    return tableOf({ ...sweep(), axes, runs }, null, null, new Map()).cells[0]![0]!.steps!;
  };
  assert.deepEqual(stepsOf(20), { low: 104.75, median: 109.5, high: 114.25 });
  // The solved ones are the same first sixteen, and the quartiles are those of all twenty.
  assert.deepEqual(stepsOf(16), { low: 104.75, median: 109.5, high: 114.25 });
  assert.deepEqual(stepsOf(15), { low: 104.75, median: 109.5, high: Number.POSITIVE_INFINITY });
  for (const solved of [10, 3, 0]) assert.equal(stepsOf(solved).median, Number.POSITIVE_INFINITY, `${solved} of 20`);
});

test("shares and quartiles are those of the command", () => {
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
  // `numpy.quantile`.
  assert.deepEqual(quartiles([7, 1, 3, 10]), { low: 2.5, median: 5, high: 7.75 });
  assert.deepEqual([quartiles([]), quartiles([4])], [null, { low: 4, median: 4, high: 4 }]);
  const never = Number.POSITIVE_INFINITY;
  assert.deepEqual(quartiles([never, 1, 2]), { low: 1.5, median: 2, high: never });
  assert.deepEqual(quartiles([never, 1]), { low: never, median: never, high: never });
  assert.deepEqual(quartiles([never, never]), { low: never, median: never, high: never });
});

test("numbers and scales are written as in the pictures", () => {
  // `format!("{:.2}", k as f64 / 8.0)`
  const eighths = Array.from({ length: 9 }, (_, at) => hundredths(at / 8));
  assert.deepEqual(eighths, ["0.00", "0.12", "0.25", "0.38", "0.50", "0.62", "0.75", "0.88", "1.00"]);
  assert.deepEqual([17 / 20, 1 / 3, 0.995, 0.235].map(hundredths), ["0.85", "0.33", "0.99", "0.23"]);
  // As `a_scale_ends_at_a_short_number` of headlight-record.
  assert.deepEqual([0, 1, 7, 25, 300, 425, 2675, 9001].map(scaleEnd), [1, 1, 8, 30, 300, 600, 3000, 10000]);
});

test("what stands on a colour has enough contrast with it", () => {
  const luminance = (colour: string) => {
    const linear = channels(colour).map((each) => (each <= 10 ? each / 255 / 12.92 : ((each / 255 + 0.055) / 1.055) ** 2.4));
    return 0.2126 * linear[0]! + 0.7152 * linear[1]! + 0.0722 * linear[2]!;
  };
  for (const colour of viridis) {
    const [one, other] = [luminance(colour), luminance(readableOn(colour))];
    assert.ok((Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05) >= 4.5, colour);
  }
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

test("lists of any length are sentences", () => {
  assert.deepEqual([en.list("a"), en.list("a", "b"), en.list("a", "b", "c")], ["a", "a and b", "a, b and c"]);
  assert.equal(zh.list("a", "b", "c"), "a、b、c");
});

test("both languages say everything of a sweep", () => {
  const [english, chinese] = [new Map(leaves(en)), new Map(leaves(zh))];
  assert.deepEqual([...english.keys()], [...chinese.keys()]);
  for (const [place, text] of chinese) {
    const shared = [".percentUnit", ".languageSwitch", ".cellName", ".of", ".between", ".clause", ".list"].includes(place);
    assert.ok(shared || /\p{Script=Han}/u.test(text), `${place}: ${text}`);
  }
});
