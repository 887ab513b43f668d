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
  const count = () => store.dataset.value.records.length;
  let run = 0;
  const stop = () => {
    playing.value = false;
    run += 1;
  };
  const start = async () => {
    const mine = ++run;
    playing.value = true;
    const pause = Math.min(LONGEST, Math.max(SHORTEST, WHOLE / count()));
    if (store.at.value === count() - 1) store.goToMoment(0);
    while (store.at.value < count() - 1) {
      await delay(pause);
      while (loading.value > 0 && run === mine) await delay(16);
      if (run !== mine) return;
      store.goToMoment(store.at.value + 1);
    }
    playing.value = false;
  };
  return { playing, stop, toggle: () => (playing.value ? stop() : void start()) };
}

function delay(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
