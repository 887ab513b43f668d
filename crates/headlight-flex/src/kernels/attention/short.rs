//! Heads of so few tokens that all their weights fit where the scores of others pass through: the weights are kept, and the
//! backward pass need not compute them again.

use super::backward::HeadGradients;
use super::tile::{Head, exp_row, max};
use crate::kernels::matrix::{Matrix, MatrixMut, matmul};
use crate::kernels::vector::{LANES, dispatch, fold};

/// One head, whose weights are left in `weights`, each row filled up to whole vectors.
pub(super) fn attend(head: &Head<'_>, weights: &mut [f32], output: &mut [f32], output_stride: usize) {
    let ([queries, _], [keys, d_value]) = (head.query.shape(), head.value.shape());
    let stride = keys.next_multiple_of(LANES);
    matmul(head.scale, head.query, head.key.transpose(), MatrixMut::with_row_stride(weights, [queries, keys], stride));
    // All rows first: a row of few numbers is loaded again before its single stores have come through.
    for (query, row) in weights.chunks_exact_mut(stride).enumerate() {
        head.hide(query, 0, keys, row);
    }
    dispatch(
        #[inline(always)]
        || {
            for row in weights.chunks_exact_mut(stride) {
                let row = row.as_chunks_mut().0;
                let max = max(row);
                // Nothing seen: any finite shift leaves e^−∞ = 0.
                let sum = exp_row(row, if max == f32::NEG_INFINITY { 0.0 } else { max });
                let share = if sum == 0.0 { 0.0 } else { 1.0 / sum };
                row.as_flattened_mut().iter_mut().for_each(|weight| *weight *= share);
            }
        },
    );
    let weights = Matrix::strided(weights, [queries, keys], [stride, 1]);
    matmul(1.0, weights, head.value, MatrixMut::with_row_stride(output, [queries, d_value], output_stride));
}

/// ∂V = Pᵀ ∂O, ∂P = ∂O Vᵀ, ∂S = P ∘ (∂P − Σ P ∘ ∂P) / √d_head, ∂Q = ∂S K, ∂K = ∂Sᵀ Q. `scratch` is as large as `weights`.
pub(super) fn pull_back(
    head: &Head<'_>,
    weights: &[f32],
    upstream: Matrix<'_>,
    scratch: &mut [f32],
    gradients: HeadGradients<'_>,
) {
    let ([queries, d_head], [keys, d_value]) = (head.query.shape(), head.value.shape());
    let stride = keys.next_multiple_of(LANES);
    let HeadGradients { query, key, value, strides: [gradient_stride, value_stride] } = gradients;

    let weights_matrix = Matrix::strided(weights, [queries, keys], [stride, 1]);
    matmul(1.0, weights_matrix.transpose(), upstream, MatrixMut::with_row_stride(value, [keys, d_value], value_stride));

    matmul(1.0, upstream, head.value.transpose(), MatrixMut::with_row_stride(scratch, [queries, keys], stride));
    // The filling may hold another head's NaN, and 0 · NaN is not 0.
    scratch.chunks_exact_mut(stride).for_each(|row| row[keys..].fill(0.0));
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
    matmul(head.scale, d_scores, head.key, MatrixMut::with_row_stride(query, [queries, d_head], gradient_stride));
    matmul(
        head.scale,
        d_scores.transpose(),
        head.query,
        MatrixMut::with_row_stride(key, [keys, d_head], gradient_stride),
    );
}
