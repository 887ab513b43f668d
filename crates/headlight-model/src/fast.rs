//! The fast room: the layers of the model by the kernels of `headlight-kernels`, through Burn's extension mechanism, with
//! gradients of their own.
//!
//! Each function here says in its docs which plain Burn expression it equals, and falls back to that expression on devices
//! other than flex and on numbers other than f32. The tests of this room prove the two equal, values and gradients.

#[cfg(feature = "flex")]
mod attention;
#[cfg(feature = "flex")]
mod extension;
#[cfg(feature = "flex")]
mod layer_norm;
#[cfg(feature = "flex")]
mod linear;

use burn::nn::{LayerNorm, Linear};
use burn::tensor::Tensor;
use burn::tensor::activation;

use crate::Mask;

/// x W + b, as `layer.forward(input)`.
pub(crate) fn linear(layer: &Linear, input: Tensor<3>) -> Tensor<3> {
    #[cfg(feature = "flex")]
    if let Some(output) = linear::linear(layer, &input, headlight_kernels::Finish::Identity) {
        return output;
    }
    layer.forward(input)
}

/// max(0, x W + b), as `relu(layer.forward(input))`.
pub(crate) fn linear_relu(layer: &Linear, input: Tensor<3>) -> Tensor<3> {
    #[cfg(feature = "flex")]
    if let Some(output) = linear::linear(layer, &input, headlight_kernels::Finish::Relu) {
        return output;
    }
    activation::relu(layer.forward(input))
}

/// γ (x − mean) / √(variance + ε) + β, as `norm.forward(input)`.
pub(crate) fn layer_norm(norm: &LayerNorm, input: Tensor<3>) -> Tensor<3> {
    #[cfg(feature = "flex")]
    if let Some(output) = layer_norm::layer_norm(norm, &input) {
        return output;
    }
    norm.forward(input)
}

/// The context of attention without its weights, as `scaled_dot_product_attention(query, key, value, mask).0`; `None` where the
/// kernel does not serve.
pub(crate) fn attention_context(
    query: &Tensor<4>,
    key: &Tensor<4>,
    value: &Tensor<4>,
    mask: Option<&Mask>,
) -> Option<Tensor<4>> {
    #[cfg(feature = "flex")]
    return attention::attention(query, key, value, mask);
    #[cfg(not(feature = "flex"))]
    {
        let _ = (query, key, value, mask);
        None
    }
}

#[cfg(all(test, feature = "flex"))]
mod tests;
