// The page of a sweep: numbers, keyboard, address, languages, themes, sizes, silence.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { launch, open } from "./chromium.mjs";

const sweep = process.env.HEADLIGHT_SWEEP ?? assert.fail("HEADLIGHT_SWEEP is not set: run checks/run");
const file = join(sweep, "sweep.html");
const results = JSON.parse(readFileSync(join(sweep, "results.json"), "utf8"));

let browser;
before(async () => (browser = await launch()));
after(() => browser.close());

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
  const solved = runsOf("1", "48")
    .map(resultOf)
    .filter((result) => result.solved)
    .map(({ steps }) => steps)
    .sort((one, other) => one - other);
  const text = await page.getByRole("button", { name: "d-model 48 · heads 1: " }).innerText();
  const middle = (solved.length - 1) / 2;
  const median = solved.length === 0 ? "none solved" : ((solved[Math.floor(middle)] + solved[Math.ceil(middle)]) / 2).toFixed(0);
  assert.ok(text.startsWith(median), `${text}: ${solved}`);
  await harmless();
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
    assert.equal(/\p{Script=Han}/u.test(await page.locator(".lead").innerText()), language === "zh");
    await harmless();
  }
});
