//! What the page and a worker say to each other, as plain data: a [`Request`] and its [`Reply`], each with bytes beside it where it says so.
//!
//! `viewer/src/lab/messages.ts` is made from this file by a test (`cargo test -p headlight-lab`), so that both sides cannot drift apart.

use std::collections::BTreeMap;

use headlight_record::Head;
use serde::{Deserialize, Serialize};

/// The version of these messages. The page refuses a worker of another one.
pub const VERSION: u32 = 1;

/// What is asked of a worker. Requests are carried out one after the other, and each has one reply.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(tag = "ask", rename_all = "camelCase", rename_all_fields = "camelCase", deny_unknown_fields)]
pub enum Request {
    /// Begins a training. Reply: [`Reply::Started`].
    Start {
        /// What is trained, and how.
        settings: Box<Settings>,
        /// This worker's part of each batch.
        part: Part,
    },
    /// Goes on from the archive beside it, made by [`Save`](Self::Save) or by zipping a run directory. Reply: [`Reply::Started`].
    Open {
        /// What is different from here on: nothing that changes the task or the model's shape. Without it, all is as in the archive.
        settings: Option<Box<Settings>>,
        /// This worker's part of each batch.
        part: Part,
    },
    /// Trains until one of these limits is reached, or the training is done. Reply: [`Reply::Trained`].
    Train {
        /// At most so many steps.
        steps: usize,
        /// No further step is begun after so many milliseconds.
        milliseconds: f64,
    },
    /// How the model does with some heads changed, on the whole validation set. Reply: [`Reply::Evaluated`].
    Evaluate {
        /// The heads that are changed; training does not know of it.
        changes: Vec<HeadChange>,
    },
    /// What the model attends to on a question. Reply: [`Reply::Attended`], with blocks beside it.
    Attend {
        /// As `headlight generate --input` takes it; without one, the first example of the validation set, teacher-forced.
        question: Option<String>,
        /// The heads that are changed.
        changes: Vec<HeadChange>,
    },
    /// What each head does now. Reply: [`Reply::Found`].
    Roles {
        /// On so many examples of the validation set.
        examples: usize,
    },
    /// The training as an archive. Reply: [`Reply::Saved`], with a zip beside it.
    Save {
        /// What goes into it.
        contents: Contents,
    },
}

/// What an archive holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub enum Contents {
    /// Configuration, metrics and checkpoint: what [`Request::Open`] needs.
    Checkpoint,
    /// A whole run directory, as `headlight train` leaves it.
    Run,
}

/// A worker's share of the work: batches and the validation set are split into so many parts of nearly the same size.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Part {
    /// Which part, from 0. The worker of part 0 answers the page.
    pub shard: usize,
    /// Of how many.
    pub shards: usize,
}

/// What is trained, and how: as the options of `headlight train`, of which each field has the name. What is absent is the task's default.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[serde(default)]
#[cfg_attr(test, ts(optional_fields))]
#[allow(missing_docs)]
pub struct Settings {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub task: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub architecture: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub layers: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub heads: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub d_model: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub d_ff: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub length: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub min_length: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub symbols: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub positions: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub norm: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub activation: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tie_weights: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dropout: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub batch_size: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub learning_rate: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub schedule: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub warmup_steps: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub decay_steps: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_steps: Option<usize>,
    #[cfg_attr(test, ts(type = "number", optional))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seed: Option<u64>,
    /// For the task `file`: the text of the pairs, each line a source, a tab and a target.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pairs: Option<String>,
    /// For the task `file`: take the characters for tokens, not the words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub characters: Option<bool>,
}

/// One head, changed for an evaluation or a look.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct HeadChange {
    /// Which.
    #[cfg_attr(test, ts(type = "HeadName"))]
    pub head: Head,
    /// How.
    pub change: Change,
}

/// What happens to a head.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub enum Change {
    /// Its context is 0 at every position, as `headlight lens ablate --with zero` does it.
    Off,
    /// It attends evenly to all keys that it may see.
    Uniform,
}

