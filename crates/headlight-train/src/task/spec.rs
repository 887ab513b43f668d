//! What a task is: a plain value of texts, limits and functions. Headlight's own stand in [`tasks`](crate::tasks), a file each; a
//! user of the library writes another, and trains on it.

use std::fmt;
use std::ops::RangeInclusive;

use headlight_model::Architecture;
use rand::Rng;

use super::defaults::TaskDefaults;
use super::limits::{MAX_LENGTH, MAX_SYMBOLS};
use super::pairs::PairFile;
use super::spelling::Spelling;

/// A task: its texts, its limits, how an example is drawn, answered and aligned, and what it is trained with by default.
///
/// [`sequence`](Self::sequence) fills in all that tasks on plain sequences have in common:
///
/// ```
/// use headlight_model::Architecture;
/// use headlight_train::{Task, TaskSpec};
///
/// /// Says each token twice: `3 1` becomes `3 3 1 1`.
/// static TWICE: TaskSpec = TaskSpec {
///     answer_length: |_, question| 2 * question,
///     ..TaskSpec::sequence(
///         "twice",
///         |_, source| Some(source.iter().flat_map(|token| [*token; 2]).collect()),
///         |_, source| Some((0..2 * source.len()).map(|at| vec![at / 2]).collect()),
///     )
/// };
///
/// let task = Task::new(&TWICE, Architecture::Decoder);
/// let question = task.encode("3 1")?;
/// assert_eq!(task.answer(&question), Some(vec![3, 3, 1, 1]));
/// # Ok::<(), headlight_train::TaskError>(())
/// ```
///
/// Two values are the same task if they have the same name.
pub struct TaskSpec {
    /// As it is typed, and as files have it.
    pub name: &'static str,
    /// What the model does, in a few words.
    pub about: &'static str,
    /// A question, as `headlight generate --input` takes it; empty for pairs, whose questions are the user's.
    pub example: &'static str,
    /// What a question must look like.
    pub question: &'static str,
    /// What the model's attention has to do, and which model does it and why.
    pub lesson: &'static str,
    /// Where a query must look, in words: "looks at …".
    pub looks_at: &'static str,
    /// What [`Task::length`] counts.
    pub length_counts: &'static str,
    /// What [`Task::symbols`] counts.
    pub symbols_are: &'static str,
    /// The models that it can be trained with, the default first; docs/tasks.md says how the others did.
    pub architectures: &'static [Architecture],
    /// The lengths that may be chosen, given the symbols.
    pub lengths: fn(&Task) -> RangeInclusive<usize>,
    /// The counts of symbols that may be chosen.
    pub symbols: fn(&Task) -> RangeInclusive<usize>,
    /// The tokens of questions and answers, in the order of their numbers. They do not depend on the length, so that a model can be
    /// asked questions of other lengths than it was trained on.
    pub tokens: fn(&Task) -> Vec<String>,
    /// How many tokens `tokens` gives, without making them.
    pub n_tokens: fn(&Task) -> usize,
    /// How tokens are written.
    pub spelling: Spelling,
    /// How question and answer stand in a sequence.
    pub layout: Layout,
    /// Whether answers end with `END`, because the question does not say at a glance how long they are.
    pub has_end: bool,
    /// The tokens of a question of this length.
    pub question_length: fn(usize) -> usize,
    /// The most tokens, without `END`, of an answer to a question of so many tokens.
    pub answer_length: fn(&Task, usize) -> usize,
    /// Where questions come from.
    pub questions: Questions,
    /// The right answer without `END`; `None` where the question does not have the form that the task needs.
    pub answer: Answer<usize>,
    /// For each token of the answer, the positions in the question that it is found from; `None` where nobody knows.
    pub align: Answer<Vec<usize>>,
    /// What decides whether a question is held out.
    pub held_out_by: HeldOutBy,
    /// What it is trained with by default.
    pub defaults: fn(Architecture) -> TaskDefaults,
}

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
/// A file has its name in place of its [`TaskSpec`], as [`StoredTask`](super::StoredTask) says.
#[derive(Clone, Debug, PartialEq, Eq)]
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

/// How question and answer stand in a sequence.
#[derive(Clone, Copy, Debug)]
pub enum Layout {
    /// `SEP` between them where one sequence holds both.
    Separated,
    /// The answer continues the question: one sequence without `SEP`, for the decoder alone.
    Continued,
    /// The end of the question is read token by token after `SEP`, and each of these tokens has one token of the answer. The
    /// function says where that end begins.
    Asked(fn(&Task, &[usize]) -> usize),
    /// The whole question is read once more after `SEP`, token by token, and each of its tokens has one token of the answer.
    ReadAgain,
}

/// Where questions come from.
#[derive(Clone, Copy, Debug)]
pub enum Questions {
    /// Sequences of `length` symbols, each drawn by itself.
    Sequences,
    /// Questions of this length, drawn by a function of the task's own.
    Drawn(fn(&Task, usize, &mut dyn Rng) -> Vec<usize>),
    /// The sources of a file of pairs.
    Pairs,
}

/// What decides whether a question is held out: the hash of this.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HeldOutBy {
    /// The question itself.
    Question,
    /// Its answer, so that no question with the same answer is trained on.
    Answer,
}

/// How a question is answered, or what its answer is found from, as [`TaskSpec::answer`] and [`TaskSpec::align`] say.
type Answer<T> = fn(&Task, &[usize]) -> Option<Vec<T>>;

impl TaskSpec {
    /// A task on sequences of `symbols` tokens `0`, `1`, …, with answers as long as their questions and made of the same tokens,
    /// learned by either model. What is otherwise stands before `..TaskSpec::sequence(…)`.
    pub const fn sequence(name: &'static str, answer: Answer<usize>, align: Answer<Vec<usize>>) -> Self {
        Self {
            name,
            about: "answer a sequence of symbols",
            example: "3 1 4",
            question: "symbols",
            lesson: "Each token of the answer is found from tokens of the question.",
            looks_at: "the tokens that the answer is found from",
            length_counts: "symbols in a sequence",
            symbols_are: "different symbols",
            architectures: &[Architecture::Decoder, Architecture::EncoderDecoder],
            lengths: |_| 1..=MAX_LENGTH,
            symbols: |_| 2..=MAX_SYMBOLS,
            tokens: |task| numbers(task.symbols).collect(),
            n_tokens: |task| task.symbols,
            spelling: Spelling::Words,
            layout: Layout::Separated,
            has_end: false,
            question_length: |length| length,
            answer_length: |_, question| question,
            questions: Questions::Sequences,
            answer,
            align,
            held_out_by: HeldOutBy::Question,
            defaults: |_| TaskDefaults::default(),
        }
    }

    /// Whether its examples are pairs of a file that the user gives.
    pub fn takes_pairs(&self) -> bool {
        matches!(self.questions, Questions::Pairs)
    }

    /// Whether `length`, `min_length` and `symbols` may be chosen.
    pub fn has_sizes(&'static self) -> bool {
        let task = Task::new(self, self.architectures[0]);
        let is_choice = |sizes: RangeInclusive<usize>| sizes.start() < sizes.end();
        is_choice((self.lengths)(&task)) || is_choice((self.symbols)(&task))
    }
}

impl PartialEq for TaskSpec {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl Eq for TaskSpec {}

impl fmt::Display for TaskSpec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name)
    }
}

/// Its name: nobody reads the addresses of functions.
impl fmt::Debug for TaskSpec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

/// The tokens `0`, `1`, ….
pub(crate) fn numbers(count: usize) -> impl Iterator<Item = String> {
    (0..count).map(|number| number.to_string())
}
