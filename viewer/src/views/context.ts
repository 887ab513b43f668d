import { computed, signal, type ReadonlySignal, type Signal } from "@preact/signals";
import { createContext } from "preact";
import { useContext } from "preact/hooks";
import type { Dataset } from "../data.ts";
import { paletteOf } from "../drawing/colours.ts";
import { measure } from "../drawing/paint.ts";
import type { Scene } from "../drawing/scene.ts";
import type { Style } from "../drawing/style.ts";
import { makePlayer, type Player } from "../state/player.ts";
import type { State } from "../state/state.ts";
import { makeStore, type Store } from "../state/store.ts";
import { wordsOf, type Language } from "../words/language.ts";
import type { Words } from "../words/words.ts";
import { makeAppearance } from "./appearance.ts";

/** What every view reaches for. */
export interface Page {
  readonly store: Store;
  readonly player: Player;
  readonly language: ReadonlySignal<Language>;
  readonly dark: ReadonlySignal<boolean>;
  readonly style: ReadonlySignal<Style>;
  /** What a screen reader says next. */
  readonly spoken: Signal<string>;
  readonly help: Signal<boolean>;
  /** A key changed the view, or opened a head from the model: the drawing takes the focus as soon as it is there, so that the arrows go on. */
  readonly entering: Signal<boolean>;
  /** The drawing that would be saved, with its name; null where there is none. */
  readonly drawing: Signal<Drawing | null>;
  readonly around: Around | null;
}

/** What a page with more in it than a viewer brings along; a report has none. */
export interface Around {
  /** What is looked at first. */
  readonly begins: Partial<State>;
  /** Does what one of its own keys says. For every other key it is false, and the viewer does what it knows. */
  act(event: KeyboardEvent): boolean;
  /** Its own keys as the help says them: instead of the viewer's of the same name, or before these. */
  readonly keys: ReadonlySignal<Words["keys"]>;
  /** The height that a drawing may use in a window of this height. */
  room(height: number): number;
}

export interface Drawing {
  readonly name: string;
  readonly title: string;
  scene(): Scene;
}

export function makePage(dataset: ReadonlySignal<Dataset>, around: Around | null = null): Page {
  const store = makeStore(dataset, around?.begins);
  const { dark, language } = makeAppearance(store.state, () => {
    const { title } = dataset.value;
    return title === "" ? "Headlight" : `${title} · Headlight`;
  });
  // Every drawing is made again when this changes, so it changes with what it holds alone.
  const scale = computed(() => store.state.value.scale);
  const threshold = computed(() => store.state.value.threshold);
  const style = computed(
    (): Style => ({
      palette: paletteOf(dark.value),
      words: wordsOf(language.value),
      scale: scale.value,
      threshold: threshold.value,
      measure,
    }),
  );
  return {
    store,
    player: makePlayer(store),
    language,
    dark,
    style,
    spoken: signal(""),
    help: signal(false),
    entering: signal(false),
    drawing: signal<Drawing | null>(null),
    around,
  };
}

export const PageContext = createContext<Page | null>(null);

export function usePage(): Page {
  const page = useContext(PageContext);
  if (page === null) throw new Error("outside of a page");
  return page;
}
