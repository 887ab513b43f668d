// Training in the page: it solves copy, the same every time, whatever the workers, pauses and accidents.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { archive, lab, modelHash, quit, root, until } from "./lab.mjs";
import { readRecords } from "./safetensors.mjs";

after(quit);

for (const architecture of ["decoder", "encoder-decoder"]) {
  test(`copy is solved by a ${architecture} that begins by itself, in as many steps as natively, by heads that do the same`, async () => {
    const place = mkdtempSync(join(tmpdir(), "headlight-lab-"));
    const native = join(place, "run");
    const command = ["train", "copy", "--architecture", architecture, "--threads", "1", "--quiet", "--out", native];
    execFileSync(process.env.HEADLIGHT ?? assert.fail("HEADLIGHT is not set: run checks/run"), command);
    const { page, context, harmless } = await lab(`task=copy&architecture=${architecture}&seed=0&workers=1&play=1`);
    const { state, step, exactMatch } = await until(page, ["solved", "error"]);
    const lines = readFileSync(join(native, "metrics.jsonl"), "utf8").trim().split("\n");
    assert.deepEqual([state, exactMatch, step], ["solved", "1", lines.length]);
    const own = join(place, "attention.safetensors");
    writeFileSync(own, (await archive(page, 0, "run")).get("attention.safetensors"));
    const [here, there] = [own, join(native, "attention.safetensors")].map((path) => readRecords(path));
    assert.deepEqual(
      here.map(({ kind }) => kind),
      there.map(({ kind }) => kind),
    );
    for (const [at, record] of here.entries()) {
      const [weights, natively] = [record.tensor("").values, there[at].tensor("").values];
      assert.equal(weights.length, natively.length);
      const apart = weights.reduce((most, weight, cell) => Math.max(most, Math.abs(weight - natively[cell])), 0);
      assert.ok(apart < 1e-2, `${record.kind}: weights are ${apart} apart`);
    }
    harmless();
    await context.close();
    rmSync(place, { recursive: true });
  });
}

test("two trainings give the same bits, paused and stepped or not", async () => {
  const whole = await lab("max-steps=24&play=1&workers=1");
  await until(whole.page, ["stopped"], 24);
  const cut = await lab("max-steps=24&workers=1");
  await until(cut.page, ["idle"]);
  const press = (name) => cut.page.getByRole("button", { name, exact: true }).click();
  await press("One step");
  await until(cut.page, ["stopped"], 1);
  assert.equal((await root(cut.page)).step, 1);
  for (const step of [4, 9]) {
    await press("Train");
    await until(cut.page, ["training"], step);
    await press("Pause");
    await until(cut.page, ["stopped"]);
  }
  await press("Train");
  await until(cut.page, ["stopped"], 24);
  assert.equal((await root(cut.page)).loss, (await root(whole.page)).loss);
  assert.equal(await modelHash(cut.page), await modelHash(whole.page));
  for (const { harmless, context } of [whole, cut]) {
    harmless();
    await context.close();
  }
});

test("two workers have the same model, and are not one", async () => {
  const { page, context, harmless } = await lab("max-steps=14&play=1&workers=2");
  await until(page, ["stopped"], 14);
  assert.equal(await page.evaluate(() => /** @type {any} */ (globalThis).headlightWorkers()), 2);
  const [first, second] = [await archive(page, 0), await archive(page, 1)];
  assert.deepEqual(first.get("checkpoint.safetensors"), second.get("checkpoint.safetensors"));
  const alone = await lab("max-steps=14&play=1&workers=1");
  await until(alone.page, ["stopped"], 14);
  assert.notEqual(await modelHash(alone.page), await modelHash(page), "sums of two parts are rounded otherwise");
  for (const each of [{ harmless, context }, alone]) {
    each.harmless();
    await each.context.close();
  }
});

