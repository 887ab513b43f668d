//! A mask as the kernels take it.

use burn::tensor::{Bool, Tensor};

/// What a mask does to attention scores, as tensors that broadcast to `[batch_size, n_heads, queries, keys]`.
#[derive(Clone, Copy, Debug, Default)]
pub struct MaskTensors<'a> {
    /// Query `i` attends to the keys `0..=i` only.
    pub causal: bool,
    /// `true` where a key is masked besides.
    pub masked: Option<&'a Tensor<4, Bool>>,
    /// Added to the scaled scores.
    pub added: Option<&'a Tensor<4>>,
}
