import type { Settings } from "./messages.ts";

/** More than so many never paid: gradients travel, and a phone's small cores are slow. */
const MOST = 4;

/** Multiply–adds of a step, in millions, from which each further worker pays. */
const LEAST_WORK = 30;

/** How many workers train a model of these settings on so many cores, unless the address wants a number: one below the size from which several pay. */
export function workersFor(settings: Settings, cores: number, wanted: number | null): number {
  const most = Math.max(1, Math.min(wanted ?? Math.min(MOST, cores), settings.batchSize ?? 1));
  if (wanted !== null) return most;
  return Math.max(1, Math.min(most, Math.floor(work(settings) / LEAST_WORK)));
}

/** Multiply–adds of one step's forward pass, in millions, roughly: each trained number of the blocks once for each token of the batch. */
export function work({ architecture, layers = 0, dModel = 0, dFf = 0, length = 1, batchSize = 1 }: Settings): number {
  const blocks = architecture === "encoder-decoder" ? 2.5 : 1;
  // A decoder alone reads question and answer as one sequence.
  const tokens = batchSize * (architecture === "encoder-decoder" ? length : 2 * length);
  return (blocks * layers * (4 * dModel * dModel + 2 * dModel * dFf) * tokens) / 1e6;
}
