use headlight_lens::LensError;
use headlight_record::Head;
use headlight_runs::{QuestionError, RunConfigError, RunError};
use headlight_train::{SettingError, TrainError};

/// Why the lab did not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum LabError {
    /// Text that is not a request.
    #[error("not a request: {0}")]
    Request(#[from] serde_json::Error),
    /// A question to a lab that trains nothing.
    #[error("there is no training yet: start one")]
    NoTraining,
    /// Steps asked for in one message.
    #[error("a worker takes steps one by one, by its gradients and their sum")]
    StepByStep,
    /// More text of pairs than a page takes.
    #[error("the pairs are larger than {max} MiB: give fewer")]
    ManyPairs {
        /// The largest text, in MiB.
        max: usize,
    },
    /// A larger archive than a page takes.
    #[error("the archive is larger than {max} MiB")]
    LargeArchive {
        /// The largest archive, in MiB.
        max: usize,
    },
    /// A setting that decided how the model was made, or what it learns.
    #[error("{name} cannot change after training has begun: this training began with another one")]
    Fixed {
        /// The setting.
        name: &'static str,
    },
    /// Work on a training whose last step is not evaluated yet.
    #[error("the last step ends in an evaluation: it must be made first")]
    EvaluationDue,
    /// An evaluation of a step that does not end in one.
    #[error("no evaluation is due")]
    NoEvaluationDue,
    /// A word that a setting does not have.
    #[error("unknown {name} '{word}'; choose {}", known.join(" or "))]
    Word {
        /// The setting.
        name: &'static str,
        /// The word asked for.
        word: String,
        /// The words to choose from.
        known: Vec<String>,
    },
    /// Pairs for a task that makes its own examples.
    #[error("{task} makes its own examples: leave out the pairs")]
    NoUseForPairs {
        /// The task.
        task: &'static str,
    },
    /// A size for a task without sizes.
    #[error("the size of {task} cannot be chosen: leave out the {name}")]
    NoSize {
        /// The task.
        task: &'static str,
        /// The size.
        name: &'static str,
    },
    /// A seed that a page would round.
    #[error("seed is {seed}, and a page counts exactly only up to 2^53 - 1: choose a smaller one")]
    Seed {
        /// The seed.
        seed: u64,
    },
    /// A training that a page cannot hold.
    #[error(
        "training this takes about {megabytes} MiB of memory, and the lab has {max}: choose a smaller batch, length, width or number of layers, or fewer workers"
    )]
    Memory {
        /// What training needs, roughly.
        megabytes: u128,
        /// What a page may use.
        max: u128,
    },
    /// A sequence too long to be looked at whole.
    #[error("the attention over {tokens} tokens is too much to show here: ask something shorter")]
    LongSequence {
        /// Its tokens.
        tokens: usize,
    },
    /// An answer too long to be given by a changed model.
    #[error(
        "with heads changed, an answer of up to {tokens} tokens takes too long: ask something shorter, or change no head"
    )]
    LongAnswer {
        /// The tokens of the answer at most.
        tokens: usize,
    },
    /// One head in two changes.
    #[error("{0} is changed twice: choose one change")]
    ChangedTwice(Head),
    /// More examples than there are, or none.
    #[error("examples is {examples}, but must be from 1 to {held_out}")]
    Examples {
        /// How many were asked for.
        examples: usize,
        /// How many there are.
        held_out: usize,
    },
    /// A setting that is refused.
    #[error(transparent)]
    Config(#[from] RunConfigError),
    /// A run that cannot be read or written.
    #[error(transparent)]
    Run(#[from] RunError),
    /// A question that the model cannot be asked.
    #[error(transparent)]
    Question(#[from] QuestionError),
    /// A training that failed, or was refused.
    #[error(transparent)]
    Train(#[from] TrainError),
    /// A head that is not there.
    #[error(transparent)]
    Lens(#[from] LensError),
}

impl From<SettingError> for LabError {
    fn from(error: SettingError) -> Self {
        Self::Train(error.into())
    }
}
