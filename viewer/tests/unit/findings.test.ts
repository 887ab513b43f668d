import assert from "node:assert/strict";
import { test } from "node:test";
import type { Ablation, Estimate, Findings, HeadName, Kind } from "../../src/data.ts";
import { change, decimals } from "../../src/digits.ts";
import { paletteOf } from "../../src/drawing/colours.ts";
import { headCurves, stepsOf } from "../../src/drawing/curves.ts";
import { findingsDrawing } from "../../src/drawing/findings.ts";
import { interval } from "../../src/drawing/interval.ts";
import type { Measure } from "../../src/drawing/scene.ts";
import {
  COLUMNS,
  estimateIn,
  firstOrder,
  headTable,
  intervalScale,
  kept,
  mainScores,
  nameOf,
  overTraining,
  shownIn,
  sorted,
  written,
} from "../../src/findings.ts";
import { START } from "../../src/state/state.ts";
import { known } from "../../src/state/store.ts";
import { termOf } from "../../src/views/naming.ts";
import { en } from "../../src/words/en.ts";
import { zh } from "../../src/words/zh.ts";
import { openFindings } from "../../src/data/findings.ts";
import type { FoundEntry } from "../../src/data/manifest.ts";
import { CASES } from "../fixture.ts";
import { random } from "./random.ts";

const measure: Measure = (text, size) => [...text].length * size * 0.6;
const EMPTY = {
  lens: "heads",
  step: null,
  examples: 8,
  seed: 0,
  baseline: null,
  scores: [],
  heads: [],
  ablations: [],
  charts: [],
  appearances: [],
  notes: [],
};
const NONE = { role: null, score: null, least: null, lost: null };
const all = Number.NEGATIVE_INFINITY;

const at = (layer: number, head: number, kind: Kind = "decoder_self"): HeadName => ({ kind, layer, head });
const exactly = (mean: number): Estimate => ({ mean, low: mean - 0.05, high: mean + 0.05, examples: 8 });
const scored = (head: HeadName, value: number | null, ...roles: string[]) => ({
  head,
  roles,
  scores: new Map(value === null ? [] : [["previous", exactly(value)]]),
});
const without = (head: HeadName, lost: number, replacement: Ablation["with"] = "mean"): Ablation => ({
  head,
  with: replacement,
  exactMatch: 1 - lost,
  exactMatchChange: exactly(-lost),
  lossChange: exactly(3 * lost),
  failures: [],
});

const SCORES = [{ name: "previous", title: "previous token" }];
const heads: Findings = {
  ...EMPTY,
  scores: SCORES,
  heads: [scored(at(1, 0), 0.2), scored(at(0, 1), 0.9, "previous token"), scored(at(0, 0), null), scored(at(0, 0, "cross"), 0.2, "b", "a")],
};
const ablate: Findings = {
  ...EMPTY,
  lens: "ablate",
  ablations: [without(at(0, 1), 0.5), without(at(1, 0), 0.02), without(at(0, 0, "cross"), Number.NaN), without(at(0, 1), 0.7, "zero")],
};
const table = headTable([heads, ablate])!;
const names = (rows: ReturnType<typeof sorted>) => rows.map(({ head }) => nameOf(head));

test("a table has each head once, whichever lens spoke of it", () => {
  assert.deepEqual(names([...table.rows]), ["decoder_self:L0H0", "decoder_self:L0H1", "decoder_self:L1H0", "cross:L0H0"]);
  assert.deepEqual(table.roles, ["a", "b", "previous token"]);
  assert.deepEqual(table.replacements, ["zero", "mean"]);
  assert.deepEqual(table.scores, SCORES);
  assert.equal(headTable([]), null);
  assert.equal(headTable([{ ...EMPTY, lens: "flow", notes: ["nothing of heads"] }]), null);
  // Who says it first is heard, and training last.
  const training = { ...heads, lens: "training", heads: [scored(at(0, 1), 0.1)] };
  assert.equal(
    headTable([training, heads])!
      .rows.find(({ head }) => nameOf(head) === "decoder_self:L0H1")!
      .scores.get("previous")!.mean,
    0.9,
  );
});

