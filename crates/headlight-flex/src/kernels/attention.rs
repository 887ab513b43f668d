//! softmax(Q Kᵀ / √d_head) V without ever holding a whole matrix of scores, but for heads of a few tokens.
//!
//! Queries are taken a block at a time, and for each block the keys a block at a time, so that one tile of scores stays in the
//! processor's cache. The softmax of a row is built up as the keys come by (Milakov and Gimelshein,
//! [2018](https://arxiv.org/abs/1805.02867)): with every block its maximum so far may rise, and what was summed before is scaled
//! down. The backward pass computes the tiles again from the row's logarithm of the sum, which is all that is kept of the
//! weights (Dao et al., [FlashAttention](https://arxiv.org/abs/2205.14135), algorithms 1 and 4). Memory grows with the
//! number of tokens, not with its square. Up to [`SHORT`] tokens the weights are kept, since little memory then saves a third of the
//! backward pass.

mod backward;
mod forward;
mod short;
mod tile;

pub use backward::{Gradients, backward};
pub use forward::{Context, forward};

use crate::kernels::matrix::Matrix;
use crate::kernels::matrix::is_large;
use crate::kernels::vector::LANES;

/// Heads with no more queries and no more keys keep their weights for the backward pass: 16 KiB each at most, which is as much as
/// query, key, value and context of a head 16 wide.
pub const SHORT: usize = 64;

/// One of query, key, value: element (batch, head, token, feature) lies at the sum of the four times their strides.
#[derive(Clone, Copy, Debug)]
pub struct Heads<'a> {
    /// The numbers.
    pub data: &'a [f32],
    /// `[batch_size, n_heads, seq_length, d_head]`
    pub shape: [usize; 4],
    /// Steps along each axis.
    pub strides: [usize; 4],
}

/// Numbers of each cell of the scores, broadcast where a stride is 0.
#[derive(Clone, Copy, Debug)]
pub struct Cells<'a, T> {
    /// The numbers.
    pub data: &'a [T],
    /// Steps along batch, head, query and key.
    pub strides: [usize; 4],
}

/// What is hidden from the queries, and what is added to the scores.
#[derive(Clone, Copy, Debug, Default)]
pub struct Hiding<'a> {
    /// Query i sees the keys `0..=i` only.
    pub causal: bool,
    /// 0 is seen, everything else hidden.
    pub hidden: Option<Cells<'a, u8>>,
    /// Added to the scaled scores; −∞ hides.
    pub added: Option<Cells<'a, f32>>,
}

/// Where an output of this module has its numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Layout {
    /// `[batch_size, seq_length, n_heads, d_head]`: heads side by side, token by token, which is what the layer behind attention reads.
    HeadsTogether,
    /// `[batch_size, n_heads, seq_length, d_head]`: with fewer sequences than threads, so that every thread gets some heads.
    HeadsApart,
}

/// Lengths that all parts of the computation share.
#[derive(Clone, Copy)]
struct Sizes {
    batch_size: usize,
    n_heads: usize,
    queries: usize,
    keys: usize,
    d_head: usize,
    d_value: usize,
}

impl<'a> Heads<'a> {
    fn head(&self, batch: usize, head: usize) -> Matrix<'a> {
        let [_, _, tokens, features] = self.shape;
        let start = batch * self.strides[0] + head * self.strides[1];
        Matrix::strided(&self.data[start..], [tokens, features], [self.strides[2], self.strides[3]])
    }
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

    fn of(sizes: &Sizes) -> Self {
        let threads = if sizes.is_worth_sharing() { rayon::current_num_threads() } else { 1 };
        if sizes.batch_size >= threads { Self::HeadsTogether } else { Self::HeadsApart }
    }

    /// The heads that lie side by side: one thread does them.
    fn group(self, n_heads: usize) -> usize {
        match self {
            Self::HeadsTogether => n_heads,
            Self::HeadsApart => 1,
        }
    }

    /// Batch and head of a group's member, groups counted through all sequences.
    fn place(self, n_heads: usize, group: usize, member: usize) -> [usize; 2] {
        match self {
            Self::HeadsTogether => [group, member],
            Self::HeadsApart => [group / n_heads, group % n_heads],
        }
    }
}

impl Sizes {
    fn of(query: &Heads<'_>, key: &Heads<'_>, value: &Heads<'_>) -> Self {
        let [batch_size, n_heads, queries, d_head] = query.shape;
        let [_, _, keys, d_value] = value.shape;
        assert_eq!(key.shape, [batch_size, n_heads, keys, d_head], "key of query {:?}", query.shape);
        assert_eq!(value.shape[..2], [batch_size, n_heads], "value of query {:?}", query.shape);
        let sizes = [batch_size, n_heads, queries, keys, d_head, d_value];
        assert!(!sizes.contains(&0), "nothing to attend to");
        Self { batch_size, n_heads, queries, keys, d_head, d_value }
    }

    /// Whether other threads should help.
    fn is_worth_sharing(&self) -> bool {
        // An exponential counts like some multiplications.
        let cell = self.d_head + self.d_value + 32;
        let is_large = is_large(&[self.batch_size, self.n_heads, self.queries, self.keys, cell]);
        is_large && rayon::current_num_threads() > 1
    }

    fn is_short(&self) -> bool {
        self.queries.max(self.keys) <= SHORT
    }

    /// Numbers that are kept of each row of weights.
    fn kept_per_row(&self) -> usize {
        if self.is_short() { self.keys.next_multiple_of(LANES) } else { 1 }
    }

    fn scale(&self) -> f32 {
        1.0 / (self.d_head as f32).sqrt()
    }
}
