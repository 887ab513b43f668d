import { effect } from "@preact/signals";
import type { Keeping } from "./keep.ts";
import type { Lab } from "./lab.ts";
import type { Catalogue, Settings } from "./messages.ts";
import type { LiveRun } from "./run.ts";
import { shortest } from "./settings.ts";

/** While it trains, the shown run is kept no more often than that. */
const EVERY = 3000;

/** The name under which a training of these settings is kept: what its address says, which knows no pairs. */
export function keptName(catalogue: Catalogue, settings: Settings): string {
  const { pairs: _, ...said } = shortest(catalogue, settings);
  return JSON.stringify(said);
}

/** Whether a run's settings say how it came about: a branch was trained with others before. */
export function ownsItsName({ from }: Pick<LiveRun, "from">): boolean {
  return from === null || from.step === 0;
}

/** Keeps the shown run: at a pause, at the end and every few seconds. Asks before the page is left with something that is not kept. */
export function keepShown(lab: Lab, keeping: Keeping | null): void {
  if (keeping === null) lab.keeps.value = false;
  let kept: { readonly run: LiveRun; readonly step: number } | null = null;
  let trunk = lab.shown.peek();
  let last = Number.NEGATIVE_INFINITY;
  let wait: ReturnType<typeof setTimeout> | undefined;

  const write = async (run: LiveRun) => {
    const archive = run.archives.peek().at(-1);
    if (keeping === null || archive === undefined || archive.step === 0) return;
    if (!ownsItsName(run)) {
      lab.keeps.value = false;
      return;
    }
    last = performance.now();
    const settings = shortest(lab.catalogue, run.settings.peek());
    lab.keeps.value = await keeping.write(keptName(lab.catalogue, settings), { settings, step: archive.step, zip: archive.zip });
    if (lab.keeps.peek()) kept = { run, step: archive.step };
  };
  effect(() => {
    const run = lab.shown.value;
    // What was to be written of the run before may be forgotten by then.
    clearTimeout(wait);
    if (run.archives.value.length === 0) return;
    const pause = run.training.value ? Math.max(0, last + EVERY - performance.now()) : 0;
    wait = setTimeout(() => void write(run), pause);
  });
  effect(() => {
    const first = lab.runs.value[0]!;
    if (first === trunk) return;
    // It was begun anew, and whoever comes back does not want the one before.
    void keeping?.forget(keptName(lab.catalogue, trunk.settings.peek()));
    trunk = first;
  });
  addEventListener("beforeunload", (event) => {
    const shown = lab.shown.peek();
    const isKept = kept !== null && kept.run === shown && kept.step === shown.step && lab.runs.peek().length === 1;
    if (lab.unsaved.peek() && !isKept) event.preventDefault();
  });
}
