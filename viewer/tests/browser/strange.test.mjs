// Records that no run makes, and saved pictures.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, test } from "node:test";
import { cellPlace, fixture, go, open, picture, quit, readCell } from "./open.mjs";

const pages = await fixture();
after(async () => {
  await quit();
  pages.remove();
});
const VIEWS = ["model", "head", "lines", "steps", "text", "findings"];

/** What the page saves when a button is pressed. */
async function saved(page, name) {
  const [download] = await Promise.all([page.waitForEvent("download"), page.getByRole("button", { name }).click()]);
  return { name: download.suggestedFilename(), bytes: readFileSync(await download.path()) };
}

test("every case shows in every view, and no wider than a telephone", async () => {
  for (const name of ["training", "strange", "one", "biased", "pair", "padded", "large", "wide", "found", "strangeFound", "largeFound"]) {
    const page = await open({ file: pages.file, hash: `case=${name}`, width: 360, height: 740 });
    for (const view of VIEWS) {
      await go(page, `view=${view}&query=0`);
      assert.equal(await page.locator(".failure").count(), 0, `${view} of ${name}`);
      assert.ok((await page.evaluate(() => document.documentElement.scrollWidth)) <= 360, `${view} of ${name}`);
    }
    await page.close();
  }
});

test("tokens are text and nothing else", async () => {
  const page = await open({ file: pages.file, hash: "case=strange&view=head" });
  for (const [at, shown] of [
    [0, "</script><script>alert(1)</script>"],
    [1, '"><img src=x onerror=alert(2)>'],
    [2, "lineU+2028 break"],
    [3, "a↵b"],
    [4, "U+200B"],
    [5, '""'],
    [6, "␣"],
    [7, "U+202E evil"],
    [8, "שלום"],
    [10, "&amp;"],
    [12, "U+D800"],
  ]) {
    const { x, y } = await cellPlace(page, at, at);
    await page.mouse.move(x, y);
    const { query, key } = await readCell(page);
    assert.equal(query, `${shown} ${at}`);
    assert.equal(key, `${shown} ${at}`);
  }
  assert.equal(await page.locator("#headlight img, #headlight script").count(), 0);
  await page.close();
});

test("a saved SVG is one, with the tokens as text", async () => {
  for (const [name, view] of [
    ["strange", "head"],
    ["strange", "lines"],
    ["strange", "steps"],
    ["strange", "text"],
    ["training", "model"],
    ["large", "head"],
    ["padded", "head"],
  ]) {
    const page = await open({ file: pages.file, hash: `case=${name}&view=${view}&query=0` });
    await page.waitForTimeout(200);
    const { name: file, bytes } = await saved(page, "Save this view as SVG");
    assert.match(file, /\.svg$/);
    assert.ok(bytes.length < 1_500_000, `${view} of ${name}: ${bytes.length} bytes`);
    const parsed = await page.evaluate((text) => {
      const xml = new DOMParser().parseFromString(text, "image/svg+xml");
      return {
        broken: xml.querySelector("parsererror")?.textContent,
        root: xml.documentElement.localName,
        texts: [...xml.querySelectorAll("text")].map((each) => each.textContent),
        active: xml.querySelectorAll("script, foreignObject, a, style").length,
      };
    }, bytes.toString("utf8"));
    assert.equal(parsed.broken, undefined, `${view} of ${name}`);
    assert.equal(parsed.root, "svg");
    assert.equal(parsed.active, 0);
    const texts = parsed.texts.map((text) => text.replace(/[\u2068\u2069]/g, ""));
    if (name === "strange")
      for (const token of ["a↵b", "U+200B", "中文词元", "שלום"]) assert.ok(texts.includes(token), `${token} is missing in ${view}`);
    if (name === "strange")
      assert.ok(
        texts.some((text) => text.startsWith("</script><")),
        view,
      );
    await page.close();
  }
});

test("a saved PNG is one, at twice the size", async () => {
  const page = await open({ file: pages.file, hash: "case=training&view=head" });
  const { bytes } = await saved(page, "Save this view as PNG");
  assert.equal(bytes.subarray(1, 4).toString(), "PNG");
  const wide = await page
    .locator("#panel .scene")
    .first()
    .evaluate((scene) => scene.clientWidth);
  assert.equal(bytes.readUInt32BE(16), 2 * (wide + 32));
  await page.close();
});