/// What a worker says to a request.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(tag = "is", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum Reply {
    /// A training is there.
    Started(Box<Started>),
    /// What the steps did.
    Trained {
        /// Each step, in order.
        steps: Vec<Step>,
        /// Whether training ends here, solved or out of steps.
        done: bool,
        /// Whether the target was reached at the last evaluation.
        solved: bool,
        /// Why no further step can be taken, such as a loss that is no number any more; what was trained before is kept.
        stopped: Option<String>,
    },
    /// How the changed model does.
    Evaluated(Evaluated),
    /// What the model attends to, with the blocks of [`Attended::moments`] beside it.
    Attended(Box<Attended>),
    /// What each head does: one of a report's findings, as JSON.
    Found {
        /// After so many steps.
        step: usize,
        /// As `crates/headlight-report/src/findings.rs` writes it, and `viewer/src/data/findings.ts` reads it.
        #[cfg_attr(test, ts(type = "FoundEntry"))]
        findings: serde_json::Value,
    },
    /// An archive, beside it.
    Saved {
        /// After so many steps.
        step: usize,
    },
    /// Nothing was done, and this line says why and what to do. The training is as it was.
    Refused {
        /// One line.
        reason: String,
    },
}

/// What became of a step, as the functions of the WebAssembly module say it that a worker calls between requests: `apply` and
/// `evaluated`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(tag = "is", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum Stepped {
    /// It was taken.
    Taken {
        /// What it did.
        step: Step,
        /// Whether it ends in an evaluation, which is to be made before anything else: the counts of all workers, then `evaluated`.
        evaluation_due: bool,
        /// Whether training ends here, solved or out of steps.
        done: bool,
        /// Whether the target was reached at the last evaluation.
        solved: bool,
    },
    /// It was not, and this line says why. The training is as it was.
    Stopped {
        /// One line.
        reason: String,
    },
}

/// A training, as it begins or goes on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct Started {
    /// With every default filled in.
    pub settings: Settings,
    /// Steps done so far.
    pub step: usize,
    /// Whether nothing is left to do.
    pub done: bool,
    /// Whether the target was reached.
    pub solved: bool,
    /// The model's trained numbers.
    pub parameters: usize,
    /// Roughly the bytes that a step holds at once.
    pub bytes: f64,
    /// Examples in the validation set.
    pub held_out: usize,
    /// The exact match at which the task is solved.
    pub target: f64,
    /// A question as [`Request::Attend`] takes it.
    pub example: String,
    /// What a question must look like, in words.
    pub question: String,
    /// The steps so far, where the training was opened.
    pub steps: Vec<Step>,
}

/// One step of training.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct Step {
    /// Counted from 1.
    pub step: usize,
    /// Mean cross-entropy, nats per token.
    pub loss: f64,
    /// Share of the batch's tokens that were predicted rightly.
    pub token_accuracy: f64,
    /// Share of the validation set answered without an error, where this step ended in an evaluation.
    pub exact_match: Option<f64>,
    /// For each token of the answer, the share predicted rightly given the right ones before, on the batch. Empty for steps of an
    /// archive, which does not keep it.
    pub by_position: Vec<f64>,
    /// The learning rate used.
    pub learning_rate: f64,
}

/// How a model does on the validation set.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct Evaluated {
    /// After so many steps.
    pub step: usize,
    /// Share of the examples answered without an error by the model as it is.
    pub exact_match: f64,
    /// The same with the heads changed.
    pub changed: f64,
    /// Of so many examples.
    pub examples: usize,
}

/// What a model attends to on one question.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct Attended {
    /// After so many steps.
    pub step: usize,
    /// The question.
    pub question: String,
    /// What the model answers, token by token, with the heads changed.
    pub answer: String,
    /// The right answer, where the question has one.
    pub right: Option<String>,
    /// The records: a report's `examples` and `moments` (one moment), as JSON.
    #[cfg_attr(test, ts(type = "MomentsEntry"))]
    pub moments: serde_json::Value,
    /// The lengths of the blocks, which lie beside this one after the other.
    pub blocks: Vec<usize>,
}

/// What the page knows before a worker is there: what can be chosen.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct Catalogue {
    /// [`VERSION`].
    pub version: u32,
    /// Every task, in the order of `headlight tasks`.
    pub tasks: Vec<TaskEntry>,
    /// For each setting that is one of several words, the words, by the setting's name.
    pub choices: BTreeMap<String, Vec<String>>,
    /// What the page starts with, where its maker chose something.
    pub settings: Settings,
}

/// A task that can be chosen.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct TaskEntry {
    /// As it is typed.
    pub name: String,
    /// What the model does, in a few words.
    pub about: String,
    /// What its attention has to do.
    pub lesson: String,
    /// What the length counts, and what the symbols are.
    pub length_counts: String,
    /// What the symbols are.
    pub symbols_are: String,
    /// Whether its examples are the user's own pairs.
    pub takes_pairs: bool,
    /// By architecture, the first being the default: every setting filled in, but the pairs.
    pub defaults: Vec<Settings>,
    /// The least and the largest length, for these symbols.
    pub lengths: [usize; 2],
    /// The least and the largest number of symbols.
    pub symbols: [usize; 2],
}
