//! GPT-2: Radford et al., [Language Models are Unsupervised Multitask
//! Learners](https://cdn.openai.com/better-language-models/language_models_are_unsupervised_multitask_learners.pdf).
//!
//! A decoder alone: learned positions, norms before each part and after the last block, GELU by tanh, and the token embedding as the output
//! layer.

use burn::module::{Module, Param};
use burn::nn::{Embedding, Linear};
use burn::tensor::Tensor;
use headlight_model::{
    Block, BlockStack, FeedForward, MultiHeadAttention, NormPlacement, ParametersError, Sequences, Stack, Unembedding,
};
use serde::Deserialize;
use serde_json::json;

use crate::checkpoint::Checkpoint;
use crate::config::Rest;
use crate::error::PretrainedError;
use crate::family::{Embedded, Family, Pretrained};
use crate::model::{Entry, Facts, Model, Predicts};
use crate::parts::{causal, check_sizes, counted, learned_positions, nonlinearity, share_of};
use crate::tensors::Tensors;

pub(crate) const FAMILY: Entry = Entry {
    model_types: &["gpt2"],
    open,
    // The causal mask, which transformers once stored as a buffer.
    not_needed: &[".attn.bias", ".attn.masked_bias"],
    not_built: &[],
};

#[derive(Debug, Deserialize)]
struct Config {
    vocab_size: usize,
    n_positions: usize,
    n_embd: usize,
    n_layer: usize,
    n_head: usize,
    n_inner: Option<usize>,
    layer_norm_epsilon: f64,
    activation_function: String,
    #[serde(flatten)]
    rest: Rest,
}

#[derive(Module, Debug)]
struct Gpt2 {
    /// `[vocab_size, d_model]`
    tokens: Embedding,
    /// `[n_positions, d_model]`
    positions: Embedding,
    decoder: BlockStack,
}

fn open(checkpoint: &mut Checkpoint) -> Result<(Model, Facts), PretrainedError> {
    let config: Config = checkpoint.config_as()?;
    let fixed = [
        ("scale_attn_weights", json!(true)),
        ("scale_attn_by_inverse_layer_idx", json!(false)),
        ("add_cross_attention", json!(false)),
        ("tie_word_embeddings", json!(true)),
    ];
    // `reorder_and_upcast_attn` is about rounding in 16 bits, `summary_…` about a head that is not built.
    let of_no_effect = [
        "n_ctx",
        "reorder_and_upcast_attn",
        "summary_activation",
        "summary_proj_to_labels",
        "summary_type",
        "summary_use_proj",
    ];
    config.rest.check(&fixed, &of_no_effect)?;
    check_sizes(config.n_layer, config.n_embd, config.n_head)?;
    let tensors = checkpoint.tensors();
    tensors.drop_prefix("transformer.");
    tensors.skip("lm_head.weight"); // the token embedding once more
    let facts = Facts::new(Predicts::NextToken, config.vocab_size, Some(config.n_positions));
    Ok((Model::Text(Box::new(Pretrained(Gpt2::new(&config, tensors)?))), facts))
}

impl Gpt2 {
    fn new(config: &Config, tensors: &mut Tensors) -> Result<Self, PretrainedError> {
        let d_model = config.n_embd;
        Ok(Self {
            tokens: tensors.embedding("wte.weight", [config.vocab_size, d_model])?,
            positions: tensors.embedding("wpe.weight", [config.n_positions, d_model])?,
            decoder: BlockStack {
                blocks: (0..config.n_layer).map(|layer| block(config, tensors, layer)).collect::<Result<_, _>>()?,
                norm: Some(tensors.layer_norm("ln_f", d_model, config.layer_norm_epsilon)?),
            },
        })
    }
}

/// x + attention(norm(x)), then x + feed-forward(norm(x)).
fn block(config: &Config, tensors: &mut Tensors, layer: usize) -> Result<Block, PretrainedError> {
    let d_model = config.n_embd;
    let d_ff = config.n_inner.unwrap_or(4 * d_model);
    let name = |part: &str| format!("h.{layer}.{part}");

    let qkv = conv1d(tensors, &name("attn.c_attn"), [d_model, 3 * d_model])?;
    let [query, key, value] = [0, 1, 2].map(|nth| share_of(&qkv, nth, d_model));
    let output = conv1d(tensors, &name("attn.c_proj"), [d_model, d_model])?;
    let attention = MultiHeadAttention::from_layers([query, key, value, output], config.n_head);

    let up = conv1d(tensors, &name("mlp.c_fc"), [d_model, d_ff])?;
    let down = conv1d(tensors, &name("mlp.c_proj"), [d_ff, d_model])?;
    let feed_forward = FeedForward::from_layers(up, None, down, nonlinearity(&config.activation_function)?);

    let mut norm = |part: &str| tensors.layer_norm(&name(part), d_model, config.layer_norm_epsilon);
    let norms = [norm("ln_1")?, norm("ln_2")?];
    Ok(Block::from_parts(NormPlacement::Pre, norms, attention, None, feed_forward))
}

/// A linear layer as this family alone stores it: its weight is `[d_input, d_output]`.
fn conv1d(tensors: &mut Tensors, name: &str, shape: [usize; 2]) -> Result<Linear, ParametersError> {
    let weight = tensors.get(&format!("{name}.weight"), shape)?;
    let bias = tensors.get(&format!("{name}.bias"), [shape[1]])?;
    Ok(Linear { weight: Param::from_tensor(weight), bias: Some(Param::from_tensor(bias)) })
}

impl Family for Gpt2 {
    type Input = Sequences;

    fn blocks(&self, stack: Stack) -> Option<&BlockStack> {
        (stack == Stack::Decoder).then_some(&self.decoder)
    }

    /// wte[token] + wpe[position]. Padding is not counted, so that a text with padding before it begins at position 0, as transformers'
    /// `generate` has it.
    fn embed(&self, _: Stack, Sequences { target, .. }: &Sequences) -> Embedded {
        let [_, seq_length] = target.ids.dims();
        let numbered = learned_positions(&self.positions, 0, seq_length);
        let positions = match &target.padding {
            Some(_) => self.positions.forward((counted(target) - 1).clamp_min(0)),
            None => numbered,
        };
        Embedded { stream: self.tokens.forward(target.ids.clone()) + positions, mask: Some(causal(target)) }
    }

    fn token_embedding(&self, stack: Stack) -> Option<Tensor<2>> {
        (stack == Stack::Decoder).then(|| self.tokens.weight.val())
    }

    fn unembedding(&self) -> Option<Unembedding> {
        Some(Unembedding { weight: self.tokens.weight.val().transpose(), bias: None })
    }
}
