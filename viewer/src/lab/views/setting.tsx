import { useId } from "preact/hooks";
import { Segments, Select } from "../../views/controls.tsx";
import type { LabWords } from "../../words/lab/words.ts";
import type { Catalogue, Settings, TaskEntry } from "../messages.ts";
import { defaultsOf, filled } from "../settings.ts";

/** A setting that is one of a few numbers or words, or any number between two. Its pairs have a field of their own. */
export type Chosen = Exclude<keyof Settings, "pairs">;
export type Value = string | number | boolean;

type Offer =
  | { readonly as: "segments" | "list"; readonly values: readonly Value[] }
  | { readonly as: "number"; readonly least: number; readonly most: number };

/** Numbers from which a person would choose; what else the address says is offered too. */
const NUMBERS: Partial<Record<Chosen, readonly number[]>> = {
  dModel: [16, 32, 48, 64, 96, 128],
  dFf: [32, 64, 128, 256, 512],
  batchSize: [8, 16, 32, 64, 128],
  learningRate: [1e-4, 3e-4, 1e-3, 2e-3, 3e-3, 5e-3, 8e-3, 1e-2, 3e-2],
  dropout: [0, 0.05, 0.1, 0.2, 0.3],
  maxSteps: [100, 300, 1000, 3000, 10_000],
};
/** Seeds are whole numbers that a number of JavaScript holds. */
const LARGEST_SEED = 2 ** 32 - 1;

export function taskOf({ tasks }: Catalogue, { task }: Settings): TaskEntry {
  return tasks.find(({ name }) => name === task) ?? tasks[0]!;
}

function offerOf(name: Chosen, catalogue: Catalogue, settings: Settings): Offer {
  const task = taskOf(catalogue, settings);
  switch (name) {
    case "task":
      return { as: "list", values: catalogue.tasks.map((each) => each.name) };
    case "architecture":
      return { as: "list", values: task.defaults.flatMap((each) => each.architecture ?? []) };
    case "layers":
      return { as: "segments", values: [1, 2, 3, 4] };
    case "heads":
      return { as: "segments", values: [1, 2, 4, 8] };
    case "norm":
    case "activation":
      return { as: "segments", values: catalogue.choices[name] ?? [] };
    case "tieWeights":
    case "characters":
      return { as: "segments", values: [false, true] };
    case "length":
    case "minLength":
      return { as: "number", least: task.lengths[0], most: name === "length" ? task.lengths[1] : (settings.length ?? task.lengths[1]) };
    case "symbols":
      return { as: "number", least: task.symbols[0], most: task.symbols[1] };
    case "warmupSteps":
    case "decaySteps":
      return { as: "number", least: 0, most: 100_000 };
    case "seed":
      return { as: "number", least: 0, most: LARGEST_SEED };
    default:
      return { as: "list", values: NUMBERS[name] ?? catalogue.choices[name] ?? [] };
  }
}

/** Whether there is anything to choose. */
export function isOpen(name: Chosen, catalogue: Catalogue, settings: Settings): boolean {
  const offer = offerOf(name, catalogue, settings);
  if (name === "characters") return taskOf(catalogue, settings).takesPairs;
  return offer.as === "number" ? offer.least < offer.most : offer.values.length > 1;
}

/** A value as a person reads it. */
export function valueText(value: Value | undefined, words: LabWords): string {
  if (value === undefined) return "–";
  if (typeof value === "boolean") return words.values[value ? "on" : "off"]!;
  const text = String(value);
  return typeof value === "string" && Object.hasOwn(words.values, text) ? words.values[text]! : text;
}

interface Given {
  readonly name: Chosen;
  readonly catalogue: Catalogue;
  readonly settings: Settings;
  readonly words: LabWords;
  choose(value: Value): void;
}

/** The control of one setting, with what is chosen filled in. */
export function SettingControl({ name, catalogue, settings, words, choose }: Given) {
  const id = useId();
  const offer = offerOf(name, catalogue, settings);
  const value = filled(catalogue, settings)[name] ?? unsaid(name);
  const title = words.settings[name];
  if (offer.as === "number") {
    return (
      <span class="field">
        <label class="unseen" for={id}>
          {title}
        </label>
        <input
          id={id}
          type="number"
          min={offer.least}
          max={offer.most}
          step={1}
          value={value === undefined ? "" : String(value)}
          title={`${offer.least} – ${offer.most}`}
          onChange={(event) => {
            const number = event.currentTarget.valueAsNumber;
            if (Number.isInteger(number) && number >= offer.least && number <= offer.most) choose(number);
            else event.currentTarget.value = value === undefined ? "" : String(value);
          }}
        />
      </span>
    );
  }
  const values = value === undefined || offer.values.includes(value) ? offer.values : inOrder([...offer.values, value]);
  const choices = values.map((each) => ({ value: String(each), text: textOf(name, each, words) }));
  const pick = (text: string) => choose(values.find((each) => String(each) === text)!);
  const given = { name: title, choices, chosen: String(value), choose: pick };
  return offer.as === "segments" ? <Segments {...given} /> : <Select {...given} short />;
}

function textOf(name: Chosen, value: Value, words: LabWords): string {
  return name === "task"
    ? Object.hasOwn(words.tasks, value as string)
      ? words.tasks[value as string]!
      : String(value)
    : valueText(value, words);
}

function inOrder(values: readonly Value[]): Value[] {
  return [...values].sort((one, other) => (typeof one === "number" && typeof other === "number" ? one - other : 0));
}

/** The default of a setting, for the task and the architecture that are chosen. */
export function defaultOf(name: Chosen, catalogue: Catalogue, settings: Settings): Value | undefined {
  if (name === "architecture") return taskOf(catalogue, settings).defaults[0]?.architecture;
  return defaultsOf(catalogue, settings)[name] ?? unsaid(name);
}

/** What holds where no default says anything: words, not characters. */
function unsaid(name: Chosen): Value | undefined {
  return name === "characters" ? false : undefined;
}
