//! GPT-NeoX: Black et al., [GPT-NeoX-20B: An Open-Source Autoregressive Language Model](https://arxiv.org/abs/2204.06745); and Pythia:
//! Biderman et al., [2023](https://arxiv.org/abs/2304.01373).
//!
//! A decoder alone: rotary positions on a part of each head, and attention and feed-forward layer side by side, so that both read the
//! same stream.

use burn::module::{Module, Param};
use burn::nn::{Embedding, Linear};
use burn::tensor::Tensor;
use headlight_model::{
    Block, BlockStack, FeedForward, FeedForwardReads, MultiHeadAttention, NormPlacement, Rotary, Sequences, Stack,
    Unembedding,
};
use serde::Deserialize;

use crate::checkpoint::Checkpoint;
use crate::config::Rest;
use crate::error::PretrainedError;
use crate::family::{Embedded, Family, Pretrained};
use crate::model::{Entry, Facts, Model, Predicts};
use crate::output::{Expected, Output};
use crate::parts::{causal, check_sizes, nonlinearity};
use crate::rotary::{RotaryDefaults, RotaryParameters};
use crate::tensors::{Bias, Tensors};

pub(crate) const FAMILY: Entry = Entry {
    model_types: &["gpt_neox"],
    open,
    // The causal mask and the rotation, which transformers once stored as buffers.
    not_needed: &[".attention.bias", ".attention.masked_bias", ".rotary_emb.inv_freq"],
    not_built: &[],
};

#[derive(Debug, Deserialize)]
struct Config {
    vocab_size: usize,
    hidden_size: usize,
    num_hidden_layers: usize,
    num_attention_heads: usize,
    intermediate_size: usize,
    max_position_embeddings: usize,
    layer_norm_eps: f64,
    hidden_act: String,
    #[serde(default = "yes")]
    use_parallel_residual: bool,
    #[serde(default = "yes")]
    attention_bias: bool,
    #[serde(default)]
    tie_word_embeddings: bool,
    rotary_pct: Option<f64>,
    rotary_emb_base: Option<f64>,
    rope_scaling: Option<RotaryParameters>,
    rope_parameters: Option<RotaryParameters>,
    #[serde(flatten)]
    rest: Rest,
}

fn yes() -> bool {
    true
}

#[derive(Module, Debug)]
struct GptNeoX {
    /// `[vocab_size, d_model]`
    tokens: Embedding,
    decoder: BlockStack,
    output: Output,
}

fn open(checkpoint: &mut Checkpoint) -> Result<(Model, Facts), PretrainedError> {
    let config: Config = checkpoint.config_as()?;
    config.rest.check(&[], &[])?;
    check_sizes(config.num_hidden_layers, config.hidden_size, config.num_attention_heads)?;
    let expected = Expected::of(checkpoint);
    let tensors = checkpoint.tensors();
    tensors.drop_prefix("gpt_neox.");
    let model = GptNeoX::new(&config, tensors, expected)?;
    let predicts = if model.output.is_there() { Predicts::NextToken } else { Predicts::Nothing };
    let facts = Facts::new(predicts, config.vocab_size, Some(config.max_position_embeddings));
    Ok((Model::Text(Box::new(Pretrained(model))), facts))
}

impl GptNeoX {
    fn new(config: &Config, tensors: &mut Tensors, expected: Expected) -> Result<Self, PretrainedError> {
        let d_model = config.hidden_size;
        let tokens = tensors.embedding("embed_in.weight", [config.vocab_size, d_model])?;
        let rotary = rotary(config)?;
        let blocks = (0..config.num_hidden_layers).map(|layer| block(config, tensors, layer, &rotary));
        let blocks = blocks.collect::<Result<_, _>>()?;
        let norm = tensors.layer_norm("final_layer_norm", d_model, config.layer_norm_eps)?;
        let output = if config.tie_word_embeddings {
            tensors.skip("embed_out.weight"); // the token embedding once more
            Output::tied(&tokens)
        } else {
            Output::own(tensors, "embed_out", [d_model, config.vocab_size], expected)?
        };
        Ok(Self { tokens, decoder: BlockStack { blocks, norm: Some(norm) }, output })
    }
}

