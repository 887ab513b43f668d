// What drives a training, and what is chosen for it.
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { calls, figure, open, quit, train } from "./lab_open.mjs";

after(quit);

test("train, pause, one step, restart, speed", async () => {
  const page = await open();
  assert.equal(await figure(page, "step"), "0");
  const state = page.locator(".says");
  assert.match(await state.innerText(), /Ready/);
  await page.getByRole("button", { name: "Train", exact: true }).click();
  await train(page, 45);
  assert.match(await state.innerText(), /Training/);
  assert.equal(await figure(page, "step"), "45");
  assert.match(await figure(page, "loss"), /^\d\.\d{3}$/);
  assert.match(await figure(page, "exact-match"), /^\d+\.\d %$/);
  await page.getByRole("button", { name: "Pause", exact: true }).click();
  assert.match(await state.innerText(), /Paused at step 45/);
  await page.getByRole("button", { name: "One step" }).click();
  assert.equal(await figure(page, "step"), "46");
  await page.getByLabel("Speed").selectOption({ label: "5 steps a second" });
  assert.equal(await page.evaluate(() => globalThis.headlightLab.speed.value), 5);
  // What would be lost is asked about first.
  await page.getByRole("button", { name: "Restart" }).click();
  const dialog = page.getByRole("dialog", { name: "This training would be lost" });
  await dialog.getByText("step 46").waitFor();
  await dialog.getByRole("button", { name: "Cancel" }).click();
  assert.deepEqual(await calls(page), []);
  await page.getByRole("button", { name: "Restart" }).click();
  await dialog.getByRole("button", { name: "Go on without saving" }).click();
  assert.deepEqual(await calls(page), ["restart"]);
  assert.equal(await figure(page, "step"), "0");
  await page.close();
});

test("keys train, pause and step, and can be turned off", async () => {
  const page = await open();
  const playing = () => page.evaluate(() => globalThis.headlightLab.playing.value);
  await page.keyboard.press("Space");
  assert.equal(await playing(), true);
  await page.keyboard.press("Space");
  assert.equal(await playing(), false);
  await page.keyboard.press(".");
  await page.keyboard.press(".");
  assert.equal(await figure(page, "step"), "2");
  // In a field a key is a letter, on a button space presses it.
  await page.getByRole("textbox", { name: "Question" }).fill("");
  await page.getByRole("textbox", { name: "Question" }).press(".");
  assert.equal(await figure(page, "step"), "2");
  await page.getByRole("button", { name: "One step" }).focus();
  await page.keyboard.press("Space");
  assert.equal(await figure(page, "step"), "3");
  assert.equal(await playing(), false);
  await page.evaluate(() => /** @type {HTMLElement} */ (document.activeElement).blur());
  await page.keyboard.press("p");
  assert.equal(await page.evaluate(() => document.documentElement.classList.contains("presenter")), true);
  assert.equal(await page.locator(".fold-choices").count(), 0);
  await page.keyboard.press("p");
  await page.keyboard.press("?");
  const help = page.getByRole("dialog", { name: "Help and shortcuts" });
  await help.getByText("train, pause").waitFor();
  await help.getByRole("checkbox").uncheck();
  await page.keyboard.press("Escape");
  await page.keyboard.press("Space");
  await page.keyboard.press(".");
  assert.equal(await playing(), false);
  assert.equal(await figure(page, "step"), "3");
  await page.close();
});

test("the state is said in words, once", async () => {
  const page = await open();
  const said = page.locator(".unseen[role=status]");
  await page.evaluate(() => globalThis.headlightLab.play());
  await page.waitForFunction(() => document.querySelector(".unseen[role=status]").textContent === "Training");
  for (let at = 0; at < 5; at++) await train(page, 5);
  assert.equal(await said.innerText(), "Training");
  await train(page, 60);
  await page.waitForFunction(() =>
    /^Solved in \d+ steps; exact match 100/.test(document.querySelector(".unseen[role=status]").textContent),
  );
  await page.close();
});

