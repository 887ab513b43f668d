// What strangers send: addresses, pairs and files that mean harm get one line, and nothing else happens. And a worker that crashes.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { after, test } from "node:test";
import { lab, quit, root, until } from "../../../viewer/tests/browser/lab.mjs";
import { chooseFile, folder, modelHash, saved, trained } from "./runs.mjs";

const here = dirname(fileURLToPath(import.meta.url));

after(quit);

/** Fails unless the page says just one line of what it refused, as text. */
async function assertOneLine(page, what) {
  const said = page.locator("[role=alert] p, p[role=alert]");
  await said.first().waitFor();
  const lines = (await said.allInnerTexts()).map((line) => line.replace(/\s*Dismiss$/, "").trim());
  assert.equal(lines.length, 1, `${what}: ${lines.join(" | ")}`);
  assert.ok(lines[0].length > 10 && lines[0].length < 300 && !lines[0].includes("\n"), `${what}: ${lines[0]}`);
  assert.doesNotMatch(lines[0], /panick|unreachable|undefined|\[object|[\u0000-\u001f]/, what);
  assert.equal(await page.locator("img").count(), 0, what);
  return lines[0];
}

test("an address is refused in one line, and the page trains all the same", async (context) => {
  for (const [what, fragment, trains] of /** @type {const} */ ([
    ["markup", "task=%3Cscript%3Ealert(1)%3C/script%3E", true],
    ["control signs", "seed=1%00&task=copy%1b%5b31m%e2%80%ae", true],
    ["a model that fits no memory", "layers=64&d-model=8192", false],
    ["ten megabytes", null, true],
  ])) {
    const { page, harmless, context: opened } = await lab(fragment ?? "");
    await until(page, ["idle"]);
    if (fragment === null) await page.evaluate(() => (location.hash = `task=copy&ask=${"a".repeat(10 << 20)}`));
    context.diagnostic(`${what}: ${await assertOneLine(page, what)}`);
    const train = page.getByRole("button", { name: "Train", exact: true });
    if (trains) {
      await train.click();
      await until(page, ["training"], 1);
    } else assert.ok(await train.isDisabled());
    harmless();
    await opened.close();
  }
});

test("pairs are text, whatever they say", async (context) => {
  const { page, harmless, context: opened } = await lab("task=file");
  const lines = (source, target) => Array.from({ length: 80 }, (_, at) => `${source} ${at} ${at % 7}\t${target} ${at % 7}`).join("\n");
  const paste = (pairs) => page.locator(".pairs textarea").fill(pairs);
  for (const [what, pairs] of /** @type {const} */ ([
    ["a NUL", lines("a\0b", "c")],
    ["no tabs", "<script>alert(1)</script>\n".repeat(50)],
    ["endless words", `${"a".repeat(200_000)}\tb\n`.repeat(2)],
  ])) {
    await paste(pairs);
    // Nothing is refused before it was looked at.
    await page.waitForTimeout(1500);
    context.diagnostic(`${what}: ${await assertOneLine(page, what)}`);
    assert.ok(await page.getByRole("button", { name: "Train", exact: true }).isDisabled(), what);
  }
  // These are strange, and can be learned: markup, and marks that turn the direction of writing.
  await paste(lines("<script>alert(1)</script> <img/src=x> \u202e \u200f", "</textarea> &amp; \u2066"));
  await page.locator(".refused").waitFor({ state: "detached" });
  await page.getByRole("button", { name: "Train", exact: true }).click();
  await until(page, ["training"], 2);
  await page.getByRole("button", { name: "Pause", exact: true }).click();
  await until(page, ["stopped"]);
  assert.equal(await page.locator("img").count(), 0);
  assert.doesNotMatch(page.url(), /script|%3C/i, "pairs are never in the address");
  harmless();
  await opened.close();
});

test("a file that is no saved run is refused in one line, and the training stays", async (context) => {
  const files = folder();
  const run = await trained("--threads", 1, "--max-steps", 10);
  execFileSync("python3", [join(here, "hostile_zips.py"), run, files]);
  writeFileSync(join(files, "ten-megabytes.txt"), Buffer.alloc(10 << 20, "a\tb\n"));
  const { page, harmless, context: opened } = await lab();
  await until(page, ["idle"]);
  await page.getByRole("button", { name: "One step" }).click();
  const before = await until(page, ["stopped"], 1);
  // Otherwise it would be asked whether it may be lost.
  await saved(page);
  for (const name of readdirSync(files).filter((name) => name !== "whole.zip")) {
    await chooseFile(page, join(files, name));
    context.diagnostic(`${name}: ${await assertOneLine(page, name)}`);
    assert.deepEqual(await root(page), before, name);
    await page.getByRole("button", { name: "Dismiss" }).click();
  }
  // The one that they were made from is opened.
  await chooseFile(page, join(files, "whole.zip"));
  await until(page, ["stopped"], 10);
  harmless();
  await opened.close();
});

/** In the page: keeps its workers, and the steps at which the training was saved. */
function keepWorkers() {
  const kept = [];
  const saved = [0];
  globalThis.Worker = class extends Worker {
    constructor(url) {
      super(url);
      kept.push(this);
      this.addEventListener("message", ({ data }) => {
        if (data.reply?.is === "saved") saved.push(data.reply.step);
      });
    }
  };
  // What no page asks: JSON cannot say it, and the worker fails in a way that nobody foresaw.
  const crash = () => kept.at(-1).postMessage({ id: -1, request: { ask: "save", contents: 0n }, beside: null });
  Object.assign(globalThis, { headlightCrash: crash, headlightSavedAt: () => Math.max(...saved) });
}

test("a worker that crashes has one line and a way on, and loses no more than was not kept", async (context) => {
  const undisturbed = await lab("max-steps=60&play=1&workers=1");
  await until(undisturbed.page, ["stopped", "solved"], 60);
  const { page, context: opened, wrong } = await lab("max-steps=60&play=1&workers=1&speed=20", { script: keepWorkers });
  for (let crash = 0; crash < 2; crash++) {
    await until(page, ["training"], 3 + 12 * crash);
    await page.waitForTimeout(Math.random() * 800);
    await page.evaluate(() => globalThis.headlightCrash());
    const { step } = await until(page, ["error"]);
    const kept = await page.evaluate(() => globalThis.headlightSavedAt());
    const line = await page.locator(".troubles .trouble bdi").innerText();
    assert.ok(line.length < 200 && !line.includes("\n"), line);
    await page.getByRole("button", { name: "Start again" }).click();
    const again = await until(page, ["training", "stopped"], kept);
    context.diagnostic(`step ${step}: “${line}”; kept at ${kept}, again at ${again.step}`);
  }
  await until(page, ["stopped", "solved"], 60);
  assert.equal(modelHash(await saved(page)), modelHash(await saved(undisturbed.page)), "what was lost was trained again, to the bit");
  assert.deepEqual(wrong, []);
  await opened.close();
  await undisturbed.context.close();
});
