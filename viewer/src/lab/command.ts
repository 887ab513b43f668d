import type { Catalogue, Settings } from "./messages.ts";
import { SETTING_NAMES, SETTINGS, shortest, spelled } from "./settings.ts";

/** The file that the command reads pairs from: the page knows their text, and no path. */
const PAIRS = "pairs.tsv";

/**
 * What to type to train the same: `headlight train copy --layers 1 --threads 2 --out runs/copy`. Numbers are the same for as many threads as there are
 * workers; before any worker is there, nothing is said of them.
 */
export function commandOf(catalogue: Catalogue, settings: Settings, workers: number | null): string {
  const { task, pairs, ...said } = shortest(catalogue, settings);
  const takesPairs = catalogue.tasks.find(({ name }) => name === task)?.takesPairs ?? false;
  const options = SETTING_NAMES.flatMap((name) => {
    if (name === "task" || name === "pairs") return [];
    const value = said[name];
    if (value === undefined || value === false) return [];
    const option = `--${spelled(name)}`;
    return SETTINGS[name] === "flag" ? [option] : [option, String(value)];
  });
  const own = takesPairs || pairs !== undefined ? [PAIRS] : [];
  const threads = workers === null ? [] : ["--threads", String(workers)];
  const words = ["headlight", "train", task!, ...own, ...options, ...threads, "--out", `runs/${task!}`];
  return words.map(quoted).join(" ");
}

/** A word that every POSIX shell takes as it is. */
function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
