use serde::{Deserialize, Serialize};

use super::request::Settings;

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
    /// A question as `Request::Attend` takes it.
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