test("sorting, with heads that have no number at the end", () => {
  const order = (column: string, way: "ascending" | "descending") => names(sorted(table.rows, column, way, "mean"));
  const [none, strong, weak, cross] = names([...table.rows]);
  assert.deepEqual(order("head", "ascending"), [none, strong, weak, cross]);
  assert.deepEqual(order("head", "descending"), [cross, weak, strong, none]);
  assert.deepEqual(order("previous", "descending"), [strong, weak, cross, none], "equal ones as they are named");
  assert.deepEqual(order("previous", "ascending"), [weak, cross, strong, none]);
  assert.deepEqual(order("exact_match_change", "ascending"), [strong, weak, none, cross], "what was lost most comes first");
  assert.deepEqual(order("exact_match_change", "descending"), [weak, strong, none, cross], "NaN is no number");
  assert.deepEqual(order("loss_change", "descending").slice(0, 2), [strong, weak]);
  assert.deepEqual(order("roles", "ascending"), [cross, strong, none, weak]);
  assert.deepEqual(sorted(table.rows, "exact_match_change", "ascending", "zero").map(({ head }) => nameOf(head))[0], strong);
  assert.deepEqual(COLUMNS.map(firstOrder), ["ascending", "ascending", "ascending", "descending"]);
  assert.equal(firstOrder("previous"), "descending");
});

test("any order holds every row, and neighbours stand as it says", () => {
  const next = random(3);
  const many = Array.from({ length: 60 }, (_, number) =>
    scored(at(number % 7, number), next() < 0.2 ? null : Math.round(next() * 20) / 20),
  );
  const rows = headTable([{ ...heads, heads: many }])!.rows;
  for (const way of ["ascending", "descending"] as const) {
    const list = sorted(rows, "previous", way, "mean");
    assert.deepEqual(new Set(names(list)), new Set(names([...rows])));
    const values = list.map((row) => estimateIn(row, "previous", "mean")?.mean ?? null);
    const numbers = values.slice(0, values.indexOf(null));
    assert.ok(values.slice(numbers.length).every((value) => value === null));
    for (const [place, value] of numbers.slice(1).entries())
      assert.ok(way === "ascending" ? numbers[place]! <= value! : numbers[place]! >= value!);
  }
});

test("filters keep what passes all of them", () => {
  const left = (filters: Partial<typeof NONE | Record<string, unknown>>) =>
    names(kept(table.rows, { ...NONE, ...filters } as never, "mean"));
  const [none, strong, weak, cross] = names([...table.rows]);
  assert.deepEqual(left({}), [none, strong, weak, cross]);
  assert.deepEqual(left({ role: "a" }), [cross]);
  assert.deepEqual(left({ score: "previous" }), [none, strong, weak, cross], "a score without a bound");
  assert.deepEqual(left({ score: "previous", least: 0.2 }), [strong, weak, cross], "the bound itself passes, and no number does not");
  assert.deepEqual(left({ score: "previous", least: all }), [strong, weak, cross]);
  assert.deepEqual(left({ lost: 2 }), [strong, weak]);
  assert.deepEqual(left({ lost: 2.1 }), [strong]);
  assert.deepEqual(left({ role: "a", lost: 0 }), [], "an effect that is not known is none");
  assert.deepEqual(names(kept(table.rows, { ...NONE, lost: 60 }, "zero")), [strong]);
});

test("at first only scores are shown that say what heads are called, or that are asked for", () => {
  const many = ["previous", "needed", "first", "entropy"].map((name) => ({ name, title: name === "first" ? "b" : name }));
  const scores = new Map(many.map(({ name }) => [name, exactly(0.5)]));
  const found = headTable([{ ...heads, scores: many, heads: [{ head: at(0, 0), roles: ["b"], scores }] }])!;
  const shown = (...asked: (string | null)[]) => mainScores(found, asked).map(({ name }) => name);
  assert.deepEqual(shown(null), ["previous", "needed", "first"]);
  assert.deepEqual(shown("entropy", "bogus"), ["previous", "needed", "first", "entropy"]);
  const others = { ...found, scores: [{ name: "x", title: "x" }] };
  assert.deepEqual(mainScores(others, []), others.scores);
});

