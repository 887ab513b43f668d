//! Tasks: what is asked, what is the right answer, and how both look to a model, token by token.
//!
//! What one task alone knows stands in its own file, with an example worked by hand; what all have in common is here.

mod name;
mod layout;
mod held_out;
mod copy;
mod reverse;
mod repeat;
mod sort;
mod recall;
mod induction;
mod brackets;
mod addition;
mod dates;
mod file;
mod worked;

use headlight_model::Architecture;
use rand::{Rng, RngExt};
use serde::{Deserialize, Serialize};

pub use file::{PairFile, Spelling};
pub(crate) use file::{SPACE, split_tokens};
pub use held_out::HeldOut;
pub(crate) use held_out::MAX_HELD_OUT;
pub use layout::Prompt;
pub use name::TaskName;
pub use worked::Worked;

use crate::{TrainError, Vocabulary};

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
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Task {
    /// What is to be learned.
    pub name: TaskName,
    /// Which model learns it.
    pub architecture: Architecture,
    /// The largest size of an example: [`TaskName::length_counts`] says of what.
    pub length: usize,
    /// The smallest size of an example; sizes in between come equally often. `None`: all have the size `length`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min_length: Option<usize>,
    /// Different symbols: [`TaskName::symbols_are`] says which.
    pub symbols: usize,
    /// The pairs of the task `file`; `None` for the others.
    #[serde(default, skip_serializing_if = "Option::is_none")]
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
pub(crate) const MAX_LENGTH: usize = 512;
/// The longest question that a trained model is asked, but for one that was trained on longer ones.
pub(crate) const MAX_INPUT: usize = MAX_LENGTH;
const MAX_SYMBOLS: usize = 4096;

impl Task {
    /// Says whether the task can be trained on.
    ///
    /// # Errors
    ///
    /// When the architecture cannot learn it, a size is out of range, the pairs of a file are missing, or so few examples exist
    /// that none can be held out, or that the ones left for training lack a symbol at some place.
    pub fn check(&self) -> Result<(), TrainError> {
        self.check_sizes()?;
        match &self.file {
            // What a run's configuration says of its pairs is enough to look at the run.
            Some(pairs) if !pairs.is_loaded() => Ok(()),
            _ => self.check_space(),
        }
    }

    /// [`check`](Self::check), whether or not there are examples enough to train on.
    pub(crate) fn check_sizes(&self) -> Result<(), TrainError> {
        if !self.name.architectures().contains(&self.architecture) {
            return Err(TrainError::Architecture { task: self.name, architecture: self.architecture });
        }
        let (min_length, max_length, min_symbols, max_symbols) = match self.name {
            TaskName::Copy | TaskName::Reverse | TaskName::Repeat | TaskName::Sort => (1, MAX_LENGTH, 2, MAX_SYMBOLS),
            TaskName::Recall => (1, MAX_LENGTH.min(self.symbols), 2, MAX_SYMBOLS / 2),
            TaskName::Induction => (induction::MIN_LENGTH, MAX_LENGTH.min(self.symbols), 5, MAX_SYMBOLS),
            TaskName::Brackets => (1, MAX_LENGTH, 1, brackets::MAX_KINDS),
            TaskName::Addition => (1, 64, 2, 10),
            TaskName::Dates => (dates::LONGEST, dates::LONGEST, dates::symbols(), dates::symbols()),
            TaskName::File => {
                let pairs = self.file.as_ref().ok_or(TrainError::NoPairs)?;
                check_range("target-length", pairs.longest_answer(), 1, MAX_LENGTH)?;
                let (length, symbols) = (pairs.longest_source(), pairs.tokens().len());
                (length.clamp(1, MAX_LENGTH), length.min(MAX_LENGTH), symbols.max(1), symbols.min(MAX_SYMBOLS))
            }
        };
        check_range("symbols", self.symbols, min_symbols, max_symbols)?;
        check_range("length", self.length, min_length, max_length)?;
        check_range("min-length", self.shortest(), min_length.min(self.length), self.length)
    }

    /// The task with examples of this size only, such as a model was not trained on.
    ///
    /// # Errors
    ///
    /// When the task has no sizes to choose from.
    pub fn with_length(&self, length: usize) -> Result<Self, TrainError> {
        if self.name.has_sizes() {
            Ok(Self { length, min_length: None, ..self.clone() })
        } else {
            Err(TrainError::NoLength { task: self.name })
        }
    }

    /// The symbols, then `BOS`, then `SEP` where one sequence holds question and answer, then `END` where answers have one.
    pub fn vocabulary(&self) -> Vocabulary {
        let numbers = |count: usize| (0..count).map(|number| number.to_string());
        let mut tokens: Vec<String> = match self.name {
            TaskName::Copy | TaskName::Reverse | TaskName::Sort | TaskName::Induction => {
                numbers(self.symbols).collect()
            }
            TaskName::Repeat => numbers(self.symbols).chain(repeat::counts()).collect(),
            TaskName::Recall => recall::keys(self.symbols).chain(numbers(self.symbols)).collect(),
            TaskName::Brackets => brackets::tokens(self.symbols),
            TaskName::Addition => numbers(self.symbols).chain(["+".to_string()]).collect(),
            TaskName::Dates => dates::tokens(),
            TaskName::File => self.file.as_ref().map(|pairs| pairs.tokens().to_vec()).unwrap_or_default(),
        };
        tokens.push("BOS".to_string());
        tokens.extend(self.has_separator().then(|| "SEP".to_string()));
        tokens.extend(self.name.has_end().then(|| "END".to_string()));
        Vocabulary::new(tokens)
    }

    /// How many tokens [`vocabulary`](Self::vocabulary) has.
    pub fn vocabulary_size(&self) -> usize {
        self.symbol_tokens() + 1 + usize::from(self.has_separator()) + usize::from(self.name.has_end())
    }

    /// Tokens that a question may hold: the vocabulary without its marks.
    fn symbol_tokens(&self) -> usize {
        match self.name {
            TaskName::Copy | TaskName::Reverse | TaskName::Sort | TaskName::Induction => self.symbols,
            TaskName::Repeat => self.symbols + repeat::MAX_COUNT,
            TaskName::Recall | TaskName::Brackets => 2 * self.symbols,
            TaskName::Addition => self.symbols + 1,
            TaskName::Dates | TaskName::File => self.symbols,
        }
    }

    /// The longest sequence that a model of this task reads.
    pub fn max_length(&self) -> usize {
        let (source, answer) = (self.max_source(), self.answer_limit(self.length));
        match (self.architecture, self.name) {
            // BOS, the pairs, SEP, and what is asked: the answers stand nowhere.
            (Architecture::Decoder, TaskName::Recall) => source + 2,
            (Architecture::EncoderDecoder, TaskName::Recall) => (source - answer).max(answer + 1),
            (Architecture::Decoder, _) => source + usize::from(self.has_separator()) + answer,
            (Architecture::EncoderDecoder, _) => source.max(answer),
        }
    }

    /// Tokens of the longest question.
    pub(crate) fn max_source(&self) -> usize {
        match self.name {
            TaskName::Repeat | TaskName::Induction => self.length + 1,
            TaskName::Recall => 3 * self.length,
            TaskName::Addition => 2 * self.length + 1,
            _ => self.length,
        }
    }

    /// The longest answer to a question of this size, `END` included.
    fn answer_limit(&self, length: usize) -> usize {
        match self.name {
            TaskName::Copy | TaskName::Reverse | TaskName::Sort | TaskName::Recall => length,
            TaskName::Repeat => repeat::MAX_COUNT * length + 1,
            TaskName::Induction => induction::stretch(length) - 1,
            TaskName::Brackets => brackets::MAX_DEPTH.min(length) + 1,
            TaskName::Addition => length + 1,
            TaskName::Dates => dates::ANSWER,
            TaskName::File => self.file.as_ref().map_or(1, PairFile::longest_answer) + 1,
        }
    }

    /// How many tokens a model may say to this question: as many as the answer has, or, where answers have an `END`, as many as
    /// the longest has.
    pub(crate) fn says_at_most(&self, source: &[usize]) -> usize {
        match self.name {
            TaskName::File | TaskName::Dates => self.answer_limit(self.length),
            TaskName::Repeat => self.answer_limit(source.len() - 1),
            TaskName::Brackets => self.answer_limit(source.len()),
            _ => self.answer(source).map_or(0, |answer| answer.len()),
        }
    }

    /// The longest sequence that a model reads while it answers this question; [`max_length`](Self::max_length) is the most of it
    /// that training shows.
    pub(crate) fn places(&self, source: &[usize]) -> usize {
        let Prompt { source: read, target, .. } = self.prompt(source);
        // Nobody reads the last token that is said.
        let target = target.len() + self.says_at_most(source).max(1) - 1;
        target.max(read.map_or(0, |read| read.len()))
    }

    /// The right answer, or `None` where the question has none: it has not the form that the task needs, or is not in the file.
    pub fn answer(&self, source: &[usize]) -> Option<Vec<usize>> {
        let mut answer = match self.name {
            TaskName::Copy => Some(copy::answer(source)),
            TaskName::Reverse => Some(reverse::answer(source)),
            TaskName::Repeat => repeat::answer(self.symbols, source),
            TaskName::Sort => Some(sort::answer(source)),
            TaskName::Recall => recall::answer(self.symbols, source),
            TaskName::Induction => induction::answer(source),
            TaskName::Brackets => brackets::answer(source),
            TaskName::Addition => addition::answer(self.symbols, source),
            TaskName::Dates => dates::answer(source),
            TaskName::File => self.file.as_ref()?.answer(source),
        }?;
        answer.extend(self.end());
        Some(answer)
    }

    /// The token that ends an answer, where answers have one.
    pub fn end(&self) -> Option<usize> {
        self.name.has_end().then(|| self.vocabulary_size() - 1)
    }

    /// The numbers of an input's tokens.
    ///
    /// # Errors
    ///
    /// When a token is unknown, there is none, or the whole is no question of this task.
    pub fn encode(&self, input: &str) -> Result<Vec<usize>, TrainError> {
        let source = self.vocabulary().encode(input, self.spelling(), self.symbol_tokens(), self.name)?;
        if self.name != TaskName::File && self.answer(&source).is_none() {
            return Err(TrainError::Question { task: self.name });
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

    /// The smallest size of an example.
    pub fn shortest(&self) -> usize {
        self.min_length.unwrap_or(self.length)
    }

    /// How many tokens a question may have that is as long as those trained on.
    pub fn source_lengths(&self) -> std::ops::RangeInclusive<usize> {
        match self.name {
            TaskName::Dates | TaskName::File => 1..=self.max_source(),
            _ => Self { length: self.shortest(), ..self.clone() }.max_source()..=self.max_source(),
        }
    }

    /// Whether tokens are written with white space between them.
    pub fn spelling(&self) -> Spelling {
        match (self.name, &self.file) {
            (TaskName::Dates, _) => Spelling::Characters,
            (TaskName::File, Some(pairs)) => pairs.spelling(),
            _ => Spelling::Words,
        }
    }

    /// Whether one sequence holds question and answer, and does not go on from one to the other by itself.
    fn has_separator(&self) -> bool {
        self.architecture == Architecture::Decoder && self.name != TaskName::Induction
    }

    /// A question of this size, drawn evenly.
    fn draw(&self, length: usize, generator: &mut impl Rng) -> Vec<usize> {
        match self.name {
            TaskName::Copy | TaskName::Reverse | TaskName::Sort => random_symbols(length, self.symbols, generator),
            TaskName::Repeat => repeat::draw(length, self.symbols, generator),
            TaskName::Recall => recall::draw(length, self.symbols, generator),
            TaskName::Induction => induction::draw(length, self.symbols, generator),
            TaskName::Brackets => brackets::draw(length, self.symbols, generator),
            TaskName::Addition => addition::draw(length, self.symbols, generator),
            TaskName::Dates => dates::draw(generator),
            TaskName::File => self.file.as_ref().map(|pairs| pairs.draw(generator)).unwrap_or_default(),
        }
    }
}

/// `length` symbols, each drawn by itself.
fn random_symbols(length: usize, symbols: usize, generator: &mut impl Rng) -> Vec<usize> {
    (0..length).map(|_| generator.random_range(0..symbols)).collect()
}

/// `count` different numbers below `symbols`, in an order drawn evenly from all.
fn different_symbols(count: usize, symbols: usize, generator: &mut impl Rng) -> Vec<usize> {
    // The first steps of Fisher and Yates's shuffle.
    let mut all: Vec<usize> = (0..symbols).collect();
    for at in 0..count {
        all.swap(at, generator.random_range(at..symbols));
    }
    all.truncate(count);
    all
}

pub(crate) fn check_range(name: &'static str, value: usize, min: usize, max: usize) -> Result<(), TrainError> {
    if (min..=max).contains(&value) { Ok(()) } else { Err(TrainError::Range { name, value, min, max }) }
}
