import { computed, effect, signal, type ReadonlySignal } from "@preact/signals";
import { preferred, type Language } from "../words/language.ts";

export type Theme = "auto" | "light" | "dark";

/** How a page looks and which language it speaks: as its state says, or else as the system and the browser ask. */
export interface Appearance {
  readonly dark: ReadonlySignal<boolean>;
  readonly language: ReadonlySignal<Language>;
}

/** Follows a page's state, and tells the document its theme, language and title. */
export function makeAppearance(
  state: ReadonlySignal<{ readonly theme: Theme; readonly language: "auto" | Language }>,
  title: () => string,
): Appearance {
  const system = matchMedia("(prefers-color-scheme: dark)");
  const systemDark = signal(system.matches);
  system.addEventListener("change", () => (systemDark.value = system.matches));
  const dark = computed(() => {
    const { theme } = state.value;
    return theme === "auto" ? systemDark.value : theme === "dark";
  });
  const language = computed(() => {
    const { language } = state.value;
    return language === "auto" ? preferred(navigator.languages) : language;
  });
  effect(() => {
    document.documentElement.dataset.theme = dark.value ? "dark" : "light";
    document.documentElement.lang = language.value === "zh" ? "zh-Hans" : "en";
    document.title = title();
  });
  return { dark, language };
}