test("an interval's axis holds all of them, has round ends, and keeps their order", () => {
  const next = random(9);
  for (let round = 0; round < 500; round++) {
    const size = 10 ** (4 * next() - 3);
    const estimates = Array.from({ length: 6 }, () => exactly((next() - 0.5) * size));
    for (const shown of [shownIn("previous"), shownIn("exact_match_change"), shownIn("loss_change")]) {
      const scale = intervalScale([...estimates, null], shown);
      assert.ok(scale.low <= shown[0] && scale.high >= shown[1]);
      const values = estimates.flatMap(({ mean, low, high }) => [low, mean, high]).sort((one, other) => one - other);
      assert.ok(scale.low <= values[0]! * (values[0]! < 0 ? 0.998 : 1) + 1e-12 && scale.high >= values.at(-1)! * 0.998);
      const places = values.map((value) => scale.at(value));
      assert.ok(places.every((place, number) => place >= 0 && place <= 1 && (number === 0 || place >= places[number - 1]!)));
    }
  }
  assert.deepEqual([intervalScale([exactly(0.4)], [0, 1]).low, intervalScale([exactly(0.4)], [0, 1]).high], [0, 1]);
  assert.deepEqual([intervalScale([exactly(2.4)], [0, 1]).high, intervalScale([exactly(-0.3)], [-1, 0]).low], [3, -1]);
  const broken = intervalScale([exactly(Number.NaN)], [0, 0]);
  assert.deepEqual([broken.low, broken.high, broken.at(0)], [0, 1, 0]);
});

test("a dot stands on its whisker, within its room", () => {
  const palette = paletteOf(false);
  const scale = intervalScale([], [0, 1]);
  const shapes = interval({ mean: 0.5, low: 0.25, high: 1, examples: 8 }, scale, { x: 10, y: 0, width: 106, height: 10 }, palette);
  const [, , whisker] = shapes;
  const dot = shapes.find((shape) => shape.shape === "box")!;
  assert.ok(whisker?.shape === "line" && dot.shape === "box");
  assert.deepEqual([whisker.x1, whisker.x2, dot.x + dot.width / 2], [13 + 25, 13 + 100, 13 + 50]);
  const none = interval(
    { mean: Number.NaN, low: Number.NaN, high: 1, examples: 8 },
    scale,
    { x: 0, y: 0, width: 100, height: 10 },
    palette,
  );
  assert.equal(none.length, 2, "only the axis");
});

test("numbers are written with a true minus and the sign that a change has", () => {
  assert.deepEqual(written("exact_match_change", { mean: -0.984, low: -0.9961, high: 0.0004, examples: 8 }), {
    mean: "−98.4",
    ends: "[−99.6, 0.0]",
  });
  assert.deepEqual(written("loss_change", { mean: 3.409, low: -0.001, high: 4, examples: 8 }), { mean: "+3.41", ends: "[0.00, +4.00]" });
  assert.equal(written("loss_change", exactly(0.0123)).mean, "+0.012");
  assert.deepEqual(written("previous", { mean: 0.977, low: 0.966, high: 1, examples: 8 }), { mean: "0.98", ends: "[0.97, 1.00]" });
  assert.deepEqual([change(-0, 1), change(0.04, 1), decimals(-0.001, 2)], ["0.0", "0.0", "0.00"]);
});

test("what the table does not have is left aside", () => {
  const given = { ...START, column: "bogus", role: "bogus", score: "bogus", with: "resample", off: "cross:L9H9" } as const;
  const state = known(given, table);
  assert.deepEqual([state.column, state.role, state.score, state.with, state.off], ["head", null, "previous", "mean", null]);
  const right = { ...START, column: "previous", role: "a", score: "previous", with: "zero", off: "cross:L0H0" } as const;
  assert.deepEqual(known(right, table), right);
  assert.deepEqual(known(given, null), given);
});

