/**
 * What the lab's views know of the trainings behind them: the one seam between `views/` (what is pressed and shown) and the workers. Nothing here
 * draws, and no view knows a worker.
 */

import type { ReadonlySignal, Signal } from "@preact/signals";
import type { Dataset } from "../data.ts";
import type { Catalogue, Change, Evaluated, HeadChange, Settings, Started, Step } from "./messages.ts";

/**
 * As the root element's `data-state` says it. `idle`: no step was taken yet. `stopped`: paused, out of steps, or unable to go on; the last two have a
 * `trouble`. A kept training that is shown again is `stopped` too, until `play`.
 */
export type Status = "idle" | "training" | "solved" | "stopped" | "error";

/** One training: the first, a branch of another, or one beside another. */
export interface Run {
  /** 1, 2, …: the first is the trunk. */
  readonly number: number;
  /** With every default filled in, as soon as a worker said so; until then what was asked. */
  readonly settings: ReadonlySignal<Settings>;
  /** Where it branched off, and what is different since; null where it began at step 0. */
  readonly from: { readonly run: number; readonly step: number; readonly different: Partial<Settings> } | null;
  readonly status: ReadonlySignal<Status>;
  /** Why it is `stopped` without being done, or in `error`: one line. */
  readonly trouble: ReadonlySignal<string | null>;
  readonly steps: ReadonlySignal<readonly Step[]>;
  /** Null until a worker has it. */
  readonly facts: ReadonlySignal<Facts | null>;
  /** What the viewer shows of it: a moment for each kept look, the metrics, and the roles of heads. Null until a worker gave the first look. */
  readonly dataset: ReadonlySignal<Dataset | null>;
  /** Steps at which the training is kept, so that a branch can go on from there; ascending. */
  readonly kept: ReadonlySignal<readonly number[]>;
}

/** What is known of a training as soon as a worker has it. */
export interface Facts extends Pick<Started, "parameters" | "heldOut" | "target" | "example" | "question"> {
  readonly workers: number;
  /** Over the last seconds; null before the first step. */
  readonly stepsPerSecond: number | null;
}

/** A question of the user's, answered by the shown run. */
export interface Asked {
  readonly question: string;
  readonly answer: string;
  /** The right answer; null where the question has none. */
  readonly right: string | null;
  readonly step: number;
}

/** No faster than so many steps a second; null is as fast as it goes. */
export const SPEEDS = [1, 5, 20, null] as const;
export type Speed = (typeof SPEEDS)[number];

export interface Session {
  readonly catalogue: Catalogue;
  /** What the form says. It begins with the address; {@link restart} makes a training of it. */
  readonly chosen: Signal<Settings>;
  /** Why nothing can be trained with what is chosen, one line; null where it can. */
  readonly refused: ReadonlySignal<string | null>;
  /** The runs so far; the first is there from the start, idle. */
  readonly runs: ReadonlySignal<readonly Run[]>;
  readonly shown: ReadonlySignal<Run>;
  /** The run beside it; null where there is one alone. */
  readonly beside: ReadonlySignal<Run | null>;
  readonly playing: ReadonlySignal<boolean>;
  readonly speed: Signal<Speed>;
  /** Whether a hidden tab holds the training up. */
  readonly held: ReadonlySignal<boolean>;
  /** Heads that are changed in all that is shown and evaluated; training goes on with all heads as they are. */
  readonly changes: ReadonlySignal<readonly HeadChange[]>;
  /** How the shown model does under `changes`; null where nothing is changed or nothing was evaluated yet. */
  readonly changed: ReadonlySignal<Evaluated | null>;
  /** The question that heads are shown on; null is the first example of the validation set. */
  readonly question: ReadonlySignal<string | null>;
  readonly asked: ReadonlySignal<Asked | null>;
  /** A lesson's name or text, as the address gives it; null where there is none. */
  readonly lesson: Signal<string | null>;
  /** Whether this browser keeps the shown run across reloads; null until that is known. */
  readonly keeps: ReadonlySignal<boolean | null>;
  /** What to type to train the same as the shown run on the command line. */
  readonly command: ReadonlySignal<string>;
  /** Why the last question, file or address was refused: one line. */
  readonly notice: Signal<string | null>;
  /** Whether there is a training that would be lost; views ask before they call what replaces it. */
  readonly unsaved: ReadonlySignal<boolean>;

  play(): void;
  pause(): void;
  /** One step, then pause. */
  stepOnce(): void;
  /** Forgets all runs and begins one with `chosen`, which waits for {@link play}. */
  restart(): void;
  /** null puts the head back as it is. */
  change(head: HeadChange["head"], change: Change | null): void;
  changeNone(): void;
  ask(question: string | null): void;
  /** Goes on from a kept step of the shown run, with something different, as a run of its own; it is shown and trained then. */
  branch(step: number, different: Partial<Settings>): void;
  /** Trains the chosen settings with one thing different beside the shown run, from step 0 with the same seed; both train then. An empty object closes the comparison. */
  compare(different: Partial<Settings>): void;
  show(run: number): void;
  /** A run directory as a zip, and its name. */
  save(): Promise<{ readonly name: string; readonly zip: Blob }>;
  open(file: Blob): Promise<void>;
  /** Starts the workers again after an error, from the last kept step. */
  recover(): void;
}
