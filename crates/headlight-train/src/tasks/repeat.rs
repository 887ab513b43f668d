//! Repeat: say the sequence once, twice or three times; the first token says how often, and `END` follows.
//!
//! # By hand
//!
//! `x2 3 1 4` asks for `3 1 4` twice:
//!
//! ```text
//! source    x2   3   1   4
//! reads     BOS  3   1   4   3   1   4
//! predicts   3   1   4   3   1   4  END
//! looks at   1   2   3   1   2   3
//! ```
//!
//! Query i looks at symbol i mod n: the diagonal begins anew. A place alone does not say where to look, for the sequence may be
//! of several lengths, and a symbol that occurs twice does not either. The task is the first whose answer must end by itself:
//! after n symbols the count decides between `END` and another round.
//!
//! With an encoder, the source is read whole before the answer begins, so that its end is known at every place; the decoder
//! alone learned it too where it was measured, in twice the steps.

use rand::{Rng, RngExt};

use super::draw::{ENCODER_FIRST, random_symbols};
use crate::task::numbers;
use crate::{Questions, Task, TaskDefaults, TaskSpec};

/// Repeat.
pub static SPEC: TaskSpec = TaskSpec {
    about: "say the sequence once, twice or three times, as told",
    example: "x2 3 1 4",
    question: "x1, x2 or x3, then the symbols",
    lesson: "The diagonal begins anew at each round, and the answer must end by itself. With an encoder, which reads the \
             whole source before the answer begins; measured, the decoder alone took twice the steps.",
    looks_at: "the token to copy",
    length_counts: "symbols in the sequence to repeat",
    architectures: ENCODER_FIRST,
    tokens: |task| numbers(task.symbols).chain(counts()).collect(),
    n_tokens: |task| task.symbols + MAX_COUNT,
    has_end: true,
    question_length: |length| length + 1,
    answer_length: |_, question| MAX_COUNT * question.saturating_sub(1),
    questions: Questions::Drawn(draw),
    defaults: |_| TaskDefaults {
        length: 6,
        min_length: Some(3),
        decay_steps: 500,
        target: 1.0,
        ..TaskDefaults::default()
    },
    ..TaskSpec::sequence("repeat", answer, aligned)
};

/// The most rounds that may be asked for.
const MAX_COUNT: usize = 3;

/// The tokens `x1`, `x2`, `x3`, which stand behind the symbols in the vocabulary.
fn counts() -> impl Iterator<Item = String> {
    (1..=MAX_COUNT).map(|count| format!("x{count}"))
}

fn draw(task: &Task, length: usize, generator: &mut dyn Rng) -> Vec<usize> {
    let count = task.symbols + generator.random_range(0..MAX_COUNT);
    [vec![count], random_symbols(length, task.symbols, generator)].concat()
}

fn answer(task: &Task, source: &[usize]) -> Option<Vec<usize>> {
    let (count, sequence) = split(task.symbols, source)?;
    Some(sequence.repeat(count))
}

/// Token i of the answer is symbol i mod n of the source, which has the count before it.
fn aligned(task: &Task, source: &[usize]) -> Option<Vec<Vec<usize>>> {
    let (count, sequence) = split(task.symbols, source)?;
    Some((0..count * sequence.len()).map(|at| vec![1 + at % sequence.len()]).collect())
}

fn split(symbols: usize, source: &[usize]) -> Option<(usize, &[usize])> {
    let (count, sequence) = source.split_first()?;
    let count = count.checked_sub(symbols)? + 1;
    let is_good = !sequence.is_empty() && sequence.iter().all(|symbol| *symbol < symbols);
    is_good.then_some((count, sequence))
}
