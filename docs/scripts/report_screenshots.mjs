// Makes docs/report/*.png, the pictures of docs/report.md: node docs/scripts/report_screenshots.mjs DECODER.html KINDS.html [FOUND.html]
// DECODER is the report of `headlight train copy --record-every 5`, KINDS the one of an encoder–decoder; FOUND, for heads.png, is one with --lens of `headlight train induction --threads 2 --record-every 25 --keep-parameters-every 25`. Wants `npm ci` in viewer/; CHROMIUM=/usr/bin/chromium
import { mkdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { launch, open } from "../../viewer/tests/browser/chromium.mjs";

const [decoder, kinds, found] = process.argv.slice(2);
const folder = join(dirname(fileURLToPath(import.meta.url)), "../report");
mkdirSync(folder, { recursive: true });

const wide = { viewport: { width: 1200, height: 800 } };
const pictures = [
  { name: "model", page: decoder, fragment: "step=40", options: wide },
  { name: "head", page: kinds, fragment: "view=head&layer=1&head=3&query=2&key=2", options: { viewport: { width: 1200, height: 920 } } },
  { name: "lines", page: kinds, fragment: "view=lines&layer=0&threshold=0.05", options: wide },
  { name: "steps", page: decoder, fragment: "view=steps&layer=0&head=0&query=14&key=4", options: { viewport: { width: 1200, height: 900 } } },
  { name: "text", page: decoder, fragment: "view=text&layer=0&head=0&query=14", options: { viewport: { width: 1200, height: 640 } } },
  { name: "dark", page: decoder, fragment: "view=head&layer=0&head=0&step=35&query=14&key=4&language=zh", options: { ...wide, colorScheme: "dark" } },
  { name: "heads", page: found, fragment: "view=findings&column=exact_match_change", options: wide },
].filter(({ page }) => page !== undefined);

const browser = await launch();
for (const { name, page: file, fragment, options } of pictures) {
  const { page, context, harmless } = await open(browser, file, { fragment: `#${fragment}`, ...options });
  await page.locator("#panel canvas").first().waitFor();
  await page.waitForTimeout(400);
  await page.screenshot({ path: join(folder, `${name}.png`) });
  harmless();
  await context.close();
}
await browser.close();