test("an error has a line and a way on; a hidden tab and a refused choice are told", async () => {
  const page = await open();
  await train(page, 30);
  await page.evaluate(() => globalThis.headlightLab.set.trouble("the worker stopped: <img src=x onerror=alert(1)>"));
  const alert = page.getByRole("alert").filter({ hasText: "the worker stopped: <img" });
  await alert.getByRole("button", { name: "Start again" }).click();
  assert.deepEqual(await calls(page), ["recover"]);
  await page.evaluate(() => (globalThis.headlightLab.set.held.value = true));
  await page.getByText("Paused while this tab is hidden").waitFor();
  await page.evaluate(() => (globalThis.headlightLab.set.held.value = false));
  await page.locator("[data-setting=heads]").getByRole("radio", { name: "8" }).check();
  await page.locator("[data-setting=dModel] select").selectOption("16");
  assert.equal(await page.locator(".refused").count(), 0);
  await page.evaluate(() => (globalThis.headlightLab.chosen.value = { task: "copy", heads: 8, dModel: 12 }));
  await page.locator(".refused").getByText("a width of 12 cannot be divided among 8 heads").waitFor();
  await page.close();
});

test("choices make a model at once while nothing is trained, and ask when something is", async () => {
  const page = await open();
  const row = (name) => page.locator(`[data-setting=${name}]`);
  await row("layers").getByRole("radio", { name: "1" }).check();
  assert.equal(await page.locator(".card").count(), 4);
  assert.match(await row("layers").getAttribute("class"), /changed/);
  await row("layers").getByRole("button", { name: "Layers: back to the default, 2" }).click();
  assert.equal(await page.locator(".card").count(), 8);
  await row("task").getByRole("combobox").selectOption("induction");
  await page.getByText("continue a repeated sequence").waitFor();
  assert.equal(await row("length").getByRole("spinbutton").inputValue(), "12");
  // Out of range is not taken.
  await row("length").getByRole("spinbutton").fill("999");
  await row("length").getByRole("spinbutton").blur();
  assert.equal(await row("length").getByRole("spinbutton").inputValue(), "12");
  await row("seed").getByRole("button", { name: "Another seed" }).click();
  assert.equal(await row("seed").getByRole("spinbutton").inputValue(), "1");
  await page.getByText("More settings").click();
  await row("dropout").getByRole("combobox").selectOption("0.1");
  const before = await calls(page);
  assert.ok(before.every((call) => call === "restart"));
  await train(page, 20);
  await row("layers").getByRole("radio", { name: "3" }).check();
  assert.deepEqual(await calls(page), before);
  assert.equal(await figure(page, "step"), "20");
  const differing = page.locator(".differing");
  await differing.getByRole("button", { name: "Revert" }).click();
  assert.equal(await differing.count(), 0);
  await row("layers").getByRole("radio", { name: "3" }).check();
  await differing.getByRole("button", { name: "Apply and restart" }).click();
  await page.getByRole("button", { name: "Go on without saving" }).click();
  assert.equal(await figure(page, "step"), "0");
  assert.equal(await page.locator(".card").count(), 12);
  await page.getByRole("button", { name: "All defaults" }).click();
  assert.equal(await page.locator(".setting.changed").count(), 0);
  await page.close();
});

test("pairs are pasted, chosen or dropped, and only ever text", async () => {
  const page = await open();
  const pairs = () => page.evaluate(() => globalThis.headlightLab.chosen.value.pairs);
  await page.locator("[data-setting=task] select").selectOption("file");
  const text = '<script>alert(1)</script>\t"><img src=x onerror=alert(2)>\n\u202eevil\tשלום';
  await page.getByLabel("Your pairs").fill(text);
  await page.waitForFunction(() => globalThis.headlightLab.chosen.value.pairs !== undefined);
  assert.equal(await pairs(), text);
  await page.locator(".pairs input[type=file]").setInputFiles({ name: "pairs.tsv", mimeType: "text/plain", buffer: Buffer.from("a\tb\n") });
  await page.waitForFunction(() => globalThis.headlightLab.chosen.value.pairs === "a\tb\n");
  const drop = async (name, size) => {
    const transfer = await page.evaluateHandle(
      ([name, size]) => {
        const transfer = new DataTransfer();
        transfer.items.add(new File([Number(size) === 0 ? "c\td" : "x".repeat(Number(size))], String(name), { type: "text/plain" }));
        return transfer;
      },
      [name, size],
    );
    await page.dispatchEvent("body", "drop", { dataTransfer: transfer });
  };
  await drop("more.txt", 0);
  await page.waitForFunction(() => globalThis.headlightLab.chosen.value.pairs === "c\td");
  await drop("huge.txt", 10_000_000);
  await page.getByText("huge.txt is larger than 1 MB").waitFor();
  assert.equal(await pairs(), "c\td");
  await page.getByRole("button", { name: "Dismiss" }).click();
  await page.close();
});
