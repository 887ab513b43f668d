//! Lengths of the axes, and what follows from them: how much is kept, how the work is divided, how outputs are laid out.

use super::input::Heads;
use crate::kernels::matrix::is_large;
use crate::kernels::parallel;
use crate::kernels::vector::LANES;

/// Heads with no more queries and no more keys keep their attention weights for the backward pass: 16 KiB each at most, which is as much
/// as query, key, value and context of a head 16 wide.
pub const SHORT: usize = 64;

/// How an output of attention is laid out in memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Layout {
    /// `[batch_size, seq_length, n_heads, d_head]`: heads side by side, token by token, which is what the layer after attention reads.
    HeadsTogether,
    /// `[batch_size, n_heads, seq_length, d_head]`: with fewer sequences than threads, so that every thread gets some heads.
    HeadsApart,
}

/// Lengths that all parts of the computation share.
#[derive(Clone, Copy)]
pub(super) struct Sizes {
    pub(super) batch_size: usize,
    pub(super) n_heads: usize,
    pub(super) queries: usize,
    pub(super) keys: usize,
    pub(super) d_head: usize,
    pub(super) d_value: usize,
}

impl Layout {
    /// The strides of an output of this shape, `[batch_size, n_heads, seq_length, d_head]`.
    pub fn strides(self, [_, n_heads, seq_length, d_head]: [usize; 4]) -> [usize; 4] {
        let [head, token] = match self {
            Self::HeadsTogether => [d_head, n_heads * d_head],
            Self::HeadsApart => [seq_length * d_head, d_head],
        };
        [n_heads * seq_length * d_head, head, token, 1]
    }

    pub(super) fn of(sizes: &Sizes) -> Self {
        let threads = if sizes.is_worth_sharing() { parallel::threads() } else { 1 };
        if sizes.batch_size >= threads { Self::HeadsTogether } else { Self::HeadsApart }
    }

    /// How many heads lie side by side: one thread computes them.
    pub(super) fn group(self, n_heads: usize) -> usize {
        match self {
            Self::HeadsTogether => n_heads,
            Self::HeadsApart => 1,
        }
    }

    /// Batch and head of a group's member, groups counted through all sequences.
    pub(super) fn batch_and_head(self, n_heads: usize, group: usize, member: usize) -> [usize; 2] {
        match self {
            Self::HeadsTogether => [group, member],
            Self::HeadsApart => [group / n_heads, group % n_heads],
        }
    }
}

impl Sizes {
    pub(super) fn of(query: &Heads<'_>, key: &Heads<'_>, value: &Heads<'_>) -> Self {
        let [batch_size, n_heads, queries, d_head] = query.shape;
        let [_, _, keys, d_value] = value.shape;
        assert_eq!(key.shape, [batch_size, n_heads, keys, d_head], "key of query {:?}", query.shape);
        assert_eq!(value.shape[..2], [batch_size, n_heads], "value of query {:?}", query.shape);
        let sizes = [batch_size, n_heads, queries, keys, d_head, d_value];
        assert!(!sizes.contains(&0), "nothing to attend to");
        Self { batch_size, n_heads, queries, keys, d_head, d_value }
    }

    /// Whether other threads should help.
    pub(super) fn is_worth_sharing(&self) -> bool {
        // An exponential counts like some multiplications.
        let cell = self.d_head + self.d_value + 32;
        let is_large = is_large(&[self.batch_size, self.n_heads, self.queries, self.keys, cell]);
        is_large && parallel::threads() > 1
    }

    pub(super) fn is_short(&self) -> bool {
        self.queries.max(self.keys) <= SHORT
    }

    /// How many numbers are kept of each row of attention weights.
    pub(super) fn kept_per_row(&self) -> usize {
        if self.is_short() { self.keys.next_multiple_of(LANES) } else { 1 }
    }

    /// 1 / √d_head
    pub(super) fn scale(&self) -> f32 {
        1.0 / (self.d_head as f32).sqrt()
    }
}
