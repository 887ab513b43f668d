//! One head of one sequence: its inputs, its mask, its gradients.

use super::input::{Heads, Masking};
use crate::kernels::matrix::{Matrix, MatrixMut};

/// What the passes over one head read.
#[derive(Clone, Copy)]
pub(super) struct Head<'a> {
    /// `[queries, d_head]`
    pub(super) query: Matrix<'a>,
    /// `[keys, d_head]`
    pub(super) key: Matrix<'a>,
    /// `[keys, d_value]`
    pub(super) value: Matrix<'a>,
    /// 1 / √d_head
    pub(super) scale: f32,
    pub(super) masking: Masking<'a>,
    batch_and_head: [usize; 2],
}

/// Where the gradients of one head go.
pub(super) struct HeadGradients<'a> {
    /// `[queries, d_head]`
    pub(super) d_query: MatrixMut<'a>,
    /// `[keys, d_head]`
    pub(super) d_key: MatrixMut<'a>,
    /// `[keys, d_value]`
    pub(super) d_value: MatrixMut<'a>,
}

impl<'a> Head<'a> {
    pub(super) fn of(inputs: [&Heads<'a>; 3], masking: Masking<'a>, scale: f32, batch_and_head: [usize; 2]) -> Self {
        let [query, key, value] = inputs.map(|heads| heads.head(batch_and_head));
        Self { query, key, value, scale, masking, batch_and_head }
    }

    /// Applies the mask to the scores of one query with `count` keys from `first_key` on: adds what there is to add, and writes −∞ where
    /// a key is masked. The padding of the row behind them is masked, too.
    pub(super) fn mask(&self, query: usize, first_key: usize, count: usize, scores: &mut [f32]) {
        let [batch, head] = self.batch_and_head;
        let start = |strides: [usize; 4]| {
            [batch, head, query, first_key].iter().zip(strides).map(|(at, stride)| at * stride).sum::<usize>()
        };
        if let Some(added) = self.masking.added {
            let (start, step) = (start(added.strides), added.strides[3]);
            scores[..count].iter_mut().enumerate().for_each(|(key, score)| *score += added.data[start + key * step]);
        }
        if let Some(masked) = self.masking.masked {
            let (start, step) = (start(masked.strides), masked.strides[3]);
            for (key, score) in scores[..count].iter_mut().enumerate() {
                if masked.data[start + key * step] != 0 {
                    *score = f32::NEG_INFINITY;
                }
            }
        }
        let visible = if self.masking.causal { (query + 1).saturating_sub(first_key).min(count) } else { count };
        scores[visible..].fill(f32::NEG_INFINITY);
    }
}
