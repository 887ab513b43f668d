// Runs of the lab and of the command line, beside each other. HEADLIGHT is the command, and PLACE an empty directory for what it writes.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtempSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { readRecords } from "../../../viewer/tests/browser/safetensors.mjs";

const run = promisify(execFile);
const set = (name) => process.env[name] ?? assert.fail(`${name} is not set: run checks/run`);

/** What `headlight` prints with these arguments. */
export async function headlight(...args) {
  return (await run(set("HEADLIGHT"), args, { maxBuffer: 1 << 26 })).stdout;
}

/** A directory of its own. */
export function folder() {
  return mkdtempSync(join(set("PLACE"), "run-"));
}

/** The directory of a native run of the task `copy`. */
export async function trained(...options) {
  const directory = folder();
  await headlight("train", "copy", "--quiet", "--out", directory, ...options.map(String));
  return directory;
}

/** Saves the shown run as a person does it, and unpacks it with a program that is not ours. Gives the run's directory. */
export async function saved(page) {
  await page.getByRole("button", { name: "Share and keep" }).click();
  const [download] = await Promise.all([page.waitForEvent("download"), page.getByRole("button", { name: "Save run" }).click()]);
  const zip = join(folder(), download.suggestedFilename());
  await download.saveAs(zip);
  await page.keyboard.press("Escape");
  return unpacked(zip);
}

/** Opens a saved run as a person does it. */
export async function chooseFile(page, file) {
  await page.getByRole("button", { name: "Share and keep" }).click();
  await page.locator("dialog .keep input[type=file]").setInputFiles(file);
  await page.keyboard.press("Escape");
}

/** Unpacks a saved run beside itself. */
export async function unpacked(zip) {
  const directory = folder();
  await run("python3", ["-m", "zipfile", "-e", zip, directory]);
  const inside = readdirSync(directory);
  assert.equal(inside.length, 1, "one directory, as it was saved");
  return join(directory, inside[0]);
}

/** Zips a run's directory, as a person would. */
export async function zipped(directory) {
  const zip = join(folder(), "run.zip");
  await run("python3", ["-m", "zipfile", "-c", zip, directory]);
  return zip;
}

/** The loss of each step. */
export function losses(directory) {
  const lines = readFileSync(join(directory, "metrics.jsonl"), "utf8").trim().split("\n");
  return lines.map((line) => JSON.parse(line).loss);
}

/** The model's numbers, as a hash. */
export function modelHash(directory) {
  const file = readFileSync(join(directory, "model.safetensors"));
  return createHash("sha256").update(file.subarray(8 + Number(file.readBigUInt64LE(0)))).digest("hex");
}

/** Fails unless both took as many steps, with losses that differ by rounding alone. */
export function assertSameSteps(one, other) {
  const [left, right] = [losses(one), losses(other)];
  assert.equal(left.length, right.length, "steps");
  const apart = Math.max(...left.map((loss, at) => Math.abs(loss - right[at])));
  assert.ok(apart < 1e-3, `the losses are ${apart} apart`);
  return apart;
}

/** Fails unless each head of both attends to the same. */
export function assertSameHeads(one, other) {
  const [left, right] = [one, other].map((directory) => readRecords(join(directory, "attention.safetensors")));
  assert.ok(left.length > 0 && left.length === right.length);
  const apart = left.map((record, at) => {
    assert.deepEqual([record.kind, record.queries, record.keys], [right[at].kind, right[at].queries, right[at].keys]);
    const [{ shape, values }, beside] = [record.tensor(), right[at].tensor()];
    assert.deepEqual(shape, beside.shape);
    return Math.max(...values.map((weight, cell) => Math.abs(weight - beside.values[cell])));
  });
  assert.ok(Math.max(...apart) < 1e-2, `attention weights are ${apart} apart`);
  return Math.max(...apart);
}
