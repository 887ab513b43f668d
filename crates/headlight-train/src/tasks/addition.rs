//! Addition: two numbers of three digits, and the digits of their sum, last digit first.
//!
//! # By hand
//!
//! 487 + 135 = 622, with a leading zero 0622, and the last digit first: `2 2 6 0`.
//!
//! ```text
//! source     4   8   7   +   1   3   5
//! reads     BOS  2   2   6
//! predicts   2   2   6   0
//! looks at  2,6 1,5 0,4 0,4
//!               2,6 1,5
//! ```
//!
//! On paper one begins with the last digit, because of the carry; said the other way round, the first digit would need all carries at
//! once. Each digit needs the two digits of its place, and the two of the place below for the carry: 7 + 5 is 2, carry 1;
//! 8 + 3 + 1 is 2, carry 1. Two digits that add up to nine hand the carry on, and then the digit just said tells whether
//! there was one: it is 0 with a carry and 9 without. The last token of the answer is the carry alone.
//!
//! Where to look depends on the place only, as in reverse; what is hard is the arithmetic, which happens in the
//! feed-forward layers. Measured, the decoder alone learned it with one seed of two, and slowly: docs/tasks.md has the figures.

use rand::Rng;

use super::draw::{ENCODER_FIRST, random_symbols};
use crate::task::numbers;
use crate::{Questions, Task, TaskDefaults, TaskSpec};

/// Addition.
pub static SPEC: TaskSpec = TaskSpec {
    about: "add two numbers, last digit first",
    example: "4 8 7 + 1 3 5",
    question: "two numbers of the same count of digits, with + between them",
    lesson: "Where to look is the same every time: two digits, and the two of the digit before for the carry. The sum itself \
             is the feed-forward layers' work. With an encoder; measured, the decoder alone learned it with one seed of two, and slowly.",
    looks_at: "the two digits of this position and the two before",
    length_counts: "digits of each number",
    symbols_are: "different digits",
    architectures: ENCODER_FIRST,
    lengths: |_| 1..=64,
    symbols: |_| 2..=10,
    tokens: |task| numbers(task.symbols).chain(["+".to_string()]).collect(),
    n_tokens: |task| task.symbols + 1,
    question_length: |length| 2 * length + 1,
    answer_length: |_, question| question / 2 + 1,
    questions: Questions::Drawn(draw),
    defaults: |_| TaskDefaults { length: 3, ..TaskDefaults::default() },
    ..TaskSpec::sequence("addition", answer, |_, source| Some(aligned(source)))
};

/// Two numbers of `length` digits, which may begin with zeros, with `+` between them.
fn draw(task: &Task, length: usize, generator: &mut dyn Rng) -> Vec<usize> {
    let mut number = || random_symbols(length, task.symbols, generator);
    [number(), vec![task.symbols], number()].concat()
}

fn answer(task: &Task, source: &[usize]) -> Option<Vec<usize>> {
    let base = task.symbols;
    let length = source.len() / 2;
    let is_good = source.len() == 2 * length + 1
        && length > 0
        && source.iter().enumerate().all(|(place, digit)| (*digit == base) == (place == length));
    if !is_good {
        return None;
    }
    let (left, right) = (&source[..length], &source[length + 1..]);
    let mut carry = 0;
    let mut digits: Vec<usize> = left
        .iter()
        .zip(right)
        .rev()
        .map(|(left, right)| {
            let sum = left + right + carry;
            carry = sum / base;
            sum % base
        })
        .collect();
    digits.push(carry);
    Some(digits)
}

/// The two digits of the place, and of the one below for the carry.
fn aligned(source: &[usize]) -> Vec<Vec<usize>> {
    let length = source.len() / 2;
    let digits = |place: usize| [length - 1 - place, 2 * length - place];
    let needed = |at: usize| {
        let places = [Some(at).filter(|at| *at < length), at.checked_sub(1)];
        places.into_iter().flatten().flat_map(digits).collect()
    };
    (0..=length).map(needed).collect()
}
