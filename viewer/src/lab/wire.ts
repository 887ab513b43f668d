import type { Reply, Request } from "./messages.ts";

/** What the page posts to a worker. */
export type ToWorker =
  /** Once, first. The worker of part 0 gets a port to every other one, in the order of their parts; the others get one to it. */
  | { readonly boot: WebAssembly.Module; readonly lock: string; readonly ports: readonly MessagePort[] }
  | { readonly id: number; readonly request: Request; readonly beside: ArrayBuffer | null }
  /** No further step of what was asked so far: each `train` is answered at once with what it did. */
  | { readonly hold: true };

/** What a worker posts to the page. */
export type FromWorker =
  /** It can be asked from now on, and holds the lock that it was given for as long as it lives, where the browser has such. */
  | { readonly booted: true; readonly locked: boolean }
  | { readonly id: number; readonly reply: Reply; readonly beside: ArrayBuffer | null; readonly milliseconds: number }
  /** It works no more, and this is why. */
  | { readonly dead: string };

/** What the worker of part 0 posts to the others. */
export type ToHelper =
  /** Answered with gradients. */
  | { readonly work: "gradients" }
  /** Takes the step with the sum of all parts' gradients, in their order. Not answered; `next` begins with the gradients of the step after. */
  | { readonly work: "apply"; readonly sum: ArrayBuffer; readonly seconds: number; readonly next: "gradients" | "wait" }
  /** How many of its part of the validation set it answers without an error; with heads changed as the page's request says. */
  | { readonly work: "count"; readonly changes: string };

export type FromHelper = { readonly gradients: ArrayBuffer } | { readonly count: number };
