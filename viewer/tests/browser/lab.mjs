// The lab's page in Chromium: HEADLIGHT_LAB is the file that `headlight lab` writes.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { inflateRawSync } from "node:zlib";
import { launch, open } from "./chromium.mjs";

export const file = process.env.HEADLIGHT_LAB ?? assert.fail("HEADLIGHT_LAB is not set: run checks/run");

/** @typedef {import("playwright-core").Page} Page */

let browser;

/** Opens the lab at an address, in a browser that kept nothing yet. */
export async function lab(fragment = "", options = {}) {
  browser ??= await launch();
  return open(browser, file, { fragment: `#${fragment}`, script: watchWorkers, ...options });
}

export async function quit() {
  await browser?.close();
}

/**
 * In the page: remembers its workers, and what the first of each crew saved. `headlightKill(n)` ends a worker from outside, as a browser does that needs
 * its memory; `headlightArchive(n, contents)` has one save its training.
 */
function watchWorkers() {
  /** @type {Worker[]} */
  const workers = [];
  /** @type {number[]} */
  const saved = [];
  const Real = Worker;
  class Watched extends Real {
    constructor(url) {
      super(url);
      workers.push(this);
      this.addEventListener("message", ({ data }) => {
        if (data.reply?.is === "saved") saved.push(data.reply.step);
      });
    }
  }
  let next = 1e9;
  const ask = (at, request) =>
    new Promise((resolve) => {
      const id = next++;
      const worker = workers[at];
      const hear = ({ data }) => {
        if (data.id !== id) return;
        worker.removeEventListener("message", hear);
        resolve(data);
      };
      worker.addEventListener("message", hear);
      worker.postMessage({ id, request, beside: null });
    });
  const archive = async (at, contents) => {
    const { beside } = await ask(at, { ask: "save", contents });
    let text = "";
    for (const byte of new Uint8Array(beside)) text += String.fromCharCode(byte);
    return btoa(text);
  };
  Object.assign(globalThis, {
    Worker: Watched,
    headlightWorkers: () => workers.length,
    headlightSaved: () => saved,
    headlightKill: (at) => workers[at].terminate(),
    headlightArchive: archive,
  });
}

/**
 * What the root element says.
 *
 * @param {Page} page
 * @returns {Promise<{ state: string, step: number, loss: string, exactMatch: string }>}
 */
export function root(page) {
  return page.evaluate(() => {
    const { state, step, loss, exactMatch } = document.documentElement.dataset;
    return { state, step: Number(step), loss, exactMatch };
  });
}

/**
 * Waits until the shown run is in one of these states, at this step or later.
 *
 * @param {Page} page
 * @param {string[]} states
 */
export async function until(page, states, step = 0, timeout = 120_000) {
  await page.waitForFunction(
    ([states, step]) => {
      const { state, step: now } = document.documentElement.dataset;
      return states.includes(state) && Number(now) >= step;
    },
    /** @type {[string[], number]} */ ([states, step]),
    { timeout, polling: 5 },
  );
  return root(page);
}

/**
 * The files of the training that a worker of the page has, by their names.
 *
 * @param {Page} page
 * @param {"checkpoint" | "run"} contents
 */
export async function archive(page, worker = 0, contents = "checkpoint") {
  const ask = ([worker, contents]) => /** @type {any} */ (globalThis).headlightArchive(worker, contents);
  return unzip(Buffer.from(await page.evaluate(ask, [worker, contents]), "base64"));
}

/**
 * Every number of the model and its optimiser, as a hash.
 *
 * @param {Page} page
 */
export async function modelHash(page, worker = 0) {
  const bytes = (await archive(page, worker)).get("checkpoint.safetensors");
  const numbers = bytes.subarray(8 + Number(bytes.readBigUInt64LE(0)));
  return createHash("sha256").update(numbers).digest("hex");
}

/**
 * The files of a zip archive, without the folder around them.
 *
 * @param {Buffer} zip
 * @returns {Map<string, Buffer>}
 */
export function unzip(zip) {
  const end = zip.lastIndexOf(Buffer.from("PK\x05\x06", "latin1"));
  const files = new Map();
  let at = zip.readUInt32LE(end + 16);
  for (let left = zip.readUInt16LE(end + 10); left > 0; left--) {
    const [method, packed, name, extra, comment, local] = [
      zip.readUInt16LE(at + 10),
      zip.readUInt32LE(at + 20),
      zip.readUInt16LE(at + 28),
      zip.readUInt16LE(at + 30),
      zip.readUInt16LE(at + 32),
      zip.readUInt32LE(at + 42),
    ];
    const path = zip.toString("utf8", at + 46, at + 46 + name);
    const start = local + 30 + zip.readUInt16LE(local + 26) + zip.readUInt16LE(local + 28);
    const bytes = zip.subarray(start, start + packed);
    files.set(path.replace(/^.*\//, ""), method === 0 ? bytes : inflateRawSync(bytes));
    at += 46 + name + extra + comment;
  }
  return files;
}
