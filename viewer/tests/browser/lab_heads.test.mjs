// Heads, switches, questions, curves, branches, and two models side by side.
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { calls, figure, open, quit, train } from "./lab_open.mjs";

after(quit);

const pictures = (page) =>
  page.locator(".card canvas").evaluateAll((canvases) => canvases.map((/** @type {HTMLCanvasElement} */ canvas) => canvas.toDataURL()));

test("every head is drawn, changes as it learns, says its role, and opens", async () => {
  const page = await open();
  const before = await pictures(page);
  assert.equal(before.length, 8);
  await train(page, 70);
  await page.getByRole("button", { name: "layer 0 · head 0, previous token" }).waitFor();
  const now = await pictures(page);
  assert.ok(now.every((picture, at) => picture !== before[at]));
  await page.getByRole("button", { name: "layer 0 · head 1", exact: true }).click();
  await page.getByRole("heading", { name: "Decoder self-attention · layer 0 · head 1" }).waitFor();
  assert.equal(await page.locator(".card.chosen").getAttribute("data-head"), "L0H1");
  // From a view of all heads, a head opens large.
  await page.getByRole("tab", { name: "What heads do" }).click();
  await page.getByRole("button", { name: "layer 1 · head 3, induction" }).click();
  await page.getByRole("heading", { name: "Decoder self-attention · layer 1 · head 3" }).waitFor();
  await page.close();
});

test("only what changed is drawn again", async () => {
  const page = await open();
  await train(page, 40);
  await page.evaluate(() => {
    globalThis.drawn = [];
    const { getContext } = HTMLCanvasElement.prototype;
    HTMLCanvasElement.prototype.getContext = function (...given) {
      globalThis.drawn.push(this.closest("[data-head]")?.getAttribute("data-head") ?? "");
      return getContext.apply(this, given);
    };
  });
  const drawn = () =>
    page.evaluate(async () => {
      await new Promise((done) => requestAnimationFrame(() => setTimeout(done, 50)));
      return globalThis.drawn.splice(0).filter((name) => name !== "");
    });
  await train(page, 1);
  assert.deepEqual(await drawn(), ["L0H0", "L0H1", "L0H2", "L0H3", "L1H0", "L1H1", "L1H2", "L1H3"]);
  await page.locator("[data-head=L0H2]").getByRole("radio", { name: "off", exact: true }).check();
  await page.locator("[data-head=L1H2] .look").click();
  await page.locator(".without").getByText("without L0H2").waitFor();
  assert.deepEqual(await drawn(), []);
  await page.close();
});

test("a head is switched off, made uniform, and on again, and exact match is told", async () => {
  const page = await open();
  await train(page, 70);
  await page.getByText("Switch a head off and watch exact match.").waitFor();
  const card = page.locator("[data-head=L0H1]");
  await card.getByRole("radio", { name: "off", exact: true }).check();
  const line = page.locator(".without");
  assert.match((await line.innerText()).replace(/\s+/g, " "), /exact match 100\.0 % → 4\.0 % without L0H1 · 512 validation examples/);
  assert.match(await card.getAttribute("class"), /off/);
  await page.locator("[data-head=L1H0]").getByRole("radio", { name: "uniform", exact: true }).check();
  assert.match(await line.innerText(), /without L0H1, with L1H0 uniform/);
  await card.getByRole("radio", { name: "on", exact: true }).check();
  assert.match((await line.innerText()).replace(/\s+/g, " "), /→ 98\.5 % with L1H0 uniform/);
  await line.getByRole("button", { name: "All heads on" }).click();
  assert.deepEqual(await page.evaluate(() => globalThis.headlightLab.changes.value), []);
  // With the keyboard: one stop for each head, the arrows choose.
  await card.getByRole("radio").first().focus();
  await page.keyboard.press("ArrowRight");
  assert.match(await line.innerText(), /without L0H1/);
  await page.close();
});

