// Keyboard, names, languages, themes, sizes.
import assert from "node:assert/strict";
import { join } from "node:path";
import { after, test } from "node:test";
import { addressed, assertDigits, go, kindsReport, kindsRun, open, picture, quit, readCell, recordsIn, set } from "./open.mjs";

const cross = recordsIn(join(kindsRun, "attention.safetensors")).get("cross");
const DRAWINGS = ["model", "head", "lines", "steps", "text"];
const VIEWS = [...DRAWINGS, "findings"];
after(quit);

test("the whole round with the keyboard alone", async () => {
  const page = await open({ file: kindsReport });
  const focused = () => page.evaluate(() => document.activeElement?.getAttribute("aria-label") ?? document.activeElement?.textContent);
  const tabTo = async (name) => {
    for (let press = 0; press < 60; press++) {
      await page.keyboard.press("Tab");
      if ((await focused())?.startsWith(name)) return;
    }
    assert.fail(`${name} cannot be reached with Tab`);
  };
  await tabTo("Model");
  await page.keyboard.press("ArrowRight");
  assert.equal(await focused(), "Head");
  await page.keyboard.press("ArrowLeft");
  await tabTo("layer 0 · head 0");
  await page.keyboard.press("ArrowRight");
  await page.keyboard.press("ArrowDown");
  assert.match(await focused(), /^layer 1 · head 1/);
  await page.keyboard.press("Enter");
  // The head's heatmap has the focus, so that the arrows go on.
  await page.locator(".plot:focus").waitFor();
  assert.match(await focused(), /^Heatmap of Cross attention · layer 1 · head 1/);
  const outline = await page.evaluate(() => getComputedStyle(document.activeElement).outlineStyle);
  assert.equal(outline, "solid");
  for (const key of ["ArrowDown", "ArrowDown", "ArrowDown", "ArrowRight"]) await page.keyboard.press(key);
  const weight = cross.weight(1, 1, 2, 1);
  assertDigits((await readCell(page)).weight, weight);
  const said = await page.getByRole("status").innerText();
  assert.ok(said.startsWith(`query ${cross.query_tokens[2]} (2), key ${cross.key_tokens[1]} (1): weight `), said);
  assertDigits(said.match(/weight ([\d.]+)/)[1], weight);
  for (const [key, name, value] of /** @type {[string, string, string | RegExp | null][]} */ ([
    ["+", "zoom", /^\d+\.\d+\.\d+\.\d+$/],
    ["0", "zoom", null],
    ["]", "head", "2"],
    ["}", "layer", null],
    ["5", "view", "text"],
    ["4", "view", "steps"],
    ["3", "view", "lines"],
    ["t", "theme", "dark"],
    ["l", "language", "zh"],
  ])) {
    await page.keyboard.press(key);
    await addressed(page, { [name]: value });
  }
  await page.keyboard.press("?");
  await page.getByRole("dialog").waitFor();
  await page.keyboard.press("Escape");
  assert.equal(await page.getByRole("dialog").count(), 0);
  await page.close();
});

