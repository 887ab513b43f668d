import assert from "node:assert/strict";
import { test } from "node:test";
import { LESSONS, lessonNamed, settingsIn } from "../../src/lab/lessons/all.ts";
import { doneAfter, holds, type Seen } from "../../src/lab/lessons/checks.ts";
import type { Check } from "../../src/lab/lessons/lesson.ts";
import { defaultsOf } from "../../src/lab/settings.ts";
import { exerciseLink } from "../../src/lab/views/exercise.ts";
import { CATALOGUE } from "../lab/catalogue.ts";

const START: Seen = {
  settings: { task: "induction", layers: 2 },
  step: 0,
  solved: false,
  newest: true,
  needed: false,
  back: null,
  roles: [],
  changes: [],
  changed: null,
  beside: null,
};
const head = { kind: "decoder_self", layer: 0, head: 1 } as const;

test("a check holds when what it asks is seen, and not before", () => {
  const evaluated = (changed: number) => ({ step: 70, exactMatch: 1, changed, examples: 512 });
  const off = [{ head, change: "off" }] as const;
  const back: Check = { is: "back", in: { layers: 2 }, positions: 1, atLeast: 0.25 };
  const cases: [Check, Partial<Seen>, Partial<Seen>][] = [
    [{ is: "trained", steps: 20 }, { step: 20 }, { step: 19 }],
    [{ is: "solved" }, { solved: true }, {}],
    [{ is: "needed" }, { needed: true }, {}],
    [back, { back: { positions: 1, weight: 0.25 } }, { back: { positions: 0, weight: 0.9 } }],
    [back, { back: { positions: 1, weight: 1 } }, { back: { positions: 1, weight: 0.24 } }],
    [back, { back: { positions: 1, weight: 1 } }, { back: { positions: 1, weight: 1 }, settings: { layers: 1 } }],
    [{ is: "role", role: "induction" }, { roles: ["induction"] }, { roles: ["BOS"] }],
    [{ is: "earlier" }, { newest: false }, {}],
    [
      { is: "changed", change: "off", atMost: 0.5 },
      { changes: off, changed: evaluated(0.5) },
      { changes: off, changed: evaluated(0.51) },
    ],
    [
      { is: "changed", change: "uniform", atMost: 0.5 },
      { changes: [{ head, change: "uniform" }], changed: evaluated(0) },
      { changes: off, changed: evaluated(0) },
    ],
    [
      { is: "changed alone", change: "off", atMost: 0.5 },
      { changes: off, changed: evaluated(0) },
      { changes: [...off, { head: { ...head, head: 0 }, change: "off" }], changed: evaluated(0) },
    ],
    [{ is: "unchanged" }, {}, { changes: off }],
    [
      { is: "compared", with: { layers: 2 }, exactMatch: 0.9 },
      { beside: { settings: { layers: 2, task: "induction" }, exactMatch: 0.9 } },
      { beside: { settings: { layers: 1, task: "induction" }, exactMatch: 1 } },
    ],
  ];
  for (const [check, yes, no] of cases) {
    assert.equal(holds(check, { ...START, ...yes }), true, JSON.stringify(check));
    assert.equal(holds(check, { ...START, ...no }), false, JSON.stringify(check));
  }
  assert.equal(holds({ is: "compared", with: { layers: 2 }, exactMatch: 0 }, START), false);
  assert.equal(holds({ is: "changed", change: "off", atMost: 1 }, { ...START, changes: off }), false);
});

test("steps are done one after the other, and stay done", () => {
  const checks: Check[] = [{ is: "trained", steps: 10 }, { is: "solved" }, { is: "unchanged" }];
  assert.equal(doneAfter(checks, 0, START), 0);
  assert.equal(doneAfter(checks, 0, { ...START, solved: true }), 0);
  assert.equal(doneAfter(checks, 0, { ...START, step: 10 }), 1);
  assert.equal(doneAfter(checks, 1, { ...START, solved: true, changes: [{ head, change: "off" }] }), 2);
  assert.equal(doneAfter(checks, 0, { ...START, step: 10, solved: true }), 3);
  assert.equal(doneAfter(checks, 3, START), 3);
});

test("lessons train what there is to train", () => {
  for (const lesson of LESSONS) {
    assert.equal(lessonNamed(lesson.name), lesson);
    assert.match(lesson.name, /^[a-z-]+$/);
    assert.equal(defaultsOf(CATALOGUE, lesson.settings).task, lesson.settings.task);
  }
  assert.equal(lessonNamed("toString"), null);
});

test("a lesson in an address trains what it is about, unless the address says what else", () => {
  assert.deepEqual(settingsIn("two-layers", { task: "copy", seed: 3 }, "#lesson=two-layers&seed=3"), {
    task: "induction",
    layers: 1,
    seed: 3,
  });
  assert.deepEqual(settingsIn("two-layers", { task: "copy", seed: 3 }, "#lesson=two-layers&seed=3&task=copy"), { task: "copy", seed: 3 });
  assert.deepEqual(settingsIn("my own words", { task: "copy" }, "#lesson=my+own+words"), { task: "copy" });
  assert.deepEqual(settingsIn(null, { task: "copy" }, ""), { task: "copy" });
});

test("an exercise is an address with a text and with what it hides", () => {
  const link = exerciseLink("file:///lab.html#task=copy&lesson=diagonal&hide=speed&seed=3", "Count <b>\n& tell 100 %", [
    "choices",
    "share",
  ]);
  const [base, fragment] = link.split("#") as [string, string];
  const given = new URLSearchParams(fragment);
  assert.equal(base, "file:///lab.html");
  assert.deepEqual([...given.keys()], ["task", "seed", "lesson-text", "hide"]);
  assert.equal(given.get("lesson-text"), "Count <b>\n& tell 100 %");
  assert.equal(given.get("hide"), "choices,share");
  assert.equal(exerciseLink("https://a.b/lab", " x ", []), "https://a.b/lab#lesson-text=x");
});
