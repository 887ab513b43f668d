//! Llama: Touvron et al., [LLaMA: Open and Efficient Foundation Language Models](https://arxiv.org/abs/2302.13971); and its relatives:
//! Mistral (Jiang et al., [2023](https://arxiv.org/abs/2310.06825)) attends to a window of tokens, Qwen2 (Yang et al.,
//! [2024](https://arxiv.org/abs/2407.10671)) has biases on queries, keys and values, Qwen3 (Yang et al.,
//! [2025](https://arxiv.org/abs/2505.09388)) norms on queries and keys.
//!
//! A decoder alone: rotary positions, root-mean-square norms before each part and after the last block, a gated feed-forward layer, and
//! fewer heads of keys and values than of queries.

use burn::module::Module;
use burn::nn::Embedding;
use burn::tensor::Tensor;
use headlight_model::{
    Block, BlockStack, FeedForward, Mask, MultiHeadAttention, NormPlacement, Rotary, Sequences, Stack, Unembedding,
};
use serde::Deserialize;
use serde_json::json;

use crate::checkpoint::Checkpoint;
use crate::config::Rest;
use crate::error::PretrainedError;
use crate::family::{Embedded, Family, Pretrained};
use crate::model::{Entry, Facts, Model, Predicts};
use crate::output::{Expected, Output};
use crate::parts::{causal, check_sizes, nonlinearity};
use crate::rotary::{RotaryDefaults, RotaryParameters};
use crate::tensors::{Bias, Tensors};
use crate::window::Windowed;

pub(crate) const FAMILY: Entry = Entry {
    model_types: &["llama", "mistral", "qwen2", "qwen3"],
    open,
    // The rotation, which transformers once stored as a buffer.
    not_needed: &[".rotary_emb.inv_freq"],
    not_built: &[],
};

#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
enum Relative {
    Llama,
    Mistral,
    Qwen2,
    Qwen3,
}

#[derive(Debug, Deserialize)]
struct Config {
    model_type: Relative,
    vocab_size: usize,
    hidden_size: usize,
    intermediate_size: usize,
    num_hidden_layers: usize,
    num_attention_heads: usize,
    num_key_value_heads: Option<usize>,
    head_dim: Option<usize>,
    max_position_embeddings: usize,
    hidden_act: String,
    rms_norm_eps: f64,
    #[serde(default)]
    tie_word_embeddings: bool,
    #[serde(default)]
    attention_bias: bool,
    #[serde(default)]
    mlp_bias: bool,
    rope_theta: Option<f64>,
    rope_scaling: Option<RotaryParameters>,
    rope_parameters: Option<RotaryParameters>,
    #[serde(flatten)]
    windowed: Windowed,
    #[serde(flatten)]
    rest: Rest,
}

/// How wide a head is, and how many there are of queries, and of keys and values.
#[derive(Clone, Copy, Debug)]
struct Heads {
    d_head: usize,
    of_queries: usize,
    of_keys: usize,
}

#[derive(Module, Debug)]
struct Llama {
    /// `[vocab_size, d_model]`
    tokens: Embedding,
    decoder: BlockStack,
    output: Output,
    /// How many tokens a query sees, itself counted; all earlier ones where there is no window.
    #[module(skip)]
    window: Option<usize>,
}

fn open(checkpoint: &mut Checkpoint) -> Result<(Model, Facts), PretrainedError> {
    let config: Config = checkpoint.config_as()?;
    // Of Qwen's and SmolLM2's configurations; the others are notes of those who trained the model.
    let fixed = [("use_mrope", json!(false)), ("rope_interleaved", json!(false))];
    config.rest.check(&fixed, &["is_llama_config", "neftune_noise_alpha", "unsloth_fixed", "unsloth_version"])?;
    let window = window(&config, checkpoint)?;
    let expected = Expected::of(checkpoint);
    let tensors = checkpoint.tensors();
    tensors.drop_prefix("model.");
    let model = Llama::new(&config, tensors, window, expected)?;
    let predicts = if model.output.is_there() { Predicts::NextToken } else { Predicts::Nothing };
    let facts = Facts { window, ..Facts::new(predicts, config.vocab_size, Some(config.max_position_embeddings)) };
    Ok((Model::Text(Box::new(Pretrained(model))), facts))
}

fn window(config: &Config, checkpoint: &Checkpoint) -> Result<Option<usize>, PretrainedError> {
    let (n_layers, max_length) = (config.num_hidden_layers, config.max_position_embeddings);
    match config.model_type {
        Relative::Llama => config.windowed.none(),
        // Where a configuration does not speak of a window, it is 4096 tokens; where it says `null`, there is none.
        Relative::Mistral if !checkpoint.config().contains_key("sliding_window") => Ok(Some(4096)),
        Relative::Mistral => config.windowed.in_all_layers(n_layers),
        Relative::Qwen2 | Relative::Qwen3 => config.windowed.in_last_layers(n_layers, max_length),
    }
}

impl Config {
    fn heads(&self) -> Result<Heads, PretrainedError> {
        let of_queries = self.num_attention_heads;
        let of_keys = self.num_key_value_heads.unwrap_or(of_queries);
        let d_head = match (self.head_dim, self.model_type) {
            (Some(d_head), _) => d_head,
            (None, Relative::Qwen3) => 128,
            (None, _) => {
                check_sizes(self.num_hidden_layers, self.hidden_size, of_queries)?;
                self.hidden_size / of_queries
            }
        };
        let width = d_head.checked_mul(of_queries);
        let width = width.ok_or_else(|| PretrainedError::Config(format!("{of_queries} heads of width {d_head}")))?;
        check_sizes(self.num_hidden_layers, width, of_queries)?;
        if of_keys == 0 || !of_queries.is_multiple_of(of_keys) {
            let message = format!("{of_queries} heads of queries cannot share {of_keys} heads of keys and values");
            return Err(PretrainedError::Config(message));
        }
        Ok(Heads { d_head, of_queries, of_keys })
    }

