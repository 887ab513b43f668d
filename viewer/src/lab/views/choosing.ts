import type { Settings } from "../messages.ts";
import type { Lab } from "./context.ts";

/** Makes it what the form says; where nothing was trained yet, a model is made of it at once. What was saved stays too, until it is begun anew. */
export function choose({ session }: Lab, settings: Settings): void {
  session.chosen.value = settings;
  if (session.runs.peek().every(({ steps }) => steps.peek().length === 0)) session.restart("wait");
}
