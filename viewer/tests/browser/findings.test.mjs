// What heads do: the table is what the lenses found, sorted, filtered and switched off by whoever reads it.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, test } from "node:test";
import { addressed, go, kindsReport, open, picture, quit, report, set } from "./open.mjs";

const [found, foundKinds] = [set("HEADLIGHT_FOUND_REPORT"), set("HEADLIGHT_FOUND_KINDS_REPORT")];
after(quit);

/** The findings that a page carries, merged by head as a reader would. */
function findingsIn(file) {
  const manifest = JSON.parse(readFileSync(file, "utf8").split(' id="manifest">')[1].split("</script>")[0]);
  const [heads, ablate, training] = ["heads", "ablate", "training"].map((lens) => manifest.findings.find((each) => each.lens === lens));
  const effect = (head, replacement) =>
    ablate.ablations.find(
      ({ with: by, heads: [of] }) => by === replacement && ["kind", "layer", "head"].every((name) => of[name] === head[name]),
    );
  return { heads, ablate, training, effect };
}

const shortOf = ({ layer, head }) => `L${layer}H${head}`;
const fullOf = ({ kind, layer, head }) =>
  `${{ encoder_self: "Encoder self-attention", decoder_self: "Decoder self-attention", cross: "Cross attention" }[kind]} · layer ${layer} · head ${head}`;
const minus = (text) => text.replace("-", "−");
/** Names of the rows, from the top. */
const rowsOf = (page) => page.locator(".named").evaluateAll((rows) => rows.map((row) => row.getAttribute("aria-label")));

test("without findings the view says which command adds them, and nothing else changes", async () => {
  for (const file of [report, kindsReport]) {
    const page = await open({ file, hash: "view=findings&off=cross:L0H0&column=previous&lost=3" });
    assert.match(await page.locator("#panel").innerText(), /headlight report DIR --lens/);
    assert.equal(await page.locator("#panel table, .chart").count(), 0);
    assert.ok(await page.getByRole("button", { name: "Save this view as PNG" }).isDisabled());
    await page.getByRole("tab", { name: "Model" }).click();
    await page.locator(".panel").first().waitFor();
    await page.close();
  }
});

test("every number of the table is the lens's", async () => {
  for (const file of [found, foundKinds]) {
    const { heads, effect } = findingsIn(file);
    const page = await open({ file, hash: "view=findings" });
    // At first those that say what heads are called, and what the task needs.
    const titles = heads.scores.map(({ title }) => title);
    const main = titles.filter(
      (title) => ["previous token", "induction", "needed keys"].includes(title) || heads.heads.some(({ roles }) => roles.includes(title)),
    );
    const headings = async () => (await page.locator("thead th").allInnerTexts()).slice(5);
    assert.ok(main.length < titles.length);
    assert.deepEqual(await headings(), main);
    await page.getByRole("button", { name: `All ${titles.length} scores` }).click();
    await addressed(page, { columns: "all" });
    assert.deepEqual(await headings(), titles);
    const cells = await page
      .locator("tbody tr.head")
      .evaluateAll((rows) => rows.map((row) => [...row.querySelectorAll("td.roles, td.numbers")].map((cell) => cell.textContent.trim())));
    assert.equal(cells.length, heads.heads.length);
    for (const [at, head] of heads.heads.entries()) {
      const { exact_match_change, low, high, loss_change } = effect(head, "mean");
      const [roles, match, loss, ...scores] = cells[at];
      const points = [exact_match_change, low, high].map((value) => minus((value * 100).toFixed(1)).replace("−0.0", "0.0"));
      assert.deepEqual([roles, match], [head.roles.join(", "), `${points[0]} [${points[1]}, ${points[2]}]`]);
      assert.ok(Math.abs(Number.parseFloat(loss.replace("+", "")) - loss_change) < 0.006, loss);
      for (const [number, { name }] of heads.scores.entries()) {
        const text = ["mean", "low", "high"].map((end) => minus(head[name][end].toFixed(2)).replace("−0.00", "0.00"));
        assert.equal(scores[number], `${text[0]} [${text[1]}, ${text[2]}]`, name);
      }
    }
    await page.close();
  }
});

