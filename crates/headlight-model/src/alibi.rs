use std::ops::Range;

use burn::tensor::{Device, Tensor, TensorData};

/// ALiBi's slope of each head: how much a score loses with every position between query and key.
///
/// Section 3 of Press, Smith and Lewis, [Train Short, Test Long](https://arxiv.org/abs/2108.12409): for n heads, n a power of two,
/// the geometric sequence 2^(−8/n), 2^(−16/n), …, 2^(−8). For another n, as in their code (`get_slopes`): those of the power of
/// two below, then every other one of the power of two above, beginning with its first.
///
/// ```
/// use headlight_model::alibi_slopes;
///
/// assert_eq!(alibi_slopes(4), [1.0 / 4.0, 1.0 / 16.0, 1.0 / 64.0, 1.0 / 256.0]);
/// assert_eq!(alibi_slopes(3), [1.0 / 16.0, 1.0 / 256.0, 1.0 / 4.0]);
/// ```
///
/// # Panics
///
/// When `n_heads` is 0.
pub fn alibi_slopes(n_heads: usize) -> Vec<f64> {
    assert!(n_heads > 0, "no heads have no slopes");
    let geometric = |count: usize| (1..=count).map(move |head| (-8.0 * head as f64 / count as f64).exp2());
    let below = 1 << n_heads.ilog2(); // the power of two at or below n_heads
    geometric(below).chain(geometric(2 * below).step_by(2)).take(n_heads).collect()
}

/// What ALiBi adds to the scores of each head: −slope × |query − key|, with the head's [slope](alibi_slopes).
///
/// The paper's numbers for the keys up to the query; those behind it are for a causal mask to mask.
/// [`Mask::alibi`](crate::Mask::alibi) is these as a mask.
///
/// # Shapes
///
/// - biases: `[n_heads, seq_length, seq_length]`
///
/// # Panics
///
/// When `n_heads` is 0.
pub fn alibi_biases(n_heads: usize, seq_length: usize, device: &Device) -> Tensor<3> {
    biases_of(n_heads, 0..seq_length, device)
}

/// The rows of [`alibi_biases`] of these queries, `[n_heads, queries, keys]`: the last query is at the last key.
pub(crate) fn biases_of(n_heads: usize, queries: Range<usize>, device: &Device) -> Tensor<3> {
    let shape = [n_heads, queries.len(), queries.end];
    let mut numbers = Vec::with_capacity(shape.iter().product());
    for slope in alibi_slopes(n_heads) {
        for query in queries.clone() {
            numbers.extend((0..queries.end).map(|key| (-slope * query.abs_diff(key) as f64) as f32));
        }
    }
    Tensor::from_data(TensorData::new(numbers, shape), device)
}
