import assert from "node:assert/strict";
import { test } from "node:test";
import { steps } from "../../src/arithmetic.ts";
import { MaskCell, REASONS } from "../../src/data.ts";
import { blend, colourIndex, channels, paletteOf, part, viridis } from "../../src/drawing/colours.ts";
import { hatching, reasons } from "../../src/drawing/masked.ts";
import { heatmap } from "../../src/drawing/heatmap.ts";
import { headStroke, lineOpacity, linesDrawing } from "../../src/drawing/lines.ts";
import { stepsDrawing } from "../../src/drawing/steps.ts";
import { columnLabels, rowLabels } from "../../src/drawing/labels.ts";
import { BLANK, shortened, type Cells, type Measure } from "../../src/drawing/scene.ts";
import { escaped, MOST_RECTANGLES, svgOf } from "../../src/drawing/svg.ts";
import { en } from "../../src/words/en.ts";
import { zh } from "../../src/words/zh.ts";
import { modelGrid } from "../../src/drawing/model.ts";
import { following, moved, whole, zoomed } from "../../src/state/zoom.ts";
import { STRANGE } from "../fixture.ts";
import { entropyOf } from "../oracle.ts";
import { recordOf } from "../records.ts";
import { random } from "./random.ts";

const measure: Measure = (text, size) => [...text].length * size * 0.6;

test("viridis is matplotlib's", () => {
  // matplotlib 3.10: [colormaps["viridis"](x, bytes=True)[:3] for x in (0, 0.25, 0.5, 0.75, 1.0)]
  for (const [weight, colour] of [
    [0, "#440154"],
    [0.25, "#3b528b"],
    [0.5, "#21918c"],
    [0.75, "#5ec962"],
    [1, "#fde725"],
  ] as const) {
    const [got, wanted] = [channels(viridis[colourIndex(weight, "linear")]!), channels(colour)];
    assert.ok(
      got.every((channel, at) => Math.abs(channel - wanted[at]!) <= 2),
      `${weight}: ${got}, not ${wanted}`,
    );
  }
  for (const [weight, along] of [
    [1, 1],
    [0.1, 0.75],
    [0.01, 0.5],
    [1e-4, 0],
    [1e-9, 0],
    [0, 0],
  ] as const) {
    assert.ok(Math.abs(part(weight, "log") - along) < 1e-9);
  }
});

test("logarithmic colours say what is too small for them", async () => {
  const tokens = ["a", "b", "c"];
  const record = recordOf({ kind: "encoder_self", layers: 1, heads: 1, queries: tokens, keys: tokens });
  const fine = await record.head(0, 0);
  const coarse = { ...fine, error: new Float32Array(3).fill(0.6 / 510) };
  const style = { palette: paletteOf(false), words: en, threshold: 0, measure };
  const said = (scene: { shapes: readonly object[] }) => scene.shapes.flatMap((shape) => ("text" in shape ? [String(shape.text)] : []));
  for (const scale of ["linear", "log"] as const) {
    const of = (head: typeof fine) => said(heatmap(record, head, null, 900, 600, { ...style, scale }).scene);
    assert.equal(of(coarse).includes(en.belowError("0.0012")), scale === "log");
    assert.ok(!of(fine).some((text) => text.endsWith("drawn as 0")), "16 bits are fine enough");
    // Thumbnails have 8 bits in every page.
    assert.equal(said(modelGrid(record, 900, 600, { ...style, scale }).scene).includes(en.belowError("0.002")), scale === "log");
  }
});

