//! T5: Raffel et al., [Exploring the Limits of Transfer Learning with a Unified Text-to-Text
//! Transformer](https://arxiv.org/abs/1910.10683); version 1.1 has a gated feed-forward layer (Shazeer,
//! [2020](https://arxiv.org/abs/2002.05202)), and FLAN-T5 (Chung et al., [2022](https://arxiv.org/abs/2210.11416)) is built as that.
//!
//! An encoder and a decoder: no positions but a bias of each score by the distance, root-mean-square norms before each part and after the
//! last block, and no bias in any linear layer.

use burn::module::{Module, Param};
use burn::nn::{Embedding, Linear};
use burn::tensor::Tensor;
use headlight_model::{
    Block, BlockStack, CrossAttention, FeedForward, Mask, MultiHeadAttention, Nonlinearity, Norm, NormPlacement,
    ParametersError, RelativeBias, Sees, Sequences, Stack, Unembedding,
};
use serde::Deserialize;
use serde_json::json;

use super::encoder_decoder::source;
use crate::checkpoint::Checkpoint;
use crate::config::Rest;
use crate::error::PretrainedError;
use crate::family::{Embedded, Family, Pretrained};
use crate::model::{Entry, Facts, Model, Predicts};
use crate::parts::{causal, check_sizes, nonlinearity, padding};
use crate::tensors::{Bias, Tensors};

pub(crate) const FAMILY: Entry = Entry {
    model_types: &["t5"],
    open,
    // A bias that cross attention once had, and that nothing reads.
    not_needed: &["decoder.block.0.layer.1.EncDecAttention.relative_attention_bias.weight"],
    not_built: &[],
};

#[derive(Debug, Deserialize)]
struct Config {
    vocab_size: usize,
    d_model: usize,
    d_kv: usize,
    d_ff: usize,
    num_layers: usize,
    num_decoder_layers: Option<usize>,
    num_heads: usize,
    relative_attention_num_buckets: usize,
    #[serde(default = "farthest")]
    relative_attention_max_distance: usize,
    layer_norm_epsilon: f64,
    #[serde(default = "relu")]
    feed_forward_proj: String,
    tie_word_embeddings: Option<bool>,
    scale_decoder_outputs: Option<bool>,
    #[serde(flatten)]
    rest: Rest,
}

fn farthest() -> usize {
    128
}

fn relu() -> String {
    "relu".to_owned()
}

#[derive(Module, Debug)]
struct T5 {
    /// `[vocab_size, d_model]`, the encoder's and the decoder's.
    tokens: Embedding,
    encoder: BlockStack,
    decoder: BlockStack,
    /// Of the first layer, and used in all of a stack.
    encoder_bias: RelativeBias,
    decoder_bias: RelativeBias,
    /// W_U, where it isn't the token embedding.
    output: Option<Linear>,
    /// What the final norm's output is multiplied by before the output layer.
    #[module(skip)]
    output_scale: f64,
}

/// A feed-forward layer as the configuration names it.
struct Projection {
    is_gated: bool,
    activation: Nonlinearity,
}

fn open(checkpoint: &mut Checkpoint) -> Result<(Model, Facts), PretrainedError> {
    let config: Config = checkpoint.config_as()?;
    let (gate, activation) = config.feed_forward();
    let fixed = [("is_gated_act", json!(gate.is_some())), ("dense_act_fn", json!(activation))];
    // No sequence is too long for distances; `n_positions` is what the model was trained on.
    config.rest.check(&fixed, &["n_positions"])?;
    config.check()?;
    let tensors = checkpoint.tensors();
    for copy in ["encoder.embed_tokens.weight", "decoder.embed_tokens.weight"] {
        tensors.skip(copy); // `shared` once more
    }
    let facts = Facts::new(Predicts::NextToken, config.vocab_size, None);
    Ok((Model::Text(Box::new(Pretrained(T5::new(&config, tensors)?))), facts))
}

impl Config {
    /// `gated`, where it is, and the name of the activation. By `gated-gelu` the authors mean the approximation by tanh.
    fn feed_forward(&self) -> (Option<&str>, &str) {
        match self.feed_forward_proj.split_once('-') {
            Some(("gated", "gelu")) => (Some("gated"), "gelu_new"),
            Some(("gated", activation)) => (Some("gated"), activation),
            _ => (None, &self.feed_forward_proj),
        }
    }

