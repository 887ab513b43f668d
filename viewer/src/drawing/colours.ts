import { VIRIDIS } from "./viridis.ts";

/** The colours of everything but the values; those of headlight-plot. style/page.css has the same for the page around the drawings. */
export interface Palette {
  readonly paper: string;
  readonly ink: string;
  /** Of what is said beside the matter. */
  readonly faint: string;
  readonly rule: string;
  /** Under the hatching of masked cells. */
  readonly masked: string;
  readonly hatch: string;
  /** Around the cells that a task needs; it stands out from every colour of the map. */
  readonly outline: string;
  readonly accent: string;
  /**
   * Of heads, one after the other: Okabe and Ito's, which colour-blind people can tell apart, without the yellow that white paper does not carry;
   * then five that are as far as can be from all before them in every kind of sight. The tests measure it.
   */
  readonly heads: readonly string[];
}

const LIGHT: Palette = {
  paper: "#ffffff",
  ink: "#1a1d23",
  faint: "#5d6470",
  rule: "#dfe2e7",
  masked: "#f3f4f6",
  hatch: "#c3c7ce",
  outline: "#ff3b30",
  accent: "#2f57c8",
  heads: [
    "#0072b2",
    "#e69f00",
    "#009e73",
    "#d55e00",
    "#cc79a7",
    "#56b4e9",
    "#1a1d23",
    "#8700ff",
    "#5a2d00",
    "#000078",
    "#7878ff",
    "#2d4b69",
  ],
};

const DARK: Palette = {
  paper: "#15171c",
  ink: "#e8eaee",
  faint: "#a3a8b2",
  rule: "#2f343d",
  masked: "#20242b",
  hatch: "#4b525e",
  outline: "#ff5a50",
  accent: "#8fb0ff",
  heads: [
    "#2a8fd0",
    "#e69f00",
    "#1fb88c",
    "#e8702a",
    "#dd8fba",
    "#8ccdf5",
    "#e8eaee",
    "#783cff",
    "#e10f4b",
    "#00ffa5",
    "#fff000",
    "#a54b87",
  ],
};

export function paletteOf(dark: boolean): Palette {
  return dark ? DARK : LIGHT;
}

/** How weights become positions along the colour scale. */
export type Scale = "linear" | "log";

/** The smallest weight that the logarithmic scale tells from 0 is ten to the minus this, as in headlight-plot. */
export const DECADES = 4;

/** Whether weights that are known to within `error` are too coarse for the logarithmic colours: a 0 among them may be more than their smallest. */
export function isCoarse(error: number): boolean {
  return error > 10 ** -DECADES;
}

/** How far along the colours a weight is, from 0 to 1. */
export function part(weight: number, scale: Scale): number {
  const along = scale === "linear" ? weight : 1 + Math.log10(Math.max(weight, 1e-30)) / DECADES;
  return Math.min(1, Math.max(0, along));
}

/** The number of a weight's colour, 0–255. */
export function colourIndex(weight: number, scale: Scale): number {
  return Math.round(part(weight, scale) * 255);
}

/** 256 colours as `#rrggbb`. */
export type ColourMap = readonly string[];

export const viridis: ColourMap = Array.from({ length: 256 }, (_, at) => `#${VIRIDIS.slice(at * 6, at * 6 + 6)}`);

/** For numbers of both signs: blue below zero, the paper at it, orange above. Both hues are Okabe and Ito's, so no red stands against a green. */
export function signedMap(palette: Palette): ColourMap {
  const [low, zero, high] = [palette.heads[0]!, palette.paper, palette.heads[3]!].map(channels) as [Rgb, Rgb, Rgb];
  return Array.from({ length: 256 }, (_, at) => {
    const along = (at - 127.5) / 127.5;
    return hex(mix(zero, along < 0 ? low : high, Math.abs(along)));
  });
}

/** The number of a signed value's colour, where `most` is the end of the scale on both sides. */
export function signedIndex(value: number, most: number): number {
  const along = most > 0 ? Math.min(1, Math.max(-1, value / most)) : 0;
  return Math.round(127.5 + along * 127.5);
}

/** Black or white, whichever can be read on the colour. */
export function inkOn(colour: string): string {
  const [red, green, blue] = channels(colour);
  return 0.299 * red + 0.587 * green + 0.114 * blue > 140 ? "#000000" : "#ffffff";
}

export type Rgb = readonly [number, number, number];

export function channels(colour: string): Rgb {
  const bits = Number.parseInt(colour.slice(1), 16);
  return [(bits >> 16) & 255, (bits >> 8) & 255, bits & 255];
}

/** A colour between two, `along` of the way from the first to the second. */
export function blend(from: string, to: string, along: number): string {
  return hex(mix(channels(from), channels(to), along));
}

function mix(from: Rgb, to: Rgb, along: number): Rgb {
  return [0, 1, 2].map((at) => Math.round(from[at]! + (to[at]! - from[at]!) * along)) as unknown as Rgb;
}

function hex(rgb: Rgb): string {
  return `#${rgb.map((channel) => channel.toString(16).padStart(2, "0")).join("")}`;
}
