// Chromium, a report and what its run really recorded. Debian's chromium and playwright-core come from .ci/browser.
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { build } from "esbuild";

const { chromium } = createRequire(import.meta.url)("playwright-core");
const here = dirname(fileURLToPath(import.meta.url));

/** The report of a run with `--record-every`, and the run's directory. */
export const report = process.env.HEADLIGHT_REPORT ?? assert.fail("HEADLIGHT_REPORT names the report to look at");
export const run = process.env.HEADLIGHT_RUN ?? assert.fail("HEADLIGHT_RUN names the run that the report is of");

let browser;

/** A page from disk with nothing else to be had. Whatever it asks for or throws fails the test in {@link close}. */
export async function open({ file = report, search = "", hash = "", width = 1280, height = 900, ...options } = {}) {
  browser ??= await chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: ["--no-sandbox"] });
  const context = await browser.newContext({ viewport: { width, height }, locale: "en-US", offline: true, acceptDownloads: true, ...options });
  const page = await context.newPage();
  page.faults = [];
  const address = pathToFileURL(file).href;
  page.on("request", (request) => {
    const url = request.url();
    if (!url.startsWith(address) && !/^(data|blob):/.test(url)) page.faults.push(`asked for ${url}`);
  });
  page.on("pageerror", (error) => page.faults.push(`threw ${error.message}`));
  page.on("console", (message) => message.type() === "error" && page.faults.push(`complained: ${message.text()}`));
  page.on("dialog", (dialog) => page.faults.push(`opened a dialog: ${dialog.message()}`));
  await page.goto(`${address}${search}#${hash}`);
  await page.locator("#headlight .scene, #headlight .lead").first().waitFor();
  return page;
}

export async function close(page) {
  assert.deepEqual(page.faults, []);
  await page.context().close();
}

export async function quit() {
  await browser?.close();
}

/** The tensors and tokens of a file of records, read without any code of Headlight's. */
export function recordsIn(file) {
  const bytes = readFileSync(file);
  const length = Number(bytes.readBigUInt64LE(0));
  const { __metadata__: notes, ...tensors } = JSON.parse(bytes.subarray(8, 8 + length).toString("utf8"));
  const described = JSON.parse(notes.headlight).records;
  return new Map(
    described.map((record) => {
      const { dtype, shape, data_offsets: [first, end] } = tensors[record.kind];
      assert.equal(dtype, "F32");
      const data = bytes.subarray(8 + length + first, 8 + length + end);
      const weights = new Float32Array(data.buffer.slice(data.byteOffset, data.byteOffset + data.byteLength));
      const [, heads, queries, keys] = shape;
      const weight = (layer, head, query, key) => weights[((layer * heads + head) * queries + query) * keys + key];
      return [record.kind, { shape, queryTokens: record.query_tokens, keyTokens: record.key_tokens, weight }];
    }),
  );
}

/** The page of tests/fixture.ts: records that no run makes. Returns its path, and what removes it. */
export async function fixture() {
  const folder = mkdtempSync(join(tmpdir(), "headlight-fixture-"));
  await build({
    entryPoints: [join(here, "../fixture.ts")], outfile: join(folder, "fixture.js"), bundle: true, format: "iife", target: "es2022", charset: "utf8",
    jsx: "automatic", jsxImportSource: "preact", logLevel: "warning",
  });
  const [script, style] = ["js", "css"].map((end) => readFileSync(join(folder, `fixture.${end}`), "utf8"));
  const file = join(folder, "fixture.html");
  // Strings in it hold "</script>", which would end the element.
  const safe = script.replaceAll("</", "<\\/");
  writeFileSync(file, `<!doctype html><html><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><link rel="icon" href="data:,"><style>${style}</style></head><body><script>${safe}</script></body></html>`);
  return { file, remove: () => rmSync(folder, { recursive: true }) };
}

/** Where a cell's middle is on the screen. */
export async function cellPlace(page, query, key) {
  const plot = page.locator(".plot");
  const [x, y, wide, high, left, top] = (await plot.getAttribute("data-grid")).split(" ").map(Number);
  const box = await plot.boundingBox();
  return { x: box.x + x + (key - left + 0.5) * wide, y: box.y + y + (query - top + 0.5) * high };
}

/** What the panel beside the heatmap says of a cell. */
export async function readCell(page) {
  const [query, key] = await page.locator(".cell dd").allInnerTexts();
  return { query, key, weight: await page.locator("[data-value]").innerText() };
}

/** Fails unless every digit shown is the record's. */
export function assertDigits(shown, weight) {
  assert.match(shown, /^\d\.\d+$/);
  assert.equal(weight.toFixed(shown.split(".")[1].length), shown, `${shown} for ${weight}`);
}

export async function fragment(page) {
  // Continuous changes are written with a short delay.
  await page.waitForTimeout(250);
  return new URLSearchParams(new URL(page.url()).hash.slice(1));
}

/** The pixels of the drawing, to see whether it changed. */
export function picture(page, within = "#panel") {
  return page.locator(`${within} canvas`).first().evaluate((canvas) => canvas.toDataURL());
}
