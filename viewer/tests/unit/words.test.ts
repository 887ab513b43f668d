import assert from "node:assert/strict";
import { test } from "node:test";
import { en } from "../../src/words/en.ts";
import { preferred } from "../../src/words/language.ts";
import { zh } from "../../src/words/zh.ts";
import { leaves } from "./leaves.ts";

test("both languages say everything, and the same numbers", () => {
  const [english, chinese] = [new Map(leaves(en)), new Map(leaves(zh))];
  assert.deepEqual([...english.keys()], [...chinese.keys()]);
  for (const [place, text] of english) {
    const other = chinese.get(place)!;
    assert.ok(text.trim() !== "" && other.trim() !== "", place);
    const numbers = (line: string) => line.match(/\d{3}|\{\d\}/g)?.sort() ?? [];
    assert.deepEqual(numbers(text), numbers(other), place);
  }
});

test("Chinese is Chinese", () => {
  const same = leaves(zh).filter(([place, text]) => !/\p{Script=Han}/u.test(text) && new Map(leaves(en)).get(place) === text);
  // Names that both languages share.
  const shared = [".percentUnit", ".layerShort", ".headShort", ".savePng", ".saveSvg", ".languageSwitch"];
  for (const [place, text] of same) assert.ok(shared.includes(place) || place.startsWith(".keys."), `${place}: ${text}`);
});

test("the browser's first language that the page speaks", () => {
  for (const [languages, chosen] of [
    [["zh-CN", "en"], "zh"],
    [["en-GB", "zh"], "en"],
    [["de", "zh-TW"], "zh"],
    [["fr"], "en"],
    [[], "en"],
    [["zhx"], "en"],
  ] as const) {
    assert.equal(preferred(languages), chosen);
  }
});
