import type { Words } from "../words/words.ts";
import type { Palette, Scale } from "./colours.ts";
import type { Measure } from "./scene.ts";

/** What every drawing needs to know beside its numbers. */
export interface Style {
  readonly palette: Palette;
  readonly scale: Scale;
  /** Weights below it are not drawn. */
  readonly threshold: number;
  readonly words: Words;
  readonly measure: Measure;
}