fn rotary(config: &Config) -> Result<Rotary, PretrainedError> {
    let defaults = RotaryDefaults {
        theta: config.rotary_emb_base.unwrap_or(10_000.0),
        share: config.rotary_pct.unwrap_or(0.25),
        max_length: config.max_position_embeddings,
    };
    let d_head = config.hidden_size / config.num_attention_heads;
    match config.rope_scaling.as_ref().or(config.rope_parameters.as_ref()) {
        Some(parameters) => parameters.rotary(d_head, defaults),
        None => RotaryParameters::default().rotary(d_head, defaults),
    }
}

/// x + attention(norm(x)) + feed-forward(norm(x)); without the parallel residual the second x is what attention has been added to.
fn block(config: &Config, tensors: &mut Tensors, layer: usize, rotary: &Rotary) -> Result<Block, PretrainedError> {
    let (d_model, d_ff, n_heads) = (config.hidden_size, config.intermediate_size, config.num_attention_heads);
    let name = |part: &str| format!("layers.{layer}.{part}");

    let bias = if config.attention_bias { Bias::With } else { Bias::Without };
    let qkv = tensors.linear(&name("attention.query_key_value"), [d_model, 3 * d_model], bias)?;
    let [query, key, value] = [0, 1, 2].map(|nth| share_of_heads(&qkv, nth, n_heads));
    let output = tensors.linear(&name("attention.dense"), [d_model, d_model], bias)?;
    let attention = MultiHeadAttention::from_layers([query, key, value, output], n_heads).with_rotary(rotary.clone());

    let up = tensors.linear(&name("mlp.dense_h_to_4h"), [d_model, d_ff], Bias::With)?;
    let down = tensors.linear(&name("mlp.dense_4h_to_h"), [d_ff, d_model], Bias::With)?;
    let feed_forward = FeedForward::from_layers(up, None, down, nonlinearity(&config.hidden_act)?);

    let mut norm = |part: &str| tensors.layer_norm(&name(part), d_model, config.layer_norm_eps);
    let norms = [norm("input_layernorm")?, norm("post_attention_layernorm")?];
    let reads = match config.use_parallel_residual {
        true => FeedForwardReads::BeforeAttention,
        false => FeedForwardReads::AfterAttention,
    };
    Ok(Block::from_parts(NormPlacement::Pre, norms, attention, None, feed_forward).with_feed_forward_reading(reads))
}

/// The queries, the keys or the values of all heads, of a layer whose columns are query, key and value of the first head, then those of
/// the next.
fn share_of_heads(packed: &Linear, nth: usize, n_heads: usize) -> Linear {
    let [d_input, width] = packed.weight.dims();
    let d_head = width / 3 / n_heads;
    let of = |rows: Tensor<2>, n_rows: usize| {
        let shares = rows.reshape([n_rows, n_heads, 3, d_head]).narrow(2, nth, 1);
        shares.reshape([n_rows, n_heads * d_head])
    };
    let bias = packed.bias.as_ref().map(|bias| of(bias.val().unsqueeze(), 1).squeeze_dim(0));
    Linear { weight: Param::from_tensor(of(packed.weight.val(), d_input)), bias: bias.map(Param::from_tensor) }
}

impl Family for GptNeoX {
    type Input = Sequences;

    fn blocks(&self, stack: Stack) -> Option<&BlockStack> {
        (stack == Stack::Decoder).then_some(&self.decoder)
    }

    /// embed_in[token]; positions rotate queries and keys.
    fn embed(&self, _: Stack, Sequences { target, .. }: &Sequences) -> Embedded {
        Embedded { stream: self.tokens.forward(target.ids.clone()), mask: Some(causal(target)) }
    }

    fn token_embedding(&self, stack: Stack) -> Option<Tensor<2>> {
        (stack == Stack::Decoder).then(|| self.tokens.weight.val())
    }

    fn unembedding(&self) -> Option<Unembedding> {
        self.output.unembedding()
    }
}