test("heads stay apart for colour-blind eyes", () => {
  // Machado, Oliveira and Fernandes 2009, severity 1, on linear RGB: protanopia, deuteranopia, tritanopia; and normal sight.
  const sights = [
    [0.152286, 1.052583, -0.204868, 0.114503, 0.786281, 0.099216, -0.003882, -0.048116, 1.051998],
    [0.367322, 0.860646, -0.227968, 0.280085, 0.672501, 0.047413, -0.01182, 0.04294, 0.968881],
    [1.255528, -0.076749, -0.178779, -0.078411, 0.930809, 0.147602, 0.004733, 0.691367, 0.3039],
    [1, 0, 0, 0, 1, 0, 0, 0, 1],
  ];
  const linear = (channel: number) => (channel / 255 <= 0.04045 ? channel / 255 / 12.92 : ((channel / 255 + 0.055) / 1.055) ** 2.4);
  const lab = ([r, g, b]: readonly number[]) => {
    const f = (value: number) => (value > 0.008856 ? Math.cbrt(value) : 7.787 * value + 16 / 116);
    const [x, y, z] = [
      (0.4124 * r! + 0.3576 * g! + 0.1805 * b!) / 0.9505,
      0.2126 * r! + 0.7152 * g! + 0.0722 * b!,
      (0.0193 * r! + 0.1192 * g! + 0.9505 * b!) / 1.089,
    ].map((value) => f(Math.max(0, value)));
    return [116 * y! - 16, 500 * (x! - y!), 200 * (y! - z!)];
  };
  for (const dark of [false, true]) {
    for (const sight of sights) {
      const colours = Array.from({ length: 12 }, (_, at) => headStroke(at, paletteOf(dark)).stroke);
      const seen = colours.map((colour) => {
        const rgb = channels(colour).map(linear);
        return lab([0, 3, 6].map((row) => sight[row]! * rgb[0]! + sight[row + 1]! * rgb[1]! + sight[row + 2]! * rgb[2]!));
      });
      seen.forEach((one, at) => {
        for (const other of seen.slice(at + 1)) {
          const apart = Math.hypot(...one.map((value, channel) => value - other[channel]!));
          assert.ok(
            apart > 12, // 2.3 is what can just be seen
            `${dark ? "dark" : "light"}: colours ${at} and ${seen.indexOf(other)} are ${apart.toFixed(1)} apart`,
          );
        }
      });
    }
  }
});

test("hatching covers the masked cells, each once, and no others", () => {
  const next = random(11);
  for (let round = 0; round < 200; round++) {
    const [queries, keys] = [1 + Math.floor(next() * 9), 1 + Math.floor(next() * 9)];
    const mask = Uint8Array.from({ length: queries * keys }, () => Math.floor(next() * 5));
    const grid = { x: 0, y: 0, wide: 1, high: 1, left: 0, top: 0, right: keys, bottom: queries };
    const covered = new Uint8Array(queries * keys);
    for (const shape of hatching(mask, keys, grid, paletteOf(false))) {
      assert.ok(shape.shape === "hatch");
      for (let y = shape.y; y < shape.y + shape.height; y++) {
        for (let x: number = shape.x; x < shape.x + shape.width; x++) {
          assert.equal(covered[y * keys + x], 0);
          covered[y * keys + x] = MaskCell[shape.why];
        }
      }
    }
    assert.deepEqual(covered, mask);
  }
});

test("each reason has a hatching and words of its own, in the drawing as in the legend", () => {
  const mask = Uint8Array.of(MaskCell.causal, MaskCell.padding, MaskCell.visible, MaskCell.window, MaskCell.masked);
  assert.deepEqual(reasons(mask), REASONS);
  assert.deepEqual(reasons(Uint8Array.of(MaskCell.window, MaskCell.visible)), ["window"]);
  const palette = paletteOf(false);
  const grid = { x: 0, y: 0, wide: 9, high: 9, left: 0, top: 0, right: 5, bottom: 1 };
  const svg = svgOf({ width: 45, height: 9, background: "#ffffff", shapes: hatching(mask, 5, grid, palette) }, "", () => "");
  const lines = [...svg.matchAll(/<path d="([^"]+)" stroke/g)].map(([, path]) => path!);
  assert.equal(lines.length, 4);
  assert.equal(new Set(lines).size, 4);
  for (const words of [en, zh]) {
    assert.equal(new Set(REASONS.map((reason) => words.marks[reason])).size, 4);
    assert.equal(new Set(REASONS.map((reason) => words.maskedBy[reason])).size, 4);
  }
});

test("a causal mask of 512 tokens takes few shapes", () => {
  const mask = Uint8Array.from({ length: 512 * 512 }, (_, at) => (at % 512 > Math.floor(at / 512) ? 1 : 0));
  const grid = { x: 0, y: 0, wide: 1, high: 1, left: 0, top: 0, right: 512, bottom: 512 };
  assert.ok(hatching(mask, 512, grid, paletteOf(false)).length < 600);
});

