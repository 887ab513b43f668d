//! Tasks: what is asked, what is the right answer, and how both look to a model, token by token.
//!
//! A [`TaskSpec`] says what one task alone knows; what all have in common is here.

mod defaults;
mod error;
mod hash;
mod held_out;
mod layout;
mod limits;
mod pair_error;
mod pairs;
mod spec;
mod spelling;
mod stored;
mod worked;

use headlight_model::Architecture;

pub use defaults::TaskDefaults;
pub use error::TaskError;
pub use held_out::{HeldOut, MAX_HELD_OUT};
pub use layout::Prompt;
pub use limits::{MAX_INPUT, MAX_LENGTH, MAX_SYMBOLS};
pub use pair_error::{Half, LineError, PairError, PairFileError};
pub use pairs::PairFile;
pub(crate) use spec::numbers;
pub use spec::{HeldOutBy, Layout, Questions, Task, TaskSpec};
pub use spelling::Spelling;
pub(crate) use spelling::{SPACE, split_tokens};
pub use stored::StoredTask;
pub use worked::Worked;

use crate::tasks;
use crate::vocabulary::Vocabulary;

/// A question and its right answer, in token numbers.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Example {
    /// The question.
    pub source: Vec<usize>,
    /// The answer, with `END` where the task has it.
    pub answer: Vec<usize>,
}

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
