/** Steps that workers take together: a stand-in for the module, whose numbers show who did what in which order. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { help, Leading, sumOf } from "../../src/lab/leading.ts";
import type { Learner } from "../../src/lab/learner.ts";
import { Line } from "../../src/lab/line.ts";
import type { Started, Stepped } from "../../src/lab/messages.ts";
import type { FromHelper, ToHelper } from "../../src/lab/wire.ts";
import { random } from "./random.ts";

const EXAMPLES = 12;
const EVALUATE_EVERY = 5;
const SIZE = 40;

/** A model of a few numbers. Its gradients are a function of the numbers, the step and the part alone, and rounding makes their sum depend on its order. */
class Pupil implements Learner {
  readonly numbers = new Float32Array(SIZE).fill(1);
  readonly seconds: number[] = [];
  calls = 0;
  #step = 0;
  #due = false;

  constructor(
    readonly part: { readonly shard: number; readonly shards: number },
    readonly solvedAt: number,
    readonly divergesAt = Number.POSITIVE_INFINITY,
  ) {}

  handle(): never {
    throw new Error("not asked here");
  }

  gradients(): Float32Array<ArrayBuffer> {
    assert.ok(!this.#due, "an evaluation comes first");
    this.calls += 1;
    const next = random(1000 * this.#step + this.part.shard);
    return Float32Array.from(this.numbers, (number) => Math.fround((number * (next() - 0.5) * 10 ** Math.floor(next() * 8)) / 3));
  }

  apply(sum: Float32Array, seconds: number): string {
    assert.ok(!this.#due, "an evaluation comes first");
    if (this.#step + 1 >= this.divergesAt) return json({ is: "stopped", reason: "the loss is no number" });
    this.seconds.push(seconds);
    for (const [at, number] of sum.entries()) this.numbers[at]! -= 1e-3 * number;
    this.#step += 1;
    this.#due = this.#step % EVALUATE_EVERY === 0;
    return this.#taken(null);
  }

  count(changes: string): number {
    const size = EXAMPLES / this.part.shards;
    return changes === "[]" ? Math.min(size, Math.floor((this.#step / this.solvedAt) * size)) : 1;
  }

  evaluated(right: number): string {
    assert.ok(this.#due, "no evaluation is due");
    this.#due = false;
    return this.#taken(right / EXAMPLES);
  }

  #taken(exactMatch: number | null): string {
    const step = { step: this.#step, loss: 1, tokenAccuracy: 0, exactMatch, byPosition: [], learningRate: 1 };
    return json({ is: "taken", step, evaluationDue: this.#due, done: exactMatch === 1, solved: exactMatch === 1 });
  }
}

function json(done: Stepped): string {
  return JSON.stringify(done);
}

/** Workers with ports between them, that lead and help. */
function crew(shards: number, solvedAt = 20, divergesAt = Number.POSITIVE_INFINITY) {
  const pupils = Array.from({ length: shards }, (_, shard) => new Pupil({ shard, shards }, solvedAt, divergesAt));
  const ports = pupils.slice(1).map((pupil) => {
    const { port1, port2 } = new MessageChannel();
    void help(pupil, new Line<FromHelper, ToHelper>(port2));
    return port1;
  });
  const leading = new Leading(
    pupils[0]!,
    ports.map((port) => new Line<ToHelper, FromHelper>(port)),
  );
  leading.began({ step: 0, done: false, solved: false, heldOut: EXAMPLES } as Started);
  const train = (steps: number, milliseconds = Number.POSITIVE_INFINITY, held = () => false) =>
    leading.train({ steps, milliseconds }, held, () => new Promise((resolve) => setImmediate(resolve)));
  const close = () => {
    for (const port of ports) port.close();
  };
  return { pupils, leading, train, close };
}

test("gradients are added in the order of the parts", () => {
  const parts = [[1e8], [1], [-1e8], [3]].map((part) => Float32Array.from(part));
  const [first, ...others] = parts.map((part) => part.slice());
  assert.deepEqual([...sumOf([first!, ...others])], [Math.fround(Math.fround(Math.fround(1e8 + 1) - 1e8) + 3)]);
  assert.throws(() => sumOf([new Float32Array(2), new Float32Array(3)]));
});

for (const shards of [1, 2, 3, 4]) {
  test(`${shards} workers have the same model after every chunk of steps, however they are cut`, async () => {
    const whole = crew(shards);
    const { steps, done, solved } = await whole.train(1000);
    assert.deepEqual([steps.length, done, solved], [20, true, true]);
    assert.deepEqual(
      steps.map(({ exactMatch }) => exactMatch !== null),
      Array.from({ length: 20 }, (_, at) => (at + 1) % EVALUATE_EVERY === 0),
    );
    const cut = crew(shards);
    const next = random(shards);
    const pieces = [];
    while (pieces.length < 20) {
      const [most, milliseconds] = next() < 0.5 ? [1 + Math.floor(next() * 4), 1000] : [1000, next() * 0.2];
      pieces.push(...(await cut.train(most!, milliseconds)).steps);
      if (next() < 0.3) assert.equal((await cut.leading.evaluate([])).step, pieces.length);
    }
    assert.deepEqual(pieces, steps);
    // A helper's last step may still be on its way.
    await new Promise((resolve) => setTimeout(resolve, 20));
    for (const pupil of [...whole.pupils, ...cut.pupils]) {
      assert.deepEqual(pupil.numbers, whole.pupils[0]!.numbers);
      assert.equal(pupil.seconds.length, 20);
      assert.equal(pupil.calls, 20, "no gradients were made for nothing");
    }
    assert.deepEqual((await whole.train(5)).steps, [], "what is done is not trained on");
    for (const each of [whole, cut]) each.close();
  });
}

test("the number of workers changes no more than the order of a sum, and that it does change", async () => {
  const [one, two] = [crew(1), crew(2)];
  await Promise.all([one.train(3), two.train(3)]);
  assert.notDeepEqual(one.pupils[0]!.numbers, two.pupils[0]!.numbers);
  two.close();
});

for (const shards of [1, 2]) {
  test(`${shards} workers end what is held, and go on after`, async () => {
    const { pupils, train, close } = crew(shards, 1000);
    let held = false;
    const [training] = [train(1000, Number.POSITIVE_INFINITY, () => held)];
    await new Promise((resolve) => setTimeout(resolve, 10));
    held = true;
    const { steps, done, stopped } = await training;
    assert.ok(steps.length > 0 && steps.length < 1000 && !done && stopped === null);
    assert.equal((await train(4)).steps.at(-1)?.step, steps.length + 4);
    await new Promise((resolve) => setTimeout(resolve, 20));
    assert.deepEqual(pupils.at(-1)!.numbers, pupils[0]!.numbers);
    close();
  });

  test(`${shards} workers that diverge say so once, and keep what was trained`, async () => {
    const { train, close } = crew(shards, 1000, 8);
    const { steps, done, stopped } = await train(1000);
    assert.deepEqual([steps.length, done, stopped], [7, false, "the loss is no number"]);
    assert.deepEqual(await train(1), { is: "trained", steps: [], done: false, solved: false, stopped: "the loss is no number" });
    close();
  });

  test(`${shards} workers evaluate a changed model on the whole validation set`, async () => {
    const { leading, train, close } = crew(shards, 10);
    await train(5);
    const head = { kind: "cross", layer: 0, head: 0 } as const;
    const { exactMatch, changed, step, examples } = await leading.evaluate([{ head, change: "off" }]);
    assert.deepEqual([exactMatch, changed, step, examples], [0.5, shards / EXAMPLES, 5, EXAMPLES]);
    close();
  });
}
