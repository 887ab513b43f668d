// Lessons, exercises of a teacher's own, what is shared and kept, languages and sizes.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, test } from "node:test";
import { calls, open, quit, train } from "./lab_open.mjs";

after(quit);

/** Waits until so many steps of the lesson are ticked. */
async function ticked(page, steps) {
  const done = page.locator(".lesson li.done");
  for (let wait = 0; wait < 50 && (await done.count()) !== steps; wait++) await page.waitForTimeout(20);
  assert.equal(await done.count(), steps);
}

test("watch a head find the diagonal", async () => {
  const page = await open({ hash: "lesson=diagonal" });
  await page.getByRole("heading", { name: "Watch a head find the diagonal" }).waitFor();
  for (const hidden of [".choices", ".turn", ".tabs.views", ".branch", ".without"])
    assert.equal(await page.locator(hidden).count(), 0, hidden);
  await ticked(page, 0);
  await train(page, 25);
  await ticked(page, 1);
  await train(page, 60);
  await ticked(page, 2);
  await page.locator("[data-head=L0H1] .look").click();
  const plot = page.locator(".plot");
  const [x, y, wide, high] = (await plot.getAttribute("data-grid")).split(" ").map(Number);
  const click = async (query, key) => plot.click({ position: { x: x + (key + 0.5) * wide, y: y + (query + 0.5) * high } });
  await click(13, 2);
  await ticked(page, 2);
  await click(13, 3);
  await ticked(page, 3);
  await page.getByRole("slider", { name: "Training step" }).fill("4");
  await ticked(page, 4);
  await page.locator(".finished").waitFor();
  await page.getByRole("button", { name: "Leave the lesson" }).click();
  assert.equal(await page.locator(".lesson").count(), 0);
  assert.equal(await page.locator(".choices").count(), 1);
  await page.close();
});

test("switch off the head", async () => {
  const page = await open();
  await page.getByRole("button", { name: "Lessons" }).click();
  await page.getByRole("button", { name: /^Switch off the head/ }).click();
  await train(page, 70);
  const turn = (head, to) => page.locator(`[data-head=${head}]`).getByRole("radio", { name: to, exact: true }).check();
  await turn("L1H0", "off");
  await ticked(page, 2);
  // Two heads at once tell nothing of one.
  await turn("L0H1", "off");
  await ticked(page, 2);
  await turn("L1H0", "on");
  await ticked(page, 3);
  await turn("L0H1", "uniform");
  await ticked(page, 4);
  await page.getByRole("button", { name: "All heads on" }).click();
  await ticked(page, 5);
  await page.close();
});

test("induction needs two layers", async () => {
  const page = await open({ hash: "lesson=two-layers" });
  assert.equal(await page.locator(".card").count(), 4);
  assert.deepEqual(
    await page
      .locator(".choices [data-setting]")
      .evaluateAll((rows) => rows.map((row) => /** @type {HTMLElement} */ (row).dataset.setting)),
    ["layers"],
  );
  await train(page, 100);
  await ticked(page, 1);
  await page.getByRole("button", { name: "Compare" }).click();
  await page.getByRole("form").getByRole("radio", { name: "2" }).check();
  await page.getByRole("button", { name: "Start both" }).click();
  await ticked(page, 2);
  await train(page, 120);
  await ticked(page, 3);
  await page
    .getByRole("button", { name: /^run 2/ })
    .first()
    .click();
  await page.locator(".grid").last().locator("[data-head=L0H0] .look").click();
  await ticked(page, 4);
  await page.locator(".grid").last().locator("[data-head=L1H3] .look").click();
  await ticked(page, 5);
  await page.close();
});

test("a teacher's own text is text, and hides what it names", async () => {
  const text = "1. Train.\n<script>alert(1)</script><img src=x onerror=alert(2)>\n\u202eevil";
  const page = await open({ hash: `lesson-text=${encodeURIComponent(text)}&hide=choices,switches,views,nonsense` });
  assert.equal(await page.locator(".own").evaluate((own) => own.textContent), text);
  assert.equal(await page.locator(".own *").count(), 0);
  for (const hidden of [".choices", ".turn", ".tabs.views"]) assert.equal(await page.locator(hidden).count(), 0, hidden);
  assert.equal(await page.locator(".question").count(), 1);
  // What the viewer says in the address leaves it alone.
  await page.locator("[data-head=L1H2] .look").click();
  await page.waitForFunction(() => location.hash.includes("layer=1"));
  assert.equal(new URLSearchParams(new URL(page.url()).hash.slice(1)).get("lesson-text"), text);
  await page.close();
  const long = await open({ hash: `lesson-text=${"x".repeat(100_000)}` });
  assert.equal((await long.locator(".own").innerText()).length, 4000);
  await long.close();
});

