import { computed, type ReadonlySignal } from "@preact/signals";
import { createContext } from "preact";
import { useContext } from "preact/hooks";
import { paletteOf, type Palette } from "../drawing/colours.ts";
import { makeAppearance } from "../views/appearance.ts";
import type { Language } from "../words/language.ts";
import { sweepWordsOf } from "../words/sweep/language.ts";
import type { SweepWords } from "../words/sweep/words.ts";
import { type Table, tableOf } from "./cells.ts";
import type { Sweep } from "./data.ts";
import { makeStore, type Store } from "./state.ts";

/** What every part of the page reaches for. */
export interface SweepPage {
  readonly sweep: Sweep;
  readonly store: Store;
  readonly dark: ReadonlySignal<boolean>;
  readonly language: ReadonlySignal<Language>;
  readonly palette: ReadonlySignal<Palette>;
  readonly words: ReadonlySignal<SweepWords>;
  readonly table: ReadonlySignal<Table>;
}

export function makePage(sweep: Sweep): SweepPage {
  const store = makeStore(sweep);
  const { dark, language } = makeAppearance(store.state, () => `${sweep.title} · Headlight`);
  return {
    sweep,
    store,
    dark,
    language,
    palette: computed(() => paletteOf(dark.value)),
    words: computed(() => sweepWordsOf(language.value)),
    table: computed(() => {
      const { rows, columns, fixed } = store.state.value;
      return tableOf(sweep, rows, columns, fixed);
    }),
  };
}

export const SweepContext = createContext<SweepPage | null>(null);

export function useSweep(): SweepPage {
  const page = useContext(SweepContext);
  if (page === null) throw new Error("outside of a page");
  return page;
}
