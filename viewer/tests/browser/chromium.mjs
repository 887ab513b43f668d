// Pages in Chromium, from disk and without network. The variable CHROMIUM is the path of the browser.
import assert from "node:assert/strict";
import { pathToFileURL } from "node:url";
import { chromium } from "playwright-core";

export function launch() {
  return chromium.launch({ executablePath: process.env.CHROMIUM, args: ["--no-sandbox"] });
}

/**
 * @typedef {import("playwright-core").Page} Page
 * @typedef {import("playwright-core").BrowserContextOptions} ContextOptions
 */

/**
 * Opens a page from disk where nothing else can be reached. `harmless()` fails if it asked for anything, opened a dialog, was stopped by
 * its own policy or wrote an error.
 *
 * @param {import("playwright-core").Browser} browser
 * @param {string} path
 * @param {ContextOptions & { fragment?: string, script?: () => void, also?: string[] }} given `also` are files that may be opened from it
 */
export async function open(browser, path, { fragment = "", script, also = [], ...options } = {}) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, locale: "en", offline: true, ...options });
  const url = pathToFileURL(path).href;
  const known = new Set([path, ...also].map((each) => pathToFileURL(each).href));
  /** @type {string[]} */
  const wrong = [];
  await context.route("**", (route) => {
    if (known.has(route.request().url().split("#")[0])) return route.continue();
    wrong.push(`asked for ${route.request().url()}`);
    return route.abort();
  });
  if (script) await context.addInitScript(script);
  const page = await context.newPage();
  page.on("request", (request) => {
    const asked = request.url();
    if (!known.has(asked.split("#")[0]) && !/^(data|blob):/.test(asked)) wrong.push(`asked for ${asked}`);
  });
  page.on("dialog", (dialog) => {
    wrong.push(`a dialog: ${dialog.message()}`);
    return dialog.dismiss();
  });
  page.on("pageerror", (error) => wrong.push(`an error: ${error.message}`));
  page.on("console", (line) => {
    if (["error", "warning"].includes(line.type())) wrong.push(`the console: ${line.text()}`);
  });
  await page.goto(url + fragment);
  return { page, context, wrong, harmless: () => assert.deepEqual(wrong, []) };
}

/**
 * As {@link open}, in a window of this size. A test closes the page at its end, and finds out there whether it did what it must not.
 *
 * @param {import("playwright-core").Browser} browser
 * @param {string} path
 * @param {string} fragment
 * @param {ContextOptions & { width?: number, height?: number }} given
 */
export async function openChecked(browser, path, fragment, { width = 1280, height = 900, ...options }) {
  const { page, harmless, context } = await open(browser, path, {
    fragment,
    viewport: { width, height },
    locale: "en-US",
    acceptDownloads: true,
    ...options,
  });
  page.close = async () => {
    harmless();
    await context.close();
  };
  return page;
}
