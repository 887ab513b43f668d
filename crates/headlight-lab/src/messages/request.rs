use headlight_record::Head;
use serde::{Deserialize, Serialize};

/// What is asked of a worker. Requests are carried out one after the other, and each has one reply.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(tag = "ask", rename_all = "camelCase", rename_all_fields = "camelCase", deny_unknown_fields)]
pub enum Request {
    /// Begins a training. Reply: `Reply::Started`.
    Start {
        /// What is trained, and how.
        settings: Box<Settings>,
        /// This worker's part of each batch.
        part: Part,
    },
    /// Goes on from the archive beside it, made by [`Save`](Self::Save) or by zipping a run directory. Reply: `Reply::Started`.
    Open {
        /// What is different from here on: nothing that changes the task or the model's shape. Without it, all is as in the archive.
        settings: Option<Box<Settings>>,
        /// This worker's part of each batch.
        part: Part,
    },
    /// Trains until one of these limits is reached, or the training is done. Reply: `Reply::Trained`.
    Train {
        /// At most so many steps.
        steps: usize,
        /// No further step is begun after so many milliseconds.
        milliseconds: f64,
    },
    /// How the model does with some heads changed, on the whole validation set. Reply: `Reply::Evaluated`.
    Evaluate {
        /// The heads that are changed; training does not know of it.
        changes: Vec<HeadChange>,
    },
    /// What the model attends to on a question. Reply: `Reply::Attended`, with blocks beside it.
    Attend {
        /// As `headlight generate --input` takes it; without one, the first example of the validation set, teacher-forced.
        question: Option<String>,
        /// The heads that are changed.
        changes: Vec<HeadChange>,
    },
    /// What each head does now. Reply: `Reply::Found`.
    Roles {
        /// On so many examples of the validation set.
        examples: usize,
    },
    /// The training as an archive. Reply: `Reply::Saved`, with a zip beside it.
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
