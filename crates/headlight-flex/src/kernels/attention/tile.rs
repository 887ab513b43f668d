//! The scores of a block of queries with a block of keys, small enough for the processor's cache.

use std::ops::Range;

use super::head::Head;
use super::sizes::Sizes;
use crate::kernels::matrix::{Matrix, MatrixMut, matmul};
use crate::kernels::vector::LANES;

/// Queries and keys of a tile. 512 × 256 scores are 512 KiB, which a second-level cache of today holds; with fewer queries, keys
/// and values are rearranged for the vector unit more often (64 queries took a fifth longer).
pub(super) const QUERIES: usize = 512;
pub(super) const KEYS: usize = 256;

/// Scores of a block of queries with a block of keys, row by row; rows are padded to whole vectors with −∞.
pub(super) struct Tile {
    scores: Vec<f32>,
    pub(super) queries: Range<usize>,
    pub(super) keys: Range<usize>,
}

/// Blocks of queries, each with the count of keys that any of them can attend to.
pub(super) fn query_blocks(head: &Head<'_>) -> impl Iterator<Item = (Range<usize>, usize)> + use<> {
    let ([queries, _], [keys, _], causal) = (head.query.shape(), head.key.shape(), head.masking.causal);
    (0..queries).step_by(QUERIES).map(move |start| {
        let end = (start + QUERIES).min(queries);
        (start..end, if causal { end.min(keys) } else { keys })
    })
}

/// The blocks of the first `visible` keys.
pub(super) fn key_blocks(visible: usize) -> impl Iterator<Item = Range<usize>> {
    (0..visible).step_by(KEYS).map(move |start| start..(start + KEYS).min(visible))
}

impl Tile {
    pub(super) fn new(sizes: &Sizes) -> Self {
        let (queries, keys) = (sizes.queries.min(QUERIES), sizes.keys.min(KEYS));
        Self { scores: vec![0.0; queries * keys.next_multiple_of(LANES)], queries: 0..0, keys: 0..0 }
    }

    /// The numbers from one row to the next.
    fn stride(&self) -> usize {
        self.keys.len().next_multiple_of(LANES)
    }

    /// Every row, with its padding.
    #[inline(always)]
    pub(super) fn rows(&mut self) -> impl Iterator<Item = &mut [[f32; LANES]]> {
        let (stride, count) = (self.stride(), self.queries.len());
        self.scores[..count * stride].chunks_exact_mut(stride).map(|row| row.as_chunks_mut().0)
    }

    /// `[queries of the block, keys of the block]`
    pub(super) fn matrix(&self) -> Matrix<'_> {
        Matrix::strided(&self.scores, [self.queries.len(), self.keys.len()], [self.stride(), 1])
    }

    /// `[queries of the block, keys of the block]`
    pub(super) fn matrix_mut(&mut self) -> MatrixMut<'_> {
        let (shape, stride) = ([self.queries.len(), self.keys.len()], self.stride());
        MatrixMut::with_row_stride(&mut self.scores, shape, stride)
    }

    /// S = Q Kᵀ / √d_head of these queries and keys, −∞ where masked.
    pub(super) fn score(&mut self, head: &Head<'_>, queries: Range<usize>, keys: Range<usize>) {
        (self.queries, self.keys) = (queries, keys);
        let query = head.query.rows(self.queries.start, self.queries.len()); // [queries of the block, d_head]
        let key = head.key.rows(self.keys.start, self.keys.len()); //           [keys of the block, d_head]
        matmul(head.scale, query, key.transpose(), self.matrix_mut());

        let (stride, count) = (self.stride(), self.keys.len());
        for (query, row) in self.queries.clone().zip(self.scores.chunks_exact_mut(stride)) {
            head.mask(query, self.keys.start, count, row);
        }
    }
}