test("a matrix in SVG is the matrix", () => {
  const next = random(5);
  for (const blanks of [0, 0.3]) {
    const [rows, columns] = [7, 9];
    const indices = Uint16Array.from({ length: rows * columns }, () => (next() < blanks ? BLANK : Math.floor(next() * 4) * 80));
    const cells: Cells = { shape: "cells", x: 0, y: 0, width: columns, height: rows, rows, columns, indices, colours: viridis };
    const svg = svgOf({ width: 9, height: 7, background: "#ffffff", shapes: [cells] }, "", () => assert.fail("few cells are no image"));
    const got = new Array<string | null>(rows * columns).fill(null);
    for (const [, x, y, width, height, fill] of svg.matchAll(
      /<rect x="([\d.]+)" y="([\d.]+)" width="([\d.]+)" height="([\d.]+)" fill="(#[0-9a-f]{6})"/g,
    )) {
      for (let row = Number(y); row < Number(y) + Number(height); row++)
        for (let at = Number(x); at < Number(x) + Number(width); at++) got[row * columns + at] = fill!;
    }
    assert.deepEqual(
      got,
      [...indices].map((index) => (index === BLANK ? null : viridis[index])),
    );
  }
});

test("a large matrix goes into the SVG as an image", () => {
  const indices = Uint16Array.from({ length: 300 * 300 }, (_, at) => at % 256);
  const cells: Cells = { shape: "cells", x: 0, y: 0, width: 300, height: 300, rows: 300, columns: 300, indices, colours: viridis };
  const svg = svgOf({ width: 300, height: 300, background: "#ffffff", shapes: [cells] }, "", () => "data:image/png;base64,AA==");
  assert.ok(svg.includes('href="data:image/png;base64,AA=="') && svg.length < 2000 && 300 * 300 > MOST_RECTANGLES);
});

