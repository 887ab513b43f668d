use std::path::{Path, PathBuf};

use headlight_device::{DeviceError, DeviceName};
use headlight_model::{ConfigError, ParametersError};
use headlight_record::RecordError;

use crate::{Schedule, TaskError};

/// Why something could not be trained, read or written.
#[derive(Debug, thiserror::Error)]
pub enum TrainError {
    /// A number out of its range.
    #[error("{name} is {value}, but must be from {min} to {max}")]
    Range {
        /// What the number is for.
        name: &'static str,
        /// The number asked for.
        value: usize,
        /// The smallest allowed.
        min: usize,
        /// The largest allowed.
        max: usize,
    },
    /// A rate or weight that is negative, infinite or NaN.
    #[error("{name} is {value}, but must be {expected}")]
    Number {
        /// What the number is for.
        name: &'static str,
        /// The number asked for.
        value: f64,
        /// What it may be.
        expected: &'static str,
    },
    /// Steps that a learning-rate schedule has no use for, or lacks.
    #[error("the {schedule} schedule {reason}, but warmup-steps is {warmup_steps} and decay-steps is {decay_steps}")]
    Schedule {
        /// The schedule.
        schedule: Schedule,
        /// What it wants.
        reason: &'static str,
        /// The steps of warm-up asked for.
        warmup_steps: usize,
        /// The step asked for at which the decay ends.
        decay_steps: usize,
    },
    /// A task that cannot be trained on, or a question that cannot be asked.
    #[error(transparent)]
    Task(#[from] TaskError),
    /// A file of pairs that is not there, or cannot be read.
    #[error("{}: {source}", path.display())]
    PairFile {
        /// The path.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// A length beyond what learned positions were learned for.
    #[error(
        "this model learned positions for {places} tokens, and length {length} needs {tokens}: choose a length of at most \
         {trained}, or train with other --positions"
    )]
    LearnedPlaces {
        /// The length asked for.
        length: usize,
        /// The longest sequence that this makes.
        tokens: usize,
        /// How many places the model knows.
        places: usize,
        /// The longest length trained on.
        trained: usize,
    },
    /// A length of which no example is held out.
    #[error("no example of length {length} is held out, so few there are: choose another length")]
    NothingHeldOut {
        /// The length asked for.
        length: usize,
    },
    /// An input longer than the model can read.
    #[error("the input has {length} tokens, and this model reads at most {max}")]
    LongInput {
        /// Its tokens.
        length: usize,
        /// As many as it may have.
        max: usize,
    },
    /// An input that learned positions do not reach.
    #[error(
        "the input and its answer need {needed} places, and this model has learned {places}: ask something shorter, or train \
         with a larger --length"
    )]
    InputPlaces {
        /// The places of the longest sequence that the model would read.
        needed: usize,
        /// The places that have a vector.
        places: usize,
    },
    /// A loss that is no number any more.
    #[error(
        "the loss became {loss} at step {step}, with a learning rate of {learning_rate:?} ({}): try a smaller one",
        last_good(checkpoint.as_ref())
    )]
    Diverged {
        /// The step.
        step: usize,
        /// Infinite or NaN.
        loss: f64,
        /// The learning rate of that step.
        learning_rate: f64,
        /// The last file to go on from, and its step.
        checkpoint: Option<(PathBuf, usize)>,
    },
    /// The system gives no more threads.
    #[error("{threads} threads could not be started: {reason}")]
    Threads {
        /// How many were asked for.
        threads: usize,
        /// What the system said.
        reason: String,
    },
    /// A model that cannot be made.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// A device that cannot be opened.
    #[error(transparent)]
    Device(#[from] DeviceError),
    /// More threads than the device has use for.
    #[error("several threads are for processor devices; {device} takes one")]
    DeviceThreads {
        /// The device asked for.
        device: DeviceName,
    },
    /// A model or batch that no ordinary machine can hold.
    #[error(
        "training this takes about {gigabytes} GiB of memory, and more than {max} is refused: choose a smaller batch, \
         length, width or number of layers"
    )]
    Memory {
        /// Roughly what it would take.
        gigabytes: u128,
        /// What is allowed.
        max: u128,
    },
    /// A record that could not be made, read or written.
    #[error(transparent)]
    Record(#[from] RecordError),
    /// A directory that already holds something.
    #[error("{} is not empty: choose another directory", path.display())]
    NotEmpty {
        /// The directory.
        path: PathBuf,
    },
    /// A path that is something else than a directory.
    #[error("{} is a file: choose a directory", path.display())]
    NotADirectory {
        /// The path.
        path: PathBuf,
    },
    /// A directory that may not be replaced.
    #[error("{} is left alone: {reason}", path.display())]
    NotReplaced {
        /// The directory.
        path: PathBuf,
        /// Why.
        reason: String,
    },
    /// A directory in which another run is being trained.
    #[error("{} is in use by another run: wait for its end, or choose another directory", path.display())]
    InUse {
        /// The directory.
        path: PathBuf,
    },
    /// An option that would make another run of one that was begun.
    #[error("{name} {} would change the run: it was started with {name} {}", or_none(asked), or_none(started))]
    Changed {
        /// The option's key in `config.json`.
        name: String,
        /// What was asked for; `None` where that is no value.
        asked: Option<String>,
        /// What the run was started with.
        started: Option<String>,
    },
    /// A number that JSON does not give back as it was.
    #[error("{name} {value} has too many digits to be written down and read again: round it")]
    Digits {
        /// The option's key in `config.json`.
        name: String,
        /// The number.
        value: String,
    },
    /// A run that has not come to its end, and so has no result yet.
    #[error("{} holds a run that was stopped before its end", path.display())]
    Unfinished {
        /// The directory.
        path: PathBuf,
    },
    /// A directory without a run.
    #[error("{} holds no run: {missing} is missing", path.display())]
    NoRun {
        /// The directory.
        path: PathBuf,
        /// The file that a run would have.
        missing: &'static str,
    },
    /// A file whose contents are not what they should be.
    #[error("{}: {reason}", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        reason: String,
    },
    /// Weights that could not be turned into bytes.
    #[error(transparent)]
    Parameters(#[from] ParametersError),
    /// A training state that is damaged or of another training.
    #[error("{0}")]
    State(String),
    /// A file that could not be read or written.
    #[error("{}: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
}

