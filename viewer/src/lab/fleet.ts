/** Which runs have workers: the shown one and the one beside it. The others sleep as archives. */

import { signal } from "@preact/signals";
import { Crew, Died, Refused } from "./engine.ts";
import { type Beginning, Live, type Wishes } from "./live.ts";
import type { Catalogue, Settings } from "./messages.ts";
import type { Look } from "./moments.ts";
import type { Program } from "./page.ts";
import { recall } from "./recalling.ts";
import type { LiveRun } from "./run.ts";
import { filled } from "./settings.ts";
import { workersFor } from "./workers.ts";

export class Fleet {
  readonly lives = signal<ReadonlyMap<LiveRun, Live>>(new Map());
  readonly #catalogue: Catalogue;
  readonly #program: Promise<Program>;
  readonly #wishes: Wishes;
  readonly #lost: (run: LiveRun) => void;
  readonly #wanted: number | null;

  /** `wanted` is how many workers a run has, null as many as pay; `lost` hears of runs whose workers are gone. */
  constructor(catalogue: Catalogue, program: Promise<Program>, wishes: Wishes, wanted: number | null, lost: (run: LiveRun) => void) {
    this.#catalogue = catalogue;
    this.#program = program;
    this.#wishes = wishes;
    this.#wanted = wanted;
    this.#lost = lost;
  }

  of(run: LiveRun): Live | undefined {
    return this.lives.peek().get(run);
  }

  /** Gives a run its workers. Throws Refused and Died. */
  async begin(
    run: LiveRun,
    settings: Settings,
    from: { readonly archive: ArrayBuffer; readonly different: Settings | null } | null,
  ): Promise<void> {
    const how: Beginning = {
      workers: workersFor(filled(this.#catalogue, settings), navigator.hardwareConcurrency || 1, this.#wanted),
      ...(from === null ? { settings } : { ...from, pairs: settings.pairs }),
    };
    const known = this.of(run);
    if (known?.workers === how.workers) return known.beginAnew(how);
    const live = await Live.begin(await this.#program, run, how, this.#wishes);
    known?.close();
    this.#set(run, live);
    void live.died.then(() => {
      if (this.of(run) !== live) return;
      this.#set(run, null);
      this.#lost(run);
    });
  }

  /** Looks at a run as it was at its kept steps, as far as that can be done. */
  async recall(run: LiveRun, look: Look, stops: () => boolean): Promise<void> {
    try {
      await recall(await this.#program, run, look, this.#wishes.words().killed, stops);
    } catch (error) {
      // What cannot be looked at so at one step cannot at the others.
      if (!(error instanceof Refused || error instanceof Died)) throw error;
    }
  }

  /** Throws Refused where settings cannot be trained. */
  async check(settings: Settings): Promise<void> {
    const crew = await Crew.start(await this.#program, 1, this.#wishes.words().killed);
    await crew.begin({ settings }).finally(() => crew.close());
  }

  /** Gives a run that sleeps its workers again, from where it was kept last. */
  async wake(run: LiveRun): Promise<void> {
    const archive = run.archives.peek().at(-1);
    await this.begin(run, run.settings.peek(), archive === undefined ? null : { archive: archive.zip, different: null });
  }

  /** Takes a run's workers, once it is kept. */
  async sleep(run: LiveRun): Promise<void> {
    const live = this.of(run);
    await live?.rest();
    live?.close();
    this.#set(run, null);
  }

  /** Takes the workers of all runs but one; what they had is lost. */
  closeAllBut(kept: LiveRun): void {
    for (const [run, live] of this.lives.peek()) {
      if (run === kept) continue;
      live.close();
      this.#set(run, null);
    }
  }

  #set(run: LiveRun, live: Live | null): void {
    const lives = new Map(this.lives.peek());
    if (live === null) lives.delete(run);
    else lives.set(run, live);
    this.lives.value = lives;
  }
}
