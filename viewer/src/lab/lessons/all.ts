import { diagonal } from "./diagonal.ts";
import type { Lesson } from "./lesson.ts";
import { switchOff } from "./switch_off.ts";
import { twoLayers } from "./two_layers.ts";

export const LESSONS: readonly Lesson[] = [diagonal, switchOff, twoLayers];

/** The lesson of this name; null where there is none, as for a teacher's own text. */
export function lessonNamed(name: string): Lesson | null {
  return LESSONS.find((lesson) => lesson.name === name) ?? null;
}