test("columns sort, and the address keeps how", async () => {
  const { heads, effect } = findingsIn(foundKinds);
  const page = await open({ file: foundKinds, hash: "view=findings" });
  const by = (value) => [...heads.heads].sort((one, other) => value(one) - value(other)).map(fullOf);
  const press = async (column, address) => {
    await page.locator("thead button", { hasText: column }).click();
    await addressed(page, address);
    return rowsOf(page);
  };
  const lost = (head) => effect(head, "mean").exact_match_change;
  assert.deepEqual(await press("exact match, points", { column: "exact_match_change", order: null }), by(lost));
  assert.equal(await page.locator("th[aria-sort=ascending]").innerText(), "exact match, points ↑");
  assert.deepEqual(await press("exact match, points", { order: "descending" }), by(lost).reverse());
  const induction = (head) => -head.induction.mean;
  assert.deepEqual(await press("induction", { column: "induction", order: "descending" }), by(induction));
  // Another replacement, another order.
  await page.getByRole("combobox", { name: "Replace its output by" }).selectOption("zero");
  await page.getByRole("combobox", { name: "Sort by" }).selectOption("loss_change");
  await addressed(page, { with: "zero", column: "loss_change", order: "descending" });
  const order = by((head) => -effect(head, "zero").loss_change);
  assert.deepEqual(await rowsOf(page), order);
  await page.reload();
  await page.locator(".named").first().waitFor();
  assert.deepEqual(await rowsOf(page), order);
  await page.goBack();
  await addressed(page, { with: "zero", column: "induction" });
  assert.deepEqual(await rowsOf(page), by(induction));
  await page.close();
});

test("filters by role, score and effect", async () => {
  const { heads, effect } = findingsIn(found);
  const page = await open({ file: found, hash: "view=findings" });
  const left = async (count) => {
    const all = heads.heads.length;
    await page.waitForFunction((text) => document.querySelector(".count").textContent.includes(text), `${count} of ${all} heads`);
    return rowsOf(page);
  };
  const named = (test) => heads.heads.filter(test).map(fullOf);
  const role = heads.heads.find(({ roles }) => roles.length > 0).roles[0];
  await page.getByRole("combobox", { name: "Role" }).selectOption(role);
  const ofRole = named(({ roles }) => roles.includes(role));
  assert.deepEqual(await left(ofRole.length), ofRole);
  await addressed(page, { role });
  await page.getByRole("combobox", { name: "Role" }).selectOption("");
  await page.getByRole("combobox", { name: "Score" }).selectOption("first");
  // What is typed goes into the field, and is no shortcut.
  await page.getByRole("spinbutton", { name: "at least", exact: true }).pressSequentially("0.1");
  const scored = named(({ first }) => first.mean >= 0.1);
  assert.ok(scored.length > 0 && scored.length < heads.heads.length);
  assert.deepEqual(await left(scored.length), scored);
  await addressed(page, { view: "findings", score: "first", least: "0.1" });
  await page.getByRole("spinbutton", { name: "Exact match lost" }).fill("20");
  const both = named((head) => head.first.mean >= 0.1 && effect(head, "mean").exact_match_change <= -0.2);
  assert.deepEqual(await left(both.length), both);
  await addressed(page, { lost: "20" });
  await page.getByRole("spinbutton", { name: "Exact match lost" }).fill("101");
  await left(0);
  assert.match(await page.locator("#panel").innerText(), /No head passes these filters/);
  await page.getByRole("button", { name: "Show all heads" }).click();
  await left(heads.heads.length);
  await addressed(page, { role: null, least: null, lost: null });
  await page.close();
});

test("a head that is switched off shows what it cost, and what then fails", async () => {
  const { heads, ablate, effect } = findingsIn(found);
  const head = heads.heads.find((each) => effect(each, "mean").failures);
  const page = await open({ file: found, hash: "view=findings" });
  const knob = page.getByRole("switch", { name: `${fullOf(head)} is on` });
  assert.equal(await knob.getAttribute("aria-checked"), "true");
  await knob.click();
  await addressed(page, { off: `${head.kind}:${shortOf(head)}` });
  assert.equal(await knob.getAttribute("aria-checked"), "false");
  assert.match(await page.getByRole("status").innerText(), /switched off: its output replaced by its mean/);
  const text = await page.locator(".effect").innerText();
  const { exact_match, exact_match_change, low, high, examples, failures } = effect(head, "mean");
  const percent = (share) => `${(share * 100).toFixed(1)} %`;
  const points = (share) => minus((share * 100).toFixed(1));
  assert.ok(text.includes(`${percent(ablate.baseline.exact_match.mean)} → ${percent(exact_match)}`), text);
  const interval = `${points(exact_match_change)} points, 95 % interval [${points(low)}, ${points(high)}], over ${examples} examples`;
  assert.ok(text.includes(interval), text);
  // Questions and answers are text, with what has no ink as its code point.
  const shown = await page
    .locator(".failures tbody tr")
    .evaluateAll((/** @type {HTMLTableRowElement[]} */ rows) => rows.map((row) => [...row.cells].map((cell) => cell.textContent)));
  assert.deepEqual(
    shown,
    failures.map((failure) => failure.map((each) => each.replace("\u200b", "U+200B "))),
  );
  assert.ok(shown.some(([question]) => question.includes("U+200B")) && shown.some(([question]) => question.startsWith("</script>")));
  assert.equal(await page.locator("#headlight b", { hasText: /^4$/ }).count(), 0);
  await page.getByRole("combobox", { name: "Replace its output by" }).selectOption("resample");
  await page.locator(".effect", { hasText: "its output on another example" }).waitFor();
  // The address says it all.
  await page.reload();
  await page.locator(".effect", { hasText: percent(effect(head, "resample").exact_match) }).waitFor();
  await knob.click();
  await addressed(page, { off: null });
  assert.equal(await page.locator(".effect").count(), 0);
  await page.close();
});

