import type { Settings } from "../messages.ts";
import type { Lab } from "./context.ts";

/** Makes it what the form says; where nothing would be lost, a model is made of it at once. */
export function choose({ session }: Lab, settings: Settings): void {
  session.chosen.value = settings;
  if (!session.unsaved.peek()) session.restart("wait");
}
