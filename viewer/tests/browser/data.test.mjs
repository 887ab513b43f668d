// What the viewer's data layer reads out of a report is what the run's files hold: every moment, head and cell.
import assert from "node:assert/strict";
import { closeSync, mkdtempSync, openSync, readdirSync, readFileSync, readSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { fileURLToPath, pathToFileURL } from "node:url";
import { buildSync } from "esbuild";
import { readRecords } from "./safetensors.mjs";

const viewer = fileURLToPath(new URL("../../", import.meta.url));
const out = mkdtempSync(join(tmpdir(), "headlight-data-"));
after(() => rmSync(out, { recursive: true }));
const load = (source) => {
  const outfile = join(out, source.replace(/.*\//, "").replace(/ts$/, "mjs"));
  buildSync({ entryPoints: [join(viewer, source)], outfile, bundle: true, format: "esm", target: "node20" });
  return import(pathToFileURL(outfile).href);
};
const { openDataset } = await load("src/data/page.ts");
const { entropyOf, measuresOf } = await load("tests/oracle.ts");

for (const [report, run] of [
  [process.env.HEADLIGHT_REPORT, process.env.HEADLIGHT_RUN],
  [process.env.HEADLIGHT_KINDS_REPORT, process.env.HEADLIGHT_KINDS_RUN],
]) {
  test(`${report} holds the numbers of ${run}`, async () => {
    const dataset = await openPage(report);
    const last = readRecords(join(run, "attention.safetensors"));
    const step = last[0].origin.step;
    const earlier = files(join(run, "records"))
      .map((path) => readRecords(path))
      .filter(([{ origin }]) => origin.step < step);
    const moments = [...earlier, last];
    assert.deepEqual(
      dataset.records.map((moment) => moment.step),
      moments.map(([{ origin }]) => origin.step),
    );
    let cells = 0;
    for (const [at, moment] of dataset.records.entries()) {
      assert.equal(moment.records.length, moments[at].length);
      for (const [number, record] of moment.records.entries()) cells += await compare(record, moments[at][number]);
    }
    assert.ok(cells > 1000, `${cells} cells were compared`);
    compareMetrics(dataset.metrics, join(run, "metrics.jsonl"));
  });
}

test("8 bits change no measure: rows and heads are measured before they are rounded", async () => {
  const dataset = await openPage(process.env.HEADLIGHT_LARGE_REPORT);
  const record = dataset.records[0].records[0];
  const { heads, queries, keys, mask } = record;
  const size = queries * keys;
  let apart = 0;
  for (const [layer, head] of [
    [0, 0],
    [5, 7],
    [record.layers - 1, heads - 1],
  ]) {
    const weights = lastFloats(process.env.HEADLIGHT_LARGE_RECORD, record.layers * heads * size, (layer * heads + head) * size, size);
    const shown = await record.head(layer, head);
    assert.ok(shown.error[queries - 1] > 1e-4, "8 bits");
    compareMeasures(record.measures(layer, head), measuresOf({ queries, keys, mask, alignment: null, weights }));
    for (let query = 0; query < queries; query++) {
      const of = (numbers) => entropyOf(numbers.subarray(query * keys, (query + 1) * keys));
      assert.ok(Math.abs(shown.entropies[query] - of(weights)) < 1e-5);
      apart = Math.max(apart, Math.abs(of(shown.weights) - of(weights)));
    }
  }
  assert.ok(apart > 0.02, `what is shown of a row would give it an entropy ${apart} bits off: the record must have rows that tell`);
});

/** The dataset of a report, read with no more of a browser than an element's text. */
async function openPage(path) {
  const html = readFileSync(path, "utf8");
  const getElementById = (id) => {
    const text = html.split(` id="${id}">`)[1]?.split("</script>")[0];
    return text === undefined ? null : { textContent: text };
  };
  Object.assign(globalThis, { document: { getElementById } });
  return openDataset();
}

async function compare(record, truth) {
  const { shape, values } = truth.tensor("");
  const [layers, heads, queries, keys] = shape;
  assert.deepEqual([record.kind, record.layers, record.heads, record.queries, record.keys], [truth.kind, ...shape]);
  assert.deepEqual([record.queryTokens, record.keyTokens], [truth.query_tokens, truth.key_tokens]);
  assert.deepEqual(record.alignment, truth.alignment ?? null);
  assert.deepEqual(
    [...record.mask],
    truth.mask.map((cell) => ["visible", "causal", "padding", "window", "masked"].indexOf(cell)),
  );
  for (let layer = 0; layer < layers; layer++) {
    for (let head = 0; head < heads; head++) {
      const number = layer * heads + head;
      const weights = values.subarray(number * queries * keys, (number + 1) * queries * keys);
      const shown = await record.head(layer, head);
      const thumbnail = record.thumbnail(layer, head);
      compareMeasures(record.measures(layer, head), measuresOf({ queries, keys, mask: record.mask, alignment: record.alignment, weights }));
      assert.deepEqual([thumbnail.rows, thumbnail.columns], [queries, keys]);
      for (let query = 0; query < queries; query++) {
        const row = weights.subarray(query * keys, (query + 1) * keys);
        assert.equal(shown.sums[query], Math.fround(row.reduce((sum, weight) => sum + weight, 0)));
        assert.ok(Math.abs(shown.entropies[query] - entropyOf(row)) < 1e-6);
        assert.ok(shown.error[query] <= Math.max(...row) * 8e-6, "16 bits");
        for (let key = 0; key < keys; key++) {
          const cell = query * keys + key;
          assert.ok(Math.abs(shown.weights[cell] - row[key]) <= shown.error[query], `${number} ${query} ${key}`);
          assert.ok(Math.abs(thumbnail.values[cell] - 255 * row[key]) < 0.51);
        }
      }
      compareProjections(shown.projections, truth, layer, head);
    }
  }
  return layers * heads * queries * keys;
}

function compareMeasures(shown, truth) {
  for (const [name, number] of Object.entries(truth)) {
    if (number === null) assert.equal(shown[name], null, name);
    else assert.ok(Math.abs(shown[name] - number) < 1e-5, `${name}: ${shown[name]} for ${number}`);
  }
}

function compareProjections(shown, truth, layer, head) {
  if (truth.tensor("query") === null) return assert.equal(shown, null);
  for (const name of ["query", "key", "value"]) {
    const { shape, values } = truth.tensor(name);
    const [, heads, rows, columns] = shape;
    const start = (layer * heads + head) * rows * columns;
    assert.equal(name === "value" ? shown.dValue : shown.dHead, columns);
    assert.equal(shown[name].length, rows * columns);
    for (let row = 0; row < rows; row++) {
      const numbers = values.subarray(start + row * columns, start + (row + 1) * columns);
      const error = Math.max(...numbers.map(Math.abs)) / 65534;
      for (const [column, number] of numbers.entries()) {
        assert.ok(Math.abs(shown[name][row * columns + column] - number) <= error * 1.01, `${name} ${row} ${column}`);
      }
    }
  }
}

function compareMetrics(shown, path) {
  const lines = readFileSync(path, "utf8")
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
  assert.equal(shown.length, lines.length);
  for (const [at, line] of lines.entries()) {
    const { step, loss, tokenAccuracy, exactMatch, learningRate } = shown[at];
    assert.deepEqual([step, exactMatch === null], [line.step, line.exact_match === undefined]);
    const pairs = [
      [loss, line.loss],
      [tokenAccuracy, line.token_accuracy],
      [exactMatch ?? 0, line.exact_match ?? 0],
      [learningRate, line.learning_rate],
    ];
    for (const [number, truth] of pairs) assert.ok(Math.abs(number - truth) <= 1e-7 * truth, `step ${step}: ${number} for ${truth}`);
  }
}

/** Numbers of a file's last `count` floats, from the `first` on. */
function lastFloats(path, count, first, size) {
  const bytes = Buffer.alloc(4 * size);
  const file = openSync(path, "r");
  readSync(file, bytes, 0, bytes.length, statSync(path).size - 4 * (count - first));
  closeSync(file);
  return new Float32Array(bytes.buffer, bytes.byteOffset, size);
}

function files(directory) {
  try {
    return readdirSync(directory)
      .sort()
      .map((name) => join(directory, name));
  } catch {
    return []; // a run without --record-every
  }
}
