/**
 * The one seam between where numbers come from and what shows them. Views, state and drawings know only this module. A source gives a
 * {@link Dataset} as a signal: a report's file sets it once, and a source whose model is still being trained sets a new one, with the moments so
 * far, whenever there are more.
 */

export type Kind = "encoder_self" | "decoder_self" | "cross";

/** A run, or a record alone. */
export interface Dataset {
  readonly title: string;
  /** The task and the model in words; empty where there is none. */
  readonly origin: { readonly task: string; readonly model: string };
  /** The same example at every step recorded so far, ascending; one where only the end was recorded. Never empty. */
  readonly records: readonly Moment[];
  /** The lines of metrics.jsonl; empty where there is no training. */
  readonly metrics: readonly StepMetrics[];
  /** What lenses found of the model; empty where none was asked. */
  readonly findings: readonly Findings[];
}

/** What attention looked like after one step of training: at most one record of each kind. */
export interface Moment {
  readonly step: number | null;
  readonly records: readonly AttentionRecord[];
}

export interface AttentionRecord {
  readonly kind: Kind;
  readonly layers: number;
  /** What the model counts them as: a record may have some of its layers alone. */
  readonly layerNumbers: readonly number[];
  readonly heads: number;
  readonly queries: number;
  readonly keys: number;
  readonly queryTokens: readonly string[];
  readonly keyTokens: readonly string[];
  /** `[queries, keys]`: see {@link MaskCell}; null where none was recorded. */
  readonly mask: Uint8Array | null;
  /** For each query the keys that the task needs; null where the task does not say. */
  readonly alignment: readonly (readonly number[])[] | null;
  /** The two texts that the tokens are of, such as the sentences of a pair; null where there is one, and in a part. */
  readonly texts: Texts | null;
  /** In a part of a record: the positions there of each query and each key, which are one list where both are of one text. */
  readonly positions: { readonly queries: readonly number[]; readonly keys: readonly number[] } | null;
  /** What a head is in a few numbers, at hand without decoding. */
  measures(layer: number, head: number): Measures;
  /** A small picture of a head, at hand without decoding: each cell the largest weight under it. */
  thumbnail(layer: number, head: number): Thumbnail;
  /** The numbers of a head, decoded at the first call. */
  head(layer: number, head: number): Promise<Head>;
}

/** Two texts that attend to each other; parts.ts cuts a record into its parts. */
export interface Texts {
  /** To which of them each token belongs, 0 or 1; there are tokens of both. */
  readonly segments: readonly number[];
  /** As {@link AttentionRecord.thumbnail}, of a part. */
  thumbnail(part: Part, layer: number, head: number): Thumbnail;
}

/** The attention from a text to a text: whose queries, and whose keys. */
export const PARTS = ["1-1", "1-2", "2-1", "2-2"] as const;
export type Part = (typeof PARTS)[number];

export const MaskCell = { visible: 0, causal: 1, padding: 2, window: 3, masked: 4 } as const;

/** Why a cell is masked: a later token, padding, a key outside the window, or for a reason that is not known. */
export const REASONS = ["causal", "padding", "window", "masked"] as const;
export type Reason = (typeof REASONS)[number];

/** Of a cell that is masked. */
export function reasonOf(cell: number): Reason {
  return REASONS.find((reason) => MaskCell[reason] === cell) ?? "masked";
}

export interface Thumbnail {
  readonly rows: number;
  readonly columns: number;
  /** `[rows, columns]`, 0–255 for weights 0–1. */
  readonly values: Uint8Array;
}

/**
 * A head in numbers, taken from the record's own weights before any rounding; null where it has none. But for the alignment, they are means over
 * the queries that have a choice: that can attend to more than one key, and attend to any.
 */
export interface Measures {
  /** The mean weight on the keys that the task needs, over the queries that need any. */
  readonly alignment: number | null;
  /** A row's largest weight. */
  readonly sharpness: number | null;
  /** A row's entropy, in bits. */
  readonly entropy: number | null;
  /** The weight at the fixed distance between query and key that has most of it. */
  readonly offset: number | null;
  /** That distance: the key's position less the query's, so that negative is an earlier key. */
  readonly bestOffset: number | null;
  /** The weight on the first key. */
  readonly first: number | null;
}

