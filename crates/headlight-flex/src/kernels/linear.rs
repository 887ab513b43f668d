//! y = x W + b, and an activation of it.

use crate::kernels::gelu::{gelu, gelu_tanh};
use crate::kernels::matrix::{Matrix, SHARED_ROWS, is_large, product};
use crate::kernels::parallel;
use crate::kernels::vector::dispatch;

/// The function that is applied to each number of x W + b.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Activation {
    /// y
    Identity,
    /// max(0, y)
    Relu,
    /// y Φ(y), with the normal distribution's Φ; without a backward pass
    Gelu,
    /// y (1 + tanh(√(2 / π) (y + 0.044715 y³))) / 2, likewise
    GeluTanh,
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
pub fn forward(input: Matrix<'_>, weight: Matrix<'_>, bias: &[f32], activation: Activation) -> Vec<f32> {
    // 128 rows of width 256 are 128 KiB: they stay in the second-level cache from the product to its activation.
    const ROWS: usize = 128;
    let [_, d_output] = weight.shape();
    assert_eq!(bias.len(), d_output, "a bias has a number for each output");
    product(input, weight, ROWS, |rows| {
        dispatch(
            #[inline(always)]
            || match activation {
                Activation::Identity => add(rows, bias, |y| y),
                // Written so that NaN stays NaN.
                Activation::Relu => add(rows, bias, |y| if y < 0.0 { 0.0 } else { y }),
                Activation::Gelu => add(rows, bias, gelu),
                Activation::GeluTanh => add(rows, bias, gelu_tanh),
            },
        );
    })
}

/// Adds the bias to each row, and applies the activation.
#[inline(always)]
fn add(rows: &mut [f32], bias: &[f32], activation: impl Fn(f32) -> f32) {
    for row in rows.chunks_exact_mut(bias.len()) {
        row.iter_mut().zip(bias).for_each(|(y, bias)| *y = activation(*y + bias));
    }
}

/// What of the gradient of max(0, y) comes through to y, in place: that where the output is positive.
///
/// # Panics
///
/// When the two are not of one length.
pub fn pass_relu(upstream: &mut [f32], output: &[f32]) {
    assert_eq!(upstream.len(), output.len(), "a gradient for each number of the output");
    dispatch(
        #[inline(always)]
        || upstream.iter_mut().zip(output).for_each(|(d_y, y)| *d_y = if *y > 0.0 { *d_y } else { 0.0 }),
    );
}

/// Gradients of the loss, given those of x W + b: ∂x = ∂y Wᵀ, ∂W = xᵀ ∂y, ∂b = Σ ∂y.
///
/// # Shapes
///
/// - input, weight: as in [`forward`]
/// - upstream: `[rows, d_output]`; behind a ReLU what [`pass_relu`] lets through
///
/// # Panics
///
/// When the shapes do not fit together.
pub fn backward(input: Matrix<'_>, weight: Matrix<'_>, upstream: &[f32]) -> Gradients {
    let ([rows, d_input], [_, d_output]) = (input.shape(), weight.shape());
    assert_eq!(upstream.len(), rows * d_output, "{rows} rows of {d_output}");
    let bias = if is_large(&[rows, d_input, d_output]) {
        let parts = upstream.chunks(SHARED_ROWS * d_output);
        sum_rows(&parallel::map(parts, |part| sum_rows(part, d_output)).concat(), d_output)
    } else {
        sum_rows(upstream, d_output)
    };
    let d_y = Matrix::new(upstream, [rows, d_output]);
    let nothing_more = |_: &mut [f32]| ();
    Gradients {
        input: product(d_y, weight.transpose(), rows.max(1), nothing_more),
        weight: product(input.transpose(), d_y, d_input.max(1), nothing_more),
        bias,
    }
}

fn sum_rows(rows: &[f32], width: usize) -> Vec<f32> {
    let mut sum = vec![0.0; width];
    dispatch(
        #[inline(always)]
        || {
            for row in rows.chunks_exact(width) {
                sum.iter_mut().zip(row).for_each(|(sum, number)| *sum += *number);
            }
        },
    );
    sum
}
