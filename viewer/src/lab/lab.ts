/** The session behind the lab's page: what the user does, and what comes of it. */

import { computed, effect, type ReadonlySignal, type Signal, signal, untracked } from "@preact/signals";
import { sameHead } from "../findings.ts";
import { reasonOf } from "../reason.ts";
import { type Notices, noticesOf } from "../words/notices.ts";
import type { Address } from "./address.ts";
import { commandOf } from "./command.ts";
import { Died, Refused } from "./engine.ts";
import { readFile } from "./files.ts";
import { Fleet } from "./fleet.ts";
import type { Stored } from "./keep.ts";
import type { Catalogue, Change, Evaluated, HeadChange, Settings } from "./messages.ts";
import type { Program } from "./page.ts";
import { LiveRun } from "./run.ts";
import { Runs } from "./runs.ts";
import type { Asked, Session, Speed } from "./session.ts";
import { filled, same, shortest } from "./settings.ts";

/** What is chosen is checked when it has stayed the same for so many milliseconds. */
const SETTLED = 250;

/** What a session begins with. */
export interface Beginnings {
  readonly catalogue: Catalogue;
  readonly program: Promise<Program>;
  readonly address: Address;
  /** Why some of the address was left out. */
  readonly notice: string | null;
  /** The training that was kept when the page was closed, if it is this one. */
  readonly stored: Stored | null;
}

export class Lab implements Session {
  readonly catalogue: Catalogue;
  readonly chosen: Signal<Settings>;
  readonly refused = signal<string | null>(null);
  readonly playing = signal(false);
  readonly speed: Signal<Speed>;
  readonly held: ReadonlySignal<boolean>;
  readonly changes: Signal<readonly HeadChange[]>;
  readonly changed: ReadonlySignal<Evaluated | null>;
  readonly question = signal<string | null>(null);
  readonly asked: ReadonlySignal<Asked | null>;
  readonly lesson: Signal<string | null>;
  readonly keeps = signal<boolean | null>(null);
  readonly command: ReadonlySignal<string>;
  readonly notice: Signal<string | null>;

  readonly #fleet: Fleet;
  readonly #runs: Runs;
  readonly #hidden = signal(document.hidden);
  /** Whether it played when its workers were lost. */
  #played = false;
  #doing: Promise<void> = Promise.resolve();
  /** How many runs are on their way: until they are there, nothing trains. */
  readonly #coming = signal(0);
  /** Whether a step is asked for that was not begun. */
  #steps = false;
  /** How often it was asked to begin anew. */
  #restarts = 0;