test("a worker that is ended at a random moment loses no more than the steps since the training was kept", async () => {
  const undisturbed = await lab("max-steps=60&play=1&workers=2");
  await until(undisturbed.page, ["stopped", "solved"], 60);
  const { page, context, harmless } = await lab("max-steps=60&play=1&workers=2");
  await until(page, ["training"], 1);
  let workers = 0;
  for (let accident = 0; accident < 4; accident++) {
    await page.waitForTimeout(Math.random() * 2000);
    if ((await root(page)).state !== "training") break;
    // Of the two that are there now, one.
    workers = await page.evaluate(() => /** @type {any} */ (globalThis).headlightWorkers());
    await page.evaluate((at) => /** @type {any} */ (globalThis).headlightKill(at), workers - 1 - Math.round(Math.random()));
    const { step } = await until(page, ["error"], 0, 20_000);
    const saved = Math.max(0, ...(await page.evaluate(() => /** @type {any} */ (globalThis).headlightSaved())));
    assert.ok(saved <= step);
    await page.getByRole("button", { name: "Start again" }).click();
    const again = await until(page, ["training", "stopped", "solved"]);
    assert.ok(again.step >= saved, `it went on at ${again.step}, and ${saved} was kept`);
  }
  assert.ok(workers > 0, "there was an accident");
  await until(page, ["stopped", "solved"], 60);
  const last = await page.evaluate(() => /** @type {any} */ (globalThis).headlightWorkers() - 2);
  assert.equal(await modelHash(page, last), await modelHash(undisturbed.page), "what was lost was trained again, to the bit");
  for (const each of [{ harmless, context }, undisturbed]) {
    each.harmless();
    await each.context.close();
  }
});

test("a training is there again after a reload, and goes on", async () => {
  const whole = await lab("max-steps=30&play=1&seed=5&workers=1");
  await until(whole.page, ["stopped"], 30);
  const { page, context, harmless } = await lab("max-steps=30&seed=5&workers=1");
  await until(page, ["idle"]);
  await page.getByRole("button", { name: "Train", exact: true }).click();
  await until(page, ["training"], 7);
  await page.getByRole("button", { name: "Pause", exact: true }).click();
  const { step, loss } = await until(page, ["stopped"]);
  await page.waitForTimeout(500);
  await page.reload();
  await until(page, ["stopped"], step);
  assert.deepEqual(await root(page), { state: "stopped", step, loss, exactMatch: (await root(page)).exactMatch });
  await page.getByRole("button", { name: "Train", exact: true }).click();
  await until(page, ["stopped"], 30);
  assert.equal(await modelHash(page), await modelHash(whole.page));
  // Another address is another training, and the first is kept beside it.
  await page.goto(page.url().replace("seed=5", "seed=6"));
  await page.reload();
  await until(page, ["idle"]);
  await page.goto(page.url().replace("seed=6", "seed=5"));
  await page.reload();
  await until(page, ["stopped"], 30);
  for (const each of [{ harmless, context }, whole]) {
    each.harmless();
    await each.context.close();
  }
});

test("an address that means harm does nothing but one line", async () => {
  const parts = (/** @type {string} */ names) =>
    `Ignored ${names.includes(",") ? "invalid values" : "an invalid value"} in the address: ${names}.`;
  /** @type {[string, string | RegExp][]} */
  const said = [
    ["task=%3Cscript%3Ealert(1)%3C/script%3E", parts("task")],
    [`ask=${"a".repeat(1 << 20)}`, "The address is too long; what it says about the training was left out."],
    ["ask=%1b%5b31m%00", parts("ask")],
    ["learning-rate=1e400&off-heads=L0H0,&workers=1000000", parts("learning-rate, workers, off-heads")],
    ["v=999", /^The address was made by another version of this page \(v=999\)/],
    ["off-heads=L900H900&uniform-heads=cross:L0H0", ""],
  ];
  for (const [fragment, line] of said) {
    const { page, context, harmless } = await lab(fragment);
    await until(page, ["idle"]);
    const text = page.locator(".troubles bdi");
    if (line === "") assert.equal(await text.count(), 0, fragment);
    else if (typeof line === "string") assert.deepEqual(await text.allInnerTexts(), [line], fragment.slice(0, 60));
    else assert.match((await text.allInnerTexts()).join("|"), line);
    harmless();
    await context.close();
  }
  // What is a number, and what no worker can train, is refused in one line too.
  for (const fragment of ["layers=999999999&d-model=1048576", "batch-size=9007199254740991"]) {
    const { page, context, harmless } = await lab(fragment);
    const refused = page.locator(".refused bdi");
    await refused.waitFor();
    const line = await refused.innerText();
    assert.ok(line.length > 10 && line.length < 400 && !line.includes("\n"), line);
    harmless();
    await context.close();
  }
});
