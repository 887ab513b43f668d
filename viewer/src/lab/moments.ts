import type { Moment } from "../data.ts";
import { blocksIn } from "../data/blocks.ts";
import { HeadCache } from "../data/cache.ts";
import { openMoments } from "../data/moments.ts";
import { namesOf } from "./heads.ts";
import type { Attended, HeadChange } from "./messages.ts";
import { type Kept, thinned } from "./thinning.ts";

/** What heads are looked at on: a question, with some of them changed. */
export interface Look {
  readonly question: string | null;
  readonly changes: readonly HeadChange[];
}

interface KeptMoment extends Kept {
  readonly moment: Moment;
}

/** For each look at most so many moments, and so many bytes. */
const MOST = 96;
const BYTES = 32 << 20;
/** The moments of so many looks stay, so that a head can be switched off and on again without losing what was seen. */
const LOOKS = 3;

/** What heads attended to while they learned, for each of the last few looks. The moments of one look are of one example. */
export class Moments {
  readonly #looks: Map<string, readonly KeptMoment[]>;
  readonly #cache = new HeadCache();
  #opened = 0;

  constructor(looks: ReadonlyMap<string, readonly KeptMoment[]> = new Map()) {
    this.#looks = new Map(looks);
  }

  /** The moments of a look, by their steps; none before the first is added. */
  of(look: Look): readonly Moment[] {
    return (this.#looks.get(nameOf(look)) ?? []).map(({ moment }) => moment);
  }

  /** The step of the last moment of a look; null where there is none. */
  last(look: Look): number | null {
    return this.#looks.get(nameOf(look))?.at(-1)?.step ?? null;
  }

  /** The steps that are missing of these, if the look has fewer moments than there are of them. */
  missing(look: Look, steps: readonly number[]): readonly number[] {
    const seen = (this.#looks.get(nameOf(look)) ?? []).map(({ step }) => step);
    return seen.length >= steps.length ? [] : steps.filter((step) => !seen.includes(step));
  }

  /** Adds what a worker saw. */
  async add(look: Look, { step, moments, blocks }: Attended, bytes: ArrayBuffer): Promise<void> {
    const [moment] = await openMoments(moments, blocksIn(String(this.#opened++), bytes, blocks), this.#cache);
    if (moment === undefined || moment.records.length === 0) throw new Error("a look without a record");
    const name = nameOf(look);
    const others = (this.#looks.get(name) ?? []).filter((each) => each.step !== step);
    const all = [...others, { step, moment, bytes: bytes.byteLength }].sort((one, other) => one.step - other.step);
    this.#looks.delete(name);
    this.#looks.set(name, thinned(all, MOST, BYTES));
    const [oldest] = this.#looks.keys();
    if (this.#looks.size > LOOKS && oldest !== undefined) this.#looks.delete(oldest);
  }

  /** The same up to a step, for a training that goes on from there. */
  upTo(step: number): Moments {
    const looks = [...this.#looks].map(([name, all]) => [name, all.filter((each) => each.step <= step)] as const);
    return new Moments(new Map(looks.filter(([, all]) => all.length > 0)));
  }
}

function nameOf({ question, changes }: Look): string {
  const changed = (["off", "uniform"] as const).map((how) =>
    namesOf(changes.filter(({ change }) => change === how).map(({ head }) => head)),
  );
  return JSON.stringify([question, ...changed]);
}
