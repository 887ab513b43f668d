/** A run with its workers: it takes steps, and asks beside them what is shown and kept. */

import { Crew, Died, Refused } from "./engine.ts";
import { fitting } from "./heads.ts";
import type { Settings } from "./messages.ts";
import type { Notices } from "../words/notices.ts";
import type { Look } from "./moments.ts";
import { OneAtATime } from "./oneatatime.ts";
import { Pace } from "./pace.ts";
import type { Program } from "./page.ts";
import { Pump, type Trained } from "./pump.ts";
import type { LiveRun } from "./run.ts";
import type { Speed } from "./session.ts";

/** What heads do is found on so many examples while training, and on so many at its end. */
const EXAMPLES = 32;
const EXAMPLES_AT_END = 128;

/** How a training begins: with settings, or where an archive stands. */
export type Beginning = {
  readonly workers: number;
} & (
  | { readonly settings: Settings }
  /** The pairs are the user's own, which no worker gives back. */
  | { readonly archive: ArrayBuffer; readonly different: Settings | null; readonly pairs: string | undefined }
);

/** What the user wants to see, and how fast. */
export interface Wishes {
  look(): Look;
  speed(): Speed;
  /** Whether this run must wait for another one before its next step. */
  waits(run: LiveRun): boolean;
  words(): Notices;
}

export class Live {
  readonly #crew: Crew;
  readonly #pump: Pump;
  readonly #wishes: Wishes;
  #going = false;
  #refused: string | null = null;
  readonly #looking = new OneAtATime(() => this.#aside(() => this.#look()));
  readonly #evaluating = new OneAtATime(() => this.#aside(() => this.#evaluate()));
  readonly #finding = new OneAtATime(() => this.#aside(() => this.#find()));
  readonly #keeping = new OneAtATime(() => this.#aside(() => this.#keep()));
  // Together they take less than a tenth of the time.
  readonly #paces = { look: new Pace(0.04, 50), find: new Pace(0.03, 2000), keep: new Pace(0.02, 250) };

  private constructor(
    readonly run: LiveRun,
    crew: Crew,
    wishes: Wishes,
  ) {
    this.#crew = crew;
    this.#wishes = wishes;
    this.#pump = new Pump(crew, { speed: () => wishes.speed(), waits: () => wishes.waits(run), took: (trained) => this.#took(trained) });
    void crew.died.then((reason) => run.died(wishes.words().crashed(reason)));
  }

  /** Starts workers for a run, and looks at it once. Throws {@link Refused} and {@link Died}. */
  static async begin(program: Program, run: LiveRun, how: Beginning, wishes: Wishes): Promise<Live> {
    const crew = await Crew.start(program, how.workers, wishes.words().killed);
    const live = new Live(run, crew, wishes);
    try {
      await live.#begin(how);
      return live;
    } catch (error) {
      crew.close();
      throw error;
    }
  }

  get workers(): number {
    return this.#crew.count;
  }

  /** Settles once its workers are gone without having been asked to go. */
  get died(): Promise<string> {
    return this.#crew.died;
  }

  /** Begins with other settings what was not trained yet. Throws {@link Refused}, and nothing has changed then. */
  beginAnew(how: Beginning): Promise<void> {
    return this.#begin(how);
  }

