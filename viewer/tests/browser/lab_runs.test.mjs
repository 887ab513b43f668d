// Runs in the page, with real workers behind them: changed heads, questions, branches, two side by side, files.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, test } from "node:test";
import { lab, modelHash, quit, root, unzip, until } from "./lab.mjs";

after(quit);

/** @typedef {import("playwright-core").Page} Page */

/**
 * @param {Page} page
 * @param {string} name
 */
const press = (page, name) => page.getByRole("button", { name, exact: true }).click();

/**
 * Waits until an element says something.
 *
 * @param {import("playwright-core").Locator} element
 * @param {RegExp} wanted
 */
async function says(element, wanted) {
  let said = "";
  for (let wait = 0; wait < 600 && !wanted.test(said); wait++) {
    said = (await element.count()) === 0 ? "" : (await element.first().innerText()).replace(/\s+/g, " ");
    await element.page().waitForTimeout(50);
  }
  assert.match(said, wanted);
  return said;
}

test("heads are switched off and a question is asked, while it trains and when it is done", async () => {
  const { page, context, harmless } = await lab("layers=1&play=1&seed=1");
  await until(page, ["training"], 12);
  const off = (head) => page.locator(`[data-head=${head}]`).getByRole("radio", { name: "off", exact: true }).check();
  await off("L0H0");
  await says(page.locator(".without"), /exact match .* without L0H0/);
  await page.getByRole("textbox", { name: "Question" }).fill("3 1 4 1 5 9 2 6 5 3");
  await page.getByRole("textbox", { name: "Question" }).press("Enter");
  await says(page.locator(".answer"), /Answer/);
  await until(page, ["solved"], 13);
  for (const head of ["L0H1", "L0H2", "L0H3"]) await off(head);
  // Without any head, nothing is copied.
  const said = await says(page.locator(".without"), /exact match 100\.0 % → 0\.\d % without L0H0, L0H1, L0H2, L0H3/);
  assert.match(said, /512 validation examples/);
  await says(page.locator(".answer"), /✗ wrong right answer 3 1 4 1 5 9 2 6 5 3/);
  await press(page, "All heads on");
  await says(page.locator(".answer"), /Answer 3 1 4 1 5 9 2 6 5 3 ✓ right/);
  // The question was asked late, and is followed through the training all the same.
  const slider = page.getByRole("slider", { name: "Training step" });
  await page.waitForFunction(() => Number(document.querySelector(".player input").getAttribute("max")) > 2);
  await slider.focus();
  await page.keyboard.press("Home");
  await page
    .locator(".player p")
    .getByText(/step 0/)
    .waitFor();
  await press(page, "Newest");
  await page.waitForTimeout(400);
  assert.equal(new URL(page.url()).hash, "#v=1&layers=1&seed=1&ask=3+1+4+1+5+9+2+6+5+3&play=1");
  await page.getByRole("textbox", { name: "Question" }).fill("3 x 4");
  await page.getByRole("textbox", { name: "Question" }).press("Enter");
  await says(page.getByRole("alert"), /unknown token 'x'/);
  assert.match(page.url(), /ask=3\+1/);
  harmless();
  await context.close();
});

test("a branch goes on from a kept step, and its parent is still there", async () => {
  const { page, context, harmless } = await lab("max-steps=40&play=1&workers=1");
  await until(page, ["stopped"], 40);
  const parent = await modelHash(page);
  const { loss } = await root(page);
  const slider = page.getByRole("slider", { name: "Training step" });
  await slider.focus();
  await page.keyboard.press("Home");
  await press(page, "Branch from here…");
  const form = page.getByRole("form", { name: /^Continue from step/ });
  await form.getByRole("combobox").first().waitFor();
  await form.getByRole("combobox").last().selectOption("0.001");
  await press(page, "Branch");
  await page.getByRole("list", { name: "Runs" }).waitFor();
  // It trains by itself once it is there, though its parent was at its end.
  await page.locator(".runs li:nth-child(2) [aria-pressed=true]").waitFor();
  const slow = await until(page, ["stopped"], 40);
  assert.notEqual(slow.loss, loss);
  await page.getByRole("list", { name: "Runs" }).getByRole("button").first().click();
  await page.waitForFunction((loss) => document.documentElement.dataset.loss !== loss, slow.loss);
  assert.equal((await root(page)).step, 40);
  const last = await page.evaluate(() => /** @type {any} */ (globalThis).headlightWorkers() - 1);
  assert.equal(await modelHash(page, last), parent, "the parent slept, and is as it was");
  harmless();
  await context.close();
});

