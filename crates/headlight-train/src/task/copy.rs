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
//! Both architectures learn it: the first shows how attention finds a place a fixed distance back, the second is the
//! plainest cross attention there is.

pub(super) fn answer(source: &[usize]) -> Vec<usize> {
    source.to_vec()
}

/// Token i of the answer is token i of the source.
pub(super) fn aligned(length: usize) -> Vec<Vec<usize>> {
    (0..length).map(|at| vec![at]).collect()
}
