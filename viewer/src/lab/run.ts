/** What is known of one training: everything that a worker said of it, and what is shown of it. */

import { computed, type ReadonlySignal, signal } from "@preact/signals";
import type { Dataset } from "../data.ts";
import { openFindings } from "../data/findings.ts";
import type { FoundEntry } from "../data/manifest.ts";
import type { Attended, Evaluated, Settings, Started, Step } from "./messages.ts";
import { type Look, Moments } from "./moments.ts";
import type { Asked, Facts, Run, Status } from "./session.ts";
import { present } from "./settings.ts";
import { type Kept, thinned } from "./thinning.ts";

/** A training as it was after a step, as a worker saves it. */
export interface Archive extends Kept {
  readonly zip: ArrayBuffer;
}

/** Of one run, at most so many archives, and so many bytes of them. */
const MOST_ARCHIVES = 40;
const ARCHIVE_BYTES = 64 << 20;
/** Steps a second are those of so many last milliseconds. */
const RATE_OVER = 3000;

/** How a training goes: what a worker said last, or why there is none any more. */
interface Course {
  readonly done: boolean;
  readonly solved: boolean;
  /** Why it ended or cannot go on. */
  readonly trouble: string | null;
  readonly dead: boolean;
}

export class LiveRun implements Run {
  readonly settings = signal<Settings>({});
  readonly steps = signal<readonly Step[]>([]);
  readonly dataset = signal<Dataset | null>(null);
  readonly archives = signal<readonly Archive[]>([]);
  readonly kept = computed(() => this.archives.value.map(({ step }) => step));
  readonly asked = signal<Asked | null>(null);
  /** How it does with heads changed, if any are. */
  readonly changed = signal<Evaluated | null>(null);
  /** Whether steps are being taken. */
  readonly training = signal(false);
  readonly course = signal<Course>({ done: false, solved: false, trouble: null, dead: false });
  readonly status = computed((): Status => {
    const { done, solved, dead } = this.course.value;
    if (dead) return "error";
    if (done && solved) return "solved";
    if (this.training.value) return "training";
    return this.steps.value.length === 0 ? "idle" : "stopped";
  });
  readonly trouble = computed(() => this.course.value.trouble);
  /** Whether no further step can be taken. */
  readonly ended = computed(() => this.course.value.done || (this.course.value.trouble !== null && !this.course.value.dead));
  readonly facts: ReadonlySignal<Facts | null> = computed(() => {
    const known = this.#known.value;
    return known === null ? null : { ...known, stepsPerSecond: this.#rate.value };
  });
  /** The step up to which it was saved as a file. */
  readonly savedAt = signal(0);
  readonly unsaved = computed(() => this.steps.value.length > Math.max(this.savedAt.value, this.from?.step ?? 0));

  readonly #known = signal<Omit<Facts, "stepsPerSecond"> | null>(null);
  readonly #rate = signal<number | null>(null);
  #times: { readonly at: number; readonly step: number }[] = [];
  #moments: Moments;
  #findings: readonly FoundEntry[] = [];

  constructor(
    readonly number: number,
    readonly from: Run["from"],
    moments: Moments = new Moments(),
  ) {
    this.#moments = moments;
  }

  get step(): number {
    return this.steps.peek().length;
  }

  /** The moments up to a step, for a branch. */
  upTo(step: number): Moments {
    return this.#moments.upTo(step);
  }

  /** A worker has it, from its first step on or from an archive. What is known of it from after that is forgotten. */
  began(started: Started, from: "start" | "archive", pairs: string | undefined, workers: number): void {
    const { step, done, solved, parameters, heldOut, target, example, question } = started;
    this.settings.value = { ...present(started.settings), ...(pairs === undefined ? {} : { pairs }) };
    // Steps of an archive do not say how each position did, and those seen here do.
    const seen = this.steps.peek();
    this.steps.value = started.steps.map((each, at) => seen[at] ?? each).slice(0, step);
    this.archives.value = from === "start" ? [] : this.archives.peek().filter((archive) => archive.step <= step);
    this.#moments = from === "start" ? new Moments() : this.#moments.upTo(step);
    this.#findings = this.#findings.filter((found) => found.step !== null && found.step <= step && from === "archive");
    this.#known.value = { parameters, workers, heldOut, target, example, question };
    this.#times = [];
    this.course.value = { done, solved, trouble: null, dead: false };
  }

  /** Steps that a worker took, at a time in milliseconds. */
  took(steps: readonly Step[], course: Pick<Course, "done" | "solved" | "trouble">, now: number): void {
    if (steps.length > 0) this.steps.value = [...this.steps.peek(), ...steps];
    this.#times = [...this.#times.filter(({ at }) => at > now - RATE_OVER), { at: now, step: this.step }];
    const first = this.#times[0]!;
    if (now > first.at) this.#rate.value = (1000 * (this.step - first.step)) / (now - first.at);
    this.course.value = { ...course, dead: false };
  }

  /** Steps that come next are not counted together with those before: there was a pause. */
  rested(now: number): void {
    this.#times = [{ at: now, step: this.step }];
  }

  died(reason: string): void {
    this.training.value = false;
    this.course.value = { ...this.course.peek(), trouble: reason, dead: true };
  }

  /** What heads attended to after an earlier step. */
  async recalled(look: Look, attended: Attended, blocks: ArrayBuffer): Promise<void> {
    await this.#moments.add(look, attended, blocks);
  }

  /** The archives of steps at which heads were not looked at so. */
  unseen(look: Look): readonly Archive[] {
    const missing = this.#moments.missing(look, this.kept.peek());
    return this.archives.peek().filter(({ step }) => missing.includes(step));
  }

  /** What heads attend to now. */
  async looked(look: Look, attended: Attended, blocks: ArrayBuffer): Promise<void> {
    await this.#moments.add(look, attended, blocks);
    const { question, answer, right, step } = attended;
    this.asked.value = look.question === null ? null : { question, answer, right, step };
  }

  /** What each head does after a step. */
  found(findings: FoundEntry): void {
    this.#findings = [findings];
  }

  /** Shows the moments of a look; until there are any, those that were shown before. */
  show(look: Look): void {
    const records = this.#moments.of(look);
    const before = this.dataset.peek();
    if (records.length === 0 && before === null) return;
    const { task = "", architecture = "", layers = 0, heads = 0, dModel = 0 } = this.settings.peek();
    this.dataset.value = {
      title: this.number === 1 ? task : `${task} · ${this.number}`,
      origin: { task, model: `${architecture}, ${layers} ${layers === 1 ? "layer" : "layers"}, ${heads} heads, d_model ${dModel}` },
      records: records.length === 0 ? before!.records : records,
      metrics: this.steps.peek(),
      findings: openFindings(this.#findings),
    };
  }

  lookedAt(look: Look): number | null {
    return this.#moments.last(look);
  }

  keep(archive: Archive): void {
    const before = this.archives.peek().filter(({ step }) => step < archive.step);
    this.archives.value = thinned([...before, archive], MOST_ARCHIVES, ARCHIVE_BYTES);
  }
}