test("keys keep the focus in the drawing and say what they changed", async () => {
  const page = await open({ file: kindsReport, hash: "view=head&layer=1&head=1&query=2&key=1" });
  const said = () => page.getByRole("status").innerText();
  const hears = async (wanted) => {
    for (let wait = 0; wait < 150 && !wanted.test(await said()); wait++) await page.waitForTimeout(20);
    assert.match(await said(), wanted);
  };
  const name = ({ query_tokens, key_tokens }) => [`${query_tokens[2]} (2)`, `${key_tokens[1]} (1)`];
  const [query, key] = name(cross).map((text) => text.replace(/[()]/g, "\\$&"));
  await page.locator(".plot").focus();
  for (const [press, where, wanted] of /** @type {[string, string, RegExp][]} */ ([
    ["]", ".plot", new RegExp(`^layer 1 · head 2; query ${query}, key ${key}: weight \\d`)],
    ["[", ".plot", new RegExp(`^layer 1 · head 1; query ${query}, key ${key}: weight \\d`)],
    ["}", ".plot", /^layer \d · head 1; query/],
    ["{", ".plot", /^layer 1 · head 1; query/],
    ["4", ".plot[aria-roledescription=steps]", new RegExp(`^Step by step; query ${query}, key ${key}: weight`)],
    ["3", ".plot[aria-roledescription=lines]", new RegExp(`^Lines; query ${query}; head 0: .+ \\d\\.\\d+.*; head 1: .+ \\d\\.`)],
    ["5", ".word[aria-pressed=true]", new RegExp(`^Text; ${query}: .+ \\(\\d+\\) \\d\\.\\d`)],
    ["1", ".panel[aria-current=true]", /^Model$/],
    ["2", ".plot[aria-roledescription=heatmap]", /^Head; query/],
    ["k", ".plot", /^Encoder self-attention$/],
  ])) {
    await page.keyboard.press(press);
    await hears(wanted);
    await page.locator(`${where}:focus`).waitFor({ timeout: 5000 });
  }
  // The weight that is said is the one of the head that is seen.
  await go(page, "view=head&layer=0&head=1&query=2&key=1");
  await page.keyboard.press("]");
  await hears(/head 2; .*weight/);
  assertDigits((await said()).match(/weight ([\d.]+)/)[1], cross.weight(0, 2, 2, 1));
  // Steps: the cell that is said is the one that is shown, chosen or not.
  await go(page, "view=steps&layer=0&head=2");
  await page.locator(".plot").focus();
  for (const press of ["ArrowUp", "ArrowUp", "ArrowRight", "ArrowDown", "ArrowLeft"]) {
    await page.keyboard.press(press);
    await page.waitForTimeout(60);
    const [shownQuery, shownKey] = (await page.locator(".cell dd").allInnerTexts()).map((text) => text.replace(/ (\d+)$/, " ($1)"));
    assert.ok((await said()).startsWith(`query ${shownQuery}, key ${shownKey}: weight `), `${await said()}: ${shownQuery}, ${shownKey}`);
  }
  // Lines: every shown head, and none that is hidden.
  await go(page, "view=lines&layer=0&hidden=1");
  await page.locator(".plot").focus();
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("ArrowDown");
  const strongest = Array.from(cross.key_tokens, (_, at) => at).reduce((best, at) =>
    cross.weight(0, 0, 1, at) > cross.weight(0, 0, 1, best) ? at : best,
  );
  assert.ok((await said()).includes(`; head 0: ${cross.key_tokens[strongest]} (${strongest}) `), await said());
  assert.doesNotMatch(await said(), /head 1:/);
  // Many heads are passed on the way to one: back leads out of them all.
  await go(page, "view=head");
  await page.keyboard.press("5");
  await addressed(page, { view: "text" });
  for (let press = 0; press < 12; press++) await page.keyboard.press("]");
  await page.goBack();
  await addressed(page, { view: "head" });
  // Who turns the keys off is left alone by them, and still has the rest.
  await page.keyboard.press("?");
  await page.getByRole("checkbox").uncheck();
  await addressed(page, { keys: "off" });
  await page.keyboard.press("Escape");
  for (const press of ["3", "l", "t", "]", "?"]) await page.keyboard.press(press);
  await page.waitForTimeout(250);
  await addressed(page, { view: "head", language: null, theme: null, keys: "off" });
  assert.equal(await page.getByRole("dialog").count(), 0);
  await page.close();
});

test("with one kind of attention, k and its tab throw nothing away", async () => {
  const hash = "view=head&query=3&key=1&zoom=0.0.8.8";
  const page = await open({ hash });
  await page.keyboard.press("k");
  await page.waitForTimeout(200);
  await addressed(page, { query: "3", key: "1", zoom: "0.0.8.8" });
  // Measured before this step, and said so; at its own step the number stands alone.
  await go(page, "step=35");
  assert.match(await page.locator(".figures").innerText(), /exact match\s+[\d.]+ % \(step 3\d\)/);
  await go(page, "");
  assert.match(await page.locator(".figures").innerText(), /exact match\s+[\d.]+ %$/);
  // An order that the page does not offer is none.
  await go(page, "view=model&sort=entropy&most=0");
  await page.locator(".panel").first().waitFor();
  assert.equal(await page.getByRole("combobox", { name: "Show" }).inputValue(), "");
  await page.close();
});

test("Tab reaches everything that can be pressed, and everything has a name", async () => {
  const page = await open({ file: set("HEADLIGHT_FOUND_REPORT") });
  for (const view of VIEWS) {
    await go(page, `view=${view}`);
    const controls = "button, select, input, [role=application]";
    const nameless = await page
      .locator(controls)
      .evaluateAll((/** @type {HTMLInputElement[]} */ found) =>
        found
          .filter((each) => !(each.getAttribute("aria-label") || each.labels?.[0]?.textContent.trim() || each.textContent.trim()))
          .map((each) => each.outerHTML),
      );
    assert.deepEqual(nameless, [], view);
    // Radio buttons, tabs and panels are groups with one stop, left with arrows.
    const wanted = await page
      .locator(controls)
      .evaluateAll(
        (/** @type {HTMLInputElement[]} */ found) =>
          found.filter((each) => each.tabIndex >= 0 && !each.disabled && each.type !== "radio" && each.offsetParent !== null).length,
      );
    await page.evaluate(() => /** @type {HTMLElement} */ (document.activeElement)?.blur());
    const reached = new Set();
    for (let press = 0; press < wanted + 8; press++) {
      await page.keyboard.press("Tab");
      const place = await page.evaluate(
        (controls) =>
          document.activeElement?.getAttribute("type") === "radio"
            ? -1
            : [...document.querySelectorAll(controls)].indexOf(document.activeElement),
        controls,
      );
      if (place >= 0) reached.add(place);
    }
    assert.equal(reached.size, wanted, view);
  }
  await page.close();
});

