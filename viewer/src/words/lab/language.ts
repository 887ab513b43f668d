import type { Language } from "../language.ts";
import { en } from "./en.ts";
import type { LabWords } from "./words.ts";
import { zh } from "./zh.ts";

export function labWordsOf(language: Language): LabWords {
  return language === "zh" ? zh : en;
}
