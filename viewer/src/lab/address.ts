import { sameHead } from "../findings.ts";
import { noticesOf, type Notices } from "../words/notices.ts";
import { headsIn, namesOf } from "./heads.ts";
import type { Catalogue, HeadChange, Settings } from "./messages.ts";
import { SPEEDS, type Speed } from "./session.ts";
import { SETTING_NAMES, SETTINGS, type SettingName, shortest, spelled } from "./settings.ts";

/** What the address says of a lab: everything that was chosen, so that whoever opens it has the same. Pairs are the user's own and never in it. */
export interface Address {
  /** In their shortest form. */
  readonly settings: Settings;
  /** Whether training begins by itself. */
  readonly play: boolean;
  /** So many workers; null is as many as pay on this device. */
  readonly workers: number | null;
  readonly speed: Speed;
  readonly changes: readonly HeadChange[];
  readonly question: string | null;
  readonly lesson: string | null;
}

const VERSION = "1";
/** No address of the lab's own is nearly so long. */
const LONGEST = 20_000;
const LONGEST_TEXT = 4000;
const MOST_WORKERS = 16;

/** Under the names of the options, and these beside them. */
const OTHERS = ["v", "play", "workers", "speed", "off-heads", "uniform-heads", "ask", "lesson"];

/** The parts of the address that are the lab's. */
export const NAMES: ReadonlySet<string> = new Set([...SETTING_NAMES.map(spelled), ...OTHERS]);