test("the browser's language, and the switch", async () => {
  const page = await open({ locale: "zh-CN" });
  assert.equal(await page.getAttribute("html", "lang"), "zh-Hans");
  assert.equal(await page.getByRole("tab", { name: "逐步计算" }).count(), 1);
  await page.getByRole("button", { name: "English" }).click();
  assert.equal(await page.getByRole("tab", { name: "Step by step" }).count(), 1);
  await addressed(page, { language: "en" });
  assert.equal(await page.getAttribute("html", "lang"), "en");
  await page.close();
});

test("dark by preference and by switch, drawings too", async () => {
  const page = await open({ hash: "view=head", colorScheme: "dark" });
  await page.waitForTimeout(200);
  const shade = () =>
    page.evaluate(() => {
      const [, r, g, b] = getComputedStyle(document.body)
        .backgroundColor.match(/(\d+), (\d+), (\d+)/)
        .map(Number);
      const canvas = /** @type {HTMLCanvasElement} */ (document.querySelector("#panel canvas"));
      const copy = new OffscreenCanvas(1, 1).getContext("2d", { willReadFrequently: true });
      copy.drawImage(canvas, -1, 2 - canvas.height);
      const pixel = copy.getImageData(0, 0, 1, 1).data;
      return [(r + g + b) / 3, (pixel[0] + pixel[1] + pixel[2]) / 3];
    });
  assert.ok((await shade()).every((light) => light < 60));
  await page.getByRole("button", { name: /^Theme/ }).click();
  await page.waitForTimeout(200);
  assert.ok((await shade()).every((light) => light > 200));
  await page.close();
});

test("360 pixels: nothing leaves the page sideways", async () => {
  const narrow = { width: 360, height: 740, hasTouch: true };
  for (const locale of ["en-US", "zh-CN"]) {
    const page = await open({ ...narrow, file: kindsReport, locale });
    for (const view of VIEWS) {
      await go(page, `view=${view}&query=2&key=1`);
      assert.ok((await page.evaluate(() => document.documentElement.scrollWidth)) <= 360, `${view}, ${locale}`);
    }
    await page.close();
  }
});

test("on usual screens the whole drawing stands above the time line", async () => {
  for (const [width, height] of [
    [1280, 720],
    [1440, 900],
    [1920, 1080],
  ]) {
    const page = await open({ width, height });
    for (const view of DRAWINGS) {
      await go(page, `view=${view}`);
      const { drawing, timeline } = await page.evaluate(() => ({
        drawing: document.querySelector("#panel .scene").getBoundingClientRect().bottom,
        timeline: document.querySelector(".timeline").getBoundingClientRect().top,
      }));
      assert.ok(drawing <= timeline, `${view} at ${width} × ${height}: ${drawing} is below ${timeline}`);
    }
    await page.close();
  }
});

test("on a telephone the slider stands with the drawing that it moves", async () => {
  const page = await open({ width: 360, height: 740, hasTouch: true, hash: "step=0" });
  for (const view of DRAWINGS) {
    await go(page, `view=${view}&step=0`);
    for (const scrolled of [false, true]) {
      await page.evaluate((scrolled) => (scrolled ? document.querySelector("#panel .scene").scrollIntoView() : scrollTo(0, 0)), scrolled);
      const { top, bottom, slider, bar } = await page.evaluate(() => {
        const box = (selector) => document.querySelector(selector).getBoundingClientRect();
        const { top, bottom } = box("#panel .scene");
        return { top, bottom, slider: box(".timeline input").bottom, bar: box(".timeline") };
      });
      assert.ok(slider <= 740 && bar.top >= 740 - 72, `${view}: the slider ends at ${slider} in a bar from ${bar.top}`);
      const seen = Math.min(bottom, bar.top) - Math.max(0, top);
      assert.ok(seen >= Math.min(bottom - top, 300), `${view}: ${seen} of ${bottom - top} pixels of the drawing are in sight`);
    }
  }
  await page.getByRole("button", { name: "Show the curves" }).tap();
  await page.locator(".curves canvas").waitFor();
  assert.ok(await page.locator(".curves").isVisible());
  await page.close();
});

test("a finger chooses a cell", async () => {
  const page = await open({ width: 360, height: 740, hasTouch: true, hash: "view=head" });
  const [x, y, wide, high] = (await page.locator(".plot").getAttribute("data-grid")).split(" ").map(Number);
  const box = await page.locator(".plot").boundingBox();
  await page.touchscreen.tap(box.x + x + 2.5 * wide, box.y + y + 1.5 * high);
  await addressed(page, { query: "1", key: "2" });
  await page.close();
});

test("who wants no motion gets none, and training still plays", async () => {
  const page = await open({ reducedMotion: "reduce", hash: "view=head" });
  const moving = await page.locator("body *").evaluateAll(
    (all) =>
      all.filter((each) => {
        const style = getComputedStyle(each);
        return style.transitionDuration !== "0s" || style.animationName !== "none";
      }).length,
  );
  assert.equal(moving, 0);
  const before = await picture(page);
  await page.getByRole("button", { name: "Play" }).click();
  await page.waitForFunction(
    (before) => /** @type {HTMLCanvasElement} */ (document.querySelector("#panel canvas")).toDataURL() !== before,
    before,
  );
  await page.close();
});
