import assert from "node:assert/strict";
import { test } from "node:test";
import { LESSONS } from "../../src/lab/lessons/all.ts";
import { PARTS } from "../../src/lab/lessons/lesson.ts";
import { SETTING_NAMES } from "../../src/lab/settings.ts";
import { en } from "../../src/words/lab/en.ts";
import { taskWords } from "../../src/words/lab/tasks.ts";
import { zh } from "../../src/words/lab/zh.ts";
import { CATALOGUE } from "../lab/catalogue.ts";
import { leaves } from "./leaves.ts";

test("both languages say all of the lab, and the same numbers", () => {
  const [english, chinese] = [new Map(leaves(en)), new Map(leaves(zh))];
  assert.deepEqual([...english.keys()], [...chinese.keys()]);
  for (const [place, text] of english) {
    const other = chinese.get(place)!;
    assert.ok(text.trim() !== "" && other.trim() !== "", place);
    const numbers = (line: string) => line.match(/\d{3}/g)?.sort() ?? [];
    assert.deepEqual(numbers(text), numbers(other), place);
  }
});

test("the lab's Chinese is Chinese", () => {
  const english = new Map(leaves(en));
  // Names that both languages share.
  const shared = [".values.alibi", ".values.relu", ".values.gelu", ".valueOf"];
  for (const [place, text] of leaves(zh)) {
    if (/\p{Script=Han}/u.test(text) || place.startsWith(".keys.")) continue;
    assert.ok(place === ".and" || (shared.includes(place) && english.get(place) === text), `${place}: ${text}`);
  }
});

test("every setting and every part that can be hidden has a name", () => {
  for (const name of SETTING_NAMES) {
    if (name === "pairs") continue;
    assert.ok(en.settings[name] !== undefined && zh.settings[name] !== undefined, name);
    assert.ok(en.settingHints[name] !== undefined && zh.settingHints[name] !== undefined, name);
  }
  for (const part of PARTS) assert.ok(en.parts[part] !== undefined && zh.parts[part] !== undefined, part);
  for (const values of Object.values(CATALOGUE.choices)) for (const value of values) assert.ok(en.values[value] !== undefined, value);
});

test("a task speaks the page's language, or else its own", () => {
  for (const task of CATALOGUE.tasks) {
    const [english, chinese] = [taskWords(task, "en"), taskWords(task, "zh")];
    assert.equal(english.about, task.about);
    for (const name of ["about", "lesson", "lengthCounts", "symbolsAre"] as const) {
      assert.match(chinese[name], /\p{Script=Han}/u);
      assert.doesNotMatch(english[name], /\p{Script=Han}|--/u);
    }
  }
  const own = { name: "constructor", about: "mine", lesson: "", lengthCounts: "", symbolsAre: "" };
  assert.deepEqual(taskWords(own, "zh"), own);
});

test("a lesson has as many checks as steps, in both languages", () => {
  assert.equal(new Set(LESSONS.map(({ name }) => name)).size, LESSONS.length);
  for (const { name, checks, text } of LESSONS) {
    for (const language of ["en", "zh"] as const) {
      const { title, about, steps, look } = text[language];
      assert.equal(steps.length, checks.length, `${name} ${language}`);
      for (const line of [title, about, look, ...steps]) assert.equal(/\p{Script=Han}/u.test(line), language === "zh", line);
    }
  }
});
