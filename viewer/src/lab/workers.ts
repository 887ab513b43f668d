import type { Settings } from "./messages.ts";

/** More than so many were not measured, and a phone's small cores are slow. */
const MOST = 4;

/**
 * Millions of multiply–adds of {@link work} that a worker must have to do. Measured in Chromium 148 on two cores, a decoder with `learning-rate=1e-9`
 * and without drawing, steps a second over 2.5 seconds with `workers=1` and `workers=2` in the address:
 *
 * | work of a step | 0.13 | 0.33 | 2.6  | 7.9  | 31   | 126  |
 * |----------------|------|------|------|------|------|------|
 * | one worker     | 513  | 461  | 272  | 102  | 36   | 7.1  |
 * | two            | 420  | 426  | 315  | 147  | 52   | 13.5 |
 */
const LEAST_WORK = 1.5;

/** How many workers train a model of these settings on so many cores, unless the address wants a number: one below the size from which several pay. */
export function workersFor(settings: Settings, cores: number, wanted: number | null): number {
  const examples = settings.batchSize ?? 1;
  if (wanted !== null) return Math.max(1, Math.min(wanted, examples));
  // Where there are more than two cores, one is left for drawing.
  const most = Math.min(MOST, cores > 2 ? cores - 1 : cores, examples);
  return Math.max(1, Math.min(most, Math.floor(work(settings) / LEAST_WORK)));
}

/** Multiply–adds of a step's forward pass, in millions, roughly: each parameter of the blocks once for each token of the batch. */
export function work({ architecture, layers = 0, dModel = 0, dFf = 0, length = 1, batchSize = 1 }: Settings): number {
  const blocks = architecture === "encoder-decoder" ? 2.5 : 1;
  // A decoder alone reads question and answer as one sequence.
  const tokens = batchSize * (architecture === "encoder-decoder" ? length : 2 * length);
  return (blocks * layers * (4 * dModel * dModel + 2 * dModel * dFf) * tokens) / 1e6;
}
