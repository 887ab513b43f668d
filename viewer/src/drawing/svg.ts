import { bend, HATCH_STEP, linesOf } from "./paint.ts";
import { BLANK, FONT, type Cells, type Hatch, type Scene, type Shape } from "./scene.ts";

/** More rectangles than this and a matrix goes into the file as an image: 512 × 512 of them would weigh 17 MB. */
export const MOST_RECTANGLES = 20_000;

/**
 * A scene as a file of SVG. Text stays text.
 *
 * `imageOf` makes a matrix of colours into a `data:` address of a PNG; it is asked only above {@link MOST_RECTANGLES}.
 */
export function svgOf(scene: Scene, title: string, imageOf: (cells: Cells) => string): string {
  const hatches = new Map<string, string>();
  const body = scene.shapes.map((shape) => element(shape, hatches, imageOf)).join("\n");
  const size = `width="${number(scene.width)}" height="${number(scene.height)}" viewBox="0 0 ${number(scene.width)} ${number(scene.height)}"`;
  return `<svg xmlns="http://www.w3.org/2000/svg" ${size} font-family="${escaped(FONT)}">
<title>${escaped(title)}</title>
<defs>${[...hatches.values()].join("")}</defs>
<rect width="100%" height="100%" fill="${scene.background}"/>
${body}
</svg>
`;
}

/** A text between tags or in an attribute. Signs that XML cannot hold become U+FFFD. */
export function escaped(text: string): string {
  return text
    .replace(
      /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g,
      "\ufffd",
    )
    .replace(/[&<>"'\t\n\r]/g, (sign) => `&#${sign.charCodeAt(0)};`);
}

function element(shape: Shape, hatches: Map<string, string>, imageOf: (cells: Cells) => string): string {
  switch (shape.shape) {
    case "cells":
      return cellsOf(shape, imageOf);
    case "hatch":
      return `<rect ${area(shape)} fill="url(#${hatchOf(shape, hatches)})"/>`;
    case "box": {
      const round = shape.radius === undefined ? "" : ` rx="${number(shape.radius)}"`;
      const edge = shape.stroke === undefined ? "" : ` stroke="${shape.stroke}" stroke-width="${number(shape.thickness ?? 1)}"`;
      return `<rect ${area(shape)}${round} fill="${shape.fill ?? "none"}"${edge}${opacity(shape.opacity)}/>`;
    }
    case "line": {
      const ends = `x1="${number(shape.x1)}" y1="${number(shape.y1)}" x2="${number(shape.x2)}" y2="${number(shape.y2)}"`;
      return `<line ${ends} ${stroke(shape)}${opacity(shape.opacity)}/>`;
    }
    case "ribbon": {
      const [x1, y1, x2, y2, middle] = [shape.x1, shape.y1, shape.x2, shape.y2, bend(shape)].map(number);
      return `<path d="M${x1} ${y1}C${middle} ${y1} ${middle} ${y2} ${x2} ${y2}" fill="none" ${stroke(shape)}${opacity(shape.opacity)}/>`;
    }
    case "path":
      return `<polyline points="${shape.points.map(number).join(" ")}" fill="none" stroke-linejoin="round" ${stroke(shape)}/>`;
    case "words": {
      const [x, y] = [number(shape.x), number(shape.y)];
      const turn = shape.upwards === true ? ` transform="rotate(-90 ${x} ${y})"` : "";
      const weight = shape.bold === true ? ' font-weight="600"' : "";
      const look = `font-size="${number(shape.size)}" fill="${shape.fill}" text-anchor="${shape.anchor}"${weight}${turn}`;
      return `<text x="${x}" y="${y}" dy="0.35em" ${look} xml:space="preserve">${escaped(shape.text)}</text>`;
    }
  }
}

/** Runs of one colour in a row are one rectangle; the commonest colour lies under all of them. */
function cellsOf(cells: Cells, imageOf: (cells: Cells) => string): string {
  const { rows, columns, indices } = cells;
  const counts = new Map<number, number>();
  for (const index of indices) counts.set(index, (counts.get(index) ?? 0) + 1);
  const [ground] = [...counts].reduce((most, each) => (each[1] > most[1] ? each : most), [BLANK, 0]);
  const [wide, high] = [cells.width / columns, cells.height / rows];
  const parts: string[] = [];
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; ) {
      const index = indices[row * columns + column]!;
      let end = column + 1;
      while (end < columns && indices[row * columns + end] === index) end++;
      // A blank cell must stay blank, so nothing may lie under it.
      if (index !== BLANK && !(index === ground && !counts.has(BLANK))) {
        const place = { x: cells.x + column * wide, y: cells.y + row * high, width: (end - column) * wide, height: high };
        parts.push(`<rect ${area(place)} fill="${cells.colours[index]}"/>`);
      }
      column = end;
    }
    if (parts.length > MOST_RECTANGLES) {
      return `<image ${area(cells)} preserveAspectRatio="none" image-rendering="pixelated" href="${imageOf(cells)}"/>`;
    }
  }
  const under = ground !== BLANK && !counts.has(BLANK) ? `<rect ${area(cells)} fill="${cells.colours[ground]}"/>` : "";
  return `<g shape-rendering="crispEdges">${under}${parts.join("")}</g>`;
}

function hatchOf(hatch: Hatch, hatches: Map<string, string>): string {
  const name = `hatch-${hatch.why}-${hatch.ink.slice(1)}`;
  const step = HATCH_STEP;
  const rising = `M-1 1l2 -2M0 ${step}l${step} -${step}M${step - 1} ${step + 1}l2 -2`;
  const falling = `M-1 ${step - 1}l2 2M0 0l${step} ${step}M${step - 1} -1l2 2`;
  const level = `M0 ${step / 2}h${step}`;
  const of = linesOf(hatch.why);
  const lines = (of.rising ? rising : "") + (of.falling ? falling : "") + (of.level ? level : "");
  hatches.set(
    name,
    `<pattern id="${name}" width="${step}" height="${step}" patternUnits="userSpaceOnUse"><rect width="${step}" height="${step}" fill="${hatch.ground}"/>` +
      `<path d="${lines}" stroke="${hatch.ink}" fill="none"/></pattern>`,
  );
  return name;
}

function stroke(line: { readonly stroke: string; readonly thickness: number; readonly dash?: readonly number[] }): string {
  const dash = line.dash === undefined || line.dash.length === 0 ? "" : ` stroke-dasharray="${line.dash.join(" ")}"`;
  return `stroke="${line.stroke}" stroke-width="${number(line.thickness)}"${dash}`;
}

function opacity(part: number | undefined): string {
  return part === undefined || part === 1 ? "" : ` opacity="${number(part)}"`;
}

function area(place: { readonly x: number; readonly y: number; readonly width: number; readonly height: number }): string {
  return `x="${number(place.x)}" y="${number(place.y)}" width="${number(place.width)}" height="${number(place.height)}"`;
}

function number(value: number): string {
  return String(Math.round(value * 1000) / 1000);
}