  constructor({ catalogue, program, address, notice, stored }: Beginnings) {
    const settings = stored?.settings ?? address.settings;
    const trunk = new LiveRun(1, null);
    trunk.settings.value = filled(catalogue, settings);
    const wishes = {
      look: () => ({ question: this.question.peek(), changes: this.changes.peek() }),
      speed: (): Speed => this.speed.peek(),
      waits: (run: LiveRun) => this.#runs.waits(run),
      words: () => this.words,
    };
    this.catalogue = catalogue;
    this.#fleet = new Fleet(catalogue, program, wishes, address.workers, (run) => this.#lost(run));
    this.#runs = new Runs(this.#fleet, trunk);
    this.chosen = signal(settings);
    this.speed = signal(address.speed);
    this.changes = signal(address.changes);
    this.lesson = signal(address.lesson);
    this.notice = signal(notice);
    this.held = computed(() => this.playing.value && this.#hidden.value);
    this.changed = computed(() => this.shown.value.changed.value);
    this.asked = computed(() => (this.question.value === null ? null : this.shown.value.asked.value));
    this.command = computed(() => {
      const { settings, facts } = this.shown.value;
      return commandOf(catalogue, settings.value, facts.value?.workers ?? null);
    });
    document.addEventListener("visibilitychange", () => (this.#hidden.value = document.hidden));
    this.playing.value = address.play;
    void this.#do(() => this.#begin(trunk, settings, stored));
    if (address.question !== null) this.ask(address.question);
    effect(() => this.#drive());
    effect(() => this.#lookAgain());
    effect(() => this.#checkLater());
    effect(() => this.#recallLater());
  }

  get runs(): ReadonlySignal<readonly LiveRun[]> {
    return this.#runs.all;
  }

  get shown(): ReadonlySignal<LiveRun> {
    return this.#runs.shown;
  }

  get beside(): ReadonlySignal<LiveRun | null> {
    return this.#runs.beside;
  }

  get unsaved(): ReadonlySignal<boolean> {
    return this.#runs.unsaved;
  }

  get words(): Notices {
    return noticesOf(document.documentElement.lang);
  }

  play(): void {
    this.playing.value = true;
    if (this.shown.peek().course.peek().dead) this.recover();
  }

  pause(): void {
    this.playing.value = false;
  }

  stepOnce(): void {
    this.playing.value = false;
    // A key that is held down asks more often than steps are taken.
    if (this.#steps) return;
    this.#steps = true;
    void this.#do(async () => {
      this.#steps = false;
      const active = this.#runs.active.peek().filter((run) => !run.ended.peek());
      await Promise.all(active.map((run) => this.#fleet.of(run)?.once()));
    });
  }

  restart(): void {
    this.pause();
    const asked = ++this.#restarts;
    void this.#bring(async () => {
      // Whoever asks again meanwhile wants what is chosen then.
      if (asked !== this.#restarts) return;
      try {
        this.#begun(await this.#runs.only(this.chosen.peek(), null));
      } catch (error) {
        this.playing.value = false;
        if (!(error instanceof Refused)) throw error;
        this.refused.value = error.message;
      }
    });
  }

  change(head: HeadChange["head"], change: Change | null): void {
    const others = this.changes.peek().filter((each) => !sameHead(each.head, head));
    this.changes.value = change === null ? others : [...others, { head, change }];
  }

  changeNone(): void {
    this.changes.value = [];
  }

  ask(question: string | null): void {
    const asked = question === null || question.trim() === "" ? null : question.trim();
    void this.#do(async () => {
      // What the shown model cannot be asked is not asked at all.
      if (asked !== null) await this.#fleet.of(this.shown.peek())?.lookAt({ question: asked, changes: this.changes.peek() });
      this.notice.value = null;
      this.question.value = asked;
    });
  }

  branch(step: number, different: Partial<Settings>): void {
    this.#start(() => this.#runs.branch(step, different));
  }

  compare(different: Partial<Settings>): void {
    if (Object.keys(different).length === 0) void this.#do(() => this.#runs.compare({}));
    else this.#start(() => this.#runs.compare(different));
  }

  show(run: number): void {
    void this.#do(() => this.#runs.show(run));
  }

  async save(): Promise<{ readonly name: string; readonly zip: Blob }> {
    const run = this.shown.peek();
    const saved = await this.#fleet.of(run)?.save();
    if (saved === undefined) throw new Died(run.trouble.peek() ?? "");
    run.savedAt.value = saved.step;
    return { name: `${run.settings.peek().task}-step${saved.step}.zip`, zip: new Blob([saved.zip], { type: "application/zip" }) };
  }

  async open(file: Blob): Promise<void> {
    const opened = await readFile(file, this.words);
    if (opened.is === "refused") this.notice.value = opened.line;
    else if (opened.is === "pairs") {
      const task = this.catalogue.tasks.find(({ takesPairs }) => takesPairs)!.name;
      this.notice.value = null;
      this.chosen.value = { ...(this.chosen.peek().task === task ? this.chosen.peek() : { task }), pairs: opened.text };
    } else await this.#do(() => this.#open(opened.zip));
  }

  recover(): void {
    void this.#do(async () => {
      await this.#runs.recover();
      this.playing.value ||= this.#played;
      this.#played = false;
    });
  }

  /** Has what an address says that was typed or gone back to. What is trained already stays, until it is begun anew. */
  follow({ settings, speed, changes, question, lesson }: Address): void {
    const { pairs, ...chosen } = this.chosen.peek();
    if (!same(this.catalogue, settings, chosen)) this.chosen.value = settings;
    this.speed.value = speed;
    this.lesson.value = lesson;
    if (JSON.stringify(changes) !== JSON.stringify(this.changes.peek())) this.changes.value = changes;
    if (question !== this.question.peek()) this.ask(question);
  }

  async #begin(trunk: LiveRun, settings: Settings, stored: Stored | null): Promise<void> {
    try {
      await this.#fleet.begin(trunk, settings, stored === null ? null : { archive: stored.zip, different: null });
    } catch (error) {
      this.playing.value = false;
      if (error instanceof Refused) this.refused.value = error.message;
      else trunk.died(this.words.noWorker(reasonOf(error)));
    }
  }

  async #open(zip: ArrayBuffer): Promise<void> {
    this.playing.value = false;
    const run = await this.#runs.only({}, zip);
    run.savedAt.value = run.step;
    this.chosen.value = shortest(this.catalogue, run.settings.peek());
    this.#begun(run);
  }

  /** Another training is shown; what was asked of the one before may be no question to it. */
  #begun(run: LiveRun): void {
    this.refused.value = null;
    this.notice.value = null;
    if (this.#fleet.of(run)?.refused === this.question.peek()) this.question.value = null;
  }

  /** Trains what is active while it plays in a tab that is seen. */
  #drive(): void {
    const active = this.#runs.active.value;
    const coming = this.#coming.value > 0;
    const goes = this.playing.value && !this.#hidden.value && !coming;
    for (const [run, live] of this.#fleet.lives.value) {
      const trains = goes && active.includes(run) && !run.ended.value;
      untracked(() => {
        if (trains) live.go();
        else if (live.going) void live.rest();
      });
    }
    if (this.playing.value && !coming && active.every((run) => run.ended.value)) this.playing.value = false;
  }

