/** Workers, and what is asked of them. */

import type { Part, Reply, Request, Settings } from "./messages.ts";
import type { Program } from "./page.ts";
import type { FromWorker, ToWorker } from "./wire.ts";

/** A worker said why it did nothing; the training is as it was. */
export class Refused extends Error {}

/** The workers are gone, and with them what was not kept. */
export class Died extends Error {}

export interface Answer<R extends Reply = Reply> {
  readonly reply: R;
  /** The bytes beside the reply, where it has any. */
  readonly beside: ArrayBuffer | null;
  /** How long the worker was at it. */
  readonly milliseconds: number;
}

interface Replies {
  readonly start: "started";
  readonly open: "started";
  readonly train: "trained";
  readonly evaluate: "evaluated";
  readonly attend: "attended";
  readonly roles: "found";
  readonly save: "saved";
}
type ReplyTo<Asked extends Request> = Extract<Reply, { is: Replies[Asked["ask"]] }>;

/** The workers of one training: each has the same model and its part of every batch. Part 0 answers the page. */
export class Crew {
  readonly #workers: readonly Worker[];
  readonly #waiting: Map<number, { resolve(answer: Answer): void; reject(error: Error): void }>[];
  #next = 0;
  #dead: string | null = null;
  #died!: (reason: string) => void;
  /** Settles once a worker is gone without having been asked to go, with the reason. */
  readonly died = new Promise<string>((resolve) => {
    this.#died = resolve;
  });

  private constructor(workers: readonly Worker[]) {
    this.#workers = workers;
    this.#waiting = workers.map(() => new Map());
  }

  /** Starts so many workers, ready to be asked. */
  static async start({ module, script }: Program, count: number, gone: string): Promise<Crew> {
    const workers = Array.from({ length: count }, () => new Worker(script));
    const crew = new Crew(workers);
    const channels = workers.slice(1).map(() => new MessageChannel());
    const booted = workers.map((worker, part) => {
      const ports = part === 0 ? channels.map(({ port1 }) => port1) : [channels[part - 1]!.port2];
      return crew.#boot(
        worker,
        part,
        { boot: module, lock: `headlight-lab-${crypto.randomUUID()}`, ports, role: part === 0 ? "leads" : "helps" },
        gone,
      );
    });
    await Promise.race([Promise.all(booted), crew.died.then((reason) => Promise.reject(new Died(reason)))]);
    return crew;
  }

  get count(): number {
    return this.#workers.length;
  }

  /** Begins a training, or goes on with the one in an archive, in every worker. */
  async begin(how: { readonly settings: Settings } | { readonly archive: ArrayBuffer; readonly different: Settings | null }) {
    const shards = this.#workers.length;
    const answers = this.#workers.map((_, shard) => {
      const part: Part = { shard, shards };
      if ("archive" in how) return this.#ask(shard, { ask: "open", settings: how.different, part }, how.archive);
      return this.#ask(shard, { ask: "start", settings: how.settings, part }, null);
    });
    const [first] = await Promise.all(answers);
    return (first as Answer<Extract<Reply, { is: "started" }>>).reply;
  }

  /** Asks the worker of part 0, after all that it was asked before. Throws {@link Refused} and {@link Died}. */
  ask<const Asked extends Request>(request: Asked): Promise<Answer<ReplyTo<Asked>>> {
    return this.#ask(0, request, null) as Promise<Answer<ReplyTo<Asked>>>;
  }

  /** Ends what is being trained at the next step. */
  hold(): void {
    if (this.#dead === null) this.#post(0, { hold: true });
  }

  /** Ends the workers. What is still asked of them throws {@link Died}. */
  close(reason = "closed"): void {
    if (this.#dead !== null) return;
    this.#dead = reason;
    for (const worker of this.#workers) worker.terminate();
    for (const waiting of this.#waiting) {
      for (const { reject } of waiting.values()) reject(new Died(reason));
      waiting.clear();
    }
  }

  #ask(part: number, request: Request, beside: ArrayBuffer | null): Promise<Answer> {
    if (this.#dead !== null) return Promise.reject(new Died(this.#dead));
    const id = this.#next++;
    return new Promise((resolve, reject) => {
      this.#waiting[part]!.set(id, { resolve, reject });
      this.#post(part, { id, request, beside });
    });
  }

  #post(part: number, message: ToWorker): void {
    this.#workers[part]!.postMessage(message);
  }

  #boot(worker: Worker, part: number, boot: Extract<ToWorker, { boot: WebAssembly.Module }>, gone: string): Promise<void> {
    return new Promise((resolve) => {
      worker.onmessage = ({ data }: MessageEvent<FromWorker>) => {
        if ("booted" in data) {
          if (data.locked) void this.#watch(boot.lock, gone);
          resolve();
        } else if ("dead" in data) this.#lose(data.dead);
        else this.#settle(part, data);
      };
      worker.onerror = (event) => {
        event.preventDefault();
        this.#lose(event.message || gone);
      };
      worker.onmessageerror = () => this.#lose("a message could not be read");
      worker.postMessage(boot, [...boot.ports]);
    });
  }

  #settle(part: number, { id, reply, beside, milliseconds }: Extract<FromWorker, { id: number }>): void {
    const waiting = this.#waiting[part]!.get(id);
    this.#waiting[part]!.delete(id);
    if (reply.is === "refused") waiting?.reject(new Refused(reply.reason));
    else waiting?.resolve({ reply, beside, milliseconds });
  }

  /** No event says that a worker was ended from outside, but its lock is free then. */
  async #watch(lock: string, gone: string): Promise<void> {
    await navigator.locks.request(lock, () => this.#lose(gone));
  }

  #lose(reason: string): void {
    if (this.#dead !== null) return;
    this.close(reason);
    this.#died(reason);
  }
}