test("a head is chosen here as elsewhere, and its picture opens it", async () => {
  const page = await open({ file: foundKinds, hash: "view=findings&query=2&key=1" });
  const name = "Decoder self-attention · layer 1 · head 2";
  await page.getByRole("button", { name, exact: true }).click();
  await addressed(page, { kind: "decoder_self", layer: "1", head: "2", query: null });
  assert.equal(await page.locator("[aria-current=true]").getAttribute("aria-label"), name);
  await page.getByRole("button", { name: `Open the heatmap of ${name}` }).click();
  await addressed(page, { view: "head", kind: "decoder_self", layer: "1", head: "2" });
  await page.locator(".plot:focus").waitFor();
  await page.close();
});

test("the table with the keyboard alone", async () => {
  const page = await open({ file: found, hash: "view=findings&column=exact_match_change" });
  const rows = await rowsOf(page);
  const focused = () => page.evaluate(() => document.activeElement.getAttribute("aria-label"));
  // Tab stops at the chosen row, and at no other.
  const stops = await page
    .locator("tbody button")
    .evaluateAll((all) => all.filter((each) => /** @type {HTMLElement} */ (each).tabIndex === 0).length);
  assert.equal(stops, 3);
  await page.locator(".named[tabindex='0']").focus();
  await page.keyboard.press("Home");
  assert.equal(await focused(), rows[0]);
  await page.keyboard.press("ArrowDown");
  assert.equal(await focused(), rows[1]);
  const [, layer, head] = rows[1].match(/layer (\d) · head (\d)/);
  const address = (number) => (number === "0" ? null : number);
  await addressed(page, { layer: address(layer), head: address(head) });
  await page.keyboard.press("Tab");
  assert.equal(await focused(), `${rows[1]} is on`);
  await page.keyboard.press("Space");
  await page.locator(".effect").waitFor();
  await page.keyboard.press("End");
  assert.equal(await focused(), `${rows.at(-1)} is on`, "the rows of the head that is off are passed over");
  await page.keyboard.press("6");
  await addressed(page, { view: "findings" });
  await page.close();
});

test("the time line shows the chosen head over training, and when roles appeared", async () => {
  const { training } = findingsIn(found);
  const page = await open({ file: found, hash: "view=findings" });
  assert.ok(training.appearances.length > 0);
  const label = () => page.locator(".curves").getAttribute("aria-label");
  for (const { role, step, ...head } of training.appearances)
    assert.ok((await label()).includes(`${shortOf(head)}: ${role} from step ${step} on`), await label());
  // Above the lines of marks stands what happened there, for who points at it and for who comes with Tab.
  const marks = page.locator(".appearance:not([aria-hidden=true])");
  const said = await marks.evaluateAll((all) => all.map((each) => each.getAttribute("aria-label")).join("; "));
  for (const { role, step, ...head } of training.appearances)
    assert.match(said, new RegExp(`${shortOf(head)}: [^;]*${role}[^;]* from step ${step} on`));
  await marks.first().focus();
  assert.ok(await marks.first().locator(".tip").isVisible());
  await marks.last().hover();
  assert.ok(await marks.last().locator(".tip").isVisible());
  const before = await picture(page, ".curves");
  await page.getByRole("combobox", { name: "Curves" }).selectOption({ label: "exact match lost without it" });
  await addressed(page, { chart: "effect" });
  assert.match(await label(), /^Curve of L0H0: exact match lost without it; /);
  const first = await picture(page, ".curves");
  assert.notEqual(first, before);
  await page.getByRole("button", { name: "Decoder self-attention · layer 1 · head 1", exact: true }).click();
  await page.waitForFunction(() => document.querySelector(".curves").getAttribute("aria-label").startsWith("Curve of L1H1"));
  assert.notEqual(await picture(page, ".curves"), first);
  // It goes along to other views, and to another step.
  await page.getByRole("tab", { name: "Head", exact: true }).click();
  assert.match(await label(), /^Curve of L1H1/);
  await page.getByRole("slider", { name: "Training step" }).focus();
  await page.keyboard.press("Home");
  await addressed(page, { chart: "effect", step: "0" });
  await go(page, "view=findings&step=0");
  assert.match(await page.locator("#panel").innerText(), /These figures are of step \d+/);
  await page.close();
});
