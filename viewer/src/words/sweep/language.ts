import type { Language } from "../language.ts";
import { en } from "./en.ts";
import type { SweepWords } from "./words.ts";
import { zh } from "./zh.ts";

export function sweepWordsOf(language: Language): SweepWords {
  return language === "zh" ? zh : en;
}
