//! Fast operations for Burn's flex device.
//!
//! ```
//! use burn::nn::LinearConfig;
//! use burn::tensor::{Device, Distribution, Tensor};
//! use headlight_flex::linear_relu;
//!
//! let device = Device::default();
//! let layer = LinearConfig::new(16, 64).init(&device);
//! let x = Tensor::<3>::random([2, 8, 16], Distribution::Default, &device); // 2 sequences of 8 tokens
//!
//! let y = linear_relu(&layer, x); // relu(layer.forward(x)), in one pass over the numbers
//! assert_eq!(y.dims(), [2, 8, 64]);
//! ```
//!
//! Three layers, of which a model uses the first:
//!
//! - the functions of this crate, each equal to a plain Burn expression that its documentation names, values and gradients: on flex
//!   they run the kernels, on other devices the expression itself;
//! - the bridge that makes an operation of Burn, with a gradient, of a kernel;
//! - [`kernels`] on slices of `f32`, which know nothing of Burn.
//!
//! Cargo features: `flex` is the device (without it the functions are the plain expressions), `threads` lets large pieces of work use several
//! threads, and `allocator` has the allocator of Headlight's programs, which is here since it is there for the same buffers.

mod bridge;
pub mod kernels;
#[cfg(feature = "allocator")]
pub mod allocator;

pub use bridge::adamw::FusedAdamW;
pub use bridge::{
    MaskTensors, attention_context, attention_weights, layer_norm, linear, linear_gelu, linear_gelu_tanh, linear_relu,
};
