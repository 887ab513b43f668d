//! Recall: pairs of a key and a value, then every key is asked in turn: its value.
//!
//! # By hand
//!
//! `a 7 b 2 c 9 b a c`: three pairs, then the three keys in another order. The answer is `2 7 9`.
//!
//! ```text
//! position   0   1   2   3   4   5   6   7   8   9  10
//! reads     BOS  a   7   b   2   c   9  SEP  b   a   c
//! predicts                                   2   7   9
//! looks at                                  3,4 1,2 5,6
//! ```
//!
//! What the model reads after `SEP` is asked, not said: behind the answer to `b` comes `a`, whatever the answer was. The keys are
//! all different, so what stands in the asked key is enough to find its pair; the place is of no use. But the value's token
//! does not know its key: a head of the first layer looks one place back and writes the key into the value's place, and a head of
//! the second looks for the value with the asked key (Olsson et al.,
//! [2022](https://arxiv.org/abs/2209.11895), and Arora et al., [2023](https://arxiv.org/abs/2312.04927), who call the task
//! associative recall). So it takes two layers. With an encoder, the pairs stand apart, and a key can look ahead at its
//! value; but with these defaults no seed of the two that were tried learned it so.

use rand::Rng;

use super::draw::{different_symbols, random_symbols};
use crate::task::{MAX_LENGTH, MAX_SYMBOLS, numbers};
use crate::{Layout, Questions, Task, TaskDefaults, TaskSpec};

/// Recall.
pub static SPEC: TaskSpec = TaskSpec {
    about: "give the value of each key asked for",
    example: "a 7 b 2 c 9 b a c",
    question: "keys, each with its value behind it and all different, then some of these keys again",
    lesson: "A head of the first layer writes each key beside its value, and one of the second looks for the value with the \
             asked key: two layers. After SEP the model reads the next key asked for, not its own answer.",
    looks_at: "the asked key's pair",
    length_counts: "pairs of key and value",
    symbols_are: "different keys, and as many different values",
    lengths: |task| 1..=MAX_LENGTH.min(task.symbols),
    symbols: |_| 2..=MAX_SYMBOLS / 2,
    tokens: |task| keys(task.symbols).chain(numbers(task.symbols)).collect(),
    n_tokens: |task| 2 * task.symbols,
    layout: Layout::Asked(|task, source| split(task.symbols, source).0.len()),
    question_length: |length| 3 * length,
    answer_length: |_, question| question / 3,
    questions: Questions::Drawn(draw),
    defaults: |_| TaskDefaults { length: 6, symbols: 16, decay_steps: 800, ..TaskDefaults::default() },
    ..TaskSpec::sequence("recall", answer, aligned)
};

/// The keys `a`, `b`, … `z`, `aa`, `ab`, …, before the values in the vocabulary.
fn keys(symbols: usize) -> impl Iterator<Item = String> {
    let letter = |number: usize| char::from(b'a' + (number % 26) as u8);
    (0..symbols).map(move |number| {
        let letters = std::iter::successors(Some(number), |rest| (rest / 26).checked_sub(1)).map(letter);
        letters.collect::<Vec<_>>().into_iter().rev().collect()
    })
}

/// `length` pairs, then their keys, shuffled.
fn draw(task: &Task, length: usize, generator: &mut dyn Rng) -> Vec<usize> {
    let keys = different_symbols(length, task.symbols, generator);
    let values = random_symbols(length, task.symbols, generator);
    let asked = different_symbols(length, length, generator);
    let pairs = keys.iter().zip(values).flat_map(|(key, value)| [*key, task.symbols + value]);
    pairs.chain(asked.into_iter().map(|at| keys[at])).collect()
}

fn answer(task: &Task, source: &[usize]) -> Option<Vec<usize>> {
    let (pairs, asked) = split(task.symbols, source);
    let keys: Vec<usize> = pairs.iter().step_by(2).copied().collect();
    let is_good = pairs.len() >= 2 && !asked.is_empty() && (1..keys.len()).all(|at| !keys[..at].contains(&keys[at]));
    let value = |key: &usize| Some(pairs[2 * keys.iter().position(|known| known == key)? + 1]);
    if is_good { asked.iter().map(value).collect() } else { None }
}

/// The asked key's pair: key and value.
fn aligned(task: &Task, source: &[usize]) -> Option<Vec<Vec<usize>>> {
    let (pairs, asked) = split(task.symbols, source);
    let pair = |key: &usize| {
        let at = pairs.iter().step_by(2).position(|known| known == key)?;
        Some(vec![2 * at, 2 * at + 1])
    };
    asked.iter().map(pair).collect()
}

/// Pairs, and what is asked: a pair is a key with a value behind it, and what is asked begins where there is none.
fn split(symbols: usize, source: &[usize]) -> (&[usize], &[usize]) {
    let is_pair = |pair: &&[usize]| pair.len() == 2 && pair[0] < symbols && pair[1] >= symbols;
    source.split_at(2 * source.chunks(2).take_while(is_pair).count())
}
