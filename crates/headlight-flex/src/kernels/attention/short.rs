//! Heads of so few tokens that S and P fit in the cache whole. P is kept, and the backward pass need not compute it again.

use super::head::{Head, HeadGradients};
use super::softmax::{exp_row, max};
use crate::kernels::matrix::{Matrix, MatrixMut, matmul};
use crate::kernels::vector::{LANES, dispatch, fold};

/// The context of one head, `[queries, d_value]`; its attention weights are left in `weights`, `[queries, keys]`, each row padded with
/// zeros to whole vectors.
pub(super) fn forward(head: &Head<'_>, weights: &mut [f32], context: MatrixMut<'_>) {
    let ([queries, _], [keys, _]) = (head.query.shape(), head.key.shape());
    let stride = keys.next_multiple_of(LANES);

    // pass 1: S = Q Kᵀ / √d_head      [queries, d_head] × [d_head, keys] → [queries, keys]
    let scores = MatrixMut::with_row_stride(weights, [queries, keys], stride);
    matmul(head.scale, head.query, head.key.transpose(), scores);

    // pass 2: S = −∞ where masked, and in the padding      [queries, keys]
    // All rows before pass 3: a row of few numbers would be loaded again before its single stores have come through.
    for (query, scores) in weights.chunks_exact_mut(stride).enumerate() {
        head.mask(query, 0, keys, scores);
    }

    // pass 3: P = softmax(S), row by row and in place      [queries, keys]
    dispatch(
        #[inline(always)]
        || {
            for row in weights.chunks_exact_mut(stride) {
                let row = row.as_chunks_mut().0;
                let max = max(row);
                // Every key masked: any finite shift leaves e^−∞ = 0, and the row is 0.
                let sum = exp_row(row, if max == f32::NEG_INFINITY { 0.0 } else { max });
                let share = if sum == 0.0 { 0.0 } else { 1.0 / sum };
                row.as_flattened_mut().iter_mut().for_each(|weight| *weight *= share);
            }
        },
    );

    // pass 4: O = P V      [queries, keys] × [keys, d_value] → [queries, d_value]
    let weights = Matrix::strided(weights, [queries, keys], [stride, 1]);
    matmul(1.0, weights, head.value, context);
}

/// The gradients of one head, given its attention weights as [`forward`] left them and ∂O, `[queries, d_value]`. `scratch` is as large as
/// `weights`.
pub(super) fn backward(
    head: &Head<'_>,
    weights: &[f32],
    d_context: Matrix<'_>,
    scratch: &mut [f32],
    gradients: HeadGradients<'_>,
) {
    let ([queries, _], [keys, _]) = (head.query.shape(), head.key.shape());
    let stride = keys.next_multiple_of(LANES);
    let HeadGradients { d_query, d_key, d_value } = gradients;

    // pass 1: ∂V = Pᵀ ∂O      [keys, queries] × [queries, d_value] → [keys, d_value]
    matmul(1.0, Matrix::strided(weights, [queries, keys], [stride, 1]).transpose(), d_context, d_value);

    // pass 2: ∂P = ∂O Vᵀ      [queries, d_value] × [d_value, keys] → [queries, keys]
    let d_weights = MatrixMut::with_row_stride(scratch, [queries, keys], stride);
    matmul(1.0, d_context, head.value.transpose(), d_weights);
    // The padding may hold another head's NaN, and 0 · NaN is not 0.
    scratch.chunks_exact_mut(stride).for_each(|row| row[keys..].fill(0.0));

    // pass 3: ∂S = P ∘ (∂P − Σ P ∘ ∂P), row by row and in place      [queries, keys]
    dispatch(
        #[inline(always)]
        || {
            for (d_scores, weights) in scratch.chunks_exact_mut(stride).zip(weights.chunks_exact(stride)) {
                let (d_scores, weights) = (d_scores.as_chunks_mut::<LANES>().0, weights.as_chunks::<LANES>().0);
                let mut sums = [0.0; LANES];
                for (d_p, p) in d_scores.iter().zip(weights) {
                    for lane in 0..LANES {
                        sums[lane] += d_p[lane] * p[lane];
                    }
                }
                let sum = fold(sums, |left, right| left + right);
                for (d_p, p) in d_scores.iter_mut().zip(weights) {
                    for lane in 0..LANES {
                        d_p[lane] = p[lane] * (d_p[lane] - sum);
                    }
                }
            }
        },
    );
    let d_scores = Matrix::strided(scratch, [queries, keys], [stride, 1]);

    // pass 4: ∂Q = ∂S K / √d_head      [queries, keys] × [keys, d_head] → [queries, d_head]
    matmul(head.scale, d_scores, head.key, d_query);

    // pass 5: ∂K = ∂Sᵀ Q / √d_head      [keys, queries] × [queries, d_head] → [keys, d_head]
    matmul(head.scale, d_scores.transpose(), head.query, d_key);
}
