//! Tasks: what is asked, what is the right answer, and how both look to a model, token by token.
//!
//! A [`TaskSpec`] says what one task alone knows; what all have in common is here.

mod defaults;
mod error;
mod held_out;
mod layout;
mod pair_error;
mod pairs;
mod spec;
mod stored;
mod worked;

use headlight_model::Architecture;
use serde::{Deserialize, Serialize};

pub use defaults::TaskDefaults;
pub use error::TaskError;
pub use held_out::{HeldOut, MAX_HELD_OUT};
pub use layout::Prompt;
pub use pair_error::{Half, LineError, PairError};
pub use pairs::{PairFile, Spelling};
pub(crate) use pairs::{SPACE, split_tokens};
pub(crate) use spec::numbers;
pub use spec::{HeldOutBy, Layout, Questions, TaskSpec};
pub use stored::StoredTask;
pub use worked::Worked;

use crate::{Vocabulary, tasks};

/// A task and its sizes. It knows how an example looks to a model, token by token.
///
/// A decoder alone reads question and answer as one sequence, and `SEP` says where the answer begins; with an encoder the
/// question stands apart. Copying three symbols:
///
/// ```text
/// decoder alone                            with an encoder
/// position   0   1   2   3   4   5   6     source     3   1   4
/// reads     BOS  3   1   4  SEP  3   1     reads     BOS  3   1
/// predicts                   3   1   4     predicts   3   1   4
/// ```
///
/// What a decoder would predict before `SEP` is not asked, and has no loss. Where the question does not say how long the
/// answer is, the answer ends with `END`.
///
/// A file has its name in place of its [`TaskSpec`], as [`StoredTask`] says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "StoredTask", try_from = "StoredTask")]
pub struct Task {
    /// What is to be learned.
    pub spec: &'static TaskSpec,
    /// Which model learns it.
    pub architecture: Architecture,
    /// The largest size of an example: [`TaskSpec::length_counts`] says of what.
    pub length: usize,
    /// The smallest size of an example; sizes in between come equally often. `None`: all have the size `length`.
    pub min_length: Option<usize>,
    /// Different symbols: [`TaskSpec::symbols_are`] says which.
    pub symbols: usize,
    /// The pairs of the task `file`; `None` for the others.
    pub file: Option<PairFile>,
}

/// A question and its right answer, in token numbers.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Example {
    /// The question.
    pub source: Vec<usize>,
    /// The answer, with `END` where the task has it.
    pub answer: Vec<usize>,
}

/// The longest sequence of symbols; whether a model of it fits in memory, [`RunConfig::check`](crate::RunConfig::check) says.
pub const MAX_LENGTH: usize = 512;
/// The longest question that a trained model is asked, but for one that was trained on longer ones.
pub const MAX_INPUT: usize = MAX_LENGTH;
/// The most different symbols.
pub const MAX_SYMBOLS: usize = 4096;

impl Task {
    /// A task with its default sizes.
    pub fn new(spec: &'static TaskSpec, architecture: Architecture) -> Self {
        let TaskDefaults { length, min_length, symbols, .. } = (spec.defaults)(architecture);
        Self { spec, architecture, length, min_length, symbols, file: None }
    }

    /// The task of answering as these pairs do.
    pub fn of_pairs(pairs: PairFile, architecture: Architecture) -> Self {
        let (length, symbols) = (pairs.longest_source(), pairs.tokens().len());
        Self { length, symbols, file: Some(pairs), ..Self::new(&tasks::file::SPEC, architecture) }
    }

    /// Says whether the task can be trained on.
    ///
    /// # Errors
    ///
    /// When the architecture cannot learn it, a size is out of range, the pairs of a file are missing, or so few examples exist
    /// that none can be held out, or that the ones left for training lack a symbol at some position.
    pub fn check(&self) -> Result<(), TaskError> {
        self.check_sizes()?;
        match &self.file {
            // What a run's configuration says of its pairs is enough to look at the run.
            Some(pairs) if !pairs.is_loaded() => Ok(()),
            _ => self.check_space(),
        }
    }

