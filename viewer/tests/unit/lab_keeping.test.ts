import assert from "node:assert/strict";
import { test } from "node:test";
import { OneAtATime } from "../../src/lab/oneatatime.ts";
import { Pace } from "../../src/lab/pace.ts";
import { thinned, type Kept } from "../../src/lab/thinning.ts";
import { work, workersFor } from "../../src/lab/workers.ts";
import { random } from "./random.ts";

test("what is kept is spread over the whole training, within its bounds, with the first and the last", () => {
  const next = random(5);
  for (let round = 0; round < 60; round++) {
    const [most, size] = [2 + Math.floor(next() * 30), 40 + Math.floor(next() * 400)];
    let kept: readonly Kept[] = [];
    let step = 0;
    for (let add = 0; add < 300; add++) {
      kept = thinned([...kept, { step, bytes: 1 + Math.floor(next() * 9) }], most, size);
      assert.ok(kept.length === 2 || kept.length <= most);
      assert.ok(kept.length <= 2 || kept.reduce((sum, { bytes }) => sum + bytes, 0) <= size);
      assert.equal(kept[0]!.step, 0);
      assert.equal(kept.at(-1)!.step, step);
      step += 1 + Math.floor(next() * 3);
    }
    const gaps = kept.slice(1).map(({ step }, at) => step - kept[at]!.step);
    // No part of the training is out of sight: even cuts would leave gaps of step / kept.length.
    assert.ok(Math.max(...gaps) <= (4 * step) / Math.max(1, gaps.length), `${gaps} of ${step}`);
  }
});

test("what is done beside training takes no more than its share", () => {
  for (const [share, atLeast, cost] of [
    [0.05, 0, 7],
    [0.05, 50, 0.1],
    [0.02, 1000, 200],
  ] as const) {
    const pace = new Pace(share, atLeast);
    let [now, spent, times] = [0, 0, 0];
    while (now < 60_000) {
      if (pace.due(now)) {
        now += cost;
        spent += cost;
        times += 1;
        pace.took(cost, now);
      } else now += 1;
    }
    assert.ok(spent / now <= share + 1e-3, `${spent / now} for ${share}`);
    assert.ok(times >= Math.floor(60_000 / Math.max(atLeast + cost + 1, cost / share + 1)), `${times} times`);
  }
});

test("what is asked for while it is done is done once more, and no more", async () => {
  let [done, release] = [0, () => {}];
  const once = new OneAtATime(async () => {
    await new Promise<void>((resolve) => (release = resolve));
    done += 1;
  });
  const all = [once.ask(), once.ask(), once.ask()];
  assert.ok(once.busy);
  release();
  await new Promise((resolve) => setTimeout(resolve));
  release();
  await Promise.all(all);
  assert.equal(done, 2);
  assert.ok(!once.busy);
  const again = once.ask();
  release();
  await again;
  assert.equal(done, 3);
});

test("a failure is passed on once, and the next is tried", async () => {
  let fails = true;
  const once = new OneAtATime(async () => {
    if (fails) throw new Error("no");
  });
  await assert.rejects(once.ask());
  fails = false;
  await once.ask();
});

test("several workers train what is large enough, and no more than there are cores or examples", () => {
  const small = { architecture: "decoder", layers: 1, dModel: 16, dFf: 32, length: 4, batchSize: 8 };
  const large = { architecture: "encoder-decoder", layers: 6, dModel: 256, dFf: 1024, length: 60, batchSize: 64 };
  assert.equal(workersFor(small, 64, null), 1);
  assert.equal(workersFor(large, 1, null), 1);
  assert.equal(workersFor(large, 2, null), 2);
  assert.ok(workersFor(large, 64, null) > 2);
  assert.equal(workersFor(small, 1, 3), 3, "as many as are wanted");
  assert.equal(workersFor({ ...small, batchSize: 2 }, 1, 3), 2, "but no more than there are examples");
  assert.ok(work(large) > 100 * work(small));
});
