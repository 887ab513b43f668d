import type { Catalogue, Settings } from "./messages.ts";

/** What a setting's value is: one of several words, a whole number, a number, yes or no, or a text of the user's own. */
export type ValueKind = "word" | "count" | "number" | "flag" | "text";

/** Every setting, in the order in which addresses and commands name them. */
export const SETTINGS = {
  task: "word",
  architecture: "word",
  layers: "count",
  heads: "count",
  dModel: "count",
  dFf: "count",
  length: "count",
  minLength: "count",
  symbols: "count",
  positions: "word",
  norm: "word",
  activation: "word",
  tieWeights: "flag",
  dropout: "number",
  batchSize: "count",
  learningRate: "number",
  schedule: "word",
  warmupSteps: "count",
  decaySteps: "count",
  maxSteps: "count",
  seed: "count",
  pairs: "text",
  characters: "flag",
} as const satisfies Record<keyof Settings, ValueKind>;

export type SettingName = keyof Settings;
export const SETTING_NAMES = Object.keys(SETTINGS) as SettingName[];

/** As the command line spells it: `dModel` is `d-model`. */
export function spelled(name: SettingName): string {
  return name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

/** The settings that say something: Rust's `None` arrives as null. */
export function present(settings: Settings): Settings {
  return Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== null && value !== undefined));
}

/** What the task does by itself; its first architecture where none is named. */
export function defaultsOf({ tasks }: Catalogue, { task, architecture }: Settings): Settings {
  const entry = tasks.find(({ name }) => name === task) ?? tasks[0]!;
  const named = entry.defaults.find((each) => each.architecture === architecture);
  return present(named ?? entry.defaults[0]!);
}

/** Settings with the task's defaults filled in, as near as the page can tell; a worker knows better. */
export function filled(catalogue: Catalogue, settings: Settings): Settings {
  const { minLength, ...defaults } = defaultsOf(catalogue, settings);
  // A length alone is the one length, as it is for the command line.
  const range = minLength === undefined || settings.length !== undefined ? {} : { minLength };
  return { ...defaults, ...range, ...present(settings) };
}

/** What must be said beside the task and its architecture, so that its defaults give these settings. */
export function different(catalogue: Catalogue, settings: Settings): Settings {
  const defaults = defaultsOf(catalogue, settings);
  const whole = filled(catalogue, settings);
  const differs = (name: SettingName) => whole[name] !== undefined && whole[name] !== defaults[name];
  const range = whole.length !== defaults.length || whole.minLength !== defaults.minLength;
  const said = SETTING_NAMES.filter((name) => {
    if (name === "task" || name === "architecture") return false;
    // Length and least length are said together, since the one resets the other.
    if (name === "length") return range;
    if (name === "minLength") return range && whole.minLength !== undefined;
    return differs(name);
  });
  return Object.fromEntries(said.map((name) => [name, whole[name]]));
}

/** Settings in their shortest form: the task, its architecture where it is not the first, and what differs from their defaults. */
export function shortest(catalogue: Catalogue, settings: Settings): Settings {
  const { task, architecture } = filled(catalogue, settings);
  const first = defaultsOf(catalogue, { task: task! }).architecture;
  return { task: task!, ...(architecture === first ? {} : { architecture: architecture! }), ...different(catalogue, settings) };
}

/** Whether two settings train the same. */
export function same(catalogue: Catalogue, one: Settings, other: Settings): boolean {
  const [left, right] = [shortest(catalogue, one), shortest(catalogue, other)];
  return SETTING_NAMES.every((name) => left[name] === right[name]);
}
