/**
 * A worker of the lab: stands behind wasm-bindgen's glue in one classic script, which every worker of a page is made of. It keeps time and talks to the
 * page and to the other workers; what is trained, and how, is Rust's.
 */

import type { Learner } from "./learner.ts";
import { help, Leading, type ToHelp } from "./leading.ts";
import { Line } from "./line.ts";
import type { Reply, Request } from "./messages.ts";
import type { FromHelper, FromWorker, ToHelper, ToWorker } from "./wire.ts";

declare const wasm_bindgen: ((from: { module_or_path: WebAssembly.Module }) => Promise<unknown>) & { readonly Worker: new () => Learner };
declare const self: Pick<MessagePort, "postMessage" | "onmessage">;

type Asked = Extract<ToWorker, { id: number }> & { held: boolean };
type Boot = Extract<ToWorker, { boot: WebAssembly.Module }>;

/** What is asked and not yet answered, the first being worked on. */
const inbox: Asked[] = [];
let working: ((asked: Asked) => Promise<void>) | null = null;

self.onmessage = ({ data }: MessageEvent<ToWorker>) => {
  if ("boot" in data) void living(boot(data));
  else if ("hold" in data) for (const asked of inbox) asked.held = true;
  else {
    inbox.push({ ...data, held: false });
    if (inbox.length === 1 && working !== null) void living(work(working));
  }
};

async function boot({ boot, lock, ports, role }: Boot): Promise<void> {
  await wasm_bindgen({ module_or_path: boot });
  const learner = new wasm_bindgen.Worker();
  const leading = new Leading(learner, role === "leads" ? ports.map((port): ToHelp => new Line(port)) : []);
  if (role === "helps") void living(help(learner, new Line<FromHelper, ToHelper>(ports[0]!)));
  working = (asked) => answer(learner, leading, asked);
  post({ booted: true, locked: await hold(lock) });
  if (inbox.length > 0) await work(working);
}

async function work(working: (asked: Asked) => Promise<void>): Promise<void> {
  for (let asked = inbox[0]; asked !== undefined; asked = inbox[0]) {
    await working(asked);
    inbox.shift();
  }
}

async function answer(learner: Learner, leading: Leading, asked: Asked): Promise<void> {
  const { id, request } = asked;
  const begun = performance.now();
  const [reply, beside] = await replyTo(learner, leading, request, asked);
  if (reply.is === "started") leading.began(reply);
  const message: FromWorker = { id, reply, beside, milliseconds: performance.now() - begun };
  post(message, beside === null ? [] : [beside]);
}

async function replyTo(learner: Learner, leading: Leading, request: Request, asked: Asked): Promise<[Reply, ArrayBuffer | null]> {
  if (request.ask === "train") return [await leading.train(request, () => asked.held, turn), null];
  if (request.ask === "evaluate") return [await leading.evaluate(request.changes), null];
  const { beside } = asked;
  const answer = learner.handle(JSON.stringify(request), beside === null ? new Uint8Array() : new Uint8Array(beside));
  const reply = JSON.parse(answer.json) as Reply;
  const bytes = answer.beside;
  answer.free();
  return [reply, bytes.length === 0 ? null : bytes.buffer];
}

/** A panic throws its own line; where memory cannot be had, the module traps without one. */
function reasonOf(error: unknown): string {
  if (error instanceof WebAssembly.RuntimeError) return `out of memory or an internal error (${error.message})`;
  return error instanceof Error ? error.message : String(error);
}

/** Whatever fails here was not foreseen, and the module's memory cannot be trusted any more. */
async function living(life: Promise<void>): Promise<void> {
  try {
    await life;
  } catch (error) {
    post({ dead: reasonOf(error) });
  }
}

/** Holds a lock for as long as the worker lives, so that the page can tell. */
function hold(lock: string): Promise<boolean> {
  if (!navigator.locks) return Promise.resolve(false);
  return new Promise((resolve) => {
    const forever = () => {
      resolve(true);
      return new Promise<never>(() => undefined);
    };
    navigator.locks.request(lock, forever).catch(() => resolve(false));
  });
}

const { port1, port2 } = new MessageChannel();
const turns = new Line<null, null>(port1);

/** Lets in what came meanwhile. */
async function turn(): Promise<void> {
  port2.postMessage(null);
  await turns.next();
}

function post(message: FromWorker, transfer: Transferable[] = []): void {
  self.postMessage(message, transfer);
}
