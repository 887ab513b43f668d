use headlight_model::Architecture;

use super::pair_error::PairFileError;
use super::spec::TaskSpec;

/// Why a task cannot be trained on, or a question not be asked.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TaskError {
    /// A name that no task has.
    #[error("unknown task '{name}'; the tasks are {}", known.join(", "))]
    UnknownTask {
        /// The name.
        name: String,
        /// Those that there are.
        known: Vec<&'static str>,
    },
    /// A size out of its range.
    #[error("{name} is {value}, but must be from {min} to {max}")]
    Size {
        /// Which size.
        name: &'static str,
        /// The number asked for.
        value: usize,
        /// The smallest allowed.
        min: usize,
        /// The largest allowed.
        max: usize,
    },
    /// A model that the task was not made for.
    #[error("{task} is not for the architecture {architecture}: choose {}", architectures(task))]
    Architecture {
        /// The task.
        task: &'static TaskSpec,
        /// The one asked for.
        architecture: Architecture,
    },
    /// A length for a task whose examples are as long as they are.
    #[error("{task} has no length to choose: its examples are as long as they are")]
    NoLength {
        /// The task.
        task: &'static TaskSpec,
    },
    /// Pairs that are needed and were not read.
    #[error("the task {task} needs a file of pairs")]
    NoPairs {
        /// The task.
        task: &'static TaskSpec,
    },
    /// A file that holds no pairs, or not only pairs, or not those that it held.
    #[error(transparent)]
    Pairs(#[from] PairFileError),
    /// So few questions that none can be held out without training lacking something.
    #[error(
        "there are only {space} questions of length {length} out of {symbols} symbols, too few to hold some out and still train \
         on all that is needed: choose a larger length or more symbols"
    )]
    SmallSpace {
        /// How many there are, or were found.
        space: usize,
        /// Their length.
        length: usize,
        /// Different symbols.
        symbols: usize,
    },
    /// So few pairs that none can be held out.
    #[error(
        "there are only {pairs} pairs, too few to hold some out and still train on the others: add some to the file"
    )]
    FewPairs {
        /// How many there are.
        pairs: usize,
    },
    /// A token that the task does not have.
    #[error("unknown token '{token}'; this run's tokens are {known}")]
    UnknownToken {
        /// The token asked for.
        token: String,
        /// The ones that there are, in words.
        known: String,
    },
    /// An input without a token.
    #[error("the input has no token: give {}", expected(task))]
    NoTokens {
        /// The task.
        task: &'static TaskSpec,
    },
    /// An input that is not a question of the task.
    #[error("not a question of {task}: give {}", expected(task))]
    Question {
        /// The task.
        task: &'static TaskSpec,
    },
}

/// What a question of the task looks like.
fn expected(task: &TaskSpec) -> String {
    match task.example {
        "" => task.question.to_string(),
        example => format!("{}, such as \"{example}\"", task.question),
    }
}

fn architectures(task: &TaskSpec) -> String {
    task.architectures.iter().map(ToString::to_string).collect::<Vec<_>>().join(" or ")
}
