//! y = γ (x − mean) / √(variance + ε) + β, row by row (Ba et al., [Layer Normalization](https://arxiv.org/abs/1607.06450)).

use crate::kernels::vector::{dispatch, sum};

/// What [`forward`] gives.
#[derive(Clone, Debug)]
pub struct Normed {
    /// The rows, `[rows, width]`.
    pub output: Vec<f32>,
    /// Mean and 1 / √(variance + ε) of each row, which the backward pass reads.
    pub statistics: Vec<[f32; 2]>,
}

/// Gradients of [`forward`].
#[derive(Debug)]
pub struct Gradients {
    /// `[rows, width]`
    pub input: Vec<f32>,
    /// `[width]`
    pub gamma: Vec<f32>,
    /// `[width]`
    pub beta: Vec<f32>,
}

/// Normalises each row.
///
/// # Shapes
///
/// - input, output: `[rows, width]`
/// - gamma, beta: `[width]`
///
/// # Panics
///
/// When gamma and beta differ in length, or the input is no whole number of rows.
pub fn forward(input: &[f32], gamma: &[f32], beta: &[f32], epsilon: f32) -> Normed {
    let width = gamma.len();
    assert!(width > 0 && beta.len() == width && input.len().is_multiple_of(width), "rows of {width}");
    let mut normed = Normed { output: vec![0.0; input.len()], statistics: vec![[0.0; 2]; input.len() / width] };
    let Normed { output, statistics } = &mut normed;
    dispatch(
        #[inline(always)]
        || {
            for ((x, y), statistics) in input.chunks_exact(width).zip(output.chunks_exact_mut(width)).zip(statistics) {
                let mean = sum([x], |[x]| x) / width as f32;
                let variance = sum([x], |[x]| (x - mean) * (x - mean)) / width as f32;
                let scale = 1.0 / (variance + epsilon).sqrt();
                *statistics = [mean, scale];
                for (((y, x), gamma), beta) in y.iter_mut().zip(x).zip(gamma).zip(beta) {
                    *y = (x - mean) * scale * gamma + beta;
                }
            }
        },
    );
    normed
}

/// Gradients of the loss, given those of the output.
///
/// With x̂ = (x − mean) · scale and g = γ ∂y: ∂x = scale · (g − mean(g) − x̂ mean(g x̂)), ∂γ = Σ ∂y x̂, ∂β = Σ ∂y.
///
/// # Shapes
///
/// As [`forward`].
///
/// # Panics
///
/// When the shapes do not fit together.
pub fn backward(input: &[f32], gamma: &[f32], statistics: &[[f32; 2]], upstream: &[f32]) -> Gradients {
    let width = gamma.len();
    assert_eq!(input.len(), upstream.len(), "a gradient for each number of the output");
    assert_eq!(input.len(), statistics.len() * width, "statistics for each row of {width}");
    let mut gradients = Gradients { input: vec![0.0; input.len()], gamma: vec![0.0; width], beta: vec![0.0; width] };
    let Gradients { input: d_input, gamma: d_gamma, beta: d_beta } = &mut gradients;
    dispatch(
        #[inline(always)]
        || {
            let rows = input.chunks_exact(width).zip(upstream.chunks_exact(width)).zip(statistics);
            for (((x, d_y), &[mean, scale]), d_x) in rows.zip(d_input.chunks_exact_mut(width)) {
                let mean_g = sum([gamma, d_y], |[gamma, d_y]| gamma * d_y) / width as f32;
                let mean_gx = sum([gamma, d_y, x], |[gamma, d_y, x]| gamma * d_y * ((x - mean) * scale)) / width as f32;
                for (((d_x, x), d_y), gamma) in d_x.iter_mut().zip(x).zip(d_y).zip(gamma) {
                    *d_x = scale * (gamma * d_y - mean_g - (x - mean) * scale * mean_gx);
                }
                for (((d_gamma, d_beta), x), d_y) in d_gamma.iter_mut().zip(d_beta.iter_mut()).zip(x).zip(d_y) {
                    *d_gamma += d_y * ((x - mean) * scale);
                    *d_beta += d_y;
                }
            }
        },
    );
    gradients
}