test("an exercise is made, and its address shows it", async () => {
  const page = await open();
  await page.getByRole("button", { name: "Share and keep" }).click();
  await page.getByText("Make it an exercise").click();
  await page.getByLabel("Task text").fill("Which head is missed?");
  await page.getByRole("checkbox", { name: "curves" }).check();
  const link = await page.locator(".exercise .copied input").inputValue();
  await page.close();
  const exercise = await open({ hash: link.split("#still=1&")[1] });
  await exercise.getByText("Which head is missed?").waitFor();
  assert.equal((await exercise.locator(".choices").count()) + (await exercise.locator(".curves").count()), 0);
  await exercise.close();
});

test("the address and the command are copied, the run saved, and another opened", async () => {
  const page = await open({ permissions: ["clipboard-read", "clipboard-write"] });
  await train(page, 20);
  await page.getByRole("button", { name: "Share and keep" }).click();
  const clipboard = () => page.evaluate(() => navigator.clipboard.readText());
  await page.getByRole("button", { name: "Copy link" }).click();
  await page.getByText("Copied.").first().waitFor();
  assert.equal(await clipboard(), page.url());
  await page.getByRole("button", { name: "Copy command" }).click();
  await page.waitForFunction(async () => (await navigator.clipboard.readText()).startsWith("headlight train copy"));
  await page.getByText("This browser keeps the run").waitFor();
  const [download] = await Promise.all([page.waitForEvent("download"), page.getByRole("button", { name: "Save run" }).click()]);
  assert.equal(download.suggestedFilename(), "copy-seed-0.zip");
  assert.equal(readFileSync(await download.path(), "utf8"), "PK");
  // What is trained would be lost, so that is asked first.
  await page.locator(".keep input[type=file]").setInputFiles({ name: "run.zip", mimeType: "application/zip", buffer: Buffer.from("PK") });
  assert.deepEqual(await calls(page), []);
  await page.getByRole("button", { name: "Go on without saving" }).click();
  await page.getByText("this is not a run directory: no config.json in it").waitFor();
  assert.deepEqual(await calls(page), ["open 2"]);
  await page.close();
});

test("everything fits and is named in both languages and at every width", async () => {
  for (const [width, height] of [
    [360, 740],
    [390, 844],
    [768, 1024],
    [1280, 900],
    [1920, 1080],
  ]) {
    for (const language of ["en", "zh"]) {
      const page = await open({ width, height, hash: `language=${language}` });
      await train(page, 70);
      await page.evaluate(() => globalThis.headlightLab.change({ kind: "decoder_self", layer: 0, head: 1 }, "off"));
      const fits = async (what) => {
        const wide = await page.evaluate(() => document.documentElement.scrollWidth);
        assert.ok(wide <= width, `${what}, ${width} ${language}: ${wide}`);
      };
      await fits("one model");
      const nameless = await page.locator("button:visible, input:visible, select:visible, textarea:visible").evaluateAll((controls) =>
        controls
          .filter((/** @type {any} */ each) => {
            const labels = [...(each.labels ?? [])].map((label) => label.textContent).join("");
            return `${each.textContent}${labels}${each.getAttribute("aria-label") ?? ""}`.trim() === "";
          })
          .map((each) => each.outerHTML.slice(0, 120)),
      );
      assert.deepEqual(nameless, []);
      await page.evaluate(() => {
        globalThis.headlightLab.compare({ layers: 1 });
        globalThis.headlightLab.branch(20, { learningRate: 0.001 });
      });
      await page.locator(".grid").nth(1).waitFor();
      await page.locator(".branch").click();
      await fits("two models and a branch");
      if (language === "zh") {
        const english = await page
          .locator("body")
          .evaluate((/** @type {HTMLElement} */ body) => /\b(the|head|steps?|exact match|loss)\b/i.exec(body.innerText)?.[0]);
        assert.equal(english, undefined);
      }
      await page.close();
    }
  }
});

test("what a focus meets comes in the order in which it is read", async () => {
  const page = await open();
  const order = [];
  for (let press = 0; press < 40; press++) {
    await page.keyboard.press("Tab");
    order.push(
      await page.evaluate(
        () =>
          ["header", ".transport", ".fold-choices", ".heads", ".question", ".large", ".timeline"].find((part) =>
            document.activeElement.closest(part),
          ) ?? "",
      ),
    );
  }
  const first = [...new Set(order.filter((part) => part !== ""))];
  assert.deepEqual(first.slice(0, 4), ["header", ".transport", ".fold-choices", ".heads"]);
  await page.close();
});
