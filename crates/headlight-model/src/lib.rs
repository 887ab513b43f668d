//! Multi-head attention and small transformers on [Burn](https://burn.dev), written so that the code reads like the
//! equation. Every forward pass can return the weights of every head.
//!
//! ```
//! use burn::tensor::{Device, Distribution, Tensor};
//! use headlight_model::{Mask, MultiHeadAttentionConfig};
//!
//! let device = Device::default();
//! let attention = MultiHeadAttentionConfig::new(64, 4)?.init(&device); // d_model 64, 4 heads
//!
//! let x = Tensor::<3>::random([10, 8, 64], Distribution::Default, &device); // 10 sequences of 8 tokens
//! let mask = Mask::causal(8, &device);
//! let (output, weights) = attention.forward_with_attention(x.clone(), x.clone(), x, Some(&mask));
//!
//! assert_eq!(output.dims(), [10, 8, 64]);
//! assert_eq!(weights.dims(), [10, 4, 8, 8]); // batch, head, query, key
//! # Ok::<(), headlight_model::ConfigError>(())
//! ```
//!
//! Conventions: rows are queries and columns are keys; `true` in a mask means *hidden*; scores are scaled by √d_head, the
//! width of one head; a row whose keys are all hidden has weights 0 and context 0.
//!
//! In reading order: [`scaled_dot_product_attention`], [`SingleHeadAttention`], [`MultiHeadAttention`], [`Mask`],
//! [`Positions`], [`Transformer`].

mod attention;
mod single_head;
mod multi_head;
mod mask;
mod positions;
mod rotary;
mod alibi;
mod embedding;
mod feed_forward;
mod norm;
mod block;
mod config;
mod transformer;
mod cache;

mod dropout;
mod init;
mod weights;
mod record;
mod error;

// Unit tests compute on the same device as those in tests/.
#[cfg(test)]
#[path = "../tests/device/mod.rs"]
mod test_device;

pub use alibi::{alibi_biases, alibi_slopes};
pub use attention::{attention_weights, scaled_dot_product_attention, scaled_dot_product_context};
pub use block::Memory;
pub use cache::DecoderCache;
pub use config::{Architecture, TransformerConfig};
pub use dropout::{Dropout, DropoutKey};
pub use error::{ConfigError, WeightsError};
pub use feed_forward::Activation;
pub use init::{LAYER_NORM_EPSILON, keyed_generator};
pub use mask::Mask;
pub use multi_head::{Attended, MultiHeadAttention, MultiHeadAttentionConfig};
pub use norm::NormPlacement;
pub use positions::{Positions, sinusoidal_positions};
pub use record::{record_attended, record_attention};
pub use rotary::{rotary_angles, rotate};
pub use single_head::{SingleHeadAttention, SingleHeadAttentionConfig};
pub use transformer::{Tokens, Transformer, TransformerOutput};
pub use weights::{weights_from_safetensors, weights_to_safetensors};
