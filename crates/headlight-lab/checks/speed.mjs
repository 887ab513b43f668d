// Prints how long the default copy takes in the page and natively, in turns, and how often the page draws meanwhile.
import { readFileSync, statSync } from "node:fs";
import { loadavg } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { file, lab, quit, until } from "../../../viewer/tests/browser/lab.mjs";
import { Firefox } from "./firefox.mjs";
import { trained } from "./runs.mjs";

const rounds = Number(process.argv[2]);
const median = (values) => values.toSorted((one, other) => one - other)[values.length >> 1];

/** In the page: when it took its first step and was solved, how far frames are apart while it trains, and how often a head is drawn. */
function watch() {
  const seen = { first: 0, solved: 0, steps: 0, frames: [], drawn: 0 };
  globalThis.headlightSeen = seen;
  new MutationObserver(() => {
    const { state, step } = document.documentElement.dataset;
    if (Number(step) >= 1) seen.first ||= performance.now();
    if (state === "solved") seen.solved ||= performance.now();
    seen.steps = Number(step);
  }).observe(document, { attributes: true, subtree: true, attributeFilter: ["data-step", "data-state"] });
  const { getContext } = HTMLCanvasElement.prototype;
  HTMLCanvasElement.prototype.getContext = function (...given) {
    if (seen.first && !seen.solved && this.closest("[data-head=L0H0]")) seen.drawn++;
    return getContext.apply(this, given);
  };
  let last = 0;
  const frame = (now) => {
    if (seen.first && !seen.solved) seen.frames.push(now - last);
    last = now;
    requestAnimationFrame(frame);
  };
  requestAnimationFrame(frame);
}

async function inChromium(workers) {
  const { page, context } = await lab(`task=copy&play=1&workers=${workers}`, { script: watch });
  await until(page, ["solved"]);
  const { first, solved, steps, frames, drawn } = await page.evaluate(() => globalThis.headlightSeen);
  await context.close();
  const seconds = (solved - first) / 1000;
  const sorted = frames.toSorted((one, other) => one - other);
  return {
    "first step, s": first / 1000,
    "solved, s": solved / 1000,
    "steps/s": (steps - 1) / seconds,
    "frames/s": frames.length / seconds,
    "95 % of frames within, ms": sorted[Math.floor(0.95 * sorted.length)] ?? Number.NaN,
    "looks at heads/s": drawn / seconds,
  };
}

async function inFirefox(workers) {
  // A browser of its own each time: Firefox keeps a training, and would show it again.
  const firefox = await Firefox.launch();
  await firefox.open(file, `task=copy&play=1&workers=${workers}`);
  await firefox.until(() => document.documentElement.dataset.state === "solved");
  const seconds = (await firefox.evaluate(() => performance.now())) / 1000;
  await firefox.close();
  return { "solved, s": seconds };
}

async function natively() {
  const { steps, train_seconds } = JSON.parse(readFileSync(join(await trained("--threads", 1), "result.json"), "utf8"));
  return { "solved, s": train_seconds, "steps/s": steps / train_seconds };
}

console.log(`${statSync(file).size} bytes, ${gzipSync(readFileSync(file), { level: 9 }).length} compressed; load ${loadavg()[0].toFixed(1)} at first`);
const ways = {
  "native, 1 thread": natively,
  "Chromium, 1 worker": () => inChromium(1),
  "Chromium, 2 workers": () => inChromium(2),
  "Firefox, 1 worker": () => inFirefox(1),
  "Firefox, 2 workers": () => inFirefox(2),
};
const found = new Map(Object.keys(ways).map((name) => [name, []]));
for (let round = 0; round < rounds; round++) for (const [name, way] of Object.entries(ways)) found.get(name).push(await way());
const columns = Object.keys(found.get("Chromium, 1 worker")[0]);
console.table(
  Object.fromEntries(
    [...found].map(([name, each]) => [
      name,
      Object.fromEntries(columns.filter((column) => column in each[0]).map((column) => [column, Number(median(each.map((one) => one[column])).toFixed(2))])),
    ]),
  ),
);
const rate = (name) => median(found.get(name).map((each) => each["steps/s"]));
console.log(`one worker: ${(rate("Chromium, 1 worker") / rate("native, 1 thread")).toFixed(2)} × native; load ${loadavg()[0].toFixed(1)} at last`);
await quit();
