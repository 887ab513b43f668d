// A real run's report: what it shows is what the run recorded.
import assert from "node:assert/strict";
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { after, test } from "node:test";
import { assertDigits, cellPlace, close, fragment, open, picture, quit, readCell, recordsIn, run } from "./open.mjs";

const final = recordsIn(join(run, "attention.safetensors"));
const folder = join(run, "records");
const steps = existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith(".safetensors")).sort() : [];
const kind = final.has("cross") ? "cross" : "decoder_self";
const record = final.get(kind);
after(quit);

test("hovering a cell shows the weight, the query and the key that the record holds", async () => {
  const page = await open({ hash: "view=head" });
  for (const [kind, { shape: [layers, heads, queries, keys], queryTokens, keyTokens, weight }] of final) {
    for (const [layer, head] of [[0, 0], [layers - 1, heads - 1]]) {
      await page.evaluate((hash) => (location.hash = hash), `view=head&kind=${kind}&layer=${layer}&head=${head}`);
      await page.waitForFunction((name) => document.querySelector("h2")?.textContent.includes(name), `layer ${layer} · head ${head}`);
      await page.waitForTimeout(150);
      for (const [query, key] of [[0, 0], [1, 0], [queries - 1, keys - 1], [queries >> 1, keys >> 2], [queries - 1, 1], [3, 3]]) {
        const { x, y } = await cellPlace(page, query, key);
        await page.mouse.move(x, y);
        const shown = await readCell(page);
        assert.equal(shown.query, `${queryTokens[query]} ${query}`);
        assert.equal(shown.key, `${keyTokens[key]} ${key}`);
        assertDigits(shown.weight, weight(layer, head, query, key));
      }
    }
  }
  await close(page);
});

test("the time line moves every view, the curves and the address", { skip: steps.length < 2 && "the run has no records/" }, async () => {
  const page = await open({ hash: `view=head&kind=${kind}&layer=0&head=1&query=2&key=1` });
  const slider = page.getByRole("slider", { name: "Step of training" });
  const [before, curve] = [await picture(page), await picture(page, ".curves")];
  await slider.focus();
  await page.keyboard.press("Home");
  const first = Number(steps[0].match(/\d+/)[0]);
  assert.equal((await fragment(page)).get("step"), String(first));
  await page.waitForTimeout(200);
  assertDigits((await readCell(page)).weight, recordsIn(join(folder, steps[0])).get(kind).weight(0, 1, 2, 1));
  assert.notEqual(await picture(page), before);
  assert.notEqual(await picture(page, ".curves"), curve);
  assert.match(await page.locator("header").innerText(), new RegExp(`step\\s*${first}\\b`));
  await page.keyboard.press("ArrowRight");
  assert.equal((await fragment(page)).get("step"), String(Number(steps[1].match(/\d+/)[0])));
  // Another view is at the same step.
  await page.getByRole("tab", { name: "Text" }).click();
  assert.equal(Number(await slider.inputValue()), 1);
  await page.getByRole("tab", { name: "Head" }).click();
  await page.getByRole("button", { name: "Play" }).click();
  await page.getByRole("button", { name: "Play" }).waitFor({ timeout: 30_000 });
  assert.equal((await fragment(page)).get("step"), null);
  await page.waitForTimeout(200);
  assert.equal(await picture(page), before);
  await close(page);
});

test("fast scrubbing ends at the step that was wanted last", { skip: steps.length < 2 && "the run has no records/" }, async () => {
  const page = await open({ hash: `view=head&kind=${kind}&layer=1&head=0&query=1&key=1` });
  const slider = page.getByRole("slider", { name: "Step of training" });
  await slider.focus();
  for (let press = 0; press < 40; press++) await page.keyboard.press(press % 2 === 0 ? "Home" : "End");
  await page.keyboard.press("Home");
  await page.waitForTimeout(400);
  assertDigits((await readCell(page)).weight, recordsIn(join(folder, steps[0])).get(kind).weight(1, 0, 1, 1));
  await close(page);
});

test("heads of the lines are toggled with a click, and shown alone with two", async () => {
  const page = await open({ hash: "view=lines" });
  const heads = record.shape[1];
  const toggles = page.locator(".toggle");
  assert.equal(await toggles.count(), heads);
  const all = await picture(page);
  await toggles.nth(1).click();
  assert.equal((await fragment(page)).get("hidden"), "1");
  assert.equal(await toggles.nth(1).getAttribute("aria-pressed"), "false");
  await page.waitForTimeout(150);
  assert.notEqual(await picture(page), all);
  await toggles.nth(2).dblclick();
  const others = Array.from({ length: heads }, (_, at) => at).filter((at) => at !== 2);
  assert.equal((await fragment(page)).get("hidden"), others.join("."));
  await page.getByRole("button", { name: "All" }).click();
  await page.waitForTimeout(150);
  assert.equal(await picture(page), all);
  await close(page);
});

test("views switch without losing what was chosen, and back goes back", async () => {
  const page = await open({ hash: `view=head&kind=${kind}&layer=1&head=2&query=3&key=2` });
  const chosen = async () => {
    const given = await fragment(page);
    return ["layer", "head", "query", "key"].map((name) => given.get(name)).join(" ");
  };
  for (const view of ["Lines", "Step by step", "Text", "Model", "Head"]) {
    await page.getByRole("tab", { name: view, exact: true }).click();
    assert.equal(await chosen(), "1 2 3 2", view);
  }
  await page.goBack();
  assert.equal((await fragment(page)).get("view"), null);
  assert.equal(await page.getByRole("tab", { name: "Model" }).getAttribute("aria-selected"), "true");
  await page.goBack();
  assert.equal(await page.getByRole("tab", { name: "Text" }).getAttribute("aria-selected"), "true");
  await page.goForward();
  assert.equal(await page.getByRole("tab", { name: "Model" }).getAttribute("aria-selected"), "true");
  await close(page);
});

test("a panel of the model opens its head", async () => {
  const page = await open();
  await page.getByRole("button", { name: "layer 1 · head 2", exact: true }).click();
  const given = await fragment(page);
  assert.deepEqual(["view", "layer", "head"].map((name) => given.get(name)), ["head", "1", "2"]);
  await close(page);
});

test("the order by alignment is the record's", { skip: kind !== "cross" && "the test knows cross attention's alignment" }, async () => {
  const page = await open({ hash: "view=model&sort=alignment&kind=cross" });
  const [layers, heads, queries] = record.shape;
  // Copying: query i needs key i.
  const scores = Array.from({ length: layers * heads }, (_, at) => {
    const weights = Array.from({ length: queries }, (_, query) => record.weight(Math.floor(at / heads), at % heads, query, query));
    return { name: `layer ${Math.floor(at / heads)} · head ${at % heads}`, score: weights.reduce((sum, weight) => sum + weight) / queries };
  }).sort((one, other) => other.score - one.score);
  await page.waitForFunction(() => document.querySelector(".panel")?.getAttribute("aria-label").includes(","));
  const shown = await page.locator(".panel").evaluateAll((panels) => panels.map((panel) => panel.getAttribute("aria-label")));
  assert.deepEqual(shown, scores.map(({ name, score }) => `${name}, ${score.toFixed(2)}`));
  await close(page);
});
