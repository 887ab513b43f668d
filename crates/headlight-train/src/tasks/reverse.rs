//! Reverse: say the sequence backwards.
//!
//! # By hand
//!
//! `3 1 4` becomes `4 1 3`:
//!
//! ```text
//! position   0   1   2   3   4   5   6
//! reads     BOS  3   1   4  SEP  4   1
//! predicts                   4   1   3
//! looks at                   3   2   1
//! ```
//!
//! Query and key positions add up to 2n + 1 = 7 everywhere: the diagonal runs the other way. A fixed distance will not do, but
//! with sinusoidal positions a mirror is as linear as a shift: cos stays and sin changes its sign. So one head of one layer
//! finds the place. Measured, both architectures learn it in about as few steps as copying: docs/tasks.md has the figures.

use crate::{TaskDefaults, TaskSpec};

/// Reverse.
pub static SPEC: TaskSpec = TaskSpec {
    about: "say the sequence backwards",
    lesson: "The positions of query and key add up to the same number everywhere, so the diagonal runs the other way. \
             Measured, both models learn it in about as few steps as copying.",
    looks_at: "the token to say",
    defaults: |architecture| TaskDefaults { decay_steps: 100, ..super::copy::defaults(architecture) },
    ..TaskSpec::sequence(
        "reverse",
        |_, source| Some(source.iter().rev().copied().collect()),
        |_, source| Some(aligned(source.len())),
    )
};

/// Token i of the answer is token n − 1 − i of the source.
fn aligned(length: usize) -> Vec<Vec<usize>> {
    (0..length).rev().map(|at| vec![at]).collect()
}