  /** What is asked or changed is seen at once, in all that is shown. */
  #lookAgain(): void {
    const nothing = this.changes.value.length === 0;
    void this.question.value;
    const active = this.#runs.active.value;
    untracked(() => {
      for (const run of active) {
        run.changed.value = null;
        const live = this.#fleet.of(run);
        if (live === undefined) continue;
        void live.look();
        if (!nothing) void live.evaluate();
      }
    });
  }

  /** While nothing is trained, fills in what a new question or a changed head would have shown at earlier steps. */
  #recallLater(): () => void {
    const [run, look] = [this.shown.value, { question: this.question.value, changes: this.changes.value }];
    let stops = this.playing.value || run.archives.value.length < 2;
    const wait = setTimeout(() => void this.#fleet.recall(run, look, () => stops), SETTLED);
    return () => {
      stops = true;
      clearTimeout(wait);
    };
  }

  /** Says whether what is chosen can be trained: by beginning it, where nothing would be lost. */
  #checkLater(): () => void {
    void this.chosen.value;
    const wait = setTimeout(() => void this.#do(() => this.#check()), SETTLED);
    return () => clearTimeout(wait);
  }

  async #check(): Promise<void> {
    const chosen = this.chosen.peek();
    const shown = this.shown.peek();
    const begun = this.#fleet.of(shown) !== undefined;
    if (begun && same(this.catalogue, chosen, shown.settings.peek())) {
      this.refused.value = null;
      return;
    }
    try {
      const isFirst = this.runs.peek().length === 1 && shown.step === 0 && !this.playing.peek();
      if (isFirst) this.#begun(await this.#runs.only(chosen, null));
      else await this.#fleet.check(chosen);
      this.refused.value = null;
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      this.refused.value = error.message;
    }
  }

  #lost(run: LiveRun): void {
    if (!this.#runs.active.peek().includes(run)) return;
    this.#played ||= this.playing.peek();
    this.playing.value = false;
  }

  /** Brings another run; what is trained until then waits, and goes on as it did where none could be brought. */
  async #bring(work: () => Promise<void>): Promise<void> {
    this.#coming.value += 1;
    await this.#do(work);
    this.#coming.value -= 1;
  }

  /** Brings a run and trains it, unless it is paused meanwhile. */
  #start(work: () => Promise<void>): void {
    const before = this.playing.peek();
    void this.#bring(async () => {
      try {
        await work();
      } catch (error) {
        this.playing.value &&= before;
        throw error;
      }
    });
    // Only now: while nothing is on its way, nothing plays that has come to its end.
    this.playing.value = true;
  }

  /** One thing after the other; what fails says so in a line. */
  #do(work: () => Promise<void>): Promise<void> {
    this.#doing = this.#doing.then(work).catch((error: unknown) => {
      this.notice.value = reasonOf(error);
    });
    return this.#doing;
  }
}