export interface Head {
  /** `[queries, keys]`, after softmax. */
  readonly weights: Float32Array;
  /** `[queries]`: a weight of this row is at most this far from the record's. Digits below it are not true and not shown. */
  readonly error: Float32Array;
  /** `[queries]`: the sum of the row as recorded, before any rounding. */
  readonly sums: Float32Array;
  /** `[queries]`: the entropy of the row as recorded, before any rounding, in bits: 0 where one key has everything, log₂ n where n keys share evenly. */
  readonly entropies: Float32Array;
  /** What the weights came from, where it was recorded. */
  readonly projections: Projections | null;
}

/** Q, K and V of one head as the scores saw them (rotary positions applied), and what was added to its scaled scores. */
export interface Projections {
  readonly dHead: number;
  readonly dValue: number;
  /** `[queries, dHead]` */
  readonly query: Float32Array;
  /** `[keys, dHead]` */
  readonly key: Float32Array;
  /** `[keys, dValue]` */
  readonly value: Float32Array;
  /** `[queries, keys]`, ALiBi's distances; null where nothing was added. */
  readonly bias: Float32Array | null;
}

/** A logged step of training. */
export interface StepMetrics {
  readonly step: number;
  /** Mean cross-entropy, nats per token. */
  readonly loss: number;
  readonly tokenAccuracy: number;
  /** Where it was measured. */
  readonly exactMatch: number | null;
  readonly learningRate: number;
}

/** What one lens found: what each head does, what fails without it, and how that came about in training. */
export interface Findings {
  readonly lens: string;
  /** The step at which the model was. */
  readonly step: number | null;
  /** Over how many examples the figures are means. */
  readonly examples: number;
  readonly seed: number;
  /** How the unchanged model does on them. */
  readonly baseline: { readonly exactMatch: Estimate; readonly loss: Estimate } | null;
  /** In the order in which they are shown. */
  readonly scores: readonly Score[];
  readonly heads: readonly HeadFinding[];
  readonly ablations: readonly Ablation[];
  /** Numbers of heads over steps of training. */
  readonly charts: readonly HeadCurves[];
  /** When roles passed their threshold. */
  readonly appearances: readonly Appearance[];
  /** What a reader must know of the figures, a line each. */
  readonly notes: readonly string[];
}

export interface HeadName {
  readonly kind: Kind;
  readonly layer: number;
  readonly head: number;
}

/** A mean over examples and the ends of its 95 % interval. NaN where a number could not be written down. */
export interface Estimate {
  readonly mean: number;
  readonly low: number;
  readonly high: number;
  readonly examples: number;
}

export interface Score {
  readonly name: string;
  /** A few words for a reader. */
  readonly title: string;
}

export interface HeadFinding {
  readonly head: HeadName;
  /** Names with a threshold that the head passed. */
  readonly roles: readonly string[];
  /** By the names of scores. */
  readonly scores: ReadonlyMap<string, Estimate>;
}

/** What stands where a head's output was: zeros, its mean over the examples, or its output on another example. */
export const REPLACEMENTS = ["zero", "mean", "resample"] as const;
export type Replacement = (typeof REPLACEMENTS)[number];

/** What fails when one head is switched off. */
export interface Ablation {
  readonly head: HeadName;
  readonly with: Replacement;
  /** Share of the examples that are answered without an error under it. */
  readonly exactMatch: number;
  /** That share less the unchanged model's. */
  readonly exactMatchChange: Estimate;
  /** Nats per token of the answer. */
  readonly lossChange: Estimate;
  /** A few that the unchanged model answers rightly. */
  readonly failures: readonly Failure[];
}

export interface Failure {
  readonly question: string;
  readonly right: string;
  /** What is answered without the head. */
  readonly now: string;
}

/** One number of heads over steps. */
export interface HeadCurves {
  readonly name: string;
  readonly title: string;
  readonly quantity: string;
  readonly lines: readonly HeadLine[];
}

export interface HeadLine {
  readonly head: HeadName;
  readonly points: readonly { readonly step: number; readonly value: number; readonly low: number; readonly high: number }[];
}

/** A role that a head has at the end of training, and the step from which on it has it. */
export interface Appearance {
  readonly head: HeadName;
  readonly role: string;
  readonly step: number;
}