    /// [`check`](Self::check), whether or not there are examples enough to train on.
    ///
    /// # Errors
    ///
    /// As [`check`](Self::check), but for too few examples.
    pub fn check_sizes(&self) -> Result<(), TaskError> {
        if !self.spec.architectures.contains(&self.architecture) {
            return Err(TaskError::Architecture { task: self.spec, architecture: self.architecture });
        }
        if self.spec.takes_pairs() {
            let pairs = self.file.as_ref().ok_or(TaskError::NoPairs { task: self.spec })?;
            check_size("target-length", pairs.longest_answer(), 1, MAX_LENGTH)?;
        }
        let (lengths, symbols) = ((self.spec.lengths)(self), (self.spec.symbols)(self));
        check_size("symbols", self.symbols, *symbols.start(), *symbols.end())?;
        check_size("length", self.length, *lengths.start(), *lengths.end())?;
        check_size("min-length", self.shortest(), (*lengths.start()).min(self.length), self.length)
    }

    /// The task with examples of this size only, such as a model was not trained on.
    ///
    /// # Errors
    ///
    /// When the task has no sizes to choose from.
    pub fn with_length(&self, length: usize) -> Result<Self, TaskError> {
        if self.spec.has_sizes() {
            Ok(Self { length, min_length: None, ..self.clone() })
        } else {
            Err(TaskError::NoLength { task: self.spec })
        }
    }

    /// The smallest size of an example.
    pub fn shortest(&self) -> usize {
        self.min_length.unwrap_or(self.length)
    }

    /// The task's tokens, then `BOS`, then `SEP` where one sequence holds question and answer, then `END` where answers have one.
    pub fn vocabulary(&self) -> Vocabulary {
        let mut tokens = (self.spec.tokens)(self);
        tokens.push("BOS".to_string());
        tokens.extend(self.has_separator().then(|| "SEP".to_string()));
        tokens.extend(self.spec.has_end.then(|| "END".to_string()));
        Vocabulary::new(tokens)
    }

    /// How many tokens [`vocabulary`](Self::vocabulary) has.
    pub fn vocabulary_size(&self) -> usize {
        self.n_tokens() + 1 + usize::from(self.has_separator()) + usize::from(self.spec.has_end)
    }

    /// Tokens that an input may hold: the vocabulary without `BOS`, `SEP` and `END`.
    fn n_tokens(&self) -> usize {
        (self.spec.n_tokens)(self)
    }

    /// The right answer, or `None` where the question has none: it has not the form that the task needs, or is not in the file.
    pub fn answer(&self, source: &[usize]) -> Option<Vec<usize>> {
        let mut answer = (self.spec.answer)(self, source)?;
        answer.extend(self.end());
        Some(answer)
    }

    /// The token that ends an answer, where answers have one.
    pub fn end(&self) -> Option<usize> {
        self.spec.has_end.then(|| self.vocabulary_size() - 1)
    }

    /// The numbers of an input's tokens.
    ///
    /// # Errors
    ///
    /// When a token is unknown, there is none, or the whole is not a question of this task.
    pub fn encode(&self, input: &str) -> Result<Vec<usize>, TaskError> {
        let source = self.vocabulary().encode(input, self.spelling(), self.n_tokens())?;
        if source.is_empty() {
            return Err(TaskError::NoTokens { task: self.spec });
        }
        // A question that is in no file may be asked all the same.
        if !self.spec.takes_pairs() && self.answer(&source).is_none() {
            return Err(TaskError::Question { task: self.spec });
        }
        Ok(source)
    }

    /// Tokens as one reads them: as [`encode`](Self::encode) takes them.
    pub fn text(&self, ids: &[usize]) -> String {
        let vocabulary = self.vocabulary();
        match self.spelling() {
            Spelling::Words => vocabulary.tokens(ids).join(" "),
            Spelling::Characters => vocabulary.characters(ids),
        }
    }

    /// Whether tokens are written with white space between them.
    pub fn spelling(&self) -> Spelling {
        self.file.as_ref().map_or(self.spec.spelling, PairFile::spelling)
    }
}

fn check_size(name: &'static str, value: usize, min: usize, max: usize) -> Result<(), TaskError> {
    if (min..=max).contains(&value) { Ok(()) } else { Err(TaskError::Size { name, value, min, max }) }
}
