/** Which runs there are, and which of them are shown: the trunk, its branches, and one beside another. */

import { computed, type ReadonlySignal, signal } from "@preact/signals";
import type { Fleet } from "./fleet.ts";
import type { Settings } from "./messages.ts";
import { LiveRun } from "./run.ts";

/** A run beside another is at most so many steps ahead of it. */
const SLACK = 8;

export class Runs {
  readonly all;
  readonly unsaved = computed(() => this.all.value.some((run) => run.unsaved.value));
  /** Those that train while it plays. */
  readonly active: ReadonlySignal<readonly LiveRun[]> = computed(() => {
    const beside = this.#beside.value;
    return beside === null ? [this.#shown.value] : [this.#shown.value, beside];
  });
  readonly #fleet: Fleet;
  readonly #shown;
  readonly #beside = signal<LiveRun | null>(null);

  constructor(fleet: Fleet, trunk: LiveRun) {
    this.#fleet = fleet;
    this.all = signal<readonly LiveRun[]>([trunk]);
    this.#shown = signal(trunk);
  }

  get shown(): ReadonlySignal<LiveRun> {
    return this.#shown;
  }

  get beside(): ReadonlySignal<LiveRun | null> {
    return this.#beside;
  }

  /** One run alone, new, or from an archive, whose settings are its own; the others are forgotten once it is there. Throws Refused, and nothing has changed then. */
  async only(settings: Settings, archive: ArrayBuffer | null): Promise<LiveRun> {
    const run = new LiveRun(1, null);
    await this.#fleet.begin(run, settings, archive === null ? null : { archive, different: null });
    // What an archive holds is known by now, and how many workers that needs.
    if (archive !== null) await this.#fleet.begin(run, run.settings.peek(), { archive, different: null });
    this.#fleet.closeAllBut(run);
    this.#beside.value = null;
    this.all.value = [run];
    this.#shown.value = run;
    return run;
  }

  /** A run of its own from a kept step of the shown one. */
  async branch(step: number, different: Partial<Settings>): Promise<void> {
    const parent = this.#shown.peek();
    const archive = parent.archives.peek().find((each) => each.step === step);
    if (archive === undefined) return;
    const run = new LiveRun(this.#next, { run: parent.number, step, different }, parent.upTo(step));
    const from = { archive: archive.zip, different: Object.keys(different).length === 0 ? null : different };
    await this.#fleet.begin(run, { ...parent.settings.peek(), ...different }, from);
    this.all.value = [...this.all.peek(), run];
    await this.#show(run);
  }

  /** A run from step 0 beside the shown one; none where nothing is different. A run that was beside it stays, and sleeps. */
  async compare(different: Partial<Settings>): Promise<void> {
    let run: LiveRun | null = null;
    if (Object.keys(different).length > 0) {
      const shown = this.#shown.peek();
      run = new LiveRun(this.#next, { run: shown.number, step: 0, different });
      await this.#fleet.begin(run, { ...shown.settings.peek(), ...different }, null);
      this.all.value = [...this.all.peek(), run];
    }
    this.#beside.value = run;
    await this.#rest();
  }

  async show(number: number): Promise<void> {
    const run = this.all.peek().find((each) => each.number === number);
    if (run === undefined || run === this.#shown.peek()) return;
    if (this.#fleet.of(run) === undefined) await this.#fleet.wake(run);
    await this.#show(run);
  }

  /** Gives those that lost their workers new ones. */
  async recover(): Promise<void> {
    for (const run of this.active.peek()) if (this.#fleet.of(run) === undefined) await this.#fleet.wake(run);
  }

  /** Whether a run must wait for the other one before its next step, so that both are seen at the same step. */
  waits(run: LiveRun): boolean {
    const other = this.active.peek().find((each) => each !== run);
    return other !== undefined && !other.ended.peek() && !other.course.peek().dead && run.step >= other.step + SLACK;
  }

  get #next(): number {
    return 1 + Math.max(...this.all.peek().map(({ number }) => number));
  }

  async #show(run: LiveRun): Promise<void> {
    if (this.#beside.peek() === run) this.#beside.value = this.#shown.peek();
    this.#shown.value = run;
    await this.#rest();
  }

  /** Those that are not seen sleep. */
  async #rest(): Promise<void> {
    const active = this.active.peek();
    const others = [...this.#fleet.lives.peek().keys()].filter((run) => !active.includes(run));
    await Promise.all(others.map((run) => this.#fleet.sleep(run)));
  }
}
