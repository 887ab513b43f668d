//! The kernels as operations of Burn, with gradients of their own.
//!
//! Each function says which plain Burn expression it equals, and falls back to that expression on devices other than flex and on
//! numbers other than f32. The tests prove the two equal, values and gradients.

pub(crate) mod adamw;
#[cfg(feature = "flex")]
mod attention;
#[cfg(feature = "flex")]
mod extension;
#[cfg(feature = "flex")]
mod layer_norm;
#[cfg(feature = "flex")]
mod linear;
mod mask;

use burn::nn::Linear;
use burn::tensor::{Tensor, activation, module};

pub use mask::MaskTensors;

use crate::kernels::Activation;

/// x W + b, as `layer.forward(input)`.
///
/// # Shapes
///
/// - input: `[batch_size, seq_length, d_input]`
/// - output: `[batch_size, seq_length, d_output]`
pub fn linear(layer: &Linear, input: Tensor<3>) -> Tensor<3> {
    #[cfg(feature = "flex")]
    if let Some(output) = linear::linear(layer, &input, Activation::Identity) {
        return output;
    }
    layer.forward(input)
}

/// max(0, x W + b), as `relu(layer.forward(input))`.
///
/// # Shapes
///
/// - input: `[batch_size, seq_length, d_input]`
/// - output: `[batch_size, seq_length, d_output]`
pub fn linear_relu(layer: &Linear, input: Tensor<3>) -> Tensor<3> {
    #[cfg(feature = "flex")]
    if let Some(output) = linear::linear(layer, &input, Activation::Relu) {
        return output;
    }
    activation::relu(layer.forward(input))
}

/// x Φ(x) of `layer.forward(input)`, with the normal distribution's Φ to within 1e-7; `None` where the kernel does not serve: on other
/// devices, and where a gradient is asked for.
///
/// # Shapes
///
/// - input: `[batch_size, seq_length, d_input]`
/// - output: `[batch_size, seq_length, d_output]`
pub fn linear_gelu(layer: &Linear, input: &Tensor<3>) -> Option<Tensor<3>> {
    without_gradient(layer, input, Activation::Gelu)
}

/// As [`linear_gelu`], with GELU by its approximation x (1 + tanh(√(2 / π) (x + 0.044715 x³))) / 2.
pub fn linear_gelu_tanh(layer: &Linear, input: &Tensor<3>) -> Option<Tensor<3>> {
    without_gradient(layer, input, Activation::GeluTanh)
}

fn without_gradient(layer: &Linear, input: &Tensor<3>, activation: Activation) -> Option<Tensor<3>> {
    #[cfg(feature = "flex")]
    return linear::linear_without_gradient(layer, input, activation);
    #[cfg(not(feature = "flex"))]
    {
        let _ = (layer, input, activation);
        None
    }
}

/// γ (x − mean) / √(variance + ε) + β, as Burn's [`module::layer_norm`].
///
/// # Shapes
///
/// - input, output: `[batch_size, seq_length, d_model]`
/// - gamma, beta: `[d_model]`
pub fn layer_norm(input: Tensor<3>, gamma: Tensor<1>, beta: Tensor<1>, epsilon: f64) -> Tensor<3> {
    #[cfg(feature = "flex")]
    if let Some(output) = layer_norm::layer_norm(&input, &gamma, &beta, epsilon as f32) {
        return output;
    }
    module::layer_norm(input, gamma, Some(beta), epsilon)
}

/// softmax(mask(Q Kᵀ / √d_head)) V without ever holding the attention weights; `None` where the kernel does not serve: on other
/// devices, for tensors without an element, and where the numbers that a mask adds are learned themselves.
///
/// # Shapes
///
/// - query: `[batch_size, n_heads, queries, d_head]`
/// - key: `[batch_size, n_heads, keys, d_head]`
/// - value: `[batch_size, n_heads, keys, d_value]`
/// - context: `[batch_size, n_heads, queries, d_value]`
pub fn attention_context(
    query: &Tensor<4>,
    key: &Tensor<4>,
    value: &Tensor<4>,
    mask: MaskTensors<'_>,
) -> Option<Tensor<4>> {
    #[cfg(feature = "flex")]
    return attention::attention(query, key, value, mask);
    #[cfg(not(feature = "flex"))]
    {
        let _ = (query, key, value, mask);
        None
    }
}

/// softmax(mask(Q Kᵀ / √d_head)); `None` where the kernel does not serve: where [`attention_context`] has none, and where a gradient is
/// asked for.
///
/// # Shapes
///
/// - query: `[batch_size, n_heads, queries, d_head]`
/// - key: `[batch_size, n_heads, keys, d_head]`
/// - weights: `[batch_size, n_heads, queries, keys]`
pub fn attention_weights(query: &Tensor<4>, key: &Tensor<4>, mask: MaskTensors<'_>) -> Option<Tensor<4>> {
    #[cfg(feature = "flex")]
    return attention::weights(query, key, mask);
    #[cfg(not(feature = "flex"))]
    {
        let _ = (query, key, mask);
        None
    }
}

#[cfg(all(test, feature = "flex"))]
mod tests;
