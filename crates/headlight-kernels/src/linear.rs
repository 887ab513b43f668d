//! y = x W + b, and max(0, x W + b).

use rayon::prelude::*;

use crate::matrix::{SHARED_ROWS, is_large, product};
use crate::vector::dispatch;
use crate::{Matrix, MatrixMut, matmul_add};

/// What is done to each number of the output.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Activation {
    /// Nothing.
    Identity,
    /// max(0, y)
    Relu,
}

/// Gradients of [`forward`].
#[derive(Debug)]
pub struct Gradients {
    /// `[rows, d_input]`
    pub input: Vec<f32>,
    /// `[d_input, d_output]`
    pub weight: Vec<f32>,
    /// `[d_output]`
    pub bias: Vec<f32>,
}

/// y = activation(x W + b)
///
/// # Shapes
///
/// - input: `[rows, d_input]`
/// - weight: `[d_input, d_output]`
/// - bias: `[d_output]`
/// - output: `[rows, d_output]`
///
/// # Panics
///
/// When the shapes do not fit together.
pub fn forward(input: Matrix<'_>, weight: Matrix<'_>, bias: Option<&[f32]>, activation: Activation) -> Vec<f32> {
    let ([rows, d_input], [_, d_output]) = (input.shape(), weight.shape());
    assert!(bias.is_none_or(|bias| bias.len() == d_output), "a bias has a number for each output");
    let bias = bias.map_or_else(|| vec![0.0; d_output], <[f32]>::to_vec);
    let finish = |first_row: usize, output: &mut [f32]| {
        let count = output.len() / d_output;
        matmul_add(1.0, input.rows(first_row, count), weight, MatrixMut::new(output, [count, d_output]));
        if activation == Activation::Relu {
            dispatch(
                #[inline(always)]
                || output.iter_mut().for_each(|y| *y = if *y < 0.0 { 0.0 } else { *y }),
            );
        }
    };
    if is_large(rows * d_input * d_output) {
        let mut output = bias.repeat(rows);
        let parts = output.par_chunks_mut(SHARED_ROWS * d_output).enumerate();
        parts.for_each(|(part, output)| finish(part * SHARED_ROWS, output));
        return output;
    }
    // 128 rows of width 256 are 128 KiB: they stay in the second-level cache from the bias to the activation.
    const ROWS: usize = 128;
    let mut output = Vec::with_capacity(rows * d_output);
    for first_row in (0..rows).step_by(ROWS) {
        let start = output.len();
        (first_row..(first_row + ROWS).min(rows)).for_each(|_| output.extend_from_slice(&bias));
        finish(first_row, &mut output[start..]);
    }
    output
}

/// Gradients of the loss, given those of the output.
///
/// ∂x = ∂y Wᵀ, ∂W = xᵀ ∂y, ∂b = Σ ∂y; behind a ReLU, ∂y counts where the output is positive.
///
/// # Shapes
///
/// - input, weight, output: as in [`forward`]
/// - upstream: as output; behind a ReLU it is overwritten by what passes through
///
/// # Panics
///
/// When the shapes do not fit together.
pub fn backward(
    input: Matrix<'_>,
    weight: Matrix<'_>,
    output: &[f32],
    upstream: &mut [f32],
    activation: Activation,
) -> Gradients {
    let ([rows, d_input], [_, d_output]) = (input.shape(), weight.shape());
    assert_eq!((output.len(), upstream.len()), (rows * d_output, rows * d_output), "{rows} rows of {d_output}");
    let pass = |(upstream, output): (&mut [f32], &[f32])| pass_activation(upstream, output, d_output, activation);
    let bias = if is_large(rows * d_input * d_output) {
        let size = SHARED_ROWS * d_output;
        let parts: Vec<_> = upstream.par_chunks_mut(size).zip(output.par_chunks(size)).map(pass).collect();
        parts.into_iter().reduce(|mut sum, part| {
            sum.iter_mut().zip(part).for_each(|(sum, part)| *sum += part);
            sum
        })
    } else {
        Some(pass((upstream, output)))
    };
    let bias = bias.unwrap_or_else(|| vec![0.0; d_output]);
    let d_y = Matrix::new(upstream, [rows, d_output]);
    Gradients { input: product(d_y, weight.transpose()), weight: product(input.transpose(), d_y), bias }
}

/// Takes the gradient back through the activation, in place, and returns its sum over the rows.
fn pass_activation(upstream: &mut [f32], output: &[f32], d_output: usize, activation: Activation) -> Vec<f32> {
    let mut sum = vec![0.0; d_output];
    dispatch(
        #[inline(always)]
        || {
            for (d_y, y) in upstream.chunks_exact_mut(d_output).zip(output.chunks_exact(d_output)) {
                if activation == Activation::Relu {
                    d_y.iter_mut().zip(y).for_each(|(d_y, y)| *d_y = if *y > 0.0 { *d_y } else { 0.0 });
                }
                sum.iter_mut().zip(d_y).for_each(|(sum, d_y)| *sum += *d_y);
            }
        },
    );
    sum
}
