//! Multi-head attention and small transformers on [Burn](https://burn.dev), written so that the code reads like the
//! equation. A pass can show all that it computes, and compute it with some of it changed.
//!
//! ```
//! use burn::tensor::{Device, Distribution, Tensor};
//! use headlight_model::{Mask, MultiHeadAttentionConfig};
//!
//! let device = Device::default();
//! let attention = MultiHeadAttentionConfig::new(64, 4).init(&device); // d_model 64, 4 heads
//!
//! let x = Tensor::<3>::random([10, 8, 64], Distribution::Default, &device); // 10 sequences of 8 tokens
//! let mask = Mask::causal(8, &device);
//! let (output, weights) = attention.forward_with_attention(x.clone(), x.clone(), x, Some(&mask));
//!
//! assert_eq!(output.dims(), [10, 8, 64]);
//! assert_eq!(weights.dims(), [10, 4, 8, 8]); // batch, head, query, key
//! ```
//!
//! Conventions: rows are queries and columns are keys; `true` in a mask means *masked*; scores are scaled by √d_head, the
//! width of one head; a row whose keys are all masked has weights 0 and context 0.
//!
//! In reading order: [`scaled_dot_product_attention`], [`SingleHeadAttention`], [`MultiHeadAttention`], [`Mask`],
//! [`Positions`], [`Transformer`]; then [`Trace`] and [`Intervention`].

mod attention;
mod single_head;
mod multi_head;
mod heads;
mod mask;
mod positions;
mod rotary;
mod relative_bias;
mod alibi;
mod embedding;
mod feed_forward;
mod norm;
mod block;
mod config;
mod transformer;
mod stack;
mod decoding;

mod trace;
mod interventions;
mod tracing;
mod learned;
mod traceable;

mod dropout;
mod init;
mod parameters;
mod record;
mod error;

// Unit tests compute on the same device as those in tests/.
#[cfg(test)]
#[path = "../tests/device/mod.rs"]
mod test_device;

pub use alibi::{alibi_biases, alibi_slopes};
pub use attention::{attention_weights, scaled_dot_product_attention, scaled_dot_product_context};
pub use block::{Block, CrossAttention, FeedForwardReads, Memory};
pub use config::{Architecture, TransformerConfig};
pub use decoding::DecoderCache;
pub use dropout::{Dropout, DropoutKey};
pub use error::{ConfigError, Mismatch, ParametersError};
pub use feed_forward::{Activation, FeedForward, Nonlinearity};
pub use init::{LAYER_NORM_EPSILON, keyed_generator};
pub use interventions::{At, AttentionEdits, Intervention, NewWeights, Site, Stack, StackEdits};
pub use learned::{BesideTokens, HeadMatrices, NormSite, Unembedding};
pub use mask::Mask;
pub use multi_head::{MultiHeadAttention, MultiHeadAttentionConfig};
pub use norm::{Norm, NormKind, NormPlacement};
pub use parameters::{parameters_from_safetensors, parameters_to_safetensors};
pub use positions::{Positions, sinusoidal_positions};
pub use record::{record_attention, record_kept, record_trace};
pub use relative_bias::{RelativeBias, Sees};
pub use rotary::{Pairing, Rotary, rotary_angles, rotate};
pub use single_head::{SingleHeadAttention, SingleHeadAttentionConfig};
pub use stack::{BlockStack, Keep, KeptAttention, KeptProjections, StackAttention};
pub use trace::{AttentionTrace, LayerTrace, StackTrace, Trace};
pub use traceable::{Sequences, Traceable};
pub use transformer::{Tokens, Transformer};
// Which of a model's attentions and heads is meant is plain data, and belongs to the record.
pub use headlight_record::{AttentionKind, Head, HeadName};
