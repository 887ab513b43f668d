/** Steps one chunk after the other, over workers that answer when they are told to. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Crew } from "../../src/lab/engine.ts";
import { Pump } from "../../src/lab/pump.ts";

const soon = () => new Promise((resolve) => setTimeout(resolve));

function pumped() {
  const waiting: (() => void)[] = [];
  const asked: number[] = [];
  const crew = {
    hold: () => undefined,
    ask: ({ steps }: { steps: number }) => {
      asked.push(steps);
      return new Promise((resolve) => {
        waiting.push(() =>
          resolve({ reply: { is: "trained", steps: [], done: false, solved: false, stopped: null }, beside: null, milliseconds: 1 }),
        );
      });
    },
  } as unknown as Crew;
  let took = 0;
  const pump = new Pump(crew, { speed: () => null, waits: () => false, took: () => (took += 1) });
  return { pump, asked, took: () => took, answer: () => waiting.shift()?.() };
}

test("a step that was asked for is taken though training goes on before the running chunk ends", async () => {
  const { pump, asked, answer, took } = pumped();
  pump.go();
  await soon();
  assert.equal(asked.length, 2);
  let stepped = false;
  const once = pump.once().then(() => (stepped = true));
  pump.go();
  for (let at = 0; at < 2; at++) {
    answer();
    await soon();
  }
  assert.deepEqual(asked.filter((steps) => steps === 1).length, 1, "the single step is with the workers");
  for (let at = 0; at < 3; at++) {
    answer();
    await soon();
  }
  assert.ok(stepped);
  await once;
  assert.ok(asked.length > 4 && took() === 5, "and training goes on");
  const held = pump.hold();
  for (let at = 0; at < 3; at++) {
    answer();
    await soon();
  }
  await held;
  const before = asked.length;
  await soon();
  assert.equal(asked.length, before);
});
