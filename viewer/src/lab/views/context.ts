import type { ReadonlySignal, Signal } from "@preact/signals";
import { createContext } from "preact";
import { useContext } from "preact/hooks";
import type { Page } from "../../views/context.ts";
import type { LabWords } from "../../words/lab/words.ts";
import type { Lesson, Part } from "../lessons/lesson.ts";
import type { Settings } from "../messages.ts";
import type { Session } from "../session.ts";

/** What every view of the lab reaches for. */
export interface Lab {
  readonly session: Session;
  readonly page: Page;
  readonly words: ReadonlySignal<LabWords>;
  /** Whether there is a look at the heads to show yet. */
  readonly looked: ReadonlySignal<boolean>;
  /** The lesson that is shown; null where there is none, or a teacher's own text. */
  readonly lesson: ReadonlySignal<Lesson | null>;
  /** How many steps of the lesson are done. */
  readonly done: Signal<number>;
  /** A teacher's own text. */
  readonly text: ReadonlySignal<string | null>;
  /** Large text and few controls, for a room. */
  readonly presenter: Signal<boolean>;
  /** What waits until the user says that the training may be lost; null where nothing does. */
  readonly asking: Signal<(() => void) | null>;
  /** Which dialog is open. */
  readonly open: Signal<"share" | "lessons" | null>;
  hides(part: Part): boolean;
  /** Shows everything again, and forgets what was done of a lesson. */
  leave(): void;
  /** The settings that can be chosen; null is all. */
  readonly choices: ReadonlySignal<readonly (keyof Settings)[] | null>;
}

/** Does what loses a training, after asking where there is one. */
export function unlessLost({ session, asking }: Lab, act: () => void): void {
  if (session.unsaved.peek()) asking.value = act;
  else act();
}

export const LabContext = createContext<Lab | null>(null);

export function useLab(): Lab {
  const lab = useContext(LabContext);
  if (lab === null) throw new Error("outside of the lab");
  return lab;
}
