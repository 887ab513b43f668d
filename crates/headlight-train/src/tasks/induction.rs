//! Induction: symbols that are all different, then a stretch of them comes again.
//!
//! # By hand
//!
//! Of six symbols, `3 1 4 9 2 7`, a stretch of three comes again, `1 4 9`. Nobody can know with which symbol it begins, so that
//! one, `1`, is given and not scored; the others are asked:
//!
//! ```text
//! position   0   1   2   3   4   5   6   7   8
//! reads     BOS  3   1   4   9   2   7   1   4
//! predicts                               4   9
//! looks at                               3   4
//! ```
//!
//! A stretch has half as many symbols as there are before it, and begins anywhere where it fits. So the distance back says
//! nothing, and the model must look for the token *after* the earlier occurrence of the one it reads. That takes two layers: a
//! head of the first writes into each place what stood before it, and a head of the second looks for the place before which its
//! own token stood. Such a pair is called an induction head (Elhage et al.,
//! [2021](https://transformer-circuits.pub/2021/framework/index.html); Olsson et al., [2022](https://arxiv.org/abs/2209.11895)).
//!
//! Decoder only: question and answer are one sequence here, without `SEP`, and that is what the task is about.

use headlight_model::Architecture;
use rand::{Rng, RngExt};

use super::draw::different_symbols;
use crate::task::{MAX_LENGTH, MAX_SYMBOLS};
use crate::{Layout, Questions, Task, TaskDefaults, TaskSpec};

/// Induction.
pub static SPEC: TaskSpec = TaskSpec {
    about: "continue a repeated sequence",
    example: "3 1 4 9 2 7 1",
    question: "symbols that are all different, then one of them again, but not the last one",
    lesson: "The model must look for the token after the earlier occurrence of the one it reads: an induction head, made of \
             two heads in two layers. Question and answer are one sequence, so it is for the decoder alone.",
    looks_at: "the token after the earlier occurrence",
    length_counts: "symbols before one comes again",
    architectures: &[Architecture::Decoder],
    lengths: |task| MIN_LENGTH..=MAX_LENGTH.min(task.symbols),
    symbols: |_| 5..=MAX_SYMBOLS,
    layout: Layout::Continued,
    question_length: |length| length + 1,
    answer_length: |_, question| stretch(question.saturating_sub(1)) - 1,
    questions: Questions::Drawn(draw),
    defaults: |_| TaskDefaults { length: 12, symbols: 24, decay_steps: 800, ..TaskDefaults::default() },
    ..TaskSpec::sequence("induction", answer, aligned)
};

/// The fewest symbols of which a stretch of two leaves one to predict.
const MIN_LENGTH: usize = 4;

/// How many symbols come again, the first included, which is given.
fn stretch(length: usize) -> usize {
    (length / 2).max(2)
}

fn draw(task: &Task, length: usize, generator: &mut dyn Rng) -> Vec<usize> {
    let sequence = different_symbols(length, task.symbols, generator);
    let first = sequence[generator.random_range(0..=length - stretch(length))];
    [sequence, vec![first]].concat()
}

/// What followed; less where the sequence ends before the stretch does, as it may in a question that was typed.
fn answer(_: &Task, source: &[usize]) -> Option<Vec<usize>> {
    let (sequence, after) = find(source)?;
    let length = (stretch(sequence.len()) - 1).min(sequence.len() - after);
    Some(sequence[after..][..length].to_vec())
}

/// The token after the earlier occurrence.
fn aligned(task: &Task, source: &[usize]) -> Option<Vec<Vec<usize>>> {
    let (_, after) = find(source)?;
    Some((0..answer(task, source)?.len()).map(|at| vec![after + at]).collect())
}

/// The symbols, and the place behind the one that comes again.
fn find(source: &[usize]) -> Option<(&[usize], usize)> {
    let (again, sequence) = source.split_last()?;
    let after = 1 + sequence.iter().position(|symbol| symbol == again)?;
    let all_different = (1..sequence.len()).all(|at| !sequence[..at].contains(&sequence[at]));
    (all_different && after < sequence.len()).then_some((sequence, after))
}
