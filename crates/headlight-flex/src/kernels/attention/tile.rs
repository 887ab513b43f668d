use std::ops::Range;

use super::{Heads, Hiding, Sizes};
use crate::kernels::matrix::{Matrix, MatrixMut, matmul};
use crate::kernels::vector::{LANES, exp, fold};

/// Queries and keys of a tile. 512 × 256 scores are 512 KiB, which a second-level cache of today holds; with fewer queries, keys
/// and values are rearranged for the vector unit more often (64 queries took a fifth longer).
pub(super) const QUERIES: usize = 512;
pub(super) const KEYS: usize = 256;

/// Scores of a block of queries with a block of keys, row by row; rows are filled up to whole vectors with −∞.
pub(super) struct Tile {
    scores: Vec<f32>,
    pub(super) queries: Range<usize>,
    pub(super) keys: Range<usize>,
}

impl Tile {
    pub(super) fn new(sizes: &Sizes) -> Self {
        let (queries, keys) = (sizes.queries.min(QUERIES), sizes.keys.min(KEYS));
        Self { scores: vec![0.0; queries * keys.next_multiple_of(LANES)], queries: 0..0, keys: 0..0 }
    }

    /// The numbers from one row to the next.
    pub(super) fn stride(&self) -> usize {
        self.keys.len().next_multiple_of(LANES)
    }

    /// Every row, filled up.
    #[inline(always)]
    pub(super) fn rows(&mut self) -> impl Iterator<Item = &mut [[f32; LANES]]> {
        let (stride, count) = (self.stride(), self.queries.len());
        self.scores[..count * stride].chunks_exact_mut(stride).map(|row| row.as_chunks_mut().0)
    }

    pub(super) fn matrix(&self) -> Matrix<'_> {
        Matrix::strided(&self.scores, [self.queries.len(), self.keys.len()], [self.stride(), 1])
    }

    pub(super) fn matrix_mut(&mut self) -> MatrixMut<'_> {
        let (shape, stride) = ([self.queries.len(), self.keys.len()], self.stride());
        MatrixMut::with_row_stride(&mut self.scores, shape, stride)
    }

    /// Q Kᵀ / √d_head of these queries and keys, and −∞ where a key is hidden.
    pub(super) fn score(&mut self, head: &Head<'_>, queries: Range<usize>, keys: Range<usize>) {
        (self.queries, self.keys) = (queries, keys);
        let query = head.query.rows(self.queries.start, self.queries.len());
        let key = head.key.rows(self.keys.start, self.keys.len());
        matmul(head.scale, query, key.transpose(), self.matrix_mut());

        let (stride, count) = (self.stride(), self.keys.len());
        for (query, row) in self.queries.clone().zip(self.scores.chunks_exact_mut(stride)) {
            head.hide(query, self.keys.start, count, row);
        }
    }
}

/// One head of one sequence.
#[derive(Clone, Copy)]
pub(super) struct Head<'a> {
    pub(super) query: Matrix<'a>,
    pub(super) key: Matrix<'a>,
    pub(super) value: Matrix<'a>,
    pub(super) scale: f32,
    hiding: Hiding<'a>,
    place: [usize; 2],
}

impl<'a> Head<'a> {
    pub(super) fn of([query, key, value]: [&Heads<'a>; 3], hiding: Hiding<'a>, scale: f32, place: [usize; 2]) -> Self {
        let [batch, head] = place;
        let [query, key, value] = [query, key, value].map(|heads| heads.head(batch, head));
        Self { query, key, value, scale, hiding, place }
    }

    /// Blocks of queries, each with the keys that any of them can see.
    pub(super) fn query_blocks(&self) -> impl Iterator<Item = (Range<usize>, usize)> + use<> {
        let ([queries, _], [keys, _], causal) = (self.query.shape(), self.key.shape(), self.hiding.causal);
        (0..queries).step_by(QUERIES).map(move |start| {
            let end = (start + QUERIES).min(queries);
            (start..end, if causal { end.min(keys) } else { keys })
        })
    }

    /// Adds what there is to add, and hides what is hidden, in the scores of one query with `count` keys from `first_key` on. The
    /// filling behind them is hidden, too.
    pub(super) fn hide(&self, query: usize, first_key: usize, count: usize, row: &mut [f32]) {
        let [batch, head] = self.place;
        let start = |strides: [usize; 4]| {
            [batch, head, query, first_key].iter().zip(strides).map(|(at, stride)| at * stride).sum::<usize>()
        };
        if let Some(added) = self.hiding.added {
            let (start, step) = (start(added.strides), added.strides[3]);
            row[..count].iter_mut().enumerate().for_each(|(key, score)| *score += added.data[start + key * step]);
        }
        if let Some(hidden) = self.hiding.hidden {
            let (start, step) = (start(hidden.strides), hidden.strides[3]);
            for (key, score) in row[..count].iter_mut().enumerate() {
                if hidden.data[start + key * step] != 0 {
                    *score = f32::NEG_INFINITY;
                }
            }
        }
        let seen = if self.hiding.causal { (query + 1).saturating_sub(first_key).min(count) } else { count };
        row[seen..].fill(f32::NEG_INFINITY);
    }
}

/// The largest number of a row; −∞ where there is none.
#[inline(always)]
pub(super) fn max(row: &[[f32; LANES]]) -> f32 {
    let mut max = [f32::NEG_INFINITY; LANES];
    for numbers in row {
        for lane in 0..LANES {
            max[lane] = larger(max[lane], numbers[lane]);
        }
    }
    fold(max, larger)
}

/// Replaces each number x of a row by e^(x − shift), and returns their sum.
#[inline(always)]
pub(super) fn exp_row(row: &mut [[f32; LANES]], shift: f32) -> f32 {
    let mut sums = [0.0; LANES];
    for numbers in row {
        for lane in 0..LANES {
            numbers[lane] = exp(numbers[lane] - shift);
            sums[lane] += numbers[lane];
        }
    }
    fold(sums, |left, right| left + right)
}

/// `f32::max` but for NaN, which makes it slower; a NaN among the scores still comes out of the exponential.
#[inline(always)]
fn larger(left: f32, right: f32) -> f32 {
    if right > left { right } else { left }
}
