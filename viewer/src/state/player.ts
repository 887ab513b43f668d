import { signal, type Signal } from "@preact/signals";
import { loading } from "./latest.ts";
import type { Store } from "./store.ts";

export interface Player {
  readonly playing: Signal<boolean>;
  toggle(): void;
  stop(): void;
}

/** All of training in about so many milliseconds, but no moment shorter or longer than a person can follow. */
const WHOLE = 8000;
const [SHORTEST, LONGEST] = [120, 700];

/** Moves the step through the recorded moments, never faster than heads can be read. */
export function makePlayer(store: Store): Player {
  const playing = signal(false);
  const moments = store.dataset.records;
  let run = 0;
  const goTo = (at: number) => store.go({ step: at === moments.length - 1 ? null : moments[at]!.step }, "replace");
  const stop = () => {
    playing.value = false;
    run += 1;
  };
  const start = async () => {
    const mine = ++run;
    playing.value = true;
    const pause = Math.min(LONGEST, Math.max(SHORTEST, WHOLE / moments.length));
    if (store.at.value === moments.length - 1) goTo(0);
    while (store.at.value < moments.length - 1) {
      await delay(pause);
      while (loading.value > 0 && run === mine) await delay(16);
      if (run !== mine) return;
      goTo(store.at.value + 1);
    }
    playing.value = false;
  };
  return { playing, stop, toggle: () => (playing.value ? stop() : void start()) };
}

function delay(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
