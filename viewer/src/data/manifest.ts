import type { Kind, Replacement } from "../data.ts";

/** What a page says about its blocks: `crates/headlight-report/src/manifest.rs` writes it. */
export interface Manifest extends MomentsEntry {
  readonly version: number;
  readonly title: string;
  readonly task: string;
  readonly model: string;
  readonly metrics: {
    readonly step: readonly number[];
    readonly loss: readonly number[];
    readonly tokenAccuracy: readonly number[];
    readonly exactMatch: readonly (number | null)[];
    readonly learningRate: readonly number[];
  };
  /** Absent where no lens was asked. */
  readonly findings?: readonly FoundEntry[];
}

/** Moments of one example are told apart by their weights alone, so what they share stands once. */
export interface MomentsEntry {
  readonly examples: readonly Example[];
  readonly moments: readonly { readonly step: number | null; readonly records: readonly RecordEntry[] }[];
}

/**
 * What a lens found, under the names of its own JSON (`crates/headlight-record/src/findings.rs` says what each means), and of that only what a page
 * shows. Lists that are empty are absent; a number that is none is null.
 */
export interface FoundEntry {
  readonly lens: string;
  readonly step: number | null;
  readonly examples: number;
  readonly seed: number;
  readonly baseline?: { readonly exact_match: EstimateEntry; readonly loss: EstimateEntry };
  readonly scores?: readonly { readonly name: string; readonly title: string }[];
  /** Beside these, each score of the head under its name, an {@link EstimateEntry}. */
  readonly heads?: readonly (HeadEntry & { readonly roles: readonly string[]; readonly [score: string]: unknown })[];
  /** Those of one head alone. */
  readonly ablations?: readonly AblationEntry[];
  /** Of the lens `training` alone. */
  readonly curves?: readonly CurvesEntry[];
  readonly appearances?: readonly AppearanceEntry[];
  readonly notes?: readonly string[];
}

export interface EstimateEntry {
  readonly mean: number | null;
  readonly low: number | null;
  readonly high: number | null;
  readonly examples: number;
}

export interface HeadEntry {
  readonly kind: Kind;
  readonly layer: number;
  readonly head: number;
}

export interface AblationEntry {
  readonly with: Replacement;
  readonly exact_match: number | null;
  readonly exact_match_change: number | null;
  readonly low: number | null;
  readonly high: number | null;
  readonly loss_change: number | null;
  readonly loss_low: number | null;
  readonly loss_high: number | null;
  readonly examples: number;
  readonly heads: readonly HeadEntry[];
  /** Question, right answer, and what is answered now. */
  readonly failures?: readonly (readonly [string, string, string])[];
}

export interface CurvesEntry {
  readonly name: string;
  readonly title: string;
  readonly quantity: string;
  /** Without a head where the numbers are the whole model's. A point is a step, a number, and the ends of its interval. */
  readonly curves: readonly {
    readonly head?: HeadEntry;
    readonly points: readonly (readonly [number | null, number | null, readonly [number | null, number | null]])[];
  }[];
}

/** A head, what it is called at the end of training, and the step from which on it is. */
export interface AppearanceEntry extends HeadEntry {
  readonly role: string;
  readonly step: number;
}

/** What the records of one example share. */
export interface Example {
  readonly kind: Kind;
  readonly queryTokens: readonly string[];
  readonly keyTokens: readonly string[];
  /** A block of a byte a cell. */
  readonly mask: number | null;
  readonly alignment: readonly (readonly number[])[] | null;
  /** To which of two texts each token belongs, 0 or 1; absent where all are of one. */
  readonly segments?: readonly number[];
}

export interface RecordEntry {
  readonly example: number;
  readonly layers: number;
  /** What the model counts them as; absent where they are its first ones. */
  readonly layerNumbers?: readonly number[];
  readonly heads: number;
  readonly bits: 8 | 16;
  readonly weights: Panels;
  readonly measures: MeasuresEntry;
  /** Absent where the heads are small enough. */
  readonly thumbnails?: ThumbnailsEntry;
  readonly projections?: ProjectionsEntry;
}

/** A byte a cell, head by head, in one block. */
export interface ThumbnailsEntry {
  readonly block: number;
  readonly rows: number;
  readonly columns: number;
  /** Those of the parts of two texts, in the order of `PARTS`; absent where there is one. */
  readonly parts?: readonly ThumbnailsEntry[];
}

/** Each a number for every head, counted through all layers; null for a head that has none. */
export interface MeasuresEntry {
  readonly alignment: readonly (number | null)[];
  readonly sharpness: readonly (number | null)[];
  readonly entropy: readonly (number | null)[];
  readonly offset: readonly (number | null)[];
  readonly bestOffset: readonly (number | null)[];
  readonly first: readonly (number | null)[];
}

export interface ProjectionsEntry {
  readonly dHead: number;
  readonly dValue: number;
  readonly panels: Panels;
  readonly bias: Panels | null;
}

/** Heads in blocks: head `n`, counted through all layers, is number `n % perBlock` in block `first + ⌊n / perBlock⌋`. */
export interface Panels {
  readonly first: number;
  readonly perBlock: number;
}

const VERSION = 1;

/** Reads the manifest of this page. */
export function readManifest(): Manifest {
  const text = document.getElementById("manifest")?.textContent;
  if (!text) throw new Error("it has no data");
  const manifest = JSON.parse(text) as Manifest;
  if (manifest.version !== VERSION) throw new Error(`its data has version ${manifest.version}, and not ${VERSION}`);
  return manifest;
}
