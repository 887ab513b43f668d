// Made from crates/headlight-lab/src/messages.rs by `UPDATE_MESSAGES=1 cargo test -p headlight-lab`, which otherwise compares it.
import type { HeadName } from "../data.ts";
import type { FoundEntry, MomentsEntry } from "../data/manifest.ts";

export const VERSION = 1;

export type Request = { "ask": "start", 
/**
 * What is trained, and how.
 */
settings: Settings, 
/**
 * This worker's part of each batch.
 */
part: Part, } | { "ask": "open", 
/**
 * What is different from here on: nothing that changes the task or the model's shape. Without it, all is as in the archive.
 */
settings: Settings | null, 
/**
 * This worker's part of each batch.
 */
part: Part, } | { "ask": "train", 
/**
 * At most so many steps.
 */
steps: number, 
/**
 * No further step is begun after so many milliseconds.
 */
milliseconds: number, } | { "ask": "evaluate", 
/**
 * The heads that are changed; training does not know of it.
 */
changes: Array<HeadChange>, } | { "ask": "attend", 
/**
 * As `headlight generate --input` takes it; without one, the first example of the validation set, teacher-forced.
 */
question: string | null, 
/**
 * The heads that are changed.
 */
changes: Array<HeadChange>, } | { "ask": "roles", 
/**
 * On so many examples of the validation set.
 */
examples: number, } | { "ask": "save", 
/**
 * What goes into it.
 */
contents: Contents, };

export type Contents = "checkpoint" | "run";

export type Part = { 
/**
 * Which part, from 0. The worker of part 0 answers the page.
 */
shard: number, 
/**
 * Of how many.
 */
shards: number, };

export type Settings = { task?: string, architecture?: string, layers?: number, heads?: number, dModel?: number, dFf?: number, length?: number, minLength?: number, symbols?: number, positions?: string, norm?: string, activation?: string, tieWeights?: boolean, dropout?: number, batchSize?: number, learningRate?: number, schedule?: string, warmupSteps?: number, decaySteps?: number, maxSteps?: number, seed?: number, 
/**
 * For the task `file`: the text of the pairs, each line a source, a tab and a target.
 */
pairs?: string, 
/**
 * For the task `file`: take the characters for tokens, not the words.
 */
characters?: boolean, };

export type HeadChange = { 
/**
 * Which.
 */
head: HeadName, 
/**
 * How.
 */
change: Change, };

export type Change = "off" | "uniform";

export type Reply = { "is": "started" } & Started | { "is": "trained", 
/**
 * Each step, in order.
 */
steps: Array<Step>, 
/**
 * Whether training ends here, solved or out of steps.
 */
done: boolean, 
/**
 * Whether the target was reached at the last evaluation.
 */
solved: boolean, 
/**
 * Why no further step can be taken, such as a loss that is no number any more; what was trained before is kept.
 */
stopped: string | null, } | { "is": "evaluated" } & Evaluated | { "is": "attended" } & Attended | { "is": "found", 
/**
 * After so many steps.
 */
step: number, 
/**
 * As `crates/headlight-report/src/findings.rs` writes it, and `viewer/src/data/findings.ts` reads it.
 */
findings: FoundEntry, } | { "is": "saved", 
/**
 * After so many steps.
 */
step: number, } | { "is": "refused", 
/**
 * One line.
 */
reason: string, };

export type Stepped = { "is": "taken", 
/**
 * What it did.
 */
step: Step, 
/**
 * Whether it ends in an evaluation, which is to be made before anything else: the counts of all workers, then `evaluated`.
 */
evaluationDue: boolean, 
/**
 * Whether training ends here, solved or out of steps.
 */
done: boolean, 
/**
 * Whether the target was reached at the last evaluation.
 */
solved: boolean, } | { "is": "stopped", 
/**
 * One line.
 */
reason: string, };

export type Started = { 
/**
 * With every default filled in.
 */
settings: Settings, 
/**
 * Steps done so far.
 */
step: number, 
/**
 * Whether nothing is left to do.
 */
done: boolean, 
/**
 * Whether the target was reached.
 */
solved: boolean, 
/**
 * The model's trained numbers.
 */
parameters: number, 
/**
 * Roughly the bytes that a step holds at once.
 */
bytes: number, 
/**
 * Examples in the validation set.
 */
heldOut: number, 
/**
 * The exact match at which the task is solved.
 */
target: number, 
/**
 * A question as `Request::Attend` takes it.
 */
example: string, 
/**
 * What a question must look like, in words.
 */
question: string, 
/**
 * The steps so far, where the training was opened.
 */
steps: Array<Step>, };

export type Step = { 
/**
 * Counted from 1.
 */
step: number, 
/**
 * Mean cross-entropy, nats per token.
 */
loss: number, 
/**
 * Share of the batch's tokens that were predicted rightly.
 */
tokenAccuracy: number, 
/**
 * Share of the validation set answered without an error, where this step ended in an evaluation.
 */
exactMatch: number | null, 
/**
 * For each token of the answer, the share predicted rightly given the right ones before, on the batch. Empty for steps of an
 * archive, which does not keep it.
 */
byPosition: Array<number>, 
/**
 * The learning rate used.
 */
learningRate: number, };

export type Evaluated = { 
/**
 * After so many steps.
 */
step: number, 
/**
 * Share of the examples answered without an error by the model as it is.
 */
exactMatch: number, 
/**
 * The same with the heads changed.
 */
changed: number, 
/**
 * Of so many examples.
 */
examples: number, };

export type Attended = { 
/**
 * After so many steps.
 */
step: number, 
/**
 * The question.
 */
question: string, 
/**
 * What the model answers, token by token, with the heads changed.
 */
answer: string, 
/**
 * The right answer, where the question has one.
 */
right: string | null, 
/**
 * The records: a report's `examples` and `moments` (one moment), as JSON.
 */
moments: MomentsEntry, 
/**
 * The lengths of the blocks, which lie beside this one after the other.
 */
blocks: Array<number>, };

export type Catalogue = { 
/**
 * That of the messages.
 */
version: number, 
/**
 * Every task, in the order of `headlight tasks`.
 */
tasks: Array<TaskEntry>, 
/**
 * For each setting that is one of several words, the words, by the setting's name.
 */
choices: { [key in string]: Array<string> }, 
/**
 * What the page starts with, where its maker chose something.
 */
settings: Settings, };

export type TaskEntry = { 
/**
 * As it is typed.
 */
name: string, 
/**
 * What the model does, in a few words.
 */
about: string, 
/**
 * What its attention has to do.
 */
lesson: string, 
/**
 * What the length counts, and what the symbols are.
 */
lengthCounts: string, 
/**
 * What the symbols are.
 */
symbolsAre: string, 
/**
 * Whether its examples are the user's own pairs.
 */
takesPairs: boolean, 
/**
 * By architecture, the first being the default: every setting filled in, but the pairs.
 */
defaults: Array<Settings>, 
/**
 * The least and the largest length, for these symbols.
 */
lengths: [number, number], 
/**
 * The least and the largest number of symbols.
 */
symbols: [number, number], };