    fn rotary(&self, d_head: usize) -> Result<Rotary, PretrainedError> {
        let defaults = RotaryDefaults {
            theta: self.rope_theta.unwrap_or(10_000.0),
            share: 1.0,
            max_length: self.max_position_embeddings,
        };
        let rotary = match self.rope_scaling.as_ref().or(self.rope_parameters.as_ref()) {
            Some(parameters) => parameters.rotary(d_head, defaults)?,
            None => RotaryParameters::default().rotary(d_head, defaults)?,
        };
        if 2 * rotary.positions_per_radian.len() < d_head {
            // transformers' Llama turns all of a head whatever this says.
            let message = "partial_rotary_factor is not supported: this family rotates all of a head".to_owned();
            return Err(PretrainedError::Config(message));
        }
        Ok(rotary)
    }

    /// Of query, key and value, and of the output layer of attention.
    fn attention_biases(&self) -> [Bias; 2] {
        let [with, without] = [Bias::With, Bias::Without];
        match self.model_type {
            Relative::Qwen2 => [with, without],
            Relative::Llama | Relative::Qwen3 if self.attention_bias => [with, with],
            Relative::Llama | Relative::Mistral | Relative::Qwen3 => [without, without],
        }
    }
}

impl Llama {
    fn new(
        config: &Config,
        tensors: &mut Tensors,
        window: Option<usize>,
        expected: Expected,
    ) -> Result<Self, PretrainedError> {
        let d_model = config.hidden_size;
        let tokens = tensors.embedding("embed_tokens.weight", [config.vocab_size, d_model])?;
        let heads = config.heads()?;
        let blocks = (0..config.num_hidden_layers).map(|layer| block(config, tensors, layer, heads));
        let blocks = blocks.collect::<Result<_, _>>()?;
        let norm = tensors.rms_norm("norm", d_model, config.rms_norm_eps)?;
        let output = if config.tie_word_embeddings {
            tensors.skip("lm_head.weight"); // the token embedding once more
            Output::tied(&tokens)
        } else {
            Output::own(tensors, "lm_head", [d_model, config.vocab_size], expected)?
        };
        Ok(Self { tokens, decoder: BlockStack { blocks, norm: Some(norm) }, output, window })
    }
}

/// x + attention(norm(x)), then x + feed-forward(norm(x)).
fn block(
    config: &Config,
    tensors: &mut Tensors,
    layer: usize,
    Heads { d_head, of_queries, of_keys }: Heads,
) -> Result<Block, PretrainedError> {
    let (d_model, d_ff, epsilon) = (config.hidden_size, config.intermediate_size, config.rms_norm_eps);
    let name = |part: &str| format!("layers.{layer}.{part}");

    let [of_projections, of_output] = config.attention_biases();
    let [width, shared] = [of_queries * d_head, of_keys * d_head];
    let query = tensors.linear(&name("self_attn.q_proj"), [d_model, width], of_projections)?;
    let key = tensors.linear(&name("self_attn.k_proj"), [d_model, shared], of_projections)?;
    let value = tensors.linear(&name("self_attn.v_proj"), [d_model, shared], of_projections)?;
    let output = tensors.linear(&name("self_attn.o_proj"), [width, d_model], of_output)?;
    let layers = [query, key, value, output];
    // Only now do the parameters say that a head is as wide, and its pairs not too many to be listed.
    let rotary = config.rotary(d_head)?;
    let mut attention = MultiHeadAttention::from_layers(layers, of_queries).with_rotary(rotary);
    if config.model_type == Relative::Qwen3 {
        let mut norm = |part: &str| tensors.rms_norm(&name(part), d_head, epsilon);
        attention = attention.with_norms([norm("self_attn.q_norm")?, norm("self_attn.k_norm")?]);
    }

    let bias = if config.mlp_bias && config.model_type == Relative::Llama { Bias::With } else { Bias::Without };
    let gate = tensors.linear(&name("mlp.gate_proj"), [d_model, d_ff], bias)?;
    let up = tensors.linear(&name("mlp.up_proj"), [d_model, d_ff], bias)?;
    let down = tensors.linear(&name("mlp.down_proj"), [d_ff, d_model], bias)?;
    let feed_forward = FeedForward::from_layers(up, Some(gate), down, nonlinearity(&config.hidden_act)?);

    let mut norm = |part: &str| tensors.rms_norm(&name(part), d_model, epsilon);
    let norms = [norm("input_layernorm")?, norm("post_attention_layernorm")?];
    Ok(Block::from_parts(NormPlacement::Pre, norms, attention, None, feed_forward))
}

impl Family for Llama {
    type Input = Sequences;

    fn blocks(&self, stack: Stack) -> Option<&BlockStack> {
        (stack == Stack::Decoder).then_some(&self.decoder)
    }

    /// embed_tokens[token]; positions rotate queries and keys.
    fn embed(&self, _: Stack, Sequences { target, .. }: &Sequences) -> Embedded {
        let [_, seq_length] = target.ids.dims();
        let mask = match self.window {
            Some(window) if window < seq_length => {
                causal(target).and(Mask::window(seq_length, window, &target.ids.device()))
            }
            _ => causal(target),
        };
        Embedded { stream: self.tokens.forward(target.ids.clone()), mask: Some(mask) }
    }

    fn token_embedding(&self, stack: Stack) -> Option<Tensor<2>> {
        (stack == Stack::Decoder).then(|| self.tokens.weight.val())
    }

    fn unembedding(&self) -> Option<Unembedding> {
        self.output.unembedding()
    }
}
