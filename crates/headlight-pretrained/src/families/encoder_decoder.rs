//! The blocks of Marian, BART and Whisper: those of Vaswani et al., [Attention Is All You Need](https://arxiv.org/abs/1706.03762), by the
//! names that transformers gives their sizes and their tensors.

use burn::nn::Embedding;
use burn::tensor::Tensor;
use headlight_model::{
    Block, CrossAttention, FeedForward, Mask, MultiHeadAttention, NormPlacement, ParametersError, Sequences, Stack,
    Tokens,
};
use serde::Deserialize;

use crate::error::PretrainedError;
use crate::parts::{causal, check_sizes, nonlinearity, padding};
use crate::tensors::{Bias, Tensors};

/// Of PyTorch's norms, where nobody says otherwise.
pub(super) const EPSILON: f64 = 1e-5;

/// How large the two stacks are.
#[derive(Debug, Deserialize)]
pub(super) struct Sizes {
    pub(super) d_model: usize,
    encoder_layers: usize,
    encoder_attention_heads: usize,
    encoder_ffn_dim: usize,
    decoder_layers: usize,
    decoder_attention_heads: usize,
    decoder_ffn_dim: usize,
    activation_function: String,
}

/// Where a family's blocks differ from another's.
pub(super) struct Style {
    pub(super) placement: NormPlacement,
    /// Of the projections to keys; all others have biases.
    pub(super) key_bias: Bias,
}

impl Sizes {
    /// # Errors
    ///
    /// When a stack has no layer, or its heads do not share the width.
    pub(super) fn check(&self) -> Result<(), PretrainedError> {
        check_sizes(self.encoder_layers, self.d_model, self.encoder_attention_heads)?;
        check_sizes(self.decoder_layers, self.d_model, self.decoder_attention_heads)
    }

    /// The blocks `encoder.layers.0…` or `decoder.layers.0…`.
    ///
    /// # Errors
    ///
    /// When a tensor is missing or of another shape, or the activation is not built.
    pub(super) fn blocks(
        &self,
        stack: Stack,
        style: &Style,
        tensors: &mut Tensors,
    ) -> Result<Vec<Block>, PretrainedError> {
        let (name, n_layers) = match stack {
            Stack::Encoder => ("encoder", self.encoder_layers),
            Stack::Decoder => ("decoder", self.decoder_layers),
        };
        (0..n_layers).map(|layer| self.block(stack, &format!("{name}.layers.{layer}"), style, tensors)).collect()
    }

    fn block(
        &self,
        stack: Stack,
        prefix: &str,
        style: &Style,
        tensors: &mut Tensors,
    ) -> Result<Block, PretrainedError> {
        let d_model = self.d_model;
        let (n_heads, d_ff) = match stack {
            Stack::Encoder => (self.encoder_attention_heads, self.encoder_ffn_dim),
            Stack::Decoder => (self.decoder_attention_heads, self.decoder_ffn_dim),
        };
        let name = |part: &str| format!("{prefix}.{part}");

        let norm_attention = tensors.layer_norm(&name("self_attn_layer_norm"), d_model, EPSILON)?;
        let self_attention = attention(tensors, &name("self_attn"), d_model, n_heads, style)?;
        let cross = match stack {
            Stack::Encoder => None,
            Stack::Decoder => Some(CrossAttention::from_parts(
                tensors.layer_norm(&name("encoder_attn_layer_norm"), d_model, EPSILON)?,
                attention(tensors, &name("encoder_attn"), d_model, n_heads, style)?,
            )),
        };
        let norm_feed_forward = tensors.layer_norm(&name("final_layer_norm"), d_model, EPSILON)?;
        let up = tensors.linear(&name("fc1"), [d_model, d_ff], Bias::With)?;
        let down = tensors.linear(&name("fc2"), [d_ff, d_model], Bias::With)?;
        let feed_forward = FeedForward::from_layers(up, None, down, nonlinearity(&self.activation_function)?);

        let norms = [norm_attention, norm_feed_forward];
        Ok(Block::from_parts(style.placement, norms, self_attention, cross, feed_forward))
    }
}

fn attention(
    tensors: &mut Tensors,
    prefix: &str,
    d_model: usize,
    n_heads: usize,
    style: &Style,
) -> Result<MultiHeadAttention, ParametersError> {
    let mut layer = |part: &str, bias: Bias| tensors.linear(&format!("{prefix}.{part}"), [d_model, d_model], bias);
    let query = layer("q_proj", Bias::With)?;
    let key = layer("k_proj", style.key_bias)?;
    let value = layer("v_proj", Bias::With)?;
    let output = layer("out_proj", Bias::With)?;
    Ok(MultiHeadAttention::from_layers([query, key, value, output], n_heads))
}

/// The embedding of several names: transformers stores tied parameters once, older releases under another name than newer ones, and some
/// files have them under each.
///
/// # Errors
///
/// When it is under none of them, or of another shape.
pub(super) fn tied<const N: usize>(
    tensors: &mut Tensors,
    names: [&str; N],
    shape: [usize; 2],
) -> Result<Embedding, ParametersError> {
    names.iter().for_each(|name| tensors.skip(name));
    let stored = names.into_iter().find(|name| tensors.has(name));
    tensors.embedding(stored.unwrap_or(names[0]), shape)
}

/// What is added to each token's logit, `[vocab_size]`, where the model has it.
///
/// # Errors
///
/// When it is of another shape.
pub(super) fn final_logits_bias(
    tensors: &mut Tensors,
    vocab_size: usize,
) -> Result<Option<Tensor<1>>, ParametersError> {
    const NAME: &str = "final_logits_bias";
    if !tensors.has(NAME) {
        return Ok(None);
    }
    Ok(Some(tensors.get(NAME, [1, vocab_size])?.reshape([vocab_size])))
}

/// The text that an encoder reads.
///
/// # Panics
///
/// When there is none.
pub(super) fn source(input: &Sequences) -> &Tokens {
    input.source.as_ref().expect("an encoder reads a source")
}

/// What a stack reads, and what its self-attention masks.
///
/// # Panics
///
/// When it is the encoder's, and there is no source.
pub(super) fn sequence(stack: Stack, input: &Sequences) -> (&Tokens, Option<Mask>) {
    match stack {
        Stack::Encoder => (source(input), padding(source(input))),
        Stack::Decoder => (&input.target, Some(causal(&input.target))),
    }
}
