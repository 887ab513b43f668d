// The page of a sweep: numbers, keyboard, address, reports, languages, themes, sizes, silence.
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { after, before, test } from "node:test";
import { launch, open } from "./chromium.mjs";

const sweep = process.env.HEADLIGHT_SWEEP ?? assert.fail("HEADLIGHT_SWEEP is not set: run checks/run");
const file = join(sweep, "sweep.html");
const results = JSON.parse(readFileSync(join(sweep, "results.json"), "utf8"));

const room = mkdtempSync(join(tmpdir(), "headlight-sweep-"));
let browser;
before(async () => (browser = await launch()));
after(async () => {
  await browser.close();
  rmSync(room, { recursive: true });
});

/**
 * The page of another sweep: its data is what `change` makes of this one's.
 *
 * @param {string} name
 * @param {(sweep: any) => void} change
 */
function other(name, change) {
  const text = readFileSync(file, "utf8");
  const block = /(<script type="application\/json" id="sweep">)(.*?)(<\/script>)/s;
  const changed = text.replace(block, (_, before, data, behind) => {
    const sweep = JSON.parse(data);
    change(sweep);
    return before + JSON.stringify(sweep).replaceAll("<", "\\u003c") + behind;
  });
  const path = join(room, `${name}.html`);
  writeFileSync(path, changed);
  return path;
}

/** The run's own result, not what the page or the table made of it. */
const resultOf = (run) => JSON.parse(readFileSync(join(sweep, run.directory, "result.json"), "utf8"));

const runsOf = (heads, width) => results.runs.filter(({ settings }) => settings.heads === heads && settings["d-model"] === width);

test("each cell counts its runs, and a pressed one lists them with their own numbers", async () => {
  const { page, harmless } = await open(browser, file);
  for (const heads of ["1", "2"])
    for (const width of ["16", "48"]) {
      const runs = runsOf(heads, width).map((run) => ({ ...run, result: resultOf(run) }));
      const solved = runs.filter(({ result }) => result.solved).length;
      const cell = page.getByRole("button", { name: `heads ${heads} · d-model ${width}: ` });
      const text = await cell.innerText();
      assert.ok(text.startsWith((solved / 3).toFixed(2)) && text.includes(`${solved} of 3`), text);
      await cell.click();
      const lines = await page.locator(".runs tbody tr").allInnerTexts();
      assert.equal(lines.length, 3);
      runs.forEach(({ settings, directory, result }, at) => {
        const cells = lines[at].split("\t").map((each) => each.trim());
        assert.equal(cells[0], settings.seed);
        assert.equal(cells[1], result.solved ? "solved" : "not solved");
        assert.equal(cells[2], String(result.steps));
        assert.equal(cells[3], `${(result.exact_match * 100).toFixed(1)} %`);
        assert.equal(cells[5], directory);
      });
    }
  // Without reports, the page says what to type.
  assert.match(await page.locator(".commands").innerText(), /headlight collect .* --reports/);
  await harmless();
});

test("the keyboard reaches cells, chooses one, and the address keeps it", async () => {
  const { page, harmless } = await open(browser, file);
  for (let press = 0; press < 20; press++) {
    await page.keyboard.press("Tab");
    if (await page.evaluate(() => document.activeElement?.classList.contains("cell"))) break;
  }
  await page.keyboard.press("ArrowRight");
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Enter");
  assert.equal(await page.locator(".chosen h2").innerText(), "heads 2 · d-model 48");
  assert.match(page.url(), /cell\.heads=2&cell\.d-model=48/);
  await page.reload();
  assert.equal(await page.locator(".chosen h2").innerText(), "heads 2 · d-model 48");
  await page.goBack();
  await page.locator(".chosen").waitFor({ state: "detached" });
  await harmless();
});

test("axes change sides, and steps are shown", async () => {
  const { page, harmless } = await open(browser, file);
  await page.getByLabel("Rows").selectOption("d-model");
  assert.deepEqual(await page.locator(".cells tbody th").allInnerTexts(), ["16", "48"]);
  assert.deepEqual(await page.locator(".cells thead tr:last-child th").allInnerTexts(), ["d-model", "1", "2"]);
  await page.getByText("steps to solve").first().click();
  for (const heads of ["1", "2"])
    for (const width of ["16", "48"]) {
      const steps = runsOf(heads, width)
        .map(resultOf)
        .map((result) => (result.solved ? result.steps : Number.POSITIVE_INFINITY))
        .sort((one, other) => (one === other ? 0 : one - other));
      const [solved, median] = [steps.filter(Number.isFinite).length, steps[1]];
      const words = solved === 0 ? "none solved" : Number.isFinite(median) ? `${median}` : "half or fewer solved";
      const text = await page.getByRole("button", { name: `d-model ${width} · heads ${heads}: ` }).innerText();
      assert.ok(text.startsWith(`${words}\n`) && text.replaceAll("\u00a0", " ").includes(`${solved} of 3`), `${text}: ${steps}`);
    }
  await harmless();
});

