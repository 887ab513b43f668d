// Real runs' reports: what they show is what the runs recorded.
import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { after, test } from "node:test";
import { addressed, assertDigits, cellPlace, go, kindsReport, kindsRun, open, picture, quit, readCell, recordsIn, run } from "./open.mjs";

const folder = join(run, "records");
const steps = readdirSync(folder)
  .filter((name) => name.endsWith(".safetensors"))
  .sort();
const stepOf = (name) => Number(name.match(/\d+/)[0]);
const first = recordsIn(join(folder, steps[0])).get("decoder_self");
after(quit);

test("hovering a cell shows the weight, the query and the key that the record holds", async () => {
  const page = await open({ file: kindsReport, hash: "view=head" });
  for (const [
    kind,
    {
      shape: [layers, heads, queries, keys],
      query_tokens,
      key_tokens,
      weight,
    },
  ] of recordsIn(join(kindsRun, "attention.safetensors"))) {
    for (const [layer, head] of [
      [0, 0],
      [layers - 1, heads - 1],
    ]) {
      await go(page, `view=head&kind=${kind}&layer=${layer}&head=${head}`);
      await page.waitForFunction((name) => document.querySelector(".bar h2")?.textContent.includes(name), `layer ${layer} · head ${head}`);
      for (const [query, key] of [
        [0, 0],
        [1, 0],
        [queries - 1, keys - 1],
        [queries >> 1, keys >> 2],
        [queries - 1, 1],
        [3, 3],
      ]) {
        const { x, y } = await cellPlace(page, query, key);
        await page.mouse.move(x, y);
        const shown = await readCell(page);
        assert.equal(shown.query, `${query_tokens[query]} ${query}`);
        assert.equal(shown.key, `${key_tokens[key]} ${key}`);
        assertDigits(shown.weight, weight(layer, head, query, key));
      }
    }
  }
  await page.close();
});

test("the time line moves every view, the curves and the address", async () => {
  const page = await open({ hash: "view=head&layer=0&head=1&query=12&key=2" });
  const slider = page.getByRole("slider", { name: "Training step" });
  const [before, curve] = [await picture(page), await picture(page, ".curves")];
  await slider.focus();
  await page.keyboard.press("Home");
  await addressed(page, { step: String(stepOf(steps[0])) });
  assertDigits((await readCell(page)).weight, first.weight(0, 1, 12, 2));
  assert.notEqual(await picture(page), before);
  assert.notEqual(await picture(page, ".curves"), curve);
  assert.match(await page.locator("header").innerText(), new RegExp(`step\\s*${stepOf(steps[0])}\\b`));
  await page.keyboard.press("ArrowRight");
  await addressed(page, { step: String(stepOf(steps[1])) });
  // Another view is at the same step.
  await page.getByRole("tab", { name: "Text" }).click();
  assert.equal(Number(await slider.inputValue()), 1);
  await page.getByRole("tab", { name: "Head", exact: true }).click();
  // From near the end, since each step takes its time.
  await slider.focus();
  await page.keyboard.press("End");
  for (let step = 0; step < 3; step++) await page.keyboard.press("ArrowLeft");
  await addressed(page, { step: /^\d+$/ });
  await page.getByRole("button", { name: "Play" }).click();
  await page.getByRole("button", { name: "Play" }).waitFor({ timeout: 30_000 });
  await addressed(page, { step: null });
  await page.waitForTimeout(100);
  assert.equal(await picture(page), before);
  await page.close();
});

test("fast scrubbing ends at the step that was wanted last", async () => {
  const page = await open({ hash: "view=head&layer=1&head=0&query=13&key=1" });
  await page.getByRole("slider", { name: "Training step" }).focus();
  for (let press = 0; press < 40; press++) await page.keyboard.press(press % 2 === 0 ? "Home" : "End");
  await page.keyboard.press("Home");
  await page.waitForTimeout(300);
  assertDigits((await readCell(page)).weight, first.weight(1, 0, 13, 1));
  await page.close();
});

