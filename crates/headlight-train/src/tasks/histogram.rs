//! Histogram: how often does each token occur?
//!
//! # By hand
//!
//! In `a b a a` the `a` occurs three times and the `b` once, so `3 1 3 3`:
//!
//! ```text
//! position   0   1   2   3   4   5   6   7   8   9
//! reads     BOS  a   b   a   a  SEP  a   b   a   a
//! predicts                           3   1   3   3
//! attends to                        1,3  2  1,3 1,3
//!                                    4       4   4
//! ```
//!
//! The question is read once more after `SEP`, so that each token can see all of it. Token i of the answer is found from all tokens of
//! the question that are equal to token i, itself included.
//!
//! Attending to them is not yet counting them: attention weights add up to 1, so that the mean of three equal values is that of one. A head
//! counts by what the equal tokens leave to another one, such as `BOS`: with equal scores, c equal tokens leave it 1 / (c + 1). The
//! feed-forward layer tells these shares apart. So Weiss et al. ([2021](https://arxiv.org/abs/2106.06981)) do it in RASP.
//!
//! Decoder only: in an encoder's sequence there is no `BOS` to share with.

use headlight_model::Architecture;

use crate::task::numbers;
use crate::{Layout, Task, TaskDefaults, TaskSpec};

/// Histogram.
pub static SPEC: TaskSpec = TaskSpec {
    about: "say how often each token occurs",
    example: "a b a a",
    question: "letters",
    lesson: "Attention takes a mean, and a mean does not count: a head counts by how much of its weight the equal tokens leave to \
             BOS. The question is read once more after SEP, so that each token can see all of it.",
    looks_at: "the equal tokens",
    symbols_are: "different letters",
    architectures: &[Architecture::Decoder],
    layout: Layout::ReadAgain,
    lengths: |_| 1..=MAX_COUNT,
    symbols: |_| 2..=MAX_LETTERS,
    tokens: |task| (b'a'..).take(task.symbols).map(|letter| char::from(letter).to_string()).chain(counts()).collect(),
    n_tokens: |task| task.symbols + MAX_COUNT,
    defaults: |_| TaskDefaults { length: 8, symbols: 6, decay_steps: 800, ..TaskDefaults::default() },
    ..TaskSpec::sequence("histogram", answer, |_, source| Some(aligned(source)))
};

/// The largest count that has a token, and so the most letters in a question.
const MAX_COUNT: usize = 32;
/// The letters from `a` to `z`.
const MAX_LETTERS: usize = 26;

/// The tokens `1`, `2`, …, after the letters.
fn counts() -> impl Iterator<Item = String> {
    numbers(MAX_COUNT + 1).skip(1)
}

/// The count c has the token c − 1 after the letters.
fn answer(task: &Task, source: &[usize]) -> Option<Vec<usize>> {
    let is_good = source.len() <= MAX_COUNT && source.iter().all(|letter| *letter < task.symbols);
    is_good.then(|| aligned(source).iter().map(|equal| task.symbols + equal.len() - 1).collect())
}

/// All positions of the same letter.
fn aligned(source: &[usize]) -> Vec<Vec<usize>> {
    let equal = |letter: &usize| (0..source.len()).filter(|at| source[*at] == *letter).collect();
    source.iter().map(equal).collect()
}