test("a question is answered, rightly or not, and refused where it cannot be read", async () => {
  const page = await open();
  const field = page.getByRole("textbox", { name: "Question" });
  await page.getByText("10 of the 16 symbols 0 … 15, such as").waitFor();
  await page.locator(".fill").click();
  assert.equal(await field.inputValue(), "3 1 4 1 5 9 2 6 5 3");
  await train(page, 20);
  await field.fill("1 2 3 4 5");
  await field.press("Enter");
  const answer = page.locator(".answer");
  assert.match((await answer.innerText()).replace(/\s+/g, " "), /Answer 1 2 3 4 7 ✗ wrong right answer 1 2 3 4 5 · step 20/);
  await train(page, 60);
  await page.getByRole("button", { name: "Ask" }).click();
  assert.match((await answer.innerText()).replace(/\s+/g, " "), /Answer 1 2 3 4 5 ✓ right/);
  await field.fill("1 x 3");
  await field.press("Enter");
  await page.getByRole("alert").getByText("unknown token 'x'; this run's tokens are 0 … 15").waitFor();
  await page.getByRole("button", { name: "Dismiss" }).click();
  await page.getByRole("button", { name: "Back to the example" }).click();
  assert.equal(await page.evaluate(() => globalThis.headlightLab.question.value), null);
  assert.equal(await field.inputValue(), "");
  await page.close();
});

test("an earlier step is looked at, and a branch goes on from there", async () => {
  const page = await open();
  await train(page, 60);
  const slider = page.getByRole("slider", { name: "Training step" });
  await slider.focus();
  for (let press = 0; press < 5; press++) await page.keyboard.press("ArrowLeft");
  assert.match(await page.locator(".player p").innerText(), /step 35/);
  await train(page, 2);
  assert.match(await page.locator(".player p").innerText(), /step 35/);
  assert.equal(await figure(page, "step"), "62");
  await page.getByRole("button", { name: "Branch from here…" }).click();
  const form = page.getByRole("form", { name: "Continue from step 20, changing" });
  assert.equal(await form.getByRole("button", { name: "Branch" }).isDisabled(), true);
  await form.getByRole("combobox").last().selectOption("0.001");
  await form.getByRole("button", { name: "Branch" }).click();
  assert.deepEqual(await calls(page), ['branch 20 {"learningRate":0.001}']);
  assert.equal(await figure(page, "step"), "20");
  const runs = page.getByRole("list", { name: "Runs" });
  assert.match(await runs.innerText(), /run 2: from run 1, step 20 · Learning rate 0\.001/);
  assert.match(await page.locator(".player p").innerText(), /newest/);
  await runs.getByRole("button").first().click();
  assert.equal(await figure(page, "step"), "62");
  // A press on the curves chooses the step under it.
  const box = await page.locator(".curves").boundingBox();
  await page.mouse.click(box.x + 45, box.y + 60);
  assert.match(await page.locator(".player p").innerText(), /step 0/);
  await page.getByRole("button", { name: "Newest" }).click();
  assert.match(await page.locator(".player p").innerText(), /newest/);
  await page.close();
});

test("two models side by side, with one thing different", async () => {
  const page = await open();
  await page.getByRole("button", { name: "Compare" }).click();
  const form = page.getByRole("form", { name: "Second model: same, except" });
  await form.getByRole("radio", { name: "1" }).check();
  await form.getByRole("button", { name: "Start both" }).click();
  assert.deepEqual(await calls(page), ['compare {"layers":1}']);
  await train(page, 20);
  assert.equal(await page.locator(".grid").count(), 2);
  assert.deepEqual(await page.locator(".grid").evaluateAll((grids) => grids.map((grid) => grid.querySelectorAll(".card").length)), [8, 4]);
  assert.match((await page.locator(".titled").nth(1).innerText()).replace(/\s+/g, " "), /run 2 · Layers 1 step 20 · exact match/);
  // A head of the other model is looked at in that model.
  await page.locator(".grid").nth(1).locator(".look").nth(2).click();
  assert.equal(await page.evaluate(() => globalThis.headlightLab.shown.value.number), 2);
  await page.getByRole("button", { name: "Close the comparison" }).click();
  assert.equal(await page.locator(".grid").count(), 1);
  await page.close();
});

test("kinds of attention are followed when the model changes", async () => {
  const page = await open();
  await page.locator("[data-setting=architecture] select").selectOption("encoder-decoder");
  await page.getByRole("tab", { name: "Cross" }).waitFor();
  assert.equal(await page.getByRole("tab", { name: "Cross" }).getAttribute("aria-selected"), "true");
  await page.getByRole("tab", { name: "Encoder self" }).click();
  await page.getByRole("heading", { name: /^Encoder self-attention/ }).waitFor();
  await page.locator("[data-setting=architecture] select").selectOption("decoder");
  await page.getByRole("heading", { name: /^Decoder self-attention/ }).waitFor();
  await page.close();
});
