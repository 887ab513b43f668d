// The lab around a session without workers, in Chromium.
import { bundled } from "./bundle.mjs";
import { launch, openChecked } from "./chromium.mjs";

/** @typedef {import("playwright-core").Page} Page */

let browser;
let made;

/**
 * Opens the page of tests/lab/page.ts. Its session takes a step when `train` says so, and at no other time.
 *
 * @param {import("playwright-core").BrowserContextOptions & { hash?: string, width?: number, height?: number }} given
 */
export async function open({ hash = "", ...options } = {}) {
  browser ??= await launch();
  made ??= await bundled("lab/page.ts");
  const page = await openChecked(browser, made.file, `#still=1${hash === "" ? "" : `&${hash}`}`, options);
  await page.locator(".card canvas").first().waitFor();
  return page;
}

export async function quit() {
  await browser?.close();
  made?.remove();
}

/**
 * @param {Page} page
 * @param {number} steps
 */
export async function train(page, steps) {
  await page.evaluate((steps) => globalThis.headlightLab.advance(steps), steps);
}

/**
 * What the views asked of the session so far.
 *
 * @param {Page} page
 * @returns {Promise<string[]>}
 */
export function calls(page) {
  return page.evaluate(() => globalThis.headlightLab.calls);
}

/**
 * A number in the transport, as it is read.
 *
 * @param {Page} page
 * @param {"step" | "loss" | "exact-match"} name
 */
export async function figure(page, name) {
  return (await page.locator(`[data-figure=${name}]`).innerText()).trim();
}