  /** Trains from now on. */
  go(): void {
    if (this.#going) return;
    this.#going = true;
    this.run.rested(performance.now());
    this.run.training.value = true;
    this.#pump.go();
  }

  /** Trains no more; settles when the last step is known, seen and kept. */
  async rest(): Promise<void> {
    this.#going = false;
    await this.#pump.hold();
    this.run.training.value = this.#going && !this.run.ended.peek();
    await Promise.all([this.look(), this.keep()]);
  }

  get going(): boolean {
    return this.#going;
  }

  /** Takes one step and shows it. */
  async once(): Promise<void> {
    await this.#aside(() => this.#pump.once());
    // It may have been let go while the step was taken.
    if (!this.#going) await this.rest();
  }

  /** The question that this model could not be asked; it is looked at without one. */
  get refused(): string | null {
    return this.#refused;
  }

  close(): void {
    this.#crew.close();
  }

  /** Looks at the heads as they are now, unless that was just done. */
  look(): Promise<void> {
    return this.#looking.ask();
  }

  /** Looks at something else than what is wished. Throws {@link Refused} where it cannot be asked. */
  async lookAt(look: Look): Promise<void> {
    const fits = this.#fitting(look);
    this.#paces.look.begins(performance.now());
    const { reply, beside, milliseconds } = await this.#crew.ask({ ask: "attend", question: fits.question, changes: [...fits.changes] });
    await this.run.looked(fits, reply, beside ?? new ArrayBuffer(0));
    this.run.show(fits);
    this.#paces.look.took(milliseconds, performance.now());
  }

  /** Evaluates the model with heads changed, if any are. */
  evaluate(): Promise<void> {
    return this.#evaluating.ask();
  }

  /** Keeps the training as it is now. */
  keep(): Promise<void> {
    return this.#keeping.ask();
  }

  /** The run directory. */
  async save(): Promise<{ readonly step: number; readonly zip: ArrayBuffer }> {
    const { reply, beside } = await this.#crew.ask({ ask: "save", contents: "run" });
    return { step: reply.step, zip: beside ?? new ArrayBuffer(0) };
  }

  async #begin(how: Beginning): Promise<void> {
    const started = await this.#crew.begin(how);
    if ("settings" in how) this.run.began(started, "start", how.settings.pairs, this.workers);
    else this.run.began(started, "archive", how.pairs, this.workers);
    this.#pump.began(started.done);
    this.#refused = null;
    await this.#look();
    // From its first step on, a training can be gone back to.
    void this.keep();
  }

  #took(trained: Trained): void {
    const now = performance.now();
    const { steps, done, solved, stopped } = trained;
    const outOfSteps = done && !solved ? this.#wishes.words().outOfSteps(this.run.step + steps.length) : null;
    this.run.took(steps, { done, solved, trouble: stopped ?? outOfSteps }, now);
    const ended = done || stopped !== null;
    if (steps.some(({ exactMatch }) => exactMatch !== null)) void this.evaluate();
    if (ended) {
      this.run.training.value = false;
      void Promise.all([this.look(), this.keep(), this.#finding.ask()]);
      return;
    }
    const { look, find, keep } = this.#paces;
    if (look.due(now) && !this.#looking.busy) void this.look();
    if (keep.due(now) && !this.#keeping.busy) void this.keep();
    if (find.due(now) && !this.#finding.busy) void this.#finding.ask();
  }

  async #look(): Promise<void> {
    const look = this.#wished();
    if (this.run.lookedAt(look) === this.run.step) return this.run.show(look);
    try {
      await this.lookAt(look);
    } catch (error) {
      if (!(error instanceof Refused) || look.question === null) throw error;
      this.#refused = look.question;
      await this.lookAt({ ...look, question: null });
    }
  }

  async #evaluate(): Promise<void> {
    const changes = [...this.#wished().changes];
    const evaluated = changes.length === 0 ? null : (await this.#crew.ask({ ask: "evaluate", changes })).reply;
    // What is changed by now is evaluated next.
    if (JSON.stringify(changes) === JSON.stringify(this.#wished().changes)) this.run.changed.value = evaluated;
  }

  async #find(): Promise<void> {
    this.#paces.find.begins(performance.now());
    const { heldOut = 1 } = this.run.facts.peek() ?? {};
    const examples = Math.min(heldOut, this.run.course.peek().done ? EXAMPLES_AT_END : EXAMPLES);
    const { reply, milliseconds } = await this.#crew.ask({ ask: "roles", examples });
    this.run.found(reply.findings);
    this.run.show(this.#wished());
    this.#paces.find.took(milliseconds, performance.now());
  }

  async #keep(): Promise<void> {
    if (this.run.kept.peek().at(-1) === this.run.step) return;
    this.#paces.keep.begins(performance.now());
    const { reply, beside, milliseconds } = await this.#crew.ask({ ask: "save", contents: "checkpoint" });
    if (beside !== null) this.run.keep({ step: reply.step, bytes: beside.byteLength, zip: beside });
    this.#paces.keep.took(milliseconds, performance.now());
  }

  /** What this model can be looked at on, of what is wished. */
  #wished(): Look {
    const look = this.#fitting(this.#wishes.look());
    return look.question === this.#refused ? { ...look, question: null } : look;
  }

  #fitting(look: Look): Look {
    return { ...look, changes: fitting(look.changes, this.run.settings.peek()) };
  }

  /** What is asked beside training ends with the workers, and what is refused is not shown; neither stops anything. */
  async #aside(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      if (!(error instanceof Died || error instanceof Refused)) throw error;
    }
  }
}
