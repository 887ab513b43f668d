import type { Kind } from "../data.ts";

/** What a page says about its blocks: `crates/headlight-report/src/manifest.rs` writes it. */
export interface Manifest {
  readonly version: number;
  readonly title: string;
  readonly task: string;
  readonly model: string;
  readonly examples: readonly Example[];
  readonly moments: readonly { readonly step: number | null; readonly records: readonly RecordEntry[] }[];
  readonly metrics: {
    readonly step: readonly number[];
    readonly loss: readonly number[];
    readonly tokenAccuracy: readonly number[];
    readonly exactMatch: readonly (number | null)[];
    readonly learningRate: readonly number[];
  };
}

/** What the records of one example share. */
export interface Example {
  readonly kind: Kind;
  readonly queryTokens: readonly string[];
  readonly keyTokens: readonly string[];
  /** A block of a byte a cell. */
  readonly mask: number | null;
  readonly alignment: readonly (readonly number[])[] | null;
}

export interface RecordEntry {
  readonly example: number;
  readonly layers: number;
  readonly heads: number;
  readonly bits: 8 | 16;
  readonly weights: Panels;
  readonly measures: MeasuresEntry;
  /** Absent where the heads are small enough. */
  readonly thumbnails?: { readonly block: number; readonly rows: number; readonly columns: number };
  readonly projections?: ProjectionsEntry;
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