    fn projection(&self) -> Result<Projection, PretrainedError> {
        let (gate, activation) = self.feed_forward();
        Ok(Projection { is_gated: gate.is_some(), activation: nonlinearity(activation)? })
    }

    /// Where there are the parameters of another output layer than the embedding, the norm's output is not scaled, either.
    fn scales_output(&self) -> bool {
        self.scale_decoder_outputs.unwrap_or(self.tie_word_embeddings != Some(false))
    }

    fn decoder_layers(&self) -> usize {
        self.num_decoder_layers.unwrap_or(self.num_layers)
    }

    fn check(&self) -> Result<(), PretrainedError> {
        let (heads, d_head) = (self.num_heads, self.d_kv);
        let width = heads.checked_mul(d_head);
        let width = width.ok_or_else(|| PretrainedError::Config(format!("{heads} heads of width {d_head}")))?;
        check_sizes(self.num_layers.min(self.decoder_layers()), width, heads)?;
        let (buckets, farthest) = (self.relative_attention_num_buckets, self.relative_attention_max_distance);
        if buckets < 4 || farthest <= buckets / 2 {
            return Err(PretrainedError::Config(format!("distances up to {farthest} do not fit {buckets} buckets")));
        }
        Ok(())
    }
}

impl T5 {
    fn new(config: &Config, tensors: &mut Tensors) -> Result<Self, PretrainedError> {
        let shape = [config.vocab_size, config.d_model];
        let tokens = tensors.embedding("shared.weight", shape)?;
        let encoder = stack(config, tensors, Stack::Encoder)?;
        let decoder = stack(config, tensors, Stack::Decoder)?;
        let encoder_bias = relative_bias(config, tensors, "encoder", Sees::BothSides)?;
        let decoder_bias = relative_bias(config, tensors, "decoder", Sees::EarlierKeys)?;
        let output_shape = [config.d_model, config.vocab_size];
        let is_tied = config.scales_output();
        let output = (!is_tied).then(|| tensors.linear("lm_head", output_shape, Bias::Without)).transpose()?;
        tensors.skip("lm_head.weight"); // where it is tied, the token embedding once more
        let output_scale = if is_tied { (config.d_model as f64).powf(-0.5) } else { 1.0 };
        Ok(Self { tokens, encoder, decoder, encoder_bias, decoder_bias, output, output_scale })
    }

    /// `[d_model, vocab_size]`
    fn output_weight(&self) -> Tensor<2> {
        match &self.output {
            Some(output) => output.weight.val(),
            None => self.tokens.weight.val().transpose(),
        }
    }
}

fn relative_bias(
    config: &Config,
    tensors: &mut Tensors,
    stack: &str,
    sees: Sees,
) -> Result<RelativeBias, ParametersError> {
    let name = format!("{stack}.block.0.layer.0.SelfAttention.relative_attention_bias.weight");
    let table = tensors.get(&name, [config.relative_attention_num_buckets, config.num_heads])?;
    Ok(RelativeBias::new(table, config.relative_attention_max_distance, sees))
}

fn stack(config: &Config, tensors: &mut Tensors, stack: Stack) -> Result<BlockStack, PretrainedError> {
    let (name, n_layers) = match stack {
        Stack::Encoder => ("encoder", config.num_layers),
        Stack::Decoder => ("decoder", config.decoder_layers()),
    };
    let blocks = (0..n_layers).map(|layer| block(config, tensors, stack, &format!("{name}.block.{layer}.layer")));
    let blocks = blocks.collect::<Result<_, _>>()?;
    let norm = norm(config, tensors, &format!("{name}.final_layer_norm"))?;
    Ok(BlockStack { blocks, norm: Some(norm) })
}

fn norm(config: &Config, tensors: &mut Tensors, name: &str) -> Result<Norm, ParametersError> {
    tensors.rms_norm(name, config.d_model, config.layer_norm_epsilon)
}

