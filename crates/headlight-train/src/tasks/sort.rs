//! Sort: say the sequence in order, smallest first.
//!
//! # By hand
//!
//! `3 1 4 1` becomes `1 1 3 4`:
//!
//! ```text
//! source     3   1   4   1
//! reads     BOS  1   1   3
//! predicts   1   1   3   4
//! looks at  1,3 1,3  0   2
//! ```
//!
//! Where the symbol to say occurs twice, either place will do, so both belong to the alignment. The place in the source says
//! nothing about the place in the answer: a query must know how many symbols are smaller. In an encoder each token can look at
//! all the others and count them, and then holds its own place in the answer; the decoder's query looks for the token that
//! holds its place. The decoder alone learns it too, and must count from the place where
//! it answers.

use super::draw::ENCODER_FIRST;
use crate::{TaskDefaults, TaskSpec};

/// Sort.
pub static SPEC: TaskSpec = TaskSpec {
    about: "say the sequence in order, smallest first",
    example: "3 1 4 1",
    lesson: "Where to look depends on how many symbols are smaller. In an encoder each token can count them and know its \
             position in the answer; the decoder alone learns it too.",
    looks_at: "the positions of the symbol to say",
    architectures: ENCODER_FIRST,
    defaults: |_| TaskDefaults { decay_steps: 600, ..TaskDefaults::default() },
    ..TaskSpec::sequence("sort", |_, source| Some(answer(source)), |_, source| Some(aligned(source)))
};

fn answer(source: &[usize]) -> Vec<usize> {
    let mut answer = source.to_vec();
    answer.sort_unstable();
    answer
}

/// All positions of the symbol.
fn aligned(source: &[usize]) -> Vec<Vec<usize>> {
    let positions = |symbol: usize| (0..source.len()).filter(|at| source[*at] == symbol).collect();
    answer(source).into_iter().map(positions).collect()
}
