import type { Settings } from "../messages.ts";
import type { Session } from "../session.ts";
import type { Lab } from "./context.ts";
import { taskOf } from "./setting.tsx";

/** Makes it what the form says; where nothing was trained yet, a model is made of it at once. What was saved stays too, until it is begun anew. */
export function choose({ session }: Lab, settings: Settings): void {
  session.chosen.value = settings;
  if (session.runs.peek().every(({ steps }) => steps.peek().length === 0)) session.restart();
}

/** Whether all that is wrong is that nobody has given pairs yet. */
export function lacksPairs({ catalogue, chosen }: Session): boolean {
  return taskOf(catalogue, chosen.value).takesPairs && (chosen.value.pairs ?? "").trim() === "";
}