test("two models train side by side, at the same step", async () => {
  const { page, context, harmless } = await lab("workers=1&learning-rate=0.0001");
  await until(page, ["idle"]);
  await press(page, "Compare");
  const form = page.getByRole("form", { name: "Second model: same, except" });
  await form.getByRole("radio", { name: "1" }).check();
  await form.getByRole("button", { name: "Start both" }).click();
  await page.locator(".grid").nth(1).waitFor();
  await until(page, ["training"], 12);
  const beside = async () => Number((await page.locator(".titled").nth(1).innerText()).match(/step\s+(\d+)/)?.[1]);
  for (let look = 0; look < 5; look++) {
    const [one, other] = [(await root(page)).step, await beside()];
    assert.ok(Math.abs(one - other) <= 16, `steps ${one} and ${other}`);
    await page.waitForTimeout(300);
  }
  await press(page, "Pause");
  await press(page, "Close the comparison");
  assert.equal(await page.locator(".grid").count(), 1);
  harmless();
  await context.close();
});

test("a run is saved as a file and opened again, and goes on as if it had never stopped", async () => {
  const whole = await lab("max-steps=30&play=1&workers=1&seed=3");
  await until(whole.page, ["stopped"], 30);
  const { page, context, harmless } = await lab("max-steps=30&workers=1&seed=3", { acceptDownloads: true });
  await until(page, ["idle"]);
  await press(page, "Train");
  await until(page, ["training"], 6);
  await press(page, "Pause");
  const { step } = await until(page, ["stopped"]);
  await press(page, "Share and keep");
  const [download] = await Promise.all([page.waitForEvent("download"), press(page, "Save run")]);
  assert.match(download.suggestedFilename(), /^copy-.*\.zip$/);
  const zip = readFileSync(await download.path());
  for (const name of ["config.json", "metrics.jsonl", "checkpoint.safetensors", "files.jsonl"]) assert.ok(unzip(zip).has(name), name);
  const other = await lab("workers=1");
  await until(other.page, ["idle"]);
  await press(other.page, "Share and keep");
  await other.page.locator(".keep input[type=file]").setInputFiles({ name: "run.zip", mimeType: "application/zip", buffer: zip });
  assert.equal((await until(other.page, ["stopped"], step)).step, step);
  await other.page.waitForTimeout(400);
  assert.match(other.page.url(), /#v=1&max-steps=30&seed=3&workers=1/);
  await press(other.page, "Train");
  await until(other.page, ["stopped"], 30);
  const last = await other.page.evaluate(() => /** @type {any} */ (globalThis).headlightWorkers() - 1);
  assert.equal(await modelHash(other.page, last), await modelHash(whole.page));
  // What is no run does nothing but say so.
  for (const [name, buffer] of /** @type {[string, Buffer][]} */ ([
    ["broken.zip", zip.subarray(0, 5000)],
    ["picture.png", Buffer.from([0x89, 0x50, 0x4e, 0x47, 0, 0, 0xff])],
  ])) {
    await press(other.page, "Share and keep").catch(() => undefined);
    await other.page.locator(".keep input[type=file]").setInputFiles({ name, mimeType: "application/octet-stream", buffer });
    await press(other.page, "Go on without saving");
    await other.page.getByRole("alert").first().waitFor();
    assert.equal((await root(other.page)).step, 30);
    await press(other.page, "Dismiss");
  }
  for (const each of [{ harmless, context }, other, whole]) {
    each.harmless();
    await each.context.close();
  }
});

test("pairs of the user's own are learned, and never stand in the address", async () => {
  const { page, context, harmless } = await lab("task=file&characters=1&max-steps=4");
  const words = ["ab", "ba", "abc", "cab", "bca", "acb", "cba", "aab", "bba", "cca", "abb", "caa", "bcb", "aba", "bab", "cbc"];
  const pairs = words.map((word) => `${word}\t${[...word].reverse().join("")}`).join("\n");
  await page.getByLabel("Your pairs").fill(pairs);
  await page.locator(".card canvas").first().waitFor();
  await press(page, "Train");
  await until(page, ["stopped", "solved"], 4);
  await page.waitForTimeout(300);
  assert.equal(new URL(page.url()).hash, "#v=1&task=file&max-steps=4&characters=1");
  await page.reload();
  await until(page, ["stopped", "solved"], 4);
  assert.equal(await page.getByLabel("Your pairs").inputValue(), pairs, "they are kept with the training");
  harmless();
  await context.close();
});
