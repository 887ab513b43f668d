import assert from "node:assert/strict";
import { test } from "node:test";
import { type Address, NAMES, readAddress, saysAnything, writeAddress } from "../../src/lab/address.ts";
import { commandOf } from "../../src/lab/command.ts";
import type { HeadChange, Settings } from "../../src/lab/messages.ts";
import { SPEEDS } from "../../src/lab/session.ts";
import { defaultsOf, filled, SETTING_NAMES, same, shortest, spelled } from "../../src/lab/settings.ts";
import { START } from "../../src/state/state.ts";
import { CATALOGUE } from "../lab/catalogue.ts";
import { random } from "./random.ts";

const next = random(11);
const pick = <T>(list: readonly T[]): T => list[Math.floor(next() * list.length)]!;
const maybe = <T>(value: T): T | undefined => (next() < 0.4 ? value : undefined);
const count = (end: number) => Math.floor(next() * end);
const TEXTS = ["3 1 4", "a&b=c#d%", "中文 é", "a+b", "</script><script>alert(1)</script>", "two\nlines"];

function anySettings(): Settings {
  const { name, defaults } = pick(CATALOGUE.tasks);
  const { choices } = CATALOGUE;
  const settings = {
    task: name,
    architecture: pick(defaults).architecture!,
    layers: maybe(count(8)),
    dModel: maybe(count(512)),
    length: maybe(pick([10, 1 + count(30)])),
    minLength: maybe(1 + count(9)),
    positions: maybe(pick(choices.positions!)),
    tieWeights: maybe(next() < 0.5),
    dropout: maybe(pick([0, 0.1, 0.25])),
    learningRate: maybe(pick([1e-7, 0.001, 8e-3, 3])),
    seed: maybe(pick([0, 23, Number.MAX_SAFE_INTEGER])),
  };
  return Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== undefined));
}

function anyAddress(settings = anySettings()): Address {
  const kinds = settings.architecture === "decoder" ? (["decoder_self"] as const) : (["encoder_self", "decoder_self", "cross"] as const);
  const heads = Array.from({ length: count(3) }, (_, layer) => ({ kind: pick(kinds), layer, head: count(8) })); // no head twice
  const changes = heads.map((head): HeadChange => ({ head, change: pick(["off", "uniform"] as const) }));
  return {
    settings: shortest(CATALOGUE, settings),
    play: next() < 0.5,
    workers: pick([null, 1, 2, 16]),
    speed: pick(SPEEDS),
    changes: [...changes.filter(({ change }) => change === "off"), ...changes.filter(({ change }) => change === "uniform")],
    question: pick([null, ...TEXTS]),
    lesson: pick([null, "diagonal", ...TEXTS]),
  };
}

const START_ADDRESS = readAddress(CATALOGUE, "").address;

