import assert from "node:assert/strict";
import { test } from "node:test";
import { isSpecial, label, visible } from "../../src/tokens.ts";
import { STRANGE } from "../fixture.ts";

test("every token leaves ink", () => {
  for (const [token, shown] of [
    ["cat", "cat"],
    ["", '""'],
    [" ", "␣"],
    ["  ", "␣␣"],
    [" the cat ", "␣the cat␣"],
    ["\n\n", "↵↵"],
    ["a\tb\r", "a⇥bU+000D"],
    ["中文", "中文"],
    ["\u200b", "U+200B"],
    ["\u202eevil", "U+202E evil"],
    ["line\u2028break", "lineU+2028 break"],
    ["\ud800", "U+D800"],
    ["</script>", "</script>"],
    ["Ġthe", "Ġthe"],
    ["e\u0301", "e\u0301"],
  ] as const) {
    assert.equal(visible(token), shown);
  }
});

test("nothing that steers its surroundings is left", () => {
  for (const token of STRANGE) {
    assert.ok(!/[\u0000-\u001f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]/.test(visible(token)), JSON.stringify(token));
    assert.notEqual(visible(token).trim(), "");
  }
  assert.equal(label("שלום"), "\u2068שלום\u2069");
  assert.equal(label("cat"), "cat");
});

test("special tokens", () => {
  for (const [token, special] of [
    ["BOS", true],
    ["<s>", true],
    ["<|endoftext|>", true],
    ["[CLS]", true],
    ["<", false],
    ["THE", false],
  ] as const) {
    assert.equal(isSpecial(token), special, token);
  }
});
