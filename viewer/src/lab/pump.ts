import { type Answer, type Crew, Died } from "./engine.ts";
import type { Reply } from "./messages.ts";
import type { Speed } from "./session.ts";

export type Trained = Extract<Reply, { is: "trained" }>;

/** A chunk of steps takes so many milliseconds, so that other requests wait no longer. */
const CHUNK = 25;
/** So many chunks are with the worker at a time: the next one waits there while what the last one did is drawn, so that no step waits for drawing. */
const AHEAD = 2;
/** More steps than fit into a chunk. */
const MANY = 1_000_000;

/** What decides how steps follow each other. */
export interface Flow {
  speed(): Speed;
  /** Whether the next step must wait for another training. */
  waits(): boolean;
  /** What steps did, as soon as it is known. */
  took(trained: Trained): void;
}

/** Has steps taken one chunk after the other. */
export class Pump {
  readonly #crew: Crew;
  readonly #flow: Flow;
  /** Counts up with each start and each hold: what an earlier one began takes no further step. */
  #turn = 0;
  #goes = false;
  #ended = false;
  #pumping: Promise<void> | null = null;

  constructor(crew: Crew, flow: Flow) {
    this.#crew = crew;
    this.#flow = flow;
  }

  /** Takes steps until it is held or training ends. */
  go(): void {
    if (this.#goes && this.#pumping !== null) return;
    this.#goes = true;
    const turn = ++this.#turn;
    const before = this.#pumping ?? Promise.resolve();
    const pumping = before
      .then(() => this.#pump(turn))
      .finally(() => {
        if (this.#pumping === pumping) this.#pumping = null;
      });
    this.#pumping = pumping;
  }

  /** Takes no further step. Settles when the last is known, also when it goes on meanwhile. */
  async hold(): Promise<void> {
    this.#goes = false;
    this.#turn += 1;
    if (this.#pumping === null) return;
    this.#crew.hold();
    await this.#pumping;
  }

  /** Takes one step. */
  async once(): Promise<void> {
    await this.hold();
    this.#take(await this.#ask(1));
  }

  /** There is another training from now on. */
  began(done: boolean): void {
    this.#ended = done;
  }

  async #pump(turn: number): Promise<void> {
    try {
      await this.#chunks(() => this.#turn === turn && !this.#ended);
    } catch (error) {
      if (!(error instanceof Died)) throw error;
    }
  }

  async #chunks(goesOn: () => boolean): Promise<void> {
    const asked: Promise<Answer<Trained>>[] = [];
    while (goesOn() || asked.length > 0) {
      const begun = performance.now();
      const speed = this.#flow.speed();
      while (goesOn() && asked.length < (speed === null ? AHEAD : 1)) asked.push(this.#ask(speed === null ? MANY : 1));
      this.#take(await asked.shift()!);
      if (speed !== null) await this.#pause(begun + 1000 / speed, goesOn);
      while (goesOn() && this.#flow.waits()) await delay(10);
    }
  }

  /** Until a time, if nothing changes before. */
  async #pause(until: number, goesOn: () => boolean): Promise<void> {
    const speed = this.#flow.speed();
    while (goesOn() && this.#flow.speed() === speed && performance.now() < until) {
      await delay(Math.min(50, Math.max(1, until - performance.now())));
    }
  }

  #ask(steps: number): Promise<Answer<Trained>> {
    const answer = this.#crew.ask({ ask: "train", steps, milliseconds: CHUNK });
    // It may be that nobody waits for it any more when the workers are gone.
    answer.catch(() => undefined);
    return answer;
  }

  #take({ reply }: Answer<Trained>): void {
    this.#ended = reply.done || reply.stopped !== null;
    this.#flow.took(reply);
  }
}

function delay(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
