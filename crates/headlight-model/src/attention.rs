use burn::tensor::{Tensor, assert_shape};
use headlight_flex::attention_context;

use crate::mask::Mask;

/// Attention(Q, K, V) = softmax(Q Kᵀ / √d_head) V. Returns `(context, weights)`.
///
/// Equation 1 of Vaswani et al., [Attention Is All You Need](https://arxiv.org/abs/1706.03762). A row of the weights
/// sums to 1, or to 0 where every key is masked: its context is then 0 too, and so are its gradients.
///
/// # Shapes
///
/// - query: `[batch_size, n_heads, queries, d_head]`
/// - key: `[batch_size, n_heads, keys, d_head]`
/// - value: `[batch_size, n_heads, keys, d_value]`, where `d_value` may differ from `d_head`
/// - mask: broadcastable to `[batch_size, n_heads, queries, keys]`
/// - context: `[batch_size, n_heads, queries, d_value]`
/// - weights: `[batch_size, n_heads, queries, keys]`
///
/// # Panics
///
/// When the shapes do not fit together.
pub fn scaled_dot_product_attention(
    query: Tensor<4>,
    key: Tensor<4>,
    value: Tensor<4>,
    mask: Option<&Mask>,
) -> (Tensor<4>, Tensor<4>) {
    let [batch_size, n_heads, keys, _] = key.dims();
    assert_shape!(value, [batch_size, n_heads, keys, _]);

    let weights = attention_weights(query, key, mask); // [batch_size, n_heads, queries, keys]
    let context = weights.clone().matmul(value); //        [batch_size, n_heads, queries, d_value]
    (context, weights)
}

/// [`scaled_dot_product_attention`] without the weights.
///
/// On the flex device those of more than a few tokens are never held, so that memory grows with the number of tokens and not with its square; other devices
/// compute them and let them go.
///
/// # Shapes
///
/// As [`scaled_dot_product_attention`].
///
/// # Panics
///
/// When the shapes do not fit together.
pub fn scaled_dot_product_context(
    query: Tensor<4>,
    key: Tensor<4>,
    value: Tensor<4>,
    mask: Option<&Mask>,
) -> Tensor<4> {
    let [batch_size, n_heads, queries, _] = query.dims();
    let [_, _, keys, _] = key.dims();
    let tensors = mask.map(|mask| mask.tensors([batch_size, n_heads, queries, keys])).unwrap_or_default();
    match attention_context(&query, &key, &value, tensors) {
        Some(context) => context,
        None => scaled_dot_product_attention(query, key, value, mask).0,
    }
}

/// softmax(Q Kᵀ / √d_head): for each query, how much it attends to each key.
///
/// # Shapes
///
/// - query: `[batch_size, n_heads, queries, d_head]`
/// - key: `[batch_size, n_heads, keys, d_head]`
/// - mask: broadcastable to `[batch_size, n_heads, queries, keys]`
/// - weights: `[batch_size, n_heads, queries, keys]`
///
/// # Panics
///
/// When the shapes do not fit together.
pub fn attention_weights(query: Tensor<4>, key: Tensor<4>, mask: Option<&Mask>) -> Tensor<4> {
    let [batch_size, n_heads, _, d_head] = query.dims();
    assert_shape!(key, [batch_size, n_heads, _, d_head]);

    // 1. Multiply every query with every key.
    let scores = query.matmul(key.transpose()); // [batch_size, n_heads, queries, keys]

    // 2. Scale. A dot product of d_head products has a spread of √d_head times one product's; without this, wide heads
    //    would start with a softmax so sharp that hardly any gradient comes through.
    let scores = scores / (d_head as f64).sqrt();

    // 3. Mask keys.
    let scores = match mask {
        Some(mask) => mask.apply(scores),
        None => scores,
    };

    // 4. Turn each row into a distribution.
    softmax_over_visible_keys(scores)
}

/// [`attention_weights`] by the device's kernel, where it has one and no gradient is asked for.
pub(crate) fn attention_weights_of(query: &Tensor<4>, key: &Tensor<4>, mask: Option<&Mask>) -> Tensor<4> {
    let [batch_size, n_heads, queries, d_head] = query.dims();
    let [_, _, keys, _] = key.dims();
    assert_shape!(key, [batch_size, n_heads, _, d_head]);
    let tensors = mask.map(|mask| mask.tensors([batch_size, n_heads, queries, keys])).unwrap_or_default();
    let weights = headlight_flex::attention_weights(query, key, tensors);
    weights.unwrap_or_else(|| attention_weights(query.clone(), key.clone(), mask))
}

/// Softmax over the last axis, in which a score of −∞ gets weight 0 even where the whole row is −∞.
///
/// The usual softmax gives NaN there (−∞ − −∞), and one that masks with a large negative number gives a uniform row.
fn softmax_over_visible_keys(scores: Tensor<4>) -> Tensor<4> {
    // Subtracting the row's maximum keeps exp from overflowing and cancels in the fraction, so no gradient is needed
    // through it. In a row without a visible key the maximum is −∞, and nothing need be subtracted.
    let max = scores.clone().detach().max_dim(3); // [batch_size, n_heads, queries, 1]
    let nothing_visible = max.clone().equal_elem(f32::NEG_INFINITY);
    let exp = (scores - max.mask_fill(nothing_visible, 0.0)).exp();

    // A row with a visible key has a sum of at least exp(0) = 1, so the lower bound acts only on the row of zeros, where
    // it makes 0 / 0 into 0.
    let sum = exp.clone().sum_dim(3).clamp_min(0.5);
    exp / sum
}