test("heads of the lines are toggled with a click, and shown alone with two", async () => {
  const page = await open({ hash: "view=lines" });
  const heads = first.shape[1];
  const toggles = page.locator(".toggle");
  assert.equal(await toggles.count(), heads);
  const all = await picture(page);
  await toggles.nth(1).click();
  await addressed(page, { hidden: "1" });
  assert.equal(await toggles.nth(1).getAttribute("aria-pressed"), "false");
  assert.notEqual(await picture(page), all);
  await toggles.nth(2).dblclick();
  const others = Array.from({ length: heads }, (_, at) => at).filter((at) => at !== 2);
  await addressed(page, { hidden: others.join(".") });
  await page.getByRole("button", { name: "All" }).click();
  await page.waitForTimeout(150);
  assert.equal(await picture(page), all);
  await page.close();
});

test("views switch without losing what was chosen, and back goes back", async () => {
  const page = await open({ hash: "view=head&layer=1&head=2&query=13&key=2" });
  for (const view of ["Lines", "Step by step", "Text", "Model", "Head"]) {
    await page.getByRole("tab", { name: view, exact: true }).click();
    await addressed(page, { layer: "1", head: "2", query: "13", key: "2" });
  }
  for (const [move, name] of [
    ["goBack", "Model"],
    ["goBack", "Text"],
    ["goForward", "Model"],
  ]) {
    await page[move]();
    await page.getByRole("tab", { name, selected: true }).waitFor();
  }
  await page.getByRole("button", { name: "layer 0 · head 2", exact: true }).click();
  await addressed(page, { view: "head", layer: null, head: "2" });
  await page.close();
});

test("the order by alignment is the record's", async () => {
  const {
    shape: [layers, heads],
    weight,
    alignment,
  } = recordsIn(join(run, "attention.safetensors")).get("decoder_self");
  const needing = alignment.flatMap((keys, query) => (keys.length === 0 ? [] : [[query, keys]]));
  const scores = Array.from({ length: layers * heads }, (_, at) => {
    const [layer, head] = [Math.floor(at / heads), at % heads];
    const sums = needing.map(([query, keys]) => keys.reduce((sum, key) => sum + weight(layer, head, query, key), 0));
    return { name: `layer ${layer} · head ${head}`, score: sums.reduce((sum, each) => sum + each) / sums.length };
  }).sort((one, other) => other.score - one.score);
  const page = await open({ hash: "view=model&sort=alignment" });
  await page.waitForFunction(() => document.querySelector(".panel")?.getAttribute("aria-label").includes(","));
  const shown = await page.locator(".panel").evaluateAll((panels) => panels.map((panel) => panel.getAttribute("aria-label")));
  assert.deepEqual(
    shown,
    scores.map(({ name, score }) => `${name}, ${score.toFixed(2)}`),
  );
  await page.close();
});

test("step by step shows the arithmetic of the recorded queries, keys and values", async () => {
  const record = recordsIn(join(run, "attention.safetensors")).get("decoder_self");
  const [layer, head, query] = [1, 2, 15];
  const row = (name, position) => {
    const {
      shape: [, heads, positions, width],
      values,
    } = record.tensor(name);
    const first = ((layer * heads + head) * positions + position) * width;
    return [...values.subarray(first, first + width)];
  };
  const q = row("query", query);
  const page = await open({ hash: `view=steps&layer=${layer}&head=${head}&query=${query}` });
  for (const key of record.key_tokens.keys()) {
    await go(page, `view=steps&layer=${layer}&head=${head}&query=${query}&key=${key}`);
    const score = row("key", key).reduce((sum, value, at) => sum + value * q[at], 0);
    const facts = new Map(
      await page
        .locator(".facts div")
        .evaluateAll((rows) => rows.map((row) => [row.children[0].textContent, row.children[1].textContent.replace("−", "-")])),
    );
    const exact = (name, wanted) => {
      const shown = facts.get(name);
      assert.match(shown, /^-?\d+(\.\d+)?$/);
      assert.equal(Number(wanted.toFixed(shown.split(".")[1]?.length ?? 0)), Number(shown), `${name}: ${shown}, not ${wanted}`);
      assert.ok(shown.replace(/\D/g, "").length >= 2, `${name}: ${shown} says too little of ${wanted}`);
    };
    exact("score", score);
    exact("scaled", score / Math.sqrt(q.length));
    if (key > query) assert.equal(facts.get("masked"), "-∞");
    else exact("masked", score / Math.sqrt(q.length));
    assertDigits(facts.get("weight"), record.weight(layer, head, query, key));
  }
  assert.match(await page.locator("#panel").innerText(), /The weights are within \de-\d+ of the recorded ones/);
  await page.close();
});
