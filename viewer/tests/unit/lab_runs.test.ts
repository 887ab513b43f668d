/** The runs of a session over workers that only say what was asked of them. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { signal } from "@preact/signals";
import type { Fleet } from "../../src/lab/fleet.ts";
import { twoLayers } from "../../src/lab/lessons/two_layers.ts";
import { holds } from "../../src/lab/lessons/checks.ts";
import type { Live } from "../../src/lab/live.ts";
import type { Settings } from "../../src/lab/messages.ts";
import { ownsItsName } from "../../src/lab/keeper.ts";
import { LiveRun } from "../../src/lab/run.ts";
import { changesIn } from "../../src/lab/views/switches.tsx";
import { Runs } from "../../src/lab/runs.ts";
import { makeFake } from "../lab/fake.ts";

const ARCHIVED: Settings = { task: "copy", layers: 6, dModel: 256 };

async function session(settings: Settings) {
  const begun: Settings[] = [];
  const lives = signal<ReadonlyMap<LiveRun, Live>>(new Map());
  const set = (run: LiveRun, awake: boolean) => {
    const now = new Map(lives.peek());
    if (awake) now.set(run, {} as Live);
    else now.delete(run);
    lives.value = now;
  };
  const fleet = {
    lives,
    of: (run: LiveRun) => lives.peek().get(run),
    closeAllBut: () => undefined,
    begin: async (run: LiveRun, given: Settings, from: object | null) => {
      begun.push(given);
      run.settings.value = from === null ? given : ARCHIVED;
      set(run, true);
    },
    wake: async (run: LiveRun) => set(run, true),
    sleep: async (run: LiveRun) => set(run, false),
  } as unknown as Fleet;
  const trunk = new LiveRun(1, null);
  await fleet.begin(trunk, settings, null);
  const runs = new Runs(fleet, trunk);
  const awake = () => [...lives.peek().keys()].map(({ number }) => number).sort();
  return { runs, begun, awake, numbers: () => runs.all.value.map(({ number }) => number) };
}

test("a comparison that is closed loses no run, whichever of the two is shown", async () => {
  for (const shows of [[], [2], [2, 1]]) {
    const { runs, awake, numbers } = await session({ task: "induction", layers: 1 });
    await runs.compare({ layers: 2 });
    assert.deepEqual(
      [numbers(), awake()],
      [
        [1, 2],
        [1, 2],
      ],
    );
    for (const number of shows) await runs.show(number);
    await runs.compare({});
    assert.deepEqual(numbers(), [1, 2], `${shows}`);
    assert.equal(runs.beside.value, null);
    assert.deepEqual(awake(), [runs.shown.value.number], "the other one sleeps");
    await runs.compare({ layers: 3 });
    assert.deepEqual(numbers(), [1, 2, 3]);
    await runs.show(1);
    assert.ok(awake().includes(1));
  }
});

test("a compared run says what it was made different by, as the lesson asks", async () => {
  const { runs } = await session(twoLayers.settings);
  await runs.compare({ layers: 2 });
  const compared = runs.all.value.findLast(({ from }) => from !== null && from.step === 0)!;
  assert.deepEqual(compared.from, { run: 1, step: 0, different: { layers: 2 } });
  const check = twoLayers.checks.find(({ is }) => is === "compared")!;
  const nothing = { step: 0, solved: false, newest: true, needed: false, back: null, roles: [], changes: [], changed: null };
  const seen = { ...nothing, settings: runs.shown.value.settings.value, beside: { settings: compared.settings.value, exactMatch: 0 } };
  assert.ok(holds(check, seen));
});

test("a branch is not kept under the address of its settings, which it was not trained with alone", () => {
  const different = { learningRate: 0.001 };
  assert.ok(ownsItsName({ from: null }));
  assert.ok(ownsItsName({ from: { run: 1, step: 0, different } }));
  assert.ok(!ownsItsName({ from: { run: 1, step: 20, different } }));
});

test("changed heads that the shown model does not have change nothing that is shown", () => {
  const session = makeFake({ task: "copy" }, { timer: false });
  const there = { kind: "decoder_self", layer: 0, head: 1 } as const;
  session.change({ kind: "decoder_self", layer: 900, head: 900 }, "off");
  assert.deepEqual(changesIn(session), []);
  session.change(there, "off");
  assert.deepEqual(changesIn(session), [{ head: there, change: "off" }]);
});

test("an archive that is opened has its own settings and as many workers as they need, whatever the form says", async () => {
  const { runs, begun } = await session({ task: "file", pairs: "a\tb" });
  await runs.only({}, new ArrayBuffer(4));
  assert.deepEqual(begun.slice(1), [{}, ARCHIVED]);
  assert.equal(runs.shown.value.settings.value.pairs, undefined);
});
