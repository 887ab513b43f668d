// The same page in Firefox: as many steps, the same bits, and controls that do what they say.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { file, lab, quit, until } from "../../../viewer/tests/browser/lab.mjs";
import { Firefox } from "./firefox.mjs";
import { losses, modelHash, saved, unpacked } from "./runs.mjs";

let firefox;

before(async () => {
  firefox = await Firefox.launch();
});
after(async () => {
  await firefox?.close();
  await quit();
});

/** Whether the page is in one of these states, at this step or later. */
function reached(states, step) {
  const { state, step: now } = document.documentElement.dataset;
  return states.includes(state) && Number(now) >= step;
}

/** Clicks a button by its name. */
async function press(name) {
  const marked = await firefox.evaluate((name) => {
    const button = [...document.querySelectorAll("button, summary")].find((each) => (each.getAttribute("aria-label") ?? each.innerText).trim() === name);
    document.querySelector("[data-pressed]")?.removeAttribute("data-pressed");
    button?.setAttribute("data-pressed", "");
    return button !== undefined;
  }, name);
  assert.ok(marked, `a button ${name}`);
  await firefox.click("[data-pressed]");
}

const root = () => firefox.evaluate(() => ({ ...document.documentElement.dataset }));

test("copy is solved in as many steps as in Chromium, with the same bits", async (context) => {
  for (const workers of [1, 2]) {
    // Another seed each time: Firefox keeps a training, and would show it again.
    const fragment = `task=copy&play=1&seed=${workers}&workers=${workers}`;
    const chromium = await lab(fragment);
    await until(chromium.page, ["solved"]);
    const beside = await saved(chromium.page);
    await chromium.context.close();

    await firefox.open(file, fragment);
    await firefox.until(reached, ["solved"], 1);
    assert.equal((await root()).exactMatch, "1");
    await press("Share and keep");
    await press("Save run");
    const run = await unpacked(await firefox.downloaded());
    assert.deepEqual(losses(run), losses(beside));
    assert.equal(modelHash(run), modelHash(beside));
    context.diagnostic(`${losses(run).length} steps with ${workers} ${workers === 1 ? "worker" : "workers"}`);
  }
  assert.deepEqual(await firefox.wrong(), []);
});

test("controls do what they say, and a training is there again after a reload", async () => {
  const text = (selector) => firefox.evaluate((selector) => document.querySelector(selector)?.innerText ?? "", selector);
  const waitFor = (selector, words) =>
    firefox.until((selector, words) => document.querySelector(selector)?.innerText.includes(words) ?? false, selector, words);
  await firefox.open(file, "seed=4&workers=1");
  await firefox.until(reached, ["idle"], 0);
  await firefox.until(() => document.querySelector(".card canvas") !== null);
  await press("One step");
  await firefox.until(reached, ["stopped"], 1);
  assert.equal((await root()).step, "1");
  await press("Train");
  await firefox.until(reached, ["training"], 5);
  await press("Pause");
  await firefox.until(reached, ["stopped"], 5);
  const { step } = await root();
  assert.equal(await text("[data-figure=step]"), step);

  await firefox.click("[data-head=L0H1] input[value=off], [data-head=L0H1] label:nth-of-type(2)");
  await waitFor(".without", "512 validation examples");
  assert.match(await text(".without"), /→ .* without L0H1/);
  await press("All heads on");
  await firefox.type(".question input", "3 1 4");
  await press("Ask");
  await waitFor(".answer", `step ${step}`);
  assert.match(await firefox.evaluate(() => location.hash), /seed=4.*ask=3\+1\+4/);

  await firefox.reload();
  await firefox.until(reached, ["stopped"], Number(step));
  assert.equal((await root()).step, step);
  await press("Restart");
  await press("Go on without saving");
  await firefox.until((step) => document.documentElement.dataset.step === step, "0");
  assert.deepEqual(await firefox.wrong(), []);
});
