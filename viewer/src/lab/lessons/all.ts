import { diagonal } from "./diagonal.ts";
import type { Settings } from "../messages.ts";
import type { Lesson } from "./lesson.ts";
import { switchOff } from "./switch_off.ts";
import { twoLayers } from "./two_layers.ts";

export const LESSONS: readonly Lesson[] = [diagonal, switchOff, twoLayers];

/** The lesson of this name; null where there is none, as for a teacher's own text. */
export function lessonNamed(name: string): Lesson | null {
  return LESSONS.find((lesson) => lesson.name === name) ?? null;
}

/** What a lesson that an address names trains: what it is about, unless the address says what else. */
export function settingsIn(lesson: string | null, settings: Settings, fragment: string): Settings {
  const begun = lesson === null ? null : lessonNamed(lesson);
  if (begun === null || new URLSearchParams(fragment.replace(/^#/, "")).has("task")) return settings;
  const { task: _, ...others } = settings;
  return { ...begun.settings, ...others };
}
