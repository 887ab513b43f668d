import { isMasked, vectorError, type Steps } from "../arithmetic.ts";
import { MaskCell, reasonOf, type AttentionRecord, type Head } from "../data.ts";
import { signed, trueDigits } from "../digits.ts";
import { colourIndex, inkOn, signedIndex, signedMap, viridis, type ColourMap } from "./colours.ts";
import { columnLabels, drawColumnLabels } from "./labels.ts";
import { BLANK, type Scene, type Shape } from "./scene.ts";
import type { Style } from "./style.ts";

export interface StepsDrawing {
  readonly scene: Scene;
  /** The key under a place; null beside the keys. */
  keyAt(x: number): number | null;
  /** The column of a key through all strips. */
  columnOf(key: number): { x: number; y: number; width: number; height: number };
}

/** One query's way from the product of vectors to its context, or, where the record has weights alone, its weights. */
export function stepsDrawing(
  record: AttentionRecord,
  head: Head,
  query: number,
  done: Steps | null,
  room: number,
  height: number,
  style: Style,
): StepsDrawing {
  const { palette, words, measure } = style;
  const signedColours = signedMap(palette);
  const projections = head.projections;
  const left = done === null ? 6 : 46;
  const right = done === null ? 6 : 64;
  const least = record.keys <= 64 ? 13 : 4;
  const fitting = Math.min(54, (room - left - right) / record.keys);
  const wide = Math.max(least, fitting >= 4 ? Math.floor(fitting) : fitting);
  const plot = wide * record.keys;
  const width = Math.max(room, left + plot + right);
  const shapes: Shape[] = [];
  // In a low window strips and vectors are lower.
  const low = height < 540;

  const labels = columnLabels(record.keyTokens, 0, record.keys, wide, 110, measure);
  let y = 22;
  shapes.push({ shape: "words", x: left, y: 10, text: words.key[record.kind], size: 12, fill: palette.faint, anchor: "start" });
  y += labels.room + 6;
  shapes.push(...drawColumnLabels(labels, left, y - 4, wide, 0, palette.ink));

  let counted = 0;
  const caption = (name: string, formula: string) => {
    counted += 1;
    const text = done === null ? name : `${counted}  ${name}`;
    y += low ? 13 : 16;
    shapes.push({ shape: "words", x: left, y, text, size: 13, fill: palette.ink, anchor: "start", bold: true });
    const beside = left + measure(text, 13, true) + 10;
    const fits = beside + measure(formula, 12) <= width;
    if (!fits) y += 17;
    shapes.push({ shape: "words", x: fits ? beside : left, y, text: formula, size: 12, fill: palette.faint, anchor: "start" });
    y += low ? 10 : 12;
  };
  const strip = (
    values: ArrayLike<number>,
    map: ColourMap,
    indexOf: (value: number) => number,
    textOf: (value: number, key: number) => string,
    masked: boolean,
  ) => {
    const high = low ? 21 : 26;
    const indices = Uint16Array.from({ length: record.keys }, (_, key) =>
      masked && isMasked(record, query, key) ? BLANK : indexOf(values[key]!),
    );
    shapes.push({ shape: "cells", x: left, y, width: plot, height: high, rows: 1, columns: record.keys, indices, colours: map });
    const texts = Array.from(indices, (index, key) => (index === BLANK ? "" : textOf(values[key]!, key)));
    // All numbers of a strip in one size, or none.
    const size = [11, 10, 9].find((size) => texts.every((text) => measure(text, size) <= wide - 3));
    for (let key = 0; key < record.keys; key++) {
      const x = left + key * wide;
      if (indices[key] === BLANK) {
        const why = reasonOf(record.mask?.[query * record.keys + key] ?? MaskCell.masked);
        shapes.push({ shape: "hatch", x, y, width: wide, height: high, why, ground: palette.masked, ink: palette.hatch });
      } else if (size !== undefined) {
        shapes.push({
          shape: "words",
          x: x + wide / 2,
          y: y + high / 2,
          text: texts[key]!,
          size,
          fill: inkOn(map[indices[key]!]!),
          anchor: "middle",
        });
      }
    }
    shapes.push({ shape: "box", x: left, y, width: plot, height: high, stroke: palette.rule });
    y += high;
  };

  if (done !== null && projections !== null) {
    const { dHead, dValue } = projections;
    const ofQuery = projections.query.subarray(query * dHead, (query + 1) * dHead);
    const [mostOfQuery, mostOfKeys] = [largest(ofQuery), largest(projections.key)];
    caption(words.stepsVectors, `q, K   d_head = ${dHead}`);
    const cell = Math.max(2, Math.min(8, Math.floor(Math.min(96, (height - 330) / 3) / dHead)));
    const matrix = (x: number, columns: number, rows: number, at: (row: number, column: number) => number, end: number) => {
      const indices = Uint16Array.from({ length: rows * columns }, (_, place) =>
        signedIndex(at(Math.floor(place / columns), place % columns), end),
      );
      const area = { x, y, width: columns * (columns === 1 ? 18 : wide), height: rows * cell };
      shapes.push(
        { shape: "cells", ...area, rows, columns, indices, colours: signedColours },
        { shape: "box", ...area, stroke: palette.rule },
      );
    };
    matrix(8, 1, dHead, (row) => ofQuery[row]!, mostOfQuery);
    matrix(left, record.keys, dHead, (row, key) => projections.key[key * dHead + row]!, mostOfKeys);
    shapes.push({ shape: "words", x: left - 13, y: y + (dHead * cell) / 2, text: "·", size: 20, fill: palette.faint, anchor: "middle" });
    shapes.push({
      shape: "words",
      x: left + plot + 8,
      y: y + 8,
      text: `±${signed(mostOfKeys, mostOfKeys * ROUNDING)}`,
      size: 11,
      fill: palette.faint,
      anchor: "start",
    });
    shapes.push({
      shape: "words",
      x: 17,
      y: y + dHead * cell + 10,
      text: `±${signed(mostOfQuery, mostOfQuery * ROUNDING)}`,
      size: 11,
      fill: palette.faint,
      anchor: "middle",
    });
    y += dHead * cell;

    caption(words.stepsProducts, words.stepsProductsFormula);
    const product = (row: number, key: number) => ofQuery[row]! * projections.key[key * dHead + row]!;
    const products = Float64Array.from({ length: dHead * record.keys }, (_, at) => product(at % dHead, Math.floor(at / dHead)));
    const mostOfProducts = largest(products);
    matrix(left, record.keys, dHead, (row, key) => products[key * dHead + row]!, mostOfProducts);
    shapes.push({
      shape: "words",
      x: left + plot + 8,
      y: y + 8,
      text: `±${signed(mostOfProducts, mostOfProducts * ROUNDING)}`,
      size: 11,
      fill: palette.faint,
      anchor: "start",
    });
    y += dHead * cell;

    const numbers = (errors: Float64Array) => (value: number, key: number) => signed(value, errors[key]!);
    const { errors } = done;
    const shade = (values: ArrayLike<number>) => {
      const end = largest(values);
      return (value: number) => signedIndex(value, end);
    };
    caption(words.stepsScores, "q · Kᵀ");
    strip(done.scores, signedColours, shade(done.scores), numbers(errors.scores), false);
    caption(words.stepsScaled, `÷ √${dHead}`);
    strip(done.scaled, signedColours, shade(done.scaled), numbers(errors.scaled), false);
    if (done.biased !== null) {
      caption(words.stepsBias, words.stepsBiasFormula);
      strip(done.biased, signedColours, shade(done.biased), numbers(errors.biased!), false);
    }
    caption(words.stepsMasked, record.mask === null ? words.stepsNoMask : words.stepsMaskFormula);
    strip(done.masked, signedColours, shade(done.biased ?? done.scaled), numbers(errors.biased ?? errors.scaled), true);
    caption(words.stepsSoftmax, "exp(s) / Σ exp(s)");
    strip(
      done.weights,
      viridis,
      (value) => colourIndex(value, style.scale),
      // The record's own, whose digits are known to be true.
      (_, key) => trueDigits(head.weights[query * record.keys + key]!, head.error[query]!, 2),
      true,
    );
    drawNeeded();

    caption(words.stepsValues, `weightᵢ × Vᵢ   d_value = ${dValue}`);
    const end = largest(done.weighted, done.context);
    matrix(left, record.keys, dValue, (row, key) => done.weighted[key * dValue + row]!, end);
    matrix(left + plot + 34, 1, dValue, (row) => done.context[row]!, end);
    const high = dValue * cell;
    shapes.push({ shape: "words", x: left + plot + 17, y: y + high / 2, text: "Σ =", size: 13, fill: palette.faint, anchor: "middle" });
    shapes.push({
      shape: "words",
      x: left + plot + 43,
      y: y - 10,
      text: words.context,
      size: 12,
      fill: palette.ink,
      anchor: plot + left + 43 + 40 > width ? "end" : "middle",
      bold: true,
    });
    shapes.push({
      shape: "words",
      x: left + plot + 43,
      y: y + high + 11,
      text: `±${signed(end, end * 1e-3)}`,
      size: 11,
      fill: palette.faint,
      anchor: "middle",
    });
    y += high;
  } else {
    caption(words.stepsSoftmax, words.stepsRecorded);
    const row = head.weights.subarray(query * record.keys, (query + 1) * record.keys);
    strip(
      row,
      viridis,
      (value) => colourIndex(value, style.scale),
      (value) => trueDigits(value, head.error[query]!, 2),
      true,
    );
    drawNeeded();
  }

  function drawNeeded() {
    for (const key of record.alignment?.[query] ?? []) {
      shapes.push({
        shape: "box",
        x: left + key * wide + 1,
        y: y - (low ? 20 : 25),
        width: wide - 2,
        height: low ? 19 : 24,
        stroke: palette.outline,
        thickness: 2,
      });
    }
  }

  const bottom = y + 2;
  const scene = { width, height: y + (done === null ? 4 : 20), background: palette.paper, shapes };
  const keyAt = (x: number) => {
    const key = Math.floor((x - left) / wide);
    return key >= 0 && key < record.keys ? key : null;
  };
  return { scene, keyAt, columnOf: (key) => ({ x: left + key * wide, y: 20, width: wide, height: bottom - 20 }) };
}

