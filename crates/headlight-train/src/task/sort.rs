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

pub(super) fn answer(source: &[usize]) -> Vec<usize> {
    let mut answer = source.to_vec();
    answer.sort_unstable();
    answer
}

/// All places of the symbol.
pub(super) fn aligned(source: &[usize]) -> Vec<Vec<usize>> {
    let places = |symbol: usize| (0..source.len()).filter(|place| source[*place] == symbol).collect();
    answer(source).into_iter().map(places).collect()
}
