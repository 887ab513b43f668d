import type { ComponentChildren } from "preact";
import type { Language } from "../words/language.ts";
import type { Theme } from "./appearance.ts";

interface Given {
  readonly theme: Theme;
  /** Whether the page is dark now, whoever says so. */
  readonly dark: boolean;
  readonly language: Language;
  readonly words: { readonly languageSwitch: string; readonly themes: Readonly<Record<Theme, string>> };
  go(change: { theme?: Theme; language?: Language }): void;
  /** More switches. */
  readonly children?: ComponentChildren;
}

/** Language and theme, and what else a page has. */
export function Switches({ theme, dark, language, words, go, children }: Given) {
  const next = ({ auto: dark ? "light" : "dark", light: "dark", dark: "light" } as const)[theme];
  const other = language === "zh" ? "en" : "zh";
  return (
    <div class="switches">
      <button type="button" class="button" lang={other === "zh" ? "zh-Hans" : "en"} onClick={() => go({ language: other })}>
        {words.languageSwitch}
      </button>
      <button
        type="button"
        class="button icon"
        aria-label={words.themes[theme]}
        title={words.themes[theme]}
        onClick={() => go({ theme: next })}
      >
        <svg viewBox="0 0 20 20" aria-hidden="true">
          <circle cx="10" cy="10" r="7" />
          <path d="M10 3a7 7 0 0 1 0 14z" class="full" />
        </svg>
      </button>
      {children}
    </div>
  );
}
