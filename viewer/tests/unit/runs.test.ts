import assert from "node:assert/strict";
import { test } from "node:test";
import type { StepMetrics } from "../../src/data.ts";
import { paletteOf } from "../../src/drawing/colours.ts";
import { stepsOf } from "../../src/drawing/curves.ts";
import { runCurves } from "../../src/drawing/runs.ts";
import { withinPixels } from "../../src/drawing/panel.ts";
import type { Cells, Measure, Path } from "../../src/drawing/scene.ts";
import { BLANK } from "../../src/drawing/scene.ts";
import { en } from "../../src/words/en.ts";

const measure: Measure = (text, size) => [...text].length * size * 0.6;
const palette = paletteOf(false);
const style = (width: number) => ({ width, palette, words: en, measure });
const metrics = (from: number, to: number): StepMetrics[] =>
  Array.from({ length: to - from + 1 }, (_, at) => ({
    step: from + at,
    loss: 3 / (from + at),
    tokenAccuracy: 0.5,
    exactMatch: (from + at) % 10 === 0 ? 0.25 : null,
    learningRate: 1e-3,
  }));
const byPosition = (count: number, positions: number) =>
  Array.from({ length: count }, (_, at) => ({
    step: at + 1,
    byPosition: Array.from({ length: positions }, (_, position) => (position + 1) / positions),
  }));

function drawn(width: number, positions = 4) {
  const [trunk, branch] = [metrics(1, 40), metrics(1, 60)];
  const steps = stepsOf([...trunk, ...branch], [0, 20, 40], 20, en);
  const lines = { steps: byPosition(60, positions), title: "accuracy by position", axis: "position" };
  const runs = [
    { colour: "#111111", metrics: trunk, shown: false },
    { colour: "#222222", metrics: branch, shown: true },
  ];
  return { ...runCurves(runs, lines, steps, style(width)), steps };
}

test("each run has its curves in its colour, the shown one strongest and last", () => {
  const { scene } = drawn(900);
  const paths = scene.shapes.filter((shape): shape is Path => shape.shape === "path");
  const of = (colour: string) => paths.filter(({ stroke }) => stroke === colour);
  // Loss and exact match of each, and token accuracy of the shown run alone.
  assert.equal(of("#111111").length, 2);
  assert.equal(of("#222222").length, 2);
  assert.equal(of(palette.faint).length, 1);
  assert.ok(of("#222222").every(({ thickness }) => thickness > of("#111111")[0]!.thickness));
  assert.ok(paths.findIndex(({ stroke }) => stroke === "#222222") > paths.findIndex(({ stroke }) => stroke === "#111111"));
  // A run that ends earlier stops earlier.
  const right = (path: Path) => Math.max(...path.points.filter((_, at) => at % 2 === 0));
  assert.ok(right(of("#111111")[0]!) < right(of("#222222")[0]!));
});

test("accuracy by position is a row for each position and a column for each step", () => {
  const { scene, steps } = drawn(900);
  const strip = scene.shapes.find((shape): shape is Cells => shape.shape === "cells")!;
  assert.equal(strip.rows, 4);
  assert.equal(strip.columns, steps.last - steps.first + 1);
  for (let row = 0; row < 4; row++) {
    const cells = [...strip.indices.slice(row * strip.columns, (row + 1) * strip.columns)];
    // No step 0 was taken; all others have the row's accuracy.
    assert.equal(cells[0], BLANK);
    assert.deepEqual(new Set(cells.slice(1)), new Set([Math.round(((row + 1) / 4) * 255)]));
  }
});

test("the strip has its colour scale, and both names and the unit of the shares have room in a narrow panel", () => {
  for (const width of [900, 360]) {
    const { shapes } = drawn(width).scene;
    const words = shapes.flatMap((shape) => (shape.shape === "words" ? [shape] : []));
    const scale = shapes.filter((shape): shape is Cells => shape.shape === "cells")[1]!;
    assert.deepEqual([scale.rows, scale.columns, scale.indices[0], scale.indices[255]], [1, 256, 0, 255]);
    const at = (text: string) => words.find((each) => each.text === text)!;
    const [match, accuracy] = [at(en.exactMatch), at(en.tokenAccuracy)];
    assert.ok(at(en.percentUnit) !== undefined && at("100 %") !== undefined);
    const apart = Math.abs(match.y - accuracy.y) >= 12 || accuracy.x >= match.x + measure(match.text, 12);
    assert.ok(apart, String(width));
  }
});

test("a press finds its step in each panel, side by side or below one another", () => {
  const wide = drawn(900);
  const each = (900 - 48) / 3;
  for (const panel of [0, 1, 2]) {
    assert.equal(Math.round(wide.stepAt(panel * (each + 24) + 40)), 0);
    assert.equal(Math.round(wide.stepAt(panel * (each + 24) + each - 8)), 60);
  }
  const narrow = drawn(360);
  assert.ok(narrow.scene.height > 2 * wide.scene.height);
  assert.equal(Math.round(narrow.stepAt(40)), 0);
  assert.equal(Math.round(narrow.stepAt(352)), 60);
  assert.equal(Math.round(narrow.stepAt((40 + 352) / 2)), 30);
});

test("nothing was trained yet, and more steps than pixels", () => {
  const nothing = { steps: [], title: "accuracy by position", axis: "position" };
  const { scene } = runCurves([{ colour: "#111111", metrics: [], shown: true }], nothing, stepsOf([], [0], 0, en), style(900));
  assert.ok(scene.shapes.every((shape) => shape.shape !== "path" && shape.shape !== "cells"));
  const many = { steps: byPosition(5000, 3), title: "accuracy by position", axis: "position" };
  const all = metrics(1, 5000);
  const long = runCurves([{ colour: "#111111", metrics: all, shown: true }], many, stepsOf(all, [], 5000, en), style(900)).scene;
  const strip = long.shapes.find((shape): shape is Cells => shape.shape === "cells")!;
  assert.ok(strip.columns <= strip.width && strip.columns > strip.width - 1);
  assert.ok([...strip.indices].every((index) => index !== BLANK));
});

test("a curve has no more points than its pixels can show, and none of its peaks is lost", () => {
  const points = Array.from({ length: 50_000 }, (_, at) => ({ step: at + 1, value: at === 31_234 ? 99 : at === 777 ? -5 : Math.sin(at) }));
  const kept = withinPixels(points, 1, 50_000, 300);
  assert.ok(kept.length <= 2 * 301 + 1, `${kept.length}`);
  assert.ok(kept.every(({ step }, at) => at === 0 || step > kept[at - 1]!.step));
  assert.deepEqual([Math.max(...kept.map(({ value }) => value)), Math.min(...kept.map(({ value }) => value))], [99, -5]);
  assert.equal(kept.at(-1)!.step, 50_000);
  const few = points.slice(0, 600);
  assert.equal(withinPixels(few, 1, 600, 300), few);
});
