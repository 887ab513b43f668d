// A page asks nobody for anything, runs nothing but its own script, and shows what comes from outside as text.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { launch, open } from "./chromium.mjs";

const VIEWS = ["model", "head", "lines", "steps", "text", "findings"];
const NASTY = [
  "</script><script>alert(1)</script>",
  '"><img src=x onerror=alert(2)>',
  "a\u2028b",
  "<!--<script>",
  "&lt;b&gt;",
  "</style><style>",
];

let browser;
const place = mkdtempSync(join(tmpdir(), "headlight-safety-"));
before(async () => (browser = await launch()));
after(async () => {
  await browser.close();
  rmSync(place, { recursive: true });
});

test("a report opens from disk without network in every view, kind and language", async () => {
  for (const report of ["REPORT", "KINDS_REPORT", "FOUND_REPORT", "FOUND_KINDS_REPORT"].map((name) => process.env[`HEADLIGHT_${name}`])) {
    const { page, context, harmless } = await open(browser, report);
    for (const more of ["en&kind=decoder_self", "zh&kind=cross"]) {
      for (const view of VIEWS) {
        await page.evaluate((fragment) => (location.hash = fragment), `view=${view}&language=${more}`);
        await page.waitForTimeout(100);
        assert.equal(await page.locator(`#tab-${view}`).getAttribute("aria-selected"), "true");
      }
    }
    harmless();
    await context.close();
  }
});

test("tokens, titles and names of files are text and nothing else", async () => {
  const weights = NASTY.map((_, query) => NASTY.map((_, key) => (query === key ? 0.75 : 0.05)));
  const name = '"><img src=x onerror=alert(3)>.json';
  writeFileSync(join(place, name), JSON.stringify({ tokens: NASTY, weights }));
  execFileSync(process.env.HEADLIGHT, ["report", name, "-o", "nasty.html"], { cwd: place });
  const path = join(place, "nasty.html");
  const ours = (readFileSync(path, "utf8").match(/<script type="application/g)?.length ?? 0) + 1;
  const texts = [];
  const { page, context, harmless } = await open(browser, path);
  await page.waitForSelector("#headlight *");
  for (const view of VIEWS) {
    await page.evaluate((fragment) => (location.hash = fragment), `view=${view}&query=0&key=1`);
    await page.waitForTimeout(150);
    const { scripts, images, text, title } = await page.evaluate(() => ({
      scripts: document.scripts.length,
      images: document.querySelectorAll("img, iframe, object, embed, link:not([rel=icon])").length,
      text: document.getElementById("headlight").innerText,
      title: document.title,
    }));
    assert.deepEqual([scripts, images], [ours, 0]);
    assert.ok(title.includes(name), title);
    texts.push(text);
  }
  harmless();
  await context.close();
  const all = texts.join("\n");
  assert.ok(all.includes(NASTY[0]) && all.includes(NASTY[1]) && all.includes(name), all);
});

test("the policy stops foreign scripts, evaluation and requests", async () => {
  const { page, context, wrong } = await open(browser, process.env.HEADLIGHT_REPORT);
  await page.waitForSelector("#headlight *");
  assert.deepEqual(wrong, []);
  const stopped = await page.evaluate(async () => {
    const stopped = [];
    document.addEventListener("securitypolicyviolation", (event) => stopped.push(event.effectiveDirective));
    const script = document.createElement("script");
    script.textContent = "globalThis.foreign = true";
    document.body.append(script);
    const button = document.createElement("button");
    button.setAttribute("onclick", "globalThis.foreign = true");
    document.body.append(button);
    button.click();
    const style = document.createElement("style");
    style.textContent = "body { display: none }";
    document.body.append(style);
    // Playwright's own evaluation is let through, and what it starts is not.
    await new Promise((resolve) => setTimeout(resolve, 50));
    const request = await fetch("data:,text").then(
      () => "fetched",
      () => "stopped",
    );
    const image = new Image();
    image.src = "file:///etc/hostname";
    await new Promise((resolve) => setTimeout(resolve, 100));
    return { foreign: globalThis.foreign === true, display: getComputedStyle(document.body).display, request, stopped };
  });
  assert.equal(stopped.foreign, false);
  assert.notEqual(stopped.display, "none");
  assert.equal(stopped.request, "stopped");
  for (const directive of ["script-src-elem", "script-src-attr", "style-src-elem", "connect-src", "img-src"]) {
    assert.ok(stopped.stopped.includes(directive), `${directive}: ${stopped.stopped}`);
  }
  const evaluated = await page.evaluate(() => {
    // In a task of its own, where nothing of Playwright is on the stack.
    return new Promise((resolve) =>
      setTimeout(() => {
        try {
          resolve(new Function("return 1")());
        } catch (error) {
          resolve(error.name);
        }
      }),
    );
  });
  assert.equal(evaluated, "EvalError");
  await context.close();
});
