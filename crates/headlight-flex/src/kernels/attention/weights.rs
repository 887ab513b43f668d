//! The attention weights themselves, for whoever looks at them. Without a backward pass.

use super::head::Head;
use super::input::{Heads, Masking};
use super::sizes::Sizes;
use super::softmax::softmax;
use crate::kernels::matrix::{MatrixMut, matmul};
use crate::kernels::parallel;
use crate::kernels::vector::dispatch;

/// softmax(Q Kᵀ / √d_head), `[batch_size, n_heads, queries, keys]`. Where every key is masked a row is 0.
///
/// # Shapes
///
/// - query: `[batch_size, n_heads, queries, d_head]`
/// - key: `[batch_size, n_heads, keys, d_head]`
///
/// # Panics
///
/// When the shapes do not fit together, one of their lengths is 0, or a mask's slice is too short.
pub fn weights(query: &Heads<'_>, key: &Heads<'_>, masking: Masking<'_>) -> Vec<f32> {
    let sizes = Sizes::of(query, key, key);
    let Sizes { batch_size, n_heads, queries, keys, .. } = sizes;
    let mut weights = vec![0.0; batch_size * n_heads * queries * keys];
    let work = |(at, weights): (usize, &mut [f32])| {
        let head = Head::of([query, key, key], masking, sizes.scale(), [at / n_heads, at % n_heads]);

        // pass 1: S = Q Kᵀ / √d_head      [queries, d_head] × [d_head, keys] → [queries, keys]
        matmul(head.scale, head.query, head.key.transpose(), MatrixMut::new(weights, [queries, keys]));

        // pass 2: S = −∞ where masked, and P = softmax(S), row by row and in place      [queries, keys]
        for (query, row) in weights.chunks_exact_mut(keys).enumerate() {
            head.mask(query, 0, keys, row);
            dispatch(
                #[inline(always)]
                || softmax(row),
            );
        }
    };
    let heads = weights.chunks_exact_mut(queries * keys).enumerate();
    if sizes.is_worth_sharing() {
        parallel::for_each(heads, work);
    } else {
        heads.for_each(work);
    }
    weights
}
