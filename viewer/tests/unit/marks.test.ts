import assert from "node:assert/strict";
import { test } from "node:test";
import { paletteOf } from "../../src/drawing/colours.ts";
import { APART, groupsOf, headsOf, markLines, markNames, type StepMark } from "../../src/drawing/marks.ts";
import type { Measure } from "../../src/drawing/scene.ts";
import { random } from "./random.ts";

const palette = paletteOf(false);
const measure: Measure = (text, size) => [...text].length * size * 0.6;
const AREA = { x: 40, y: 37, width: 300, height: 60 };
const mark = (step: number, head: string, role: string, chosen = false): StepMark => ({ step, head, role, chosen });
/** A pixel a step. */
const xOf = (step: number) => AREA.x + step;

test("marks that are close are met as one, in the order of their steps", () => {
  const marks = [mark(100, "L0H1", "b"), mark(10, "L0H0", "a"), mark(110, "L0H2", "c"), mark(100, "L0H1", "d"), mark(124, "L0H3", "e")];
  const groups = groupsOf(marks, xOf, AREA.y);
  assert.deepEqual(
    groups.map(({ x, marks }) => [x, marks.map(({ role }) => role).join("")]),
    [
      [50, "a"],
      [140, "bdc"],
      [164, "e"],
    ],
  );
  assert.deepEqual(headsOf(groups[1]!), [
    { step: 100, head: "L0H1", roles: "b, d" },
    { step: 110, head: "L0H2", roles: "c" },
  ]);
});

test("one line a step, in the chosen head's colour where it is among them", () => {
  const lines = markLines([mark(10, "L0H0", "a"), mark(10, "L0H1", "a", true), mark(20, "L0H0", "b")], xOf, AREA, palette);
  assert.deepEqual(
    lines.map((line) => line.shape === "line" && [line.x1, line.stroke]),
    [
      [50, palette.accent],
      [60, palette.faint],
    ],
  );
});

test("names stand above the plot, within it, and over no other name or dot; the chosen head's first", () => {
  const next = random(5);
  for (let round = 0; round < 200; round++) {
    const marks = Array.from({ length: 1 + Math.floor(next() * 12) }, (_, at) =>
      mark(Math.floor(next() * AREA.width), `L0H${at}`, next() < 0.5 ? "induction" : "previous token on repeated tokens", at === 3),
    );
    const groups = groupsOf(marks, xOf, AREA.y);
    for (const [at, { x }] of groups.slice(1).entries()) assert.ok(x - groups[at]!.x >= APART);
    const shapes = markNames(groups, AREA, palette, measure);
    const dots = shapes.flatMap((shape) => (shape.shape === "box" ? [shape] : []));
    const names = shapes.flatMap((shape) => (shape.shape === "words" ? [{ ...shape, end: shape.x + measure(shape.text, 11) }] : []));
    assert.equal(dots.length, groups.length, "each group has its dot");
    for (const one of names) {
      assert.ok(one.y < AREA.y && one.x >= AREA.x && one.end <= AREA.x + AREA.width, one.text);
      assert.ok(
        dots.every((dot) => dot.x + dot.width <= one.x || dot.x >= one.end),
        one.text,
      );
      assert.ok(
        names.every((other) => other === one || other.end < one.x || other.x > one.end),
        one.text,
      );
    }
  }
  // Alone there is room for all; where two do not fit, each has its head, and the chosen one more.
  const texts = (...marks: StepMark[]) =>
    markNames(groupsOf(marks, xOf, AREA.y), AREA, palette, measure).flatMap((shape) => (shape.shape === "words" ? [shape.text] : []));
  assert.deepEqual(texts(mark(10, "L0H0", "induction")), ["L0H0 induction"]);
  assert.deepEqual(texts(mark(10, "L0H0", "induction"), mark(60, "L0H1", "induction", true)), ["L0H0", "L0H1 induction"]);
  assert.deepEqual(texts(mark(299, "L0H0", "induction")), ["L0H0 induction"], "at the end it stands on the left");
  assert.deepEqual(
    texts(mark(0, "L0H0", "previous token"), mark(60, "L0H0", "b"), mark(60, "L0H1", "b", true), mark(120, "L0H2", "induction")),
    ["L0H0", "L0H1 +1", "L0H2 induction"],
    "more heads than there is room for are counted",
  );
  const close = (chosen: boolean) => texts(mark(100, "L0H0", "induction", chosen), mark(126, "L0H1", "previous token on repeated tokens"));
  assert.deepEqual([close(false)[0], close(true)[0]], ["L0H1", "L0H0 induction"], "the chosen head's may stand on the left");
});