test("findings are read as their JSON has them", () => {
  const estimate = { mean: 0.5, low: null, high: 0.75, examples: 4 };
  const head = { kind: "cross", layer: 1, head: 2 } as const;
  const entry: FoundEntry = {
    lens: "training",
    step: 7,
    examples: 4,
    seed: 1,
    scores: [...SCORES, { name: "__proto__", title: "none" }],
    heads: [{ ...head, roles: ["previous token"], previous: estimate }],
    ablations: [
      {
        with: "zero",
        exact_match: 0.25,
        exact_match_change: -0.75,
        low: -1,
        high: -0.5,
        loss_change: null,
        loss_low: null,
        loss_high: null,
        examples: 4,
        heads: [head],
        failures: [["q", "r", "n"]],
      },
    ],
    curves: [
      {
        name: "scores",
        title: "scores",
        quantity: "score",
        curves: [
          {
            head: { kind: "encoder_self", layer: 0, head: 1 },
            points: [
              [0, 0.1, [0, 0.2]],
              [5, null, [null, null]],
              [null, 0.1, [0, 0.2]],
            ],
          },
          { head: { kind: "cross", layer: 1, head: 0 }, points: [[0, 0.1, [0, 0.2]]] },
          { points: [[0, 0.3, [0, 0.4]]] },
        ],
      },
      { name: "exact_match", title: "exact match", quantity: "exact match", curves: [{ points: [[0, 0.3, [0, 0.4]]] }] },
    ],
    appearances: [
      { kind: "cross", layer: 1, head: 0, role: "first token", step: 40 },
      { kind: "encoder_self", layer: 0, head: 1, role: "previous token", step: 20 },
    ],
  };
  const [found] = openFindings([entry]);
  assert.deepEqual([...found!.heads[0]!.scores], [["previous", { mean: 0.5, low: Number.NaN, high: 0.75, examples: 4 }]]);
  const [ablation] = found!.ablations;
  assert.deepEqual([ablation!.head, ablation!.exactMatchChange.low, ablation!.lossChange.mean], [head, -1, Number.NaN]);
  assert.deepEqual(ablation!.failures, [{ question: "q", right: "r", now: "n" }]);
  const { charts, appearances } = overTraining([found!]);
  const { lines } = charts[0]!;
  assert.deepEqual(
    charts.map(({ title }) => title),
    ["scores"],
    "no chart without a head",
  );
  assert.deepEqual(
    lines.map(({ head, points }) => [nameOf(head), points.length]),
    [
      ["encoder_self:L0H1", 2],
      ["cross:L1H0", 1],
    ],
    "a line without a head is the whole model's, and a point without a step is nowhere",
  );
  assert.ok(Number.isNaN(lines[0]!.points[1]!.value));
  assert.deepEqual(
    appearances.map(({ head, role, step }) => [nameOf(head), role, step]),
    [
      ["encoder_self:L0H1", "previous token", 20],
      ["cross:L1H0", "first token", 40],
    ],
  );
});

test("terms and notes are said in the page's language, with the numbers that they have", () => {
  const note =
    "rank correlation of gradient and effect over 8 heads, replaced by the mean: -0.36 with the rise of the loss, 0.07 with the fall of exact match";
  assert.equal(termOf(note, en), note.replace("-", "−"));
  const chinese = termOf(note, zh);
  assert.match(chinese, /\p{Script=Han}/u);
  assert.deepEqual(chinese.match(/−?\d+(\.\d+)?/g), ["8", "−0.36", "0.07"]);
  assert.equal(termOf("induction on repeated tokens", zh), zh.onRepeated(zh.terms.induction!));
  assert.match(
    termOf("gradient: mean |∂L/∂ξ| over the examples at the gate ξ = 1 of a head (Michel et al., 2019, equation 2)", zh),
    /ξ = 1/,
  );
  for (const unknown of ["L0H1 in 3 of 4 runs", "constructor", "{0}"])
    for (const words of [en, zh]) assert.equal(termOf(unknown, words), unknown);
});

test("drawings of findings hold no number that is none", () => {
  for (const name of ["found", "strangeFound"]) {
    const dataset = CASES[name]!();
    const found = headTable(dataset.findings)!;
    const style = { palette: paletteOf(false), words: en, scale: "linear", threshold: 0, measure } as const;
    const rows = found.rows.map((row) => ({ row, name: nameOf(row.head), roles: row.roles.join() }));
    const columns = [{ name: "exact_match_change", title: "exact match, points" }, ...found.scores];
    const scene = findingsDrawing(rows, found.rows, columns, "mean", style);
    const texts = scene.shapes.flatMap((shape) => (shape.shape === "words" ? [shape] : []));
    for (const one of texts) {
      const end = one.x + measure(one.text, one.size, one.bold);
      for (const other of texts) assert.ok(other.y !== one.y || other.x <= one.x || other.x >= end, `${one.text} runs into ${other.text}`);
    }
    const { charts } = overTraining(dataset.findings);
    const steps = stepsOf(dataset.metrics, [0, 35, 70], 35, en);
    const marks = [{ step: 35, head: "L0H0", role: "a role", chosen: true }];
    const curves = charts.map((chart) =>
      headCurves(chart, { head: found.rows[0]!.head, name: "L0H0" }, chart.quantity, steps, marks, {
        width: 700,
        palette: paletteOf(false),
        words: en,
        measure,
      }),
    );
    assert.equal(curves.length, name === "found" ? 1 : 0);
    for (const { width, height, shapes } of [scene, ...curves.map(({ scene }) => scene)]) {
      for (const shape of shapes) {
        for (const [key, value] of Object.entries(shape)) assert.ok(typeof value !== "number" || Number.isFinite(value), `${name}: ${key}`);
        if (shape.shape === "words") assert.ok(shape.x >= 0 && shape.x <= width && shape.y >= 0 && shape.y <= height, shape.text);
      }
    }
  }
});
