// Pages in Chromium, from disk and without network. NODE_PATH leads to playwright-core, and CHROMIUM is the browser.
import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

const { chromium } = createRequire(import.meta.url)("playwright-core");

export function launch() {
  return chromium.launch({ executablePath: process.env.CHROMIUM, args: ["--no-sandbox"] });
}

/**
 * Opens a page from disk where nothing else can be reached. `harmless()` fails if it asked for anything, opened a dialog, was stopped by
 * its own policy or wrote an error.
 */
export async function open(browser, path, { fragment = "", ...options } = {}) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, locale: "en", offline: true, ...options });
  const url = pathToFileURL(path).href;
  const wrong = [];
  await context.route("**", (route) => {
    if (route.request().url().split("#")[0] === url) return route.continue();
    wrong.push(`asked for ${route.request().url()}`);
    return route.abort();
  });
  const page = await context.newPage();
  page.on("request", (request) => {
    const asked = request.url();
    if (asked.split("#")[0] !== url && !/^(data|blob):/.test(asked)) wrong.push(`asked for ${asked}`);
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
