// The lab's controls on real trainings, and how smoothly it draws them.
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { lab, quit, until } from "./lab.mjs";

after(quit);

/** As a page on a screen of this size, with its heads drawn. */
async function opened(hash, width = 1280, height = 900) {
  const given = await lab(hash, { viewport: { width, height } });
  await given.page.locator(".card canvas").first().waitFor();
  return given;
}

const ticked = (page, steps) =>
  page.waitForFunction((steps) => document.querySelectorAll(".lesson li.done").length >= steps, steps, { timeout: 60_000 });
const turn = (page, head, to) => page.locator(`[data-head=${head}]`).getByRole("radio", { name: to, exact: true }).check();

test("heads are drawn at 30 frames a second while they are trained", async () => {
  const { page, context, harmless } = await opened("play=1");
  const before = await page
    .locator(".card canvas")
    .first()
    .evaluate((/** @type {HTMLCanvasElement} */ canvas) => canvas.toDataURL());
  await until(page, ["training"], 1);
  const frames = await page.evaluate(async () => {
    let frames = 0;
    const begun = performance.now();
    while (performance.now() - begun < 3000 && document.documentElement.dataset.state === "training") {
      await new Promise((drawn) => requestAnimationFrame(drawn));
      frames++;
    }
    return (1000 * frames) / (performance.now() - begun);
  });
  console.log(`${frames.toFixed(1)} frames a second`);
  assert.ok(frames >= 30, `${frames} frames a second`);
  await page.waitForFunction(
    (before) => /** @type {HTMLCanvasElement} */ (document.querySelector(".card canvas")).toDataURL() !== before,
    before,
  );
  harmless();
  await context.close();
});

test("a lesson is learned: one of four heads that look the same is missed", async () => {
  const { page, context, harmless } = await opened("lesson=switch-off");
  assert.match(page.url(), /lesson=switch-off/);
  assert.equal(await page.locator(".card").count(), 4);
  await page.getByRole("button", { name: "Train", exact: true }).click();
  await until(page, ["solved"]);
  await ticked(page, 1);
  await turn(page, "L1H1", "off");
  await ticked(page, 2);
  const share = async () => Number((await page.locator(".without b").nth(1).innerText()).replace(" %", ""));
  assert.ok((await share()) > 90, "without L1H1");
  await turn(page, "L1H1", "on");
  await turn(page, "L0H1", "off");
  await ticked(page, 3);
  assert.ok((await share()) < 50, "without L0H1");
  await turn(page, "L0H1", "uniform");
  await ticked(page, 4);
  await page.getByRole("button", { name: "All heads on" }).click();
  await ticked(page, 5);
  harmless();
  await context.close();
});

test("the head of a lesson is found on its diagonal, and looked at as it was", async () => {
  const { page, context, harmless } = await opened("lesson=diagonal&play=1");
  await until(page, ["solved"]);
  await ticked(page, 2);
  const plot = page.locator(".plot");
  const [x, y, wide, high] = (await plot.getAttribute("data-grid")).split(" ").map(Number);
  await plot.click({ position: { x: x + 5.5 * wide, y: y + 15.5 * high } });
  await ticked(page, 3);
  assert.ok(Number(await page.locator("[data-value]").innerText()) > 0.1);
  await page.getByRole("slider", { name: "Training step" }).fill("1");
  await ticked(page, 4);
  harmless();
  await context.close();
});

test("a question is answered rightly when the task is solved, and refused in one line", async () => {
  const { page, context, harmless } = await opened("layers=1&heads=2&play=1");
  await until(page, ["solved"]);
  const field = page.getByRole("textbox", { name: "Question" });
  await field.fill("1 2 3 4 5 6 7 8 9 10");
  await field.press("Enter");
  await page.locator(".answer .right").waitFor();
  assert.match(await page.locator(".answer").innerText(), /1 2 3 4 5 6 7 8 9 10/);
  await field.fill("1 2 <b>3</b>");
  await field.press("Enter");
  await page.getByRole("alert").getByText("<b>3</b>").waitFor();
  assert.equal(await page.locator(".troubles b").count(), 0);
  harmless();
  await context.close();
});

test("a branch and a second model are trained beside the first", async () => {
  const { page, context, harmless } = await opened("layers=1&heads=2&max-steps=30&play=1");
  await until(page, ["stopped"], 30);
  await page.getByRole("button", { name: "Branch from here…" }).click();
  const form = page.getByRole("form");
  await form.getByRole("combobox").last().selectOption("0.001");
  await form.getByRole("button", { name: "Branch" }).click();
  await page.getByRole("list", { name: "Runs" }).getByRole("button").nth(1).waitFor();
  await page.getByRole("button", { name: "Compare" }).click();
  await form.getByRole("radio", { name: "2" }).check();
  await form.getByRole("button", { name: "Start both" }).click();
  await page.locator(".grid").nth(1).locator(".card canvas").first().waitFor();
  assert.deepEqual(await page.locator(".grid").evaluateAll((grids) => grids.map((grid) => grid.querySelectorAll(".card").length)), [2, 4]);
  harmless();
  await context.close();
});

test("every task speaks Chinese where the page does", async () => {
  const { page, context, harmless } = await opened("language=zh");
  const tasks = await page
    .locator("[data-setting=task] option")
    .evaluateAll((options) => options.map((option) => option.getAttribute("value") ?? ""));
  assert.ok(tasks.length > 9);
  for (const task of tasks) {
    await page.locator("[data-setting=task] select").selectOption(task);
    for (const text of [page.locator(".task .about"), page.locator(".task .note").first()])
      assert.match(await text.innerText(), /\p{Script=Han}/u, task);
    if (task !== "file") assert.equal(await page.locator(".task .example").count(), 1, task);
  }
  harmless();
  await context.close();
});