test("a run's report opens, and the way back leads to its cell", async () => {
  const [run, ...others] = runsOf("1", "16");
  assert.ok(run.has_report && others.every(({ has_report }) => !has_report), "checks/run writes the report of run 0 alone");
  const report = join(sweep, run.directory, "report.html");
  const { page, harmless } = await open(browser, file, { fragment: "#cell.heads=1&cell.d-model=16", also: [report] });
  assert.equal(await page.locator(".runs a").count(), 1);
  await page.getByRole("link", { name: `Open the report of ${run.directory}` }).click();
  await page.locator("#panel canvas").first().waitFor();
  assert.equal(page.url().split("#")[0], pathToFileURL(report).href);
  await page.goBack();
  assert.equal(await page.locator(".chosen h2").innerText(), "heads 1 · d-model 16");
  await harmless();
});

test("language and theme are no steps of the way back", async () => {
  const { page, harmless } = await open(browser, file);
  await page.getByRole("button", { name: "heads 1 · d-model 16: " }).click();
  await page.getByRole("button", { name: "Theme: " }).click();
  await page.getByRole("button", { name: "Theme: " }).click();
  await page.getByRole("button", { name: "中文" }).click();
  await page.locator("html[lang=zh-Hans]").waitFor();
  assert.match(page.url(), /theme=.*language=zh.*cell\.heads=1/);
  await page.goBack();
  await page.locator(".chosen").waitFor({ state: "detached" });
  await harmless();
});

test("what is held, pooled, or still open is said", async () => {
  const path = other("pooled", (sweep) => {
    sweep.axes.splice(2, 0, { name: "dropout", values: ["0", "0.1"] });
    for (const run of sweep.runs) run.settings.splice(2, 0, run.number % 2);
    Object.assign(sweep.runs.at(-1), { state: "started", solved: null });
  });
  const { page, harmless } = await open(browser, path, { fragment: "#cell.heads=2&cell.d-model=48" });
  const [title, cautions] = [page.locator(".chosen h2"), page.locator(".cautions")];
  assert.equal(await title.innerText(), "heads 2 · d-model 48, over all dropout");
  assert.match(await cautions.innerText(), /pools runs with different dropout.*finish first/);
  assert.match(await page.locator(".chosen [role=status]").innerText(), /1 without an outcome yet/);
  await page
    .locator(".toolbar")
    .getByLabel(/^dropout/)
    .selectOption("0.1");
  assert.equal(await title.innerText(), "heads 2 · d-model 48 · dropout 0.1");
  assert.match(await cautions.innerText(), /Only runs with dropout 0\.1/);
  await harmless();
  // The sweep itself has nothing to say there.
  const { page: plain } = await open(browser, file);
  assert.equal(await plain.locator(".cautions").count(), 0);
});

test("a table that is wider than the window keeps the names of its rows and columns in view", async () => {
  const columns = Array.from({ length: 30 }, (_, at) => `${8 * (at + 1)}`);
  const path = other("wide", (sweep) => {
    sweep.axes[1].values = columns;
    sweep.runs = columns.flatMap((_, at) => sweep.runs.map((run) => ({ ...run, settings: [run.settings[0], at, run.settings[2]] })));
  });
  for (const width of [1280, 360]) {
    const { page, harmless } = await open(browser, path, { viewport: { width, height: 800 } });
    assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), width);
    const last = page.getByRole("button", { name: "heads 1 · d-model 240: " });
    await last.scrollIntoViewIfNeeded();
    for (const name of ["d-model", "heads", "1", "2"]) {
      const box = await page.locator(".cells th bdi", { hasText: new RegExp(`^${name}$`) }).boundingBox();
      assert.ok(box.x >= 0 && box.x + box.width <= width, `${name} at ${width}: ${box.x}`);
    }
    // The keyboard brings a cell out from below the names.
    await page.getByRole("button", { name: "heads 1 · d-model 80: " }).focus();
    const [cell, names] = [page.locator(".cell:focus"), page.locator(".cells tbody th").first()];
    const [under, beside] = [await cell.boundingBox(), await names.boundingBox()];
    assert.ok(under.x >= beside.x + beside.width, `${under.x} at ${width}`);
    await harmless();
  }
});

test("both languages, both themes, and a narrow window", async () => {
  for (const [width, scheme, language] of /** @type {const} */ ([
    [1280, "light", "en"],
    [1280, "dark", "zh"],
    [360, "dark", "en"],
    [360, "light", "zh"],
  ])) {
    const fragment = `#language=${language}&cell.heads=2&cell.d-model=48`;
    const { page, harmless } = await open(browser, file, { fragment, viewport: { width, height: 800 }, colorScheme: scheme });
    const root = page.locator("html");
    assert.equal(await root.getAttribute("lang"), language === "zh" ? "zh-Hans" : "en");
    assert.equal(await root.getAttribute("data-theme"), scheme);
    assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), width, `${width} ${language}`);
    assert.ok(await page.locator(".cells .across").evaluate((each) => each.scrollWidth <= each.clientWidth), `${width} ${language}`);
    assert.equal(/\p{Script=Han}/u.test(await page.locator(".lead").innerText()), language === "zh");
    await harmless();
  }
});
