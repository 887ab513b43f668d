// Pages of the viewer in Chromium, and what the tests read from them. checks/run sets the variables.
import assert from "node:assert/strict";
import { bundled } from "./bundle.mjs";
import { launch, openChecked } from "./chromium.mjs";
import { readRecords } from "./safetensors.mjs";

export const set = (name) => process.env[name] ?? assert.fail(`${name} is not set: run checks/run`);

/** A decoder's run with `--record-every`, and one of an encoder–decoder, which has all kinds of attention. */
export const [report, run] = [set("HEADLIGHT_REPORT"), set("HEADLIGHT_RUN")];
export const [kindsReport, kindsRun] = [set("HEADLIGHT_KINDS_REPORT"), set("HEADLIGHT_KINDS_RUN")];

/** @typedef {import("playwright-core").Page} Page */

let browser;

/**
 * @param {import("playwright-core").BrowserContextOptions & { file?: string, hash?: string, width?: number, height?: number }} given
 */
export async function open({ file = report, hash = "", ...options } = {}) {
  browser ??= await launch();
  const page = await openChecked(browser, file, `#${hash}`, options);
  await page.locator("#panel canvas, #panel .nothing").first().waitFor();
  return page;
}

export async function quit() {
  await browser?.close();
}

/**
 * Shows something else in the same page, as a new address does.
 *
 * @param {Page} page
 * @param {string} hash
 */
export async function go(page, hash) {
  await page.evaluate((hash) => (location.hash = hash), hash);
  await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => setTimeout(done, 40))));
  await page.locator("#panel canvas, #panel .nothing").first().waitFor();
}

/** A file's records by kind, each weight as it was written. */
export function recordsIn(file) {
  return new Map(
    readRecords(file).map((record) => {
      const { shape, values } = record.tensor();
      const [, heads, queries, keys] = shape;
      return [
        record.kind,
        { ...record, shape, weight: (layer, head, query, key) => values[((layer * heads + head) * queries + query) * keys + key] },
      ];
    }),
  );
}

/** The page of fixture.ts: records that no run makes. Returns its path, and what removes it. */
export function fixture() {
  return bundled("fixture.ts");
}

/**
 * Where a cell's middle is on the screen.
 *
 * @param {Page} page
 */
export async function cellPlace(page, query, key) {
  const plot = page.locator(".plot");
  const [x, y, wide, high, left, top] = (await plot.getAttribute("data-grid")).split(" ").map(Number);
  const box = await plot.boundingBox();
  return { x: box.x + x + (key - left + 0.5) * wide, y: box.y + y + (query - top + 0.5) * high };
}

/**
 * What the panel beside the heatmap says of a cell.
 *
 * @param {Page} page
 */
export async function readCell(page) {
  const [query, key] = await page.locator(".cell dd").allInnerTexts();
  return { query, key, weight: await page.locator("[data-value]").innerText() };
}

/** Fails unless every digit shown is the record's. */
export function assertDigits(shown, weight) {
  assert.match(shown, /^\d\.\d+$/);
  assert.equal(weight.toFixed(shown.split(".")[1].length), shown, `${shown} for ${weight}`);
}

/**
 * Waits until the address says so much; continuous changes are written into it with a short delay.
 *
 * @param {Page} page
 * @param {Record<string, string | RegExp | null>} wanted
 */
export async function addressed(page, wanted) {
  const said = () => {
    const given = new URLSearchParams(new URL(page.url()).hash.slice(1));
    return Object.fromEntries(Object.keys(wanted).map((name) => [name, given.get(name)]));
  };
  const right = () =>
    Object.entries(wanted).every(([name, value]) => (value instanceof RegExp ? value.test(said()[name] ?? "") : said()[name] === value));
  for (let wait = 0; wait < 100 && !right(); wait++) await page.waitForTimeout(20);
  if (!right()) assert.deepEqual(said(), wanted);
}

/**
 * The pixels of the drawing, to see whether it changed.
 *
 * @param {Page} page
 */
export function picture(page, within = "#panel") {
  return page
    .locator(`${within} canvas`)
    .first()
    .evaluate((/** @type {HTMLCanvasElement} */ canvas) => canvas.toDataURL());
}
