// The lab's page against the command line: the same steps, the same heads, and runs that go from one to the other.
import assert from "node:assert/strict";
import { join } from "node:path";
import { after, test } from "node:test";
import { lab, modelHash as workerHash, quit, root, until } from "../../../viewer/tests/browser/lab.mjs";
import { assertSameHeads, assertSameSteps, chooseFile, headlight, losses, modelHash, saved, trained, zipped } from "./runs.mjs";

after(quit);

/** Opens a training of `copy` that begins by itself, and waits until it is solved. */
async function solved(fragment) {
  const opened = await lab(`task=copy&play=1&${fragment}`);
  const { state, exactMatch } = await until(opened.page, ["solved", "stopped", "error"]);
  assert.deepEqual([state, exactMatch], ["solved", "1"], fragment);
  return opened;
}

async function close({ harmless, context }) {
  harmless();
  await context.close();
}

for (const [architecture, seed] of /** @type {const} */ ([
  ["decoder", 0],
  ["decoder", 23],
  ["encoder-decoder", 0],
  ["encoder-decoder", 23],
])) {
  test(`a ${architecture} solves copy as natively, seed ${seed}`, async (context) => {
    const native = await trained("--architecture", architecture, "--seed", seed, "--threads", 1);
    const opened = await solved(`architecture=${architecture}&seed=${seed}&workers=1`);
    const run = await saved(opened.page);
    assert.equal((await root(opened.page)).step, losses(native).length);
    const [loss, weight] = [assertSameSteps(run, native), assertSameHeads(run, native)];
    context.diagnostic(`${losses(run).length} steps; losses within ${loss.toExponential(0)}, attention weights within ${weight.toExponential(0)}`);
    // Whatever takes a run takes this one, and says the same of its heads as of the native one.
    for (const [command, name] of [["plot", "heatmaps"], ["report", "report.html"]]) {
      await headlight(command, run, "--out", join(run, "..", name));
    }
    const roles = async (directory) => JSON.parse(await headlight("lens", "heads", directory, "--json")).heads.map(({ roles }) => roles);
    assert.deepEqual(await roles(run), await roles(native));
    if (seed === 0) {
      const again = await solved(`architecture=${architecture}&seed=${seed}&workers=1`);
      assert.equal(modelHash(await saved(again.page)), modelHash(run), "two runs in a browser are the same to the bit");
      await close(again);
    }
    await close(opened);
  });
}

test("a training that is stopped in the page goes on natively, and the other way round", async () => {
  const whole = await trained("--threads", 1);
  const { page, harmless, context } = await lab("task=copy&workers=1&play=1");
  await until(page, ["training"], 20);
  await page.getByRole("button", { name: "Pause", exact: true }).click();
  const { step } = await until(page, ["stopped"]);
  const run = await saved(page);
  assert.equal(losses(run).length, step);
  await headlight("train", "--resume", run, "--threads", "1", "--quiet");
  assertSameSteps(run, whole);
  assertSameHeads(run, whole);

  const part = await trained("--threads", 1, "--max-steps", 20);
  await chooseFile(page, await zipped(part));
  await until(page, ["stopped"], 20);
  harmless();
  await context.close();
});

test("two workers solve copy as two threads do, the same every time", async () => {
  const native = await trained("--threads", 2);
  const hashes = [];
  for (let time = 0; time < 2; time++) {
    const opened = await solved("workers=2");
    assert.equal(await workerHash(opened.page, 0), await workerHash(opened.page, 1), "both have the same model");
    const run = await saved(opened.page);
    assertSameSteps(run, native);
    assertSameHeads(run, native);
    hashes.push(modelHash(run));
    await close(opened);
  }
  assert.equal(hashes[0], hashes[1]);
});

for (const [architecture, kind] of /** @type {const} */ ([["decoder", "decoder_self"], ["encoder-decoder", "cross"]])) {
  test(`a head of a ${architecture} that is switched off costs what ablation says`, async () => {
    const native = await trained("--architecture", architecture);
    const { page, harmless, context } = await lab(`architecture=${architecture}&kind=${kind}`);
    await until(page, ["idle"]);
    await chooseFile(page, await zipped(native));
    await until(page, ["solved"]);
    const layer = [0, 1, 2, 3].map((head) => `${kind === "cross" ? "cross:" : ""}L0H${head}`).join(",");
    const options = ["--with", "zero", "--examples", "512", "--heads", layer, "--json"];
    const { ablations, examples } = JSON.parse(await headlight("lens", "ablate", native, ...options));
    const ofKind = ablations.filter(({ heads: [head] }) => head?.kind === kind);
    assert.ok(ofKind.length === 9 && ofKind.some(({ exact_match }) => exact_match < 0.8));
    const turn = (head, way) => page.locator(`[data-head=L${head.layer}H${head.head}]`).getByRole("radio", { name: way, exact: true }).check();
    for (const { what, heads, exact_match } of ofKind) {
      for (const head of heads) await turn(head, "off");
      const names = new RegExp(`without ${heads.map(() => "[^,·]+").join(", ")} · ${examples} validation examples`);
      const line = await page.locator(".without", { hasText: names }).innerText();
      const [, before, after] = line.match(/([\d.]+)\s?% → ([\d.]+)\s?%/);
      assert.equal(Number(before), 100, line);
      assert.ok(Math.abs(Number(after) / 100 - exact_match) < 1 / examples, `${what}: ${exact_match}; ${line}`);
      for (const head of heads) await turn(head, "on");
    }
    harmless();
    await context.close();
  });
}
