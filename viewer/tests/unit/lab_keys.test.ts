import assert from "node:assert/strict";
import { test } from "node:test";
import { signal } from "@preact/signals";
import type { Lab } from "../../src/lab/views/context.ts";
import { actOn } from "../../src/lab/views/keys.ts";

test("before the first look, and when none ever comes, the browser keeps its keys and the viewer's do nothing", () => {
  for (const looked of [true, false]) {
    const lab = { session: {}, page: {}, presenter: signal(false), looked: signal(looked) } as unknown as Lab;
    const handled = (key: string) => actOn(lab, { key } as KeyboardEvent);
    for (const key of ["Tab", "Enter", "ArrowDown", "F5", "Home", "Escape", "?", "t", "l"]) assert.equal(handled(key), false, key);
    for (const key of ["1", "k", "[", "}", ",", "+", "0"]) assert.equal(handled(key), !looked, key);
  }
});