test("rows that are no distribution, and masked cells, are named", async () => {
  let page = await open({ file: pages.file, hash: "case=strange&view=head&query=3&key=3" });
  assert.match(await page.locator(".inspector").innerText(), /The row sums to 0\.8\d*, not to 1/);
  await page.close();
  page = await open({ file: pages.file, hash: "case=padded&view=head&kind=encoder_self&query=0&key=1" });
  assert.match(await page.locator(".inspector").innerText(), /masked: padding.*Every key is masked/s);
  // Nothing says that these queries predict anything.
  for (const view of ["head", "lines", "steps"]) {
    await go(page, `case=padded&view=${view}&kind=cross&query=1&key=1`);
    assert.doesNotMatch(await page.locator("#panel").innerText(), /predict/, view);
  }
  await page.close();
  page = await open({ file: pages.file, hash: "case=training&view=head&kind=decoder_self&query=0&key=1" });
  assert.match(await page.locator(".inspector").innerText(), /masked: a later token.*should predict the next token/s);
  await page.close();
});

test("step by step says where vectors are missing, and that its arithmetic agrees where they are not", async () => {
  let page = await open({ file: pages.file, hash: "case=large&view=steps" });
  assert.match(await page.locator("#panel").innerText(), /This record has attention weights only/);
  await page.close();
  page = await open({ file: pages.file, hash: "case=biased&view=steps&head=1" });
  assert.match(
    await page.locator("#panel").innerText(),
    /Computed in this page from the recorded Q, K and V\. The weights are within \de-\d+ /,
  );
  await page.close();
});

test("512 tokens cost no more elements than 20, and zoom shows a part", async () => {
  const page = await open({ file: pages.file, hash: "case=large&view=head&layer=3&head=2" });
  const elements = await page.locator("#headlight *").count();
  assert.ok(elements < 400, `${elements} elements`);
  const whole = await picture(page);
  const { x, y } = await cellPlace(page, 300, 290);
  await page.mouse.dblclick(x, y);
  await page.waitForTimeout(250);
  const zoom = new URLSearchParams(new URL(page.url()).hash.slice(1)).get("zoom").split(".").map(Number);
  assert.ok(zoom[0] <= 290 && zoom[2] > 290 && zoom[1] <= 300 && zoom[3] > 300 && zoom[2] - zoom[0] === 256, zoom.join());
  assert.notEqual(await picture(page), whole);
  await page.close();
});

test("what was wanted last wins, however late the rest arrives, and nothing disappears meanwhile", async () => {
  const page = await open({ file: pages.file, hash: "case=slow&view=head&kind=decoder_self&step=0&query=5&key=4" });
  const first = (await readCell(page)).weight;
  await go(page, "view=head&kind=decoder_self&query=5&key=4");
  await page.waitForFunction((first) => document.querySelector("[data-value]").textContent !== first, first);
  const last = (await readCell(page)).weight;
  await go(page, "view=head&kind=decoder_self&step=35&query=5&key=4");
  assert.equal((await readCell(page)).weight, last, "until the next is there, the one before stays");
  assert.equal(await page.locator(".plot").count(), 1);
  await go(page, "view=head&kind=decoder_self&step=0&query=5&key=4");
  await page.waitForTimeout(900);
  assert.equal((await readCell(page)).weight, first);
  await page.close();
});

test("a source that gives more moments is followed, unless a step was chosen", async () => {
  const page = await open({ file: pages.file, hash: "case=growing&view=head&kind=decoder_self&query=12&key=2" });
  const grow = () => page.evaluate("headlightGrow()");
  const step = () => page.locator(".figures").innerText();
  assert.equal(await page.locator(".timeline").count(), 0, "one moment is no training");
  const first = (await readCell(page)).weight;
  for (let moment = 0; moment < 4; moment++) await grow();
  await page.waitForFunction((first) => document.querySelector("[data-value]").textContent !== first, first);
  assert.match(await step(), /step\s+20/);
  await page.locator(".curves canvas").waitFor();
  // An earlier step that was chosen stays, however many come.
  await page.getByRole("slider", { name: "Training step" }).focus();
  await page.keyboard.press("Home");
  await grow();
  await page.waitForFunction(() => /** @type {HTMLInputElement} */ (document.querySelector(".timeline input")).max === "5");
  assert.match(await step(), /step\s+0/);
  assert.equal((await readCell(page)).weight, first);
  await page.keyboard.press("End");
  await page.waitForFunction(() => document.querySelector(".figures").textContent.includes("25"));
  await page.close();
});
