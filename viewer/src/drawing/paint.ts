import type { Reason } from "../data.ts";
import { channels } from "./colours.ts";
import { BLANK, FONT, type Cells, type Hatch, type Measure, type Ribbon, type Scene, type Shape } from "./scene.ts";

/** Paints a scene on a canvas, with `density` pixels of the screen to one of the scene's. */
export function paint(canvas: HTMLCanvasElement, scene: Scene, density: number): void {
  const [width, height] = [Math.round(scene.width * density), Math.round(scene.height * density)];
  if (canvas.width !== width) canvas.width = width;
  if (canvas.height !== height) canvas.height = height;
  const context = canvas.getContext("2d");
  if (context === null) return;
  context.setTransform(density, 0, 0, density, 0, 0);
  context.clearRect(0, 0, scene.width, scene.height);
  context.fillStyle = scene.background;
  context.fillRect(0, 0, scene.width, scene.height);
  for (const shape of scene.shapes) {
    context.globalAlpha = ("opacity" in shape ? shape.opacity : undefined) ?? 1;
    draw(context, shape, density);
  }
  context.globalAlpha = 1;
}

function draw(context: CanvasRenderingContext2D, shape: Shape, density: number): void {
  switch (shape.shape) {
    case "cells":
      return drawCells(context, shape, density);
    case "hatch":
      return drawHatch(context, shape, density);
    case "box":
      context.beginPath();
      context.roundRect(shape.x, shape.y, shape.width, shape.height, shape.radius ?? 0);
      if (shape.fill !== undefined) fill(context, shape.fill);
      if (shape.stroke !== undefined) stroke(context, shape.stroke, shape.thickness ?? 1);
      return;
    case "line":
      context.beginPath();
      context.moveTo(shape.x1, shape.y1);
      context.lineTo(shape.x2, shape.y2);
      return stroke(context, shape.stroke, shape.thickness, shape.dash);
    case "ribbon": {
      const middle = bend(shape);
      context.beginPath();
      context.moveTo(shape.x1, shape.y1);
      context.bezierCurveTo(middle, shape.y1, middle, shape.y2, shape.x2, shape.y2);
      return stroke(context, shape.stroke, shape.thickness, shape.dash);
    }
    case "path":
      context.beginPath();
      context.lineJoin = "round";
      for (let at = 0; at < shape.points.length; at += 2) context.lineTo(shape.points[at]!, shape.points[at + 1]!);
      return stroke(context, shape.stroke, shape.thickness, shape.dash);
    case "words":
      context.save();
      context.translate(shape.x, shape.y);
      if (shape.upwards === true) context.rotate(-Math.PI / 2);
      context.font = fontOf(shape.size, shape.bold);
      context.fillStyle = shape.fill;
      context.textAlign = shape.anchor === "middle" ? "center" : shape.anchor === "end" ? "right" : "left";
      context.textBaseline = "alphabetic";
      // The middle of a capital letter, as in svg.ts.
      context.fillText(shape.text, 0, shape.size * 0.35);
      context.restore();
  }
}

/** The x of both control points of a ribbon. */
export function bend(ribbon: Ribbon): number {
  return (ribbon.x1 + ribbon.x2) / 2;
}

function fill(context: CanvasRenderingContext2D, colour: string): void {
  context.fillStyle = colour;
  context.fill();
}

function stroke(context: CanvasRenderingContext2D, colour: string, thickness: number, dash: readonly number[] = []): void {
  context.strokeStyle = colour;
  context.lineWidth = thickness;
  context.setLineDash([...dash]);
  context.stroke();
}