/** Query, key and their product, number by number: the products add up to the score. */
export function productsDrawing(query: Float32Array, key: Float32Array, width: number, style: Style): Scene {
  const { palette } = style;
  const colours = signedMap(palette);
  const products = query.map((value, at) => value * key[at]!);
  const [cell, top, left] = [Math.max(4, Math.min(10, Math.floor(160 / query.length))), 20, 4];
  const wide = Math.min(52, (width - 60) / 3);
  const shapes: Shape[] = [];
  const high = cell * query.length;
  const [ofQuery, ofKey] = [vectorError(query), vectorError(key)];
  const error = query.reduce((sum, value, at) => sum + Math.abs(value) * ofKey + (Math.abs(key[at]!) + ofKey) * ofQuery, 0);
  const sum = query.reduce((sum, value, at) => sum + value * key[at]!, 0);
  [
    ["q", query, ""],
    ["k", key, "×"],
    ["q × k", products, "="],
  ].forEach((column, at) => {
    const [name, values, sign] = column as [string, Float32Array, string];
    const end = largest(values);
    const x = left + at * (wide + 24);
    const place = { x, y: top, width: wide, height: high };
    shapes.push({ shape: "words", x: x - 12, y: top + high / 2, text: sign, size: 14, fill: palette.faint, anchor: "middle" });
    shapes.push({ shape: "words", x: x + wide / 2, y: 9, text: name, size: 12, fill: palette.ink, anchor: "middle", bold: true });
    shapes.push({
      shape: "cells",
      ...place,
      rows: values.length,
      columns: 1,
      indices: Uint16Array.from(values, (value) => signedIndex(value, end)),
      colours,
    });
    shapes.push({ shape: "box", ...place, stroke: palette.rule });
    shapes.push({
      shape: "words",
      x: x + wide / 2,
      y: top + high + 10,
      text: `±${signed(end, end * ROUNDING)}`,
      size: 11,
      fill: palette.faint,
      anchor: "middle",
    });
  });
  const last = left + 2 * (wide + 24) + wide / 2;
  shapes.push({
    shape: "words",
    x: last,
    y: top + high + 27,
    text: `Σ ${signed(sum, error)}`,
    size: 12,
    fill: palette.ink,
    anchor: "middle",
    bold: true,
  });
  return { width, height: top + high + 38, background: palette.paper, shapes };
}

/** A row's largest number travels as it is, but for its rounding to 32 bits; a product's largest has some of every rounding. */
const ROUNDING = 1e-4;

function largest(...lists: readonly ArrayLike<number>[]): number {
  let most = 0;
  for (const list of lists)
    for (let at = 0; at < list.length; at++) if (Number.isFinite(list[at]!)) most = Math.max(most, Math.abs(list[at]!));
  return most;
}
