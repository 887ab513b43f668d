import { effect } from "@preact/signals";
import { without } from "../state/fragment.ts";
import { type Address, NAMES, readAddress, writeAddress } from "./address.ts";
import type { Lab } from "./lab.ts";

/** Typed settings change often, and browsers refuse to write the address as often as that. */
const SETTLED = 150;

/** Keeps the lab's part of the address and the session alike; the viewer's part is the viewer's. */
export function followAddress(lab: Lab, { play, workers }: Pick<Address, "play" | "workers">): void {
  let wait: ReturnType<typeof setTimeout> | undefined;
  const own = () =>
    writeAddress(lab.catalogue, {
      settings: lab.chosen.value,
      speed: lab.speed.value,
      changes: lab.changes.value,
      question: lab.question.value,
      lesson: lab.lesson.value,
      play,
      workers,
    });
  effect(() => {
    const said = own();
    clearTimeout(wait);
    wait = setTimeout(() => {
      const fragment = [said, without(location.hash, NAMES)].filter(Boolean).join("&");
      if (fragment !== location.hash.replace(/^#/, "")) history.replaceState(history.state, "", `#${fragment}`);
    }, SETTLED);
  });
  const read = () => {
    const { address, notice } = readAddress(lab.catalogue, location.hash, document.documentElement.lang);
    if (notice !== null) lab.notice.value = notice;
    lab.follow(address);
  };
  addEventListener("popstate", read);
  addEventListener("hashchange", read);
}
