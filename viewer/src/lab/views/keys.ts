import { stepMoment } from "../../views/moving.ts";
import type { Lab } from "./context.ts";

/** What has keys of its own: space presses it. */
const PRESSED = "button, a, summary, input, textarea, select";

/** What the viewer does something to a look at the heads with. */
const OF_THE_VIEWER: ReadonlySet<string> = new Set([..."123456789k[]{},+=-0"]);

/** Does what a key of the lab says; false for every other key. */
export function actOn(lab: Lab, event: KeyboardEvent): boolean {
  const { session, page, presenter, looked } = lab;
  switch (event.key) {
    case " ":
      if (event.target instanceof Element && event.target.closest(PRESSED) !== null) return false;
      if (session.playing.value) session.pause();
      else session.play();
      return true;
    case ".":
      session.stepOnce();
      return true;
    case "<":
    case ">":
      if (looked.value) stepMoment(page, event.key === ">" ? 1 : -1);
      return true;
    case "p":
      presenter.value = !presenter.value;
      return true;
    default:
      // Without a look at the heads there is nothing to which the viewer's keys could go; the browser's own keep their use.
      return !looked.value && OF_THE_VIEWER.has(event.key);
  }
}
