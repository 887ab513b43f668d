/** What the page and its workers post to each other, around the requests and replies of messages.ts, and the workers among themselves. */

import type { Reply, Request } from "./messages.ts";

/** From the page to a worker. */
export type ToWorker =
  /** Once, first. The worker of part 0 gets a port to every other one, in the order of their parts; the others get one to it. */
  | { readonly boot: WebAssembly.Module; readonly lock: string; readonly ports: readonly MessagePort[]; readonly role: "leads" | "helps" }
  | { readonly id: number; readonly request: Request; readonly beside: ArrayBuffer | null }
  /** No further step of what was asked so far: each `train` is answered with what it did. */
  | { readonly hold: true };

/** From a worker to the page. */
export type FromWorker =
  /** It can be asked from now on. It holds the lock that it was given for as long as it lives, where the browser has such. */
  | { readonly booted: true; readonly locked: boolean }
  | { readonly id: number; readonly reply: Reply; readonly beside: ArrayBuffer | null; readonly milliseconds: number }
  /** It works no more, and this is why. */
  | { readonly dead: string };

/** From the worker of part 0 to the others. */
export type ToHelper =
  /** Answered with the gradients of its part of the next step. */
  | { readonly work: "gradients" }
  /** Takes the step with the sum of all parts' gradients. `next`: goes on with the gradients of the next step, unless this one ends in an evaluation or is the last. */
  | { readonly work: "apply"; readonly sum: Float32Array<ArrayBuffer>; readonly seconds: number; readonly next: boolean }
  /** Answered with how many of its part of the validation set are answered without an error, with heads changed as this JSON says. */
  | { readonly work: "count"; readonly changes: string }
  /** So many were, of all parts: the evaluation that is due. */
  | { readonly work: "evaluated"; readonly right: number };

export type FromHelper = { readonly gradients: Float32Array<ArrayBuffer> } | { readonly right: number };