test("text in SVG cannot leave its element", () => {
  for (const token of STRANGE) {
    const text = escaped(token);
    assert.ok(!/[<>"'\n\t]|&(?!#\d+;)/.test(text), text);
    const back = text.replace(/&#(\d+);/g, (_, code: string) => String.fromCharCode(Number(code)));
    assert.equal(back, token.replace("\ud800", "\ufffd"));
  }
  assert.equal(escaped("\u0000\u0007\uffff"), "\ufffd\ufffd\ufffd");
});

test("labels fit, and thinned ones do not touch", () => {
  const tokens = Array.from({ length: 200 }, (_, at) => (at % 37 === 5 ? "<sep>" : `token${at}`));
  for (const step of [2, 5, 9, 14, 30, 60]) {
    for (const labels of [rowLabels(tokens, 0, 200, step, 50, measure), columnLabels(tokens, 0, 200, step, 50, measure)]) {
      for (const { text } of labels.shown) assert.ok(measure(text, labels.size) <= Math.max(50, step));
      for (const [before, { at }] of labels.shown.slice(1).entries()) {
        assert.ok((at - labels.shown[before]!.at) * step >= Math.min(labels.size, step));
      }
      assert.ok(labels.shown.length > 0);
    }
  }
  assert.equal(shortened("abcdefgh", 10, 30, measure), "abcd…");
  assert.equal(shortened("👩‍👩‍👧👩‍👩‍👧👩‍👩‍👧", 10, 42, measure), "👩‍👩‍👧…");
});

test("zooming stays within the record and around its place", () => {
  const next = random(9);
  const record = { queries: 300, keys: 500 };
  for (let round = 0; round < 500; round++) {
    let zoom = zoomed(record, null, 0.5, null)!;
    for (let again = 0; again < 6; again++) {
      const around = { query: zoom.top + next() * (zoom.bottom - zoom.top), key: zoom.left + next() * (zoom.right - zoom.left) };
      const before = zoom;
      zoom = zoomed(record, zoom, next() < 0.5 ? 0.5 : 1.6, around) ?? whole(record);
      assert.ok(
        zoom.left >= 0 &&
          zoom.top >= 0 &&
          zoom.right <= 500 &&
          zoom.bottom <= 300 &&
          zoom.right - zoom.left >= 4 &&
          zoom.bottom - zoom.top >= 4,
      );
      const place = (around.key - before.left) / (before.right - before.left);
      const now = (around.key - zoom.left) / (zoom.right - zoom.left);
      if (zoom.left > 0 && zoom.right < 500) assert.ok(Math.abs(place - now) * (zoom.right - zoom.left) <= 0.51);
    }
    const shifted = moved(record, zoom, Math.round((next() - 0.5) * 900), Math.round((next() - 0.5) * 900));
    assert.ok(shifted.left >= 0 && shifted.right <= 500 && shifted.top >= 0 && shifted.bottom <= 300);
    assert.equal(shifted.right - shifted.left, zoom.right - zoom.left);
    const [query, key] = [Math.floor(next() * 300), Math.floor(next() * 500)];
    const held = following(record, zoom, query, key)!;
    assert.ok(key >= held.left && key < held.right && query >= held.top && query < held.bottom);
  }
  assert.equal(zoomed(record, { left: 1, top: 1, right: 499, bottom: 299 }, 2, null), null);
});

const style = { palette: paletteOf(false), words: en, scale: "linear", threshold: 0, measure } as const;

/** Four tokens of which nothing but these weights is known. */
function foreign(rows: readonly (readonly number[])[]) {
  const tokens = rows.map((_, at) => `t${at}`);
  const record = recordOf({ kind: "encoder_self", layers: 1, heads: 1, queries: tokens, keys: tokens });
  const sums = Float32Array.from(rows, (row) => row.reduce((sum, weight) => sum + weight, 0));
  const [error, entropies] = [new Float32Array(rows.length), Float32Array.from(rows, (row) => entropyOf(Float32Array.from(row)))];
  return { record, head: { weights: Float32Array.from(rows.flat()), error, sums, entropies, projections: null } };
}

test("a mark beside a row does not contradict itself", () => {
  const { record, head } = foreign([
    [0.9975, 0, 0, 0],
    [0, 0, 0, 0],
    [0.5, 0.5, 0.003, 0],
    [1, 0, 0, 0],
  ]);
  const texts = heatmap(record, head, null, 900, 600, style).scene.shapes.flatMap((shape) => (shape.shape === "words" ? [shape.text] : []));
  assert.deepEqual(
    texts.filter((text) => text.startsWith("Σ ")),
    ["Σ 0.998", "Σ 0", "Σ 1.003"],
  );
  assert.ok(texts.includes(en.marks.zero) && texts.includes(en.marks.other) && !texts.includes(en.marks.none));
});

test("the chosen key's frame is as high as what it frames, with vectors or without", async () => {
  const tokens = ["a", "b", "c", "d"];
  for (const projections of [undefined, "plain"] as const) {
    const record = recordOf({ kind: "encoder_self", layers: 1, heads: 1, queries: tokens, keys: tokens, projections });
    const head = await record.head(0, 0);
    const done = head.projections === null ? null : steps(record, head, head.projections, 1);
    const { scene, columnOf } = stepsDrawing(record, head, 1, done, 800, 600, style);
    const { y, height } = columnOf(2);
    for (const shape of scene.shapes) if (shape.shape === "cells") assert.ok(shape.y >= y && shape.y + shape.height <= y + height);
    assert.ok(y + height <= scene.height);
  }
});

test("a line of a tenth of the weight is seen", () => {
  const luminance = (colour: string) => {
    const [r, g, b] = channels(colour).map((each) => (each / 255 <= 0.04045 ? each / 255 / 12.92 : ((each / 255 + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r! + 0.7152 * g! + 0.0722 * b!;
  };
  const contrast = (one: string, other: string) => {
    const [low, high] = [luminance(one), luminance(other)].sort((a, b) => a - b);
    return (high! + 0.05) / (low! + 0.05);
  };
  for (const dark of [false, true]) {
    const { paper, heads } = paletteOf(dark);
    for (const colour of heads) {
      const [full, weak] = [contrast(colour, paper), contrast(blend(paper, colour, lineOpacity(0.1, 80)), paper)];
      // 3 : 1 is what WCAG asks of graphics. Two light colours have less even at full strength; thickness and the squares help them.
      assert.ok(weak >= Math.min(3, 0.5 * full + 0.4), `${colour}: ${weak} of ${full}`);
    }
  }
  // Strong ones still stand out, and by thickness too.
  assert.ok(lineOpacity(1, 80) > 1.3 * lineOpacity(0.1, 80) && lineOpacity(1, 1000) > 4 * lineOpacity(0.1, 1000));
  const { record, head } = foreign([
    [0.1, 0.9, 0, 0],
    [0.1, 0.9, 0, 0],
    [0.1, 0.9, 0, 0],
    [0.1, 0.9, 0, 0],
  ]);
  const { scene } = linesDrawing(record, [{ at: 0, head }], { side: "query", at: 0 }, { rowHeight: 20, offset: 0, height: 80 }, 600, style);
  const lines = scene.shapes.flatMap((shape) => (shape.shape === "ribbon" ? [shape] : []));
  assert.equal(lines.length, 2);
  assert.ok(lines[0]!.thickness >= 1 && lines[1]!.thickness > 2 * lines[0]!.thickness);
});
