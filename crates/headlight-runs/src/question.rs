use headlight_train::{MAX_HELD_OUT, TaskError};

/// Why a trained model cannot be asked this.
#[derive(Debug, thiserror::Error)]
pub enum QuestionError {
    /// No question of the run's task.
    #[error(transparent)]
    Task(#[from] TaskError),
    /// Too few or too many questions at once.
    #[error("count is {count}, but must be from 1 to {MAX_HELD_OUT}")]
    Count {
        /// How many were asked for.
        count: usize,
    },
    /// A length beyond what learned positions were learned for.
    #[error(
        "this model learned positions for {positions} tokens, and length {length} needs {tokens}: choose a length of at most \
         {trained}, or train with another position encoding"
    )]
    LearnedPositions {
        /// The length asked for.
        length: usize,
        /// The longest sequence that this makes.
        tokens: usize,
        /// How many positions the model knows.
        positions: usize,
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
        "the input and its answer need {needed} positions, and this model has learned {positions}: ask something shorter, or \
         train on longer examples"
    )]
    InputPositions {
        /// The positions of the longest sequence that the model would read.
        needed: usize,
        /// The positions that have a vector.
        positions: usize,
    },
}
