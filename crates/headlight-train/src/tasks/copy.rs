//! Copy: say the sequence again.
//!
//! # By hand
//!
//! Three symbols out of `0 … 15`, say `3 1 4`. The decoder alone reads one sequence, and predicts from `SEP` on:
//!
//! ```text
//! position   0   1   2   3   4   5   6
//! reads     BOS  3   1   4  SEP  3   1
//! predicts                   3   1   4
//! looks at                   1   2   3
//! ```
//!
//! To predict `1` it stands at position 5 and must look at position 2, n = 3 places back: query n + 1 + i looks at key 1 + i.
//! With an encoder the source stands apart, and the decoder's query i looks at key i of the source:
//!
//! ```text
//! source     3   1   4
//! reads     BOS  3   1
//! predicts   3   1   4
//! looks at   0   1   2
//! ```
//!
//! Both architectures learn it: the first shows how attention finds a position a fixed distance back, the second is the
//! plainest cross attention there is.

use headlight_model::Architecture;

use crate::{TaskDefaults, TaskSpec};

/// Copy.
pub static SPEC: TaskSpec = TaskSpec {
    about: "copy the sequence",
    lesson: "To say each token, one head must look at the same position of the source: a fixed distance back for the decoder \
             alone, the plainest cross attention there is with an encoder.",
    looks_at: "the token to copy",
    defaults,
    ..TaskSpec::sequence("copy", |_, source| Some(source.to_vec()), |_, source| Some(aligned(source.len())))
};

pub(super) fn defaults(architecture: Architecture) -> TaskDefaults {
    TaskDefaults {
        length: 10,
        symbols: 16,
        // The diagonal is easier to find with an encoder, and a lower rate leaves less noise to get rid of.
        learning_rate: match architecture {
            Architecture::Decoder => 8e-3,
            Architecture::EncoderDecoder => 3e-3,
        },
        warmup_steps: 10,
        decay_steps: 70,
        target: 1.0,
        evaluate_every: 10,
        ..TaskDefaults::default()
    }
}

/// Token i of the answer is token i of the source.
fn aligned(length: usize) -> Vec<Vec<usize>> {
    (0..length).map(|at| vec![at]).collect()
}
