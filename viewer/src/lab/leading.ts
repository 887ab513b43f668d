/** Steps that several workers take together, seen from the one that leads: with no helpers it takes them alone. */

import { type Learner, stepped } from "./learner.ts";
import type { Line } from "./line.ts";
import type { Evaluated, HeadChange, Reply, Started, Step, Stepped } from "./messages.ts";
import type { FromHelper, ToHelper } from "./wire.ts";

export type ToHelp = Line<ToHelper, FromHelper>;
type Trained = Extract<Reply, { is: "trained" }>;

/** Nothing is changed. */
const UNCHANGED = "[]";

export class Leading {
  readonly #learner: Learner;
  readonly #helpers: readonly ToHelp[];
  #examples = 0;
  #end: Pick<Trained, "done" | "solved" | "stopped"> = { done: false, solved: false, stopped: null };
  #last: { step: number; exactMatch: number | null } = { step: 0, exactMatch: null };

  constructor(learner: Learner, helpers: readonly ToHelp[]) {
    this.#learner = learner;
    this.#helpers = helpers;
  }

  /** There is another training from now on. */
  began({ step, done, solved, heldOut }: Started): void {
    this.#examples = heldOut;
    this.#end = { done, solved, stopped: null };
    this.#last = { step, exactMatch: null };
  }

  /** Steps until one of the limits is reached, it is held, or training ends. `turn` lets messages in that came meanwhile. */
  async train(limit: { steps: number; milliseconds: number }, held: () => boolean, turn: () => Promise<void>): Promise<Trained> {
    const steps: Step[] = [];
    const begun = performance.now();
    const goesOn = (taken: number) =>
      taken < limit.steps && (taken === 0 || performance.now() - begun < limit.milliseconds) && !held() && !this.#ended();
    let [asked, last] = [false, begun];
    // Where the helpers are at the next step already, it is taken.
    while (asked || goesOn(steps.length)) {
      if (!asked) this.#post({ work: "gradients" });
      const sum = sumOf([this.#learner.gradients(), ...(await this.#gradients())]);
      const now = performance.now();
      const [seconds, next] = [(now - last) / 1000, goesOn(steps.length + 1)];
      last = now;
      for (const helper of this.#helpers) {
        const copy = sum.slice();
        helper.post({ work: "apply", sum: copy, seconds, next }, [copy.buffer]);
      }
      let done = stepped(this.#learner.apply(sum, seconds));
      asked = next && goesOnAfter(done);
      if (done.is === "taken" && done.evaluationDue) done = await this.#evaluate();
      this.#ends(done);
      if (done.is === "taken") steps.push(done.step);
      if (this.#helpers.length === 0) await turn();
    }
    return { is: "trained", steps, ...this.#end };
  }

  /** How the model does with heads changed, each worker on its part. */
  async evaluate(changes: readonly HeadChange[]): Promise<{ is: "evaluated" } & Evaluated> {
    const share = async (json: string) => (await this.#count(json)) / this.#examples;
    const exactMatch = this.#last.exactMatch ?? (await share(UNCHANGED));
    this.#last = { ...this.#last, exactMatch };
    const changed = changes.length === 0 ? exactMatch : await share(JSON.stringify(changes));
    return { is: "evaluated", step: this.#last.step, exactMatch, changed, examples: this.#examples };
  }

  #ended(): boolean {
    return this.#end.done || this.#end.stopped !== null;
  }

  #ends(done: Stepped): void {
    if (done.is === "stopped") this.#end = { ...this.#end, stopped: done.reason };
    else {
      this.#end = { done: done.done, solved: done.solved, stopped: null };
      this.#last = { step: done.step.step, exactMatch: done.step.exactMatch };
    }
  }

  async #evaluate(): Promise<Stepped> {
    const right = await this.#count(UNCHANGED);
    this.#post({ work: "evaluated", right });
    return stepped(this.#learner.evaluated(right));
  }

  async #count(changes: string): Promise<number> {
    this.#post({ work: "count", changes });
    let right = this.#learner.count(changes);
    for (const helper of this.#helpers) right += answered(await helper.next(), "right");
    return right;
  }

  #gradients(): Promise<Float32Array[]> {
    return Promise.all(this.#helpers.map(async (helper) => answered(await helper.next(), "gradients")));
  }

  #post(message: ToHelper): void {
    for (const helper of this.#helpers) helper.post(message);
  }
}

/** Serves the worker that leads, for ever. */
export async function help(learner: Learner, lead: Line<FromHelper, ToHelper>): Promise<never> {
  const gradients = () => {
    const own = learner.gradients();
    lead.post({ gradients: own }, [own.buffer]);
  };
  for (;;) {
    const asked = await lead.next();
    switch (asked.work) {
      case "gradients":
        gradients();
        break;
      case "apply":
        if (goesOnAfter(stepped(learner.apply(asked.sum, asked.seconds))) && asked.next) gradients();
        break;
      case "count":
        lead.post({ right: learner.count(asked.changes) });
        break;
      case "evaluated":
        learner.evaluated(asked.right);
        break;
    }
  }
}

/** Gradients added number by number, in the order of the parts: the same in every browser. The first is the sum then. */
export function sumOf([sum, ...others]: readonly [Float32Array, ...Float32Array[]]): Float32Array {
  for (const other of others) {
    if (other.length !== sum.length) throw new Error(`the gradients of two workers are ${sum.length} and ${other.length} numbers`);
    for (let at = 0; at < sum.length; at++) sum[at]! += other[at]!;
  }
  return sum;
}

/** Whether the gradients of the next step can follow at once: every worker sees the same. */
function goesOnAfter(done: Stepped): boolean {
  return done.is === "taken" && !done.evaluationDue && !done.done;
}

function answered<Name extends "gradients" | "right">(
  message: FromHelper,
  name: Name,
): Extract<FromHelper, { [N in Name]: unknown }>[Name] {
  if (!(name in message)) throw new Error(`a worker answered something else than its ${name}`);
  return (message as Extract<FromHelper, { [N in Name]: unknown }>)[name] as never;
}
