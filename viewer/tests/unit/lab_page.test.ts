import assert from "node:assert/strict";
import { test } from "node:test";
import { defaultOf, isOpen } from "../../src/lab/views/setting.tsx";
import { CATALOGUE } from "../lab/catalogue.ts";

test("characters can be chosen for pairs of one's own alone, and are words until then", () => {
  const own = { task: CATALOGUE.tasks.find(({ takesPairs }) => takesPairs)!.name };
  assert.ok(isOpen("characters", CATALOGUE, own));
  assert.ok(!isOpen("characters", CATALOGUE, { task: "copy" }));
  assert.equal(defaultOf("characters", CATALOGUE, own), false);
});
