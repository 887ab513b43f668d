//! Brackets: close what is open, innermost first.
//!
//! # By hand
//!
//! In `( [ ( )` the last bracket has closed the third. Still open are the second and the first, so `] )` and `END`:
//!
//! ```text
//! source     (   [   (   )
//! reads     BOS  ]   )
//! predicts   ]   )  END
//! looks at   1   0
//! ```
//!
//! The i-th token of the answer closes the i-th innermost bracket that is open. Which one that is depends on all brackets after
//! it: those that were closed again do not count. A head that simply looks back finds the wrong one, so places must first know how
//! deep they are, and that is counting what was opened before and what was closed: a head that looks at everything evenly can do
//! it. The depth is at most four, so that counting stays possible for a small model.
//!
//! With an encoder each bracket can also see whether it is closed later. The decoder alone, whose brackets see only what came before,
//! learned it no slower where it was measured.

use rand::{Rng, RngExt};

use super::draw::ENCODER_FIRST;
use crate::{Questions, Task, TaskDefaults, TaskSpec};

/// Brackets.
pub static SPEC: TaskSpec = TaskSpec {
    about: "close the brackets that are open",
    example: "( [ ( )",
    question: "brackets, of which one to four are still open and none is closed before it was opened",
    lesson: "Which bracket is still open depends on all that come after it, so the model must count depth before it looks. \
             With an encoder each bracket can see whether it is closed later.",
    looks_at: "the bracket to close",
    length_counts: "brackets to read",
    symbols_are: "kinds of brackets",
    architectures: ENCODER_FIRST,
    symbols: |_| 1..=MAX_KINDS,
    tokens: |task| KINDS.iter().take(task.symbols).flatten().map(ToString::to_string).collect(),
    n_tokens: |task| 2 * task.symbols,
    has_end: true,
    answer_length: |_, question| MAX_DEPTH.min(question),
    questions: Questions::Drawn(draw),
    defaults: |_| TaskDefaults {
        length: 12,
        min_length: Some(6),
        symbols: 2,
        decay_steps: 1500,
        ..TaskDefaults::default()
    },
    ..TaskSpec::sequence("brackets", answer, aligned)
};

/// At most so many are open at a time.
const MAX_DEPTH: usize = 4;
/// As tokens, an even number opens, and the next one closes.
const KINDS: [[&str; 2]; MAX_KINDS] = [["(", ")"], ["[", "]"], ["{", "}"], ["<", ">"]];
/// Kinds that there are tokens for.
const MAX_KINDS: usize = 4;

/// A walk that opens or closes with even chances where it may do both, until one ends with something open.
fn draw(task: &Task, length: usize, generator: &mut dyn Rng) -> Vec<usize> {
    loop {
        let mut open: Vec<usize> = Vec::with_capacity(MAX_DEPTH);
        let mut source = Vec::with_capacity(length);
        for _ in 0..length {
            let opens = open.is_empty() || (open.len() < MAX_DEPTH && generator.random_range(0..2) == 0);
            if opens {
                let kind = generator.random_range(0..task.symbols);
                open.push(kind);
                source.push(2 * kind);
            } else if let Some(kind) = open.pop() {
                source.push(2 * kind + 1);
            }
        }
        if !open.is_empty() {
            return source;
        }
    }
}

fn answer(_: &Task, source: &[usize]) -> Option<Vec<usize>> {
    Some(still_open(source)?.into_iter().rev().map(|place| source[place] + 1).collect())
}

/// The i-th innermost open bracket.
fn aligned(_: &Task, source: &[usize]) -> Option<Vec<Vec<usize>>> {
    Some(still_open(source)?.into_iter().rev().map(|place| vec![place]).collect())
}

/// The places of brackets that are not closed, outermost first; `None` where one closes what is not open, or too many or none
/// are open.
fn still_open(source: &[usize]) -> Option<Vec<usize>> {
    let mut open: Vec<usize> = Vec::new();
    for (place, bracket) in source.iter().enumerate() {
        if bracket.is_multiple_of(2) {
            open.push(place);
        } else if source[open.pop()?] + 1 != *bracket {
            return None;
        }
        if open.len() > MAX_DEPTH {
            return None;
        }
    }
    (!open.is_empty()).then_some(open)
}