impl TrainError {
    /// Whether the system or the training failed, rather than the request having been wrong.
    pub fn is_failure(&self) -> bool {
        match self {
            Self::Io { .. } | Self::Threads { .. } | Self::Diverged { .. } | Self::Parameters(_) | Self::State(_) => {
                true
            }
            Self::Record(error) => matches!(error, RecordError::Io { .. }),
            Self::Device(error) => error.is_failure(),
            _ => false,
        }
    }

    /// The error with the last good checkpoint in it, where it is one that asks for that.
    pub(crate) fn with_checkpoint(mut self, path: &Path, step: Option<usize>) -> Self {
        if let Self::Diverged { checkpoint, .. } = &mut self {
            *checkpoint = step.map(|step| (path.to_owned(), step));
        }
        self
    }

    pub(crate) fn io(path: &Path) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::Io { path, source }
    }

    pub(crate) fn damaged(path: &Path, reason: impl ToString) -> Self {
        Self::Damaged { path: path.to_owned(), reason: reason.to_string() }
    }
}

fn last_good(checkpoint: Option<&(PathBuf, usize)>) -> String {
    match checkpoint {
        Some((path, step)) => format!("the last good checkpoint is {}, of step {step}", path.display()),
        None => "there is no checkpoint before it".to_string(),
    }
}

pub(crate) fn or_none(value: &Option<String>) -> &str {
    value.as_deref().unwrap_or("none")
}
