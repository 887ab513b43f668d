//! Query, key, value and mask as slices with strides, wherever their elements lie.

use crate::kernels::matrix::Matrix;

/// One of query, key, value: element (batch, head, token, feature) lies at the sum of the four times their strides.
#[derive(Clone, Copy, Debug)]
pub struct Heads<'a> {
    /// The elements.
    pub data: &'a [f32],
    /// `[batch_size, n_heads, seq_length, d_head]`
    pub shape: [usize; 4],
    /// Steps along each axis.
    pub strides: [usize; 4],
}

/// An element for each score, broadcast where a stride is 0.
#[derive(Clone, Copy, Debug)]
pub struct Cells<'a, T> {
    /// The elements.
    pub data: &'a [T],
    /// Steps along batch, head, query and key.
    pub strides: [usize; 4],
}

/// Which keys are masked for a query, and what is added to the scores.
#[derive(Clone, Copy, Debug, Default)]
pub struct Masking<'a> {
    /// Query i attends to the keys `0..=i` only.
    pub causal: bool,
    /// Anything but 0 is masked.
    pub masked: Option<Cells<'a, u8>>,
    /// Added to the scaled scores; −∞ masks.
    pub added: Option<Cells<'a, f32>>,
}

impl<'a> Heads<'a> {
    /// One head of one sequence, `[seq_length, d_head]`.
    pub(super) fn head(&self, [batch, head]: [usize; 2]) -> Matrix<'a> {
        let [_, _, seq_length, d_head] = self.shape;
        let start = batch * self.strides[0] + head * self.strides[1];
        Matrix::strided(&self.data[start..], [seq_length, d_head], [self.strides[2], self.strides[3]])
    }
}