/** Whether an address says anything of the lab's: only one that says nothing opens whatever was shown last. */
export function saysAnything(hash: string): boolean {
  return [...new URLSearchParams(hash.replace(/^#/, "")).keys()].some((name) => NAMES.has(name));
}

/** The address's part of the lab; nothing that goes without saying. */
export function writeAddress(catalogue: Catalogue, address: Address): string {
  const { changes, question, lesson, speed, workers, play } = address;
  const heads = (change: HeadChange["change"]) => namesOf(changes.filter((each) => each.change === change).map(({ head }) => head));
  const parts: [string, string][] = [
    ...settingsParts(catalogue, address.settings),
    ["speed", speed === null ? "" : String(speed)],
    ["workers", workers === null ? "" : String(workers)],
    ["off-heads", heads("off")],
    ["uniform-heads", heads("uniform")],
    ["ask", question ?? ""],
    ["lesson", lesson ?? ""],
    ["play", play ? "1" : ""],
  ];
  const said = parts.filter(([, value]) => value !== "");
  if (said.length === 0) return "";
  return [["v", VERSION] as const, ...said].map(([name, value]) => `${name}=${written(value)}`).join("&");
}

/** What differs from what the page starts with; all that differs from the task's defaults where anything does. */
function settingsParts(catalogue: Catalogue, settings: Settings): [string, string][] {
  const { pairs: _, ...said } = shortest(catalogue, settings);
  const { pairs: __, ...start } = shortest(catalogue, catalogue.settings);
  if (SETTING_NAMES.every((name) => name === "pairs" || said[name] === start[name])) return [];
  const isPlain = Object.keys(catalogue.settings).every((name) => name === "task");
  const first = isPlain && said.task === start.task && said.task === catalogue.tasks[0]?.name;
  return SETTING_NAMES.flatMap((name): [string, string][] => {
    const value = name === "pairs" ? undefined : said[name];
    if (value === undefined || (name === "task" && first)) return [];
    return [[spelled(name), typeof value === "boolean" ? (value ? "1" : "0") : String(value)]];
  });
}

/** Spaces stand as `+`, so that a question can be read. */
function written(value: string): string {
  return encodeURIComponent(value).replaceAll("%20", "+").replaceAll("%3A", ":").replaceAll("%2C", ",");
}

/** What an address says, and one line of what was left out: an address is typed by people, and sent by strangers. */
export function readAddress(catalogue: Catalogue, fragment: string, language = "en"): { address: Address; notice: string | null } {
  const words = noticesOf(language);
  const start: Address = {
    settings: shortest(catalogue, catalogue.settings),
    play: false,
    workers: null,
    speed: null,
    changes: [],
    question: null,
    lesson: null,
  };
  if (fragment.length > LONGEST) return { address: start, notice: words.addressTooLong };
  const given = new URLSearchParams(fragment.replace(/^#/, ""));
  const version = given.get("v") ?? VERSION;
  if (version !== VERSION) return { address: start, notice: words.addressVersion(shown(version)) };
  return read(catalogue, given, start, words);
}

function read(catalogue: Catalogue, given: URLSearchParams, start: Address, words: Notices): { address: Address; notice: string | null } {
  const wrong: string[] = [];
  const taken = <T>(name: string, otherwise: T, reading: (text: string) => T | null): T => {
    const text = given.get(name);
    if (text === null || text === "") return otherwise;
    const value = reading(text);
    if (value === null) wrong.push(name);
    return value ?? otherwise;
  };
  const task = taken("task", null, (text) => catalogue.tasks.find(({ name }) => name === text)?.name ?? null);
  // An address that names a task says all of it: what the page's maker chose is for another.
  const base: Settings = task === null || task === start.settings.task ? (task === null ? start.settings : own(start.settings)) : { task };
  const said = SETTING_NAMES.filter((name) => name !== "task" && name !== "pairs").map(
    (name) => [name, taken<Value | null>(spelled(name), null, (text) => valueIn(catalogue, name, text))] as const,
  );
  const settings: Settings = { ...base, ...Object.fromEntries(said.filter(([, value]) => value !== null)) };
  const heads = (name: string, change: HeadChange["change"]): HeadChange[] =>
    taken(name, [], (text) => headsIn(text, settings.architecture ?? first(catalogue, settings))).map((head) => ({ head, change }));
  const address: Address = {
    settings: shortest(catalogue, settings),
    play: taken("play", false, (text) => (text === "1" ? true : text === "0" ? false : null)),
    workers: taken("workers", null, (text) => natural(text, 1, MOST_WORKERS)),
    speed: taken<Speed>("speed", null, (text) => SPEEDS.find((speed) => speed !== null && String(speed) === text) ?? null),
    changes: once([...heads("off-heads", "off"), ...heads("uniform-heads", "uniform")]),
    question: taken("ask", null, plain),
    lesson: taken("lesson", null, plain),
  };
  return { address, notice: wrong.length === 0 ? null : words.addressParts(wrong) };
}

/** A head is changed in one way, the one that is named first. */
function once(changes: readonly HeadChange[]): HeadChange[] {
  return changes.filter(({ head }, at) => changes.findIndex((each) => sameHead(each.head, head)) === at);
}

type Value = string | number | boolean;

/** Of the page's own settings, what an address cannot say. */
function own({ task, pairs }: Settings): Settings {
  return { ...(task === undefined ? {} : { task }), ...(pairs === undefined ? {} : { pairs }) };
}

function first({ tasks }: Catalogue, { task }: Settings): string | undefined {
  return (tasks.find(({ name }) => name === task) ?? tasks[0])?.defaults[0]?.architecture;
}

function valueIn({ choices }: Catalogue, name: SettingName, text: string): Value | null {
  switch (SETTINGS[name]) {
    case "word":
      return choices[name]?.find((choice) => choice === text) ?? null;
    case "count":
      return natural(text, 0, Number.MAX_SAFE_INTEGER);
    case "number":
      return /^\d{0,6}(\.\d{1,12})?(e-?\d{1,2})?$/.test(text) && Number.isFinite(Number(text)) ? Number(text) : null;
    case "flag":
      return text === "1" ? true : text === "0" ? false : null;
    case "text":
      return null;
  }
}

function natural(text: string, least: number, most: number): number | null {
  const number = Number(text);
  return /^\d{1,16}$/.test(text) && number >= least && number <= most ? number : null;
}

/** A text without signs that only a machine makes. */
function plain(text: string): string | null {
  return text.length <= LONGEST_TEXT && !/[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/.test(text) ? text : null;
}

function shown(text: string): string {
  return text.replace(/[^\w.-]/g, "").slice(0, 12);
}