/// x + attention(norm(x)); in the decoder x + cross attention(norm(x)); then x + feed-forward(norm(x)).
fn block(config: &Config, tensors: &mut Tensors, stack: Stack, name: &str) -> Result<Block, PretrainedError> {
    let norm_attention = norm(config, tensors, &format!("{name}.0.layer_norm"))?;
    let self_attention = attention(config, tensors, &format!("{name}.0.SelfAttention"))?;
    let (cross, last) = match stack {
        Stack::Encoder => (None, 1),
        Stack::Decoder => {
            let norm_cross = norm(config, tensors, &format!("{name}.1.layer_norm"))?;
            let attention = attention(config, tensors, &format!("{name}.1.EncDecAttention"))?;
            (Some(CrossAttention::from_parts(norm_cross, attention)), 2)
        }
    };
    let norm_feed_forward = norm(config, tensors, &format!("{name}.{last}.layer_norm"))?;
    let feed_forward = feed_forward(config, tensors, &format!("{name}.{last}.DenseReluDense"))?;
    let norms = [norm_attention, norm_feed_forward];
    Ok(Block::from_parts(NormPlacement::Pre, norms, self_attention, cross, feed_forward))
}

/// T5 does not divide scores by √d_head, which its initial parameters make up for. Here W_Q is multiplied by √d_head as it is read, so
/// that softmax(Q Kᵀ / √d_head) gives the same, and whatever explains or divides a score has one equation for all families.
fn attention(config: &Config, tensors: &mut Tensors, name: &str) -> Result<MultiHeadAttention, ParametersError> {
    let (d_model, width) = (config.d_model, config.num_heads * config.d_kv);
    let mut linear = |part: &str, shape: [usize; 2]| tensors.linear(&format!("{name}.{part}"), shape, Bias::Without);
    let query = linear("q", [d_model, width])?.weight.val() * (config.d_kv as f64).sqrt();
    let query = Linear { weight: Param::from_tensor(query), bias: None };
    let layers =
        [query, linear("k", [d_model, width])?, linear("v", [d_model, width])?, linear("o", [width, d_model])?];
    Ok(MultiHeadAttention::from_layers(layers, config.num_heads))
}

fn feed_forward(config: &Config, tensors: &mut Tensors, name: &str) -> Result<FeedForward, PretrainedError> {
    let Projection { is_gated, activation } = config.projection()?;
    let mut linear = |part: &str, shape: [usize; 2]| tensors.linear(&format!("{name}.{part}"), shape, Bias::Without);
    let up_shape = [config.d_model, config.d_ff];
    let (gate, up) = match is_gated {
        true => (Some(linear("wi_0", up_shape)?), linear("wi_1", up_shape)?),
        false => (None, linear("wi", up_shape)?),
    };
    let down = linear("wo", [config.d_ff, config.d_model])?;
    Ok(FeedForward::from_layers(up, gate, down, activation))
}

impl Family for T5 {
    type Input = Sequences;

    fn blocks(&self, stack: Stack) -> Option<&BlockStack> {
        Some(match stack {
            Stack::Encoder => &self.encoder,
            Stack::Decoder => &self.decoder,
        })
    }

    /// shared[token]; the first layer's bias is added to the scores of all layers.
    fn embed(&self, stack: Stack, input: &Sequences) -> Embedded {
        let (tokens, bias, mask) = match stack {
            Stack::Encoder => {
                let source = source(input);
                (source, &self.encoder_bias, padding(source))
            }
            Stack::Decoder => (&input.target, &self.decoder_bias, Some(causal(&input.target))),
        };
        let [_, seq_length] = tokens.ids.dims();
        let bias = bias.mask(seq_length);
        let mask = match mask {
            Some(mask) => bias.and(mask),
            None => bias,
        };
        Embedded { stream: self.tokens.forward(tokens.ids.clone()), mask: Some(mask) }
    }

    fn source_mask(&self, input: &Sequences) -> Option<Mask> {
        padding(source(input))
    }

    fn token_embedding(&self, _: Stack) -> Option<Tensor<2>> {
        Some(self.tokens.weight.val())
    }

    fn logits(&self, output: Tensor<3>) -> Tensor<3> {
        Unembedding { weight: self.output_weight(), bias: None }.logits(output * self.output_scale)
    }

    fn unembedding(&self) -> Option<Unembedding> {
        Some(Unembedding { weight: self.output_weight() * self.output_scale, bias: None })
    }
}
