import type { Language } from "../../words/language.ts";
import type { Change, Settings } from "../messages.ts";

/** What of the page a lesson or an address can hide. What trains and what is learned always stays. */
export const PARTS = ["choices", "speed", "switches", "question", "views", "curves", "branch", "compare", "share"] as const;
export type Part = (typeof PARTS)[number];

/** An exercise as data: a task in steps, each of which ticks itself. Another one is a file beside the others, and a line in `all.ts`. */
export interface Lesson {
  /** As the address has it. */
  readonly name: string;
  /** What is trained. */
  readonly settings: Settings;
  readonly hides: readonly Part[];
  /** The settings that can be chosen, where choices are not hidden; null is all. */
  readonly choices: readonly (keyof Settings)[] | null;
  /** One for each step of the text. */
  readonly checks: readonly Check[];
  readonly text: Readonly<Record<Language, LessonText>>;
}

export interface LessonText {
  readonly title: string;
  /** What it is about, in a sentence. */
  readonly about: string;
  /** What to do, one thing after the other. */
  readonly steps: readonly string[];
  /** What to look for meanwhile. */
  readonly look: string;
}

/** When a step of a lesson is done. */
export type Check =
  | { readonly is: "trained"; readonly steps: number }
  | { readonly is: "solved" }
  /** The chosen cell is one that the task needs. */
  | { readonly is: "needed" }
  /** A model with these settings is shown, and its chosen head puts at least so much of its weight so many positions before the query. */
  | { readonly is: "back"; readonly in: Settings; readonly positions: number; readonly atLeast: number }
  /** The chosen head has this role, by the name that the lens gives it. */
  | { readonly is: "role"; readonly role: string }
  /** A look before the newest is shown. */
  | { readonly is: "earlier" }
  /** Heads are changed this way, and exact match is at most so much of what it is without. */
  | { readonly is: "changed"; readonly change: Change; readonly atMost: number }
  /** One head is changed this way and no other, and exact match is at most so much of what it is without. */
  | { readonly is: "changed alone"; readonly change: Change; readonly atMost: number }
  /** No head is changed. */
  | { readonly is: "unchanged" }
  /** A second model is trained beside the first, with this different. */
  | { readonly is: "compared"; readonly with: Settings; readonly exactMatch: number };