/** Where cells are smaller than a pixel of the screen, the pixel shows the largest. */
function drawCells(context: CanvasRenderingContext2D, cells: Cells, density: number): void {
  const width = Math.max(1, Math.round(cells.width * density));
  const height = Math.max(1, Math.round(cells.height * density));
  const image = new ImageData(width, height);
  const pixels = new Uint32Array(image.data.buffer);
  const colours = Uint32Array.from(cells.colours, packed);
  const columnsOf = spans(width, cells.columns);
  let before = -1;
  for (let y = 0; y < height; y++) {
    const first = Math.floor((y * cells.rows) / height);
    const end = Math.max(first + 1, Math.floor(((y + 1) * cells.rows) / height));
    // Rows of pixels that show one row of cells are equal.
    if (end - first === 1 && first === before) {
      pixels.copyWithin(y * width, (y - 1) * width, y * width);
      continue;
    }
    before = end - first === 1 ? first : -1;
    for (let x = 0; x < width; x++) {
      let most = -1;
      for (let row = first; row < end; row++) {
        for (let column = columnsOf[2 * x]!; column < columnsOf[2 * x + 1]!; column++) {
          const index = cells.indices[row * cells.columns + column]!;
          if (index !== BLANK && index > most) most = index;
        }
      }
      if (most >= 0) pixels[y * width + x] = colours[most]!;
    }
  }
  const canvas = new OffscreenCanvas(width, height);
  canvas.getContext("2d")?.putImageData(image, 0, 0);
  context.imageSmoothingEnabled = false;
  context.drawImage(
    canvas,
    Math.round(cells.x * density) / density,
    Math.round(cells.y * density) / density,
    width / density,
    height / density,
  );
}

/** For each pixel the first cell under it and the one after the last. */
function spans(pixels: number, cells: number): Uint32Array {
  const spans = new Uint32Array(2 * pixels);
  for (let at = 0; at < pixels; at++) {
    const first = Math.floor((at * cells) / pixels);
    spans[2 * at] = first;
    spans[2 * at + 1] = Math.max(first + 1, Math.floor(((at + 1) * cells) / pixels));
  }
  return spans;
}

/** A colour as a canvas stores it on the little-endian machines that browsers run on. */
function packed(colour: string): number {
  const [red, green, blue] = channels(colour);
  return ((255 << 24) | (blue << 16) | (green << 8) | red) >>> 0;
}

/** From one line of the hatching to the next. */
export const HATCH_STEP = 6;

/** Which lines hatch a masked cell. */
export function linesOf(why: Reason): { readonly rising: boolean; readonly falling: boolean; readonly level: boolean } {
  return {
    rising: why === "causal" || why === "padding",
    falling: why === "window" || why === "padding",
    level: why === "masked",
  };
}

function drawHatch(context: CanvasRenderingContext2D, hatch: Hatch, density: number): void {
  context.fillStyle = hatch.ground;
  context.fillRect(hatch.x, hatch.y, hatch.width, hatch.height);
  const pattern = patternOf(context, hatch, density);
  if (pattern === null) return;
  context.fillStyle = pattern;
  context.fillRect(hatch.x, hatch.y, hatch.width, hatch.height);
}

const patterns = new Map<string, CanvasPattern>();

function patternOf(context: CanvasRenderingContext2D, hatch: Hatch, density: number): CanvasPattern | null {
  const name = `${hatch.why} ${hatch.ink} ${density}`;
  const known = patterns.get(name);
  if (known !== undefined) return known;
  const size = Math.max(4, Math.round(HATCH_STEP * density));
  const tile = new OffscreenCanvas(size, size);
  const ink = tile.getContext("2d");
  if (ink === null) return null;
  ink.strokeStyle = hatch.ink;
  ink.lineWidth = density;
  ink.beginPath();
  const { rising, falling, level } = linesOf(hatch.why);
  for (const from of [-size, 0, size]) {
    if (rising) {
      ink.moveTo(from - 1, size + 1);
      ink.lineTo(from + size + 1, -1);
    }
    if (falling) {
      ink.moveTo(from - 1, -1);
      ink.lineTo(from + size + 1, size + 1);
    }
  }
  if (level) {
    ink.moveTo(0, size / 2);
    ink.lineTo(size, size / 2);
  }
  ink.stroke();
  const pattern = context.createPattern(tile, "repeat");
  pattern?.setTransform(new DOMMatrix().scale(HATCH_STEP / size));
  if (pattern !== null) patterns.set(name, pattern);
  return pattern;
}

export function fontOf(size: number, bold = false): string {
  return `${bold ? "600 " : ""}${size}px ${FONT}`;
}

let ruler: OffscreenCanvasRenderingContext2D | null = null;
const widths = new Map<string, number>();

export const measure: Measure = (text, size, bold = false) => {
  const name = `${bold ? "b" : ""}${size} ${text}`;
  const known = widths.get(name);
  if (known !== undefined) return known;
  ruler ??= new OffscreenCanvas(1, 1).getContext("2d");
  if (ruler === null) return text.length * size * 0.6;
  ruler.font = fontOf(size, bold);
  const width = ruler.measureText(text).width;
  if (widths.size > 20_000) widths.clear();
  widths.set(name, width);
  return width;
};