test("everything that is chosen comes back from its address, on a plain page and on one that its maker set up", () => {
  for (const page of [CATALOGUE, { ...CATALOGUE, settings: { task: "induction", layers: 3, seed: 5 } }]) {
    for (let round = 0; round < 2000; round++) {
      const address = anyAddress();
      const written = writeAddress(page, address);
      assert.deepEqual(readAddress(page, `#${written}`), { address, notice: null }, written);
      assert.match(written, /^(v=1(&[\w%.+:,!'()*~=-]+)+)?$/);
    }
  }
});

test("what goes without saying is not said", () => {
  assert.equal(writeAddress(CATALOGUE, START_ADDRESS), "");
  const made = { ...CATALOGUE, settings: { task: "induction", layers: 3 } };
  assert.equal(writeAddress(made, readAddress(made, "").address), "");
  const whole = filled(CATALOGUE, { task: "copy" });
  assert.equal(writeAddress(CATALOGUE, { ...START_ADDRESS, settings: whole }), "");
  const settings = { ...whole, layers: 1, seed: 23 };
  assert.equal(writeAddress(CATALOGUE, { ...START_ADDRESS, settings, play: true }), "v=1&layers=1&seed=23&play=1");
});

test("an address as people type it", () => {
  const { address, notice } = readAddress(CATALOGUE, "#task=copy&seed=23&layers=1&play=1&off-heads=L0H1,l1h0&ask=3 1+4&speed=5");
  assert.equal(notice, null);
  assert.deepEqual(address, {
    settings: { task: "copy", layers: 1, seed: 23 },
    play: true,
    workers: null,
    speed: 5,
    changes: [
      { head: { kind: "decoder_self", layer: 0, head: 1 }, change: "off" },
      { head: { kind: "decoder_self", layer: 1, head: 0 }, change: "off" },
    ],
    question: "3 1 4",
    lesson: null,
  });
  const cross = readAddress(CATALOGUE, "architecture=encoder-decoder&uniform-heads=L0H1,encoder_self:L1H0").address.changes;
  assert.deepEqual(
    cross.map(({ head }) => head.kind),
    ["cross", "encoder_self"],
  );
});

test("an address that names a task has nothing of what the page's maker chose", () => {
  const made = { ...CATALOGUE, settings: { task: "file", pairs: "a\tb\n", layers: 3 } };
  assert.deepEqual(readAddress(made, "task=copy").address.settings, { task: "copy" });
  assert.deepEqual(readAddress(made, "seed=2").address.settings, { task: "file", pairs: "a\tb\n", layers: 3, seed: 2 });
  // The pairs are not in the address, but the page has them.
  assert.deepEqual(readAddress(made, "task=file").address.settings, { task: "file", pairs: "a\tb\n" });
});

test("what makes no sense, or means harm, is left out, and one line says so", () => {
  const wrong: [string, string][] = [
    ["task=<script>alert(1)</script>", "task"],
    ["layers=-1", "layers"],
    ["layers=1e9", "layers"],
    ["d-model=99999999999999999999", "d-model"],
    ["seed=1.5", "seed"],
    ["learning-rate=Infinity", "learning-rate"],
    ["learning-rate=0x10", "learning-rate"],
    ["dropout=NaN", "dropout"],
    ["positions=__proto__", "positions"],
    ["norm=constructor", "norm"],
    ["tie-weights=yes", "tie-weights"],
    ["off-heads=L0", "off-heads"],
    ["off-heads=cross:L0H1,everything", "off-heads"],
    [`off-heads=${Array(300).fill("L0H0").join(",")}`, "off-heads"],
    ["uniform-heads=sideways:L0H1", "uniform-heads"],
    ["ask=%00%1b[31m", "ask"],
    [`ask=${"a".repeat(5000)}`, "ask"],
    ["lesson=%07", "lesson"],
    ["speed=17", "speed"],
    ["workers=0", "workers"],
    ["workers=4096", "workers"],
    ["play=maybe", "play"],
  ];
  for (const [fragment, name] of wrong) {
    const { address, notice } = readAddress(CATALOGUE, `#${fragment}`);
    assert.deepEqual(address, START_ADDRESS, fragment);
    assert.ok(notice?.includes(name) && !/[\n<\u0000-\u001f]/.test(notice), `${fragment}: ${notice}`);
  }
  const { address, notice } = readAddress(CATALOGUE, "layers=x&seed=4&norm=y");
  assert.deepEqual([address.settings.seed, notice?.match(/layers|norm|seed/g)], [4, ["layers", "norm"]]);
  for (const fragment of ["", "#", "%", "&&==", "pairs=a%09b", "nothing=1", "seed", "seed=", "task=&layers="]) {
    assert.deepEqual(readAddress(CATALOGUE, fragment), { address: START_ADDRESS, notice: null }, fragment);
  }
});

test("a long address, one of another version and one with a head twice", () => {
  const { address, notice } = readAddress(CATALOGUE, `#layers=1&ask=${"x".repeat(10 << 20)}`);
  assert.deepEqual(address, START_ADDRESS);
  assert.ok(notice !== null && notice.length < 200);
  const other = readAddress(CATALOGUE, "#v=2<b>&layers=1");
  assert.deepEqual(other.address, START_ADDRESS);
  assert.match(other.notice!, /v=2b/);
  assert.match(readAddress(CATALOGUE, "#v=2", "zh-CN").notice!, /版本/);
  const twice = readAddress(CATALOGUE, "off-heads=L0H1,L0H1&uniform-heads=L0H1,L0H2").address.changes;
  assert.deepEqual(
    twice.map(({ head, change }) => [head.head, change]),
    [
      [1, "off"],
      [2, "uniform"],
    ],
  );
});

test("the lab's names are none of the viewer's", () => {
  for (const name of Object.keys(START)) assert.ok(!NAMES.has(name), name);
  for (const name of SETTING_NAMES) assert.ok(NAMES.has(spelled(name)));
});

test("settings are the same as their shortest form", () => {
  for (let round = 0; round < 2000; round++) {
    const settings = anySettings();
    const short = shortest(CATALOGUE, settings);
    assert.deepEqual(filled(CATALOGUE, short), filled(CATALOGUE, settings));
    assert.deepEqual(shortest(CATALOGUE, filled(CATALOGUE, settings)), short);
    assert.ok(same(CATALOGUE, settings, short));
    const other = { ...settings, seed: (settings.seed ?? 0) === 7 ? 8 : 7 };
    assert.ok(!same(CATALOGUE, settings, other));
  }
});

test("the command says what differs from the task's defaults, as a shell takes it", () => {
  const command = (settings: Settings) => commandOf(CATALOGUE, settings, null);
  assert.equal(command({ task: "copy" }), "headlight train copy --out runs/copy");
  assert.equal(command({}), "headlight train copy --out runs/copy");
  assert.equal(commandOf(CATALOGUE, { task: "copy", layers: 1 }, 2), "headlight train copy --layers 1 --threads 2 --out runs/copy");
  assert.equal(
    command({ ...defaultsOf(CATALOGUE, { task: "copy" }), layers: 1, dModel: 32, tieWeights: true, learningRate: 1e-7, seed: 23 }),
    "headlight train copy --layers 1 --d-model 32 --tie-weights --learning-rate 1e-7 --seed 23 --out runs/copy",
  );
  assert.equal(
    command({ task: "copy", architecture: "encoder-decoder" }),
    "headlight train copy --architecture encoder-decoder --out runs/copy",
  );
  assert.equal(command({ task: "file", pairs: "a\tb", characters: true }), "headlight train file pairs.tsv --characters --out runs/file");
  assert.equal(command({ task: "it's $HOME" }), `headlight train 'it'\\''s $HOME' --out 'runs/it'\\''s $HOME'`);
});

test("only an address that says nothing of the lab's opens what was shown last", () => {
  for (const hash of ["", "#", "#view=head&query=2", "#theme=dark"]) assert.ok(!saysAnything(hash), hash);
  for (const hash of ["#task=copy&play=1", "#v=1&off-heads=L0H1", "#view=head&lesson=diagonal"]) assert.ok(saysAnything(hash), hash);
});
