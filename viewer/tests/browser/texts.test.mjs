// A record of two texts: what is seen within and between them.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, test } from "node:test";
import { addressed, cellPlace, fixture, go, open, picture, quit, readCell } from "./open.mjs";

const pages = await fixture();
after(async () => {
  await quit();
  pages.remove();
});

const pair = (hash, size = {}) => open({ file: pages.file, hash: `case=pair&${hash}`, ...size });
const picker = (page) => page.getByRole("combobox", { name: "Texts" });
const tokens = "[CLS] the cat sat on the mat [SEP] it was a warm day [SEP]".split(" ");

test("a part shows its queries and keys with the weights and positions of the whole", async () => {
  const page = await pair("view=head&head=2&query=10&key=2");
  const whole = await readCell(page);
  assert.deepEqual([whole.query, whole.key], ["a 10", "cat 2"]);
  await picker(page).focus();
  await page.keyboard.press("End");
  await addressed(page, { texts: "2-2", query: "10", key: "2" });
  assert.equal(await page.locator("[data-value]").count(), 0, "the chosen key is in the other text");
  await page.keyboard.press("ArrowUp");
  await addressed(page, { texts: "2-1", query: "10", key: "2" });
  assert.deepEqual(await readCell(page), whole);
  assert.match(await page.locator(".note.texts").innerText(), /second text's queries, and the first's keys.*lacks of 1/s);

  // 6 queries, 8 keys: the last cell is the last of each text.
  const { x, y } = await cellPlace(page, 5, 7);
  await page.mouse.move(x, y);
  const last = await readCell(page);
  assert.deepEqual([last.query, last.key], ["[SEP] 13", "[SEP] 7"]);
  await page.mouse.click(x, y);
  await addressed(page, { query: "13", key: "7" });
  await page.locator(".plot").focus();
  await page.keyboard.press("ArrowRight");
  await addressed(page, { query: "13", key: "7" });
  await page.keyboard.press("ArrowUp");
  await addressed(page, { query: "12", key: "7" });
  assert.match(await page.locator("[role=status]").innerText(), /query day \(12\), key \[SEP\] \(7\)/);
  await page.keyboard.press("Escape");
  await addressed(page, { query: null, key: null });
  await page.close();
});

test("what a row has on the keys of both texts adds up to 1", async () => {
  const page = await pair("view=head&head=3&query=3&key=1&texts=1-1");
  const shown = async () => Number(await page.locator("[data-shown]").innerText());
  const own = await shown();
  await picker(page).selectOption("1-2");
  await addressed(page, { texts: "1-2" });
  await page.waitForFunction((own) => Number(document.querySelector("[data-shown]").textContent) !== own, own);
  const others = await shown();
  assert.ok(own > 0.05 && others > 0.05, `${own} and ${others}`);
  assert.ok(Math.abs(own + others - 1) <= 2e-3, `${own} and ${others}`);
  assert.equal(await page.locator(".wrong").count(), 0, "a part of a row is no wrong row");
  await page.close();
});

test("every view but two shows the part, and says so in what it saves", async () => {
  for (const view of ["model", "head", "lines", "text"]) {
    const page = await pair(`view=${view}&head=2&texts=2-1`);
    await page.waitForTimeout(200);
    const [download] = await Promise.all([page.waitForEvent("download"), page.getByRole("button", { name: "as SVG" }).click()]);
    assert.match(download.suggestedFilename(), /_2-1\.svg$/);
    const svg = readFileSync(await download.path(), "utf8");
    assert.ok(svg.includes("second → first"), view);
    if (view === "head" || view === "lines") {
      const texts = [...svg.matchAll(/<text[^>]*>([^<]*)</g)].map(([, text]) => text);
      const count = (token) => texts.filter((text) => text === token).length;
      // The first text's tokens are keys alone, the second's queries alone; each has a [SEP].
      assert.deepEqual(["cat", "warm", "[CLS]", "[SEP]"].map(count), [1, 1, 1, 2], view);
    }
    const before = await picture(page);
    await go(page, `case=pair&view=${view}&head=2`);
    await page.waitForTimeout(100);
    if (view !== "text") assert.notEqual(await picture(page), before, view);
    await page.close();
  }
});

test("within a text it is one passage, between two of them two", async () => {
  const page = await pair("view=text&texts=1-1");
  const passages = () =>
    page
      .locator(".passage")
      .evaluateAll((all) => all.map((each) => [...each.querySelectorAll("h3, .word")].map((part) => part.textContent)));
  assert.deepEqual(await passages(), [tokens.slice(0, 8)]);
  await go(page, "case=pair&view=text&texts=1-2");
  assert.deepEqual(await passages(), [
    ["query", ...tokens.slice(0, 8)],
    ["key", ...tokens.slice(8)],
  ]);
  await page.getByRole("button", { name: "sat", exact: true }).click();
  await addressed(page, { query: "3", key: null });
  await page.getByText("What attends to it").click();
  await page.getByRole("button", { name: "warm", exact: true }).click();
  await addressed(page, { query: null, key: "11" });
  await page.close();
});

test("layers are named as the model counts them", async () => {
  const page = await pair("view=head&layer=1&head=2");
  assert.match(await page.locator("h2").first().innerText(), /layer 11 · head 2/);
  const layers = await page.getByRole("combobox", { name: "layer" }).locator("option").allInnerTexts();
  assert.deepEqual(layers, ["3", "11"]);
  await go(page, "case=pair&view=lines");
  assert.match(await page.locator("h2").first().innerText(), /layer 3$/);
  await go(page, "case=pair&view=model");
  assert.equal(await page.getByRole("button", { name: "layer 11 · head 0" }).count(), 1);
  await page.close();
});

test("lines choose tokens by their positions", async () => {
  const page = await pair("view=lines&texts=2-1");
  await page.locator(".plot").focus();
  await page.keyboard.press("ArrowDown");
  await addressed(page, { query: "8" });
  await page.keyboard.press("End");
  await addressed(page, { query: "13" });
  await page.close();
});

test("step by step shows both texts and says why", async () => {
  const page = await pair("view=steps&texts=1-2&query=12");
  assert.ok(await picker(page).isDisabled());
  assert.equal(await picker(page).inputValue(), "all");
  assert.match(await page.locator(".note.texts").innerText(), /Softmax/);
  assert.equal(await page.getByRole("combobox", { name: "Query" }).locator("option").count(), 14);
  assert.equal(await page.getByRole("combobox", { name: "Query" }).inputValue(), "12");
  await page.keyboard.press("1");
  assert.equal(await picker(page).inputValue(), "1-2", "the part is kept for the other views");
  await page.close();
});

test("another part begins without a zoom, and one text has no choice", async () => {
  const page = await pair("view=head&zoom=0.0.5.5");
  await picker(page).selectOption("2-2");
  await addressed(page, { texts: "2-2", zoom: null });
  await page.close();
  const other = await open({ file: pages.file, hash: "case=one&view=head&texts=1-2" });
  assert.equal(await picker(other).count(), 0);
  assert.equal(await other.locator(".note.texts").count(), 0);
  await other.close();
});

test("in both languages, on a telephone", async () => {
  for (const language of ["en", "zh"]) {
    const page = await pair(`language=${language}`, { width: 360, height: 740 });
    for (const view of ["model", "head", "lines", "steps", "text", "findings"]) {
      await go(page, `case=pair&view=${view}&texts=1-2&language=${language}&query=2`);
      assert.ok((await page.evaluate(() => document.documentElement.scrollWidth)) <= 360, `${view} in ${language}`);
    }
    await page.close();
  }
});
