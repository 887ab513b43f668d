//! OPT: Zhang et al., [OPT: Open Pre-trained Transformer Language Models](https://arxiv.org/abs/2205.01068).
//!
//! A decoder alone: learned positions that don't count padding, ReLU, and the token embedding as the output layer. The one of 350 million
//! parameters has its norms after each part, and tokens narrower than its stream, with a projection between the two.

use burn::module::Module;
use burn::nn::{Embedding, Linear};
use burn::tensor::Tensor;
use burn::tensor::module::linear;
use headlight_model::{
    Block, BlockStack, FeedForward, LAYER_NORM_EPSILON, MultiHeadAttention, NormPlacement, Sequences, Stack,
    Unembedding,
};
use serde::Deserialize;
use serde_json::json;

use crate::checkpoint::Checkpoint;
use crate::config::Rest;
use crate::error::PretrainedError;
use crate::family::{Embedded, Family, Pretrained};
use crate::model::{Entry, Facts, Model, Predicts};
use crate::parts::{causal, check_sizes, counted, nonlinearity};
use crate::tensors::{Bias, Tensors};

pub(crate) const FAMILY: Entry = Entry { model_types: &["opt"], open, not_needed: &[], not_built: &[] };

/// Rows of the table before the first token's position: the one for padding is the last of them.
const OFFSET: usize = 2;

#[derive(Debug, Deserialize)]
struct Config {
    vocab_size: usize,
    hidden_size: usize,
    num_hidden_layers: usize,
    num_attention_heads: usize,
    ffn_dim: usize,
    max_position_embeddings: usize,
    word_embed_proj_dim: Option<usize>,
    activation_function: String,
    #[serde(default = "yes")]
    do_layer_norm_before: bool,
    #[serde(default)]
    _remove_final_layer_norm: bool,
    #[serde(default = "yes")]
    enable_bias: bool,
    #[serde(flatten)]
    rest: Rest,
}

fn yes() -> bool {
    true
}

#[derive(Module, Debug)]
struct Opt {
    /// `[vocab_size, d_token]`
    tokens: Embedding,
    /// `[OFFSET + max_length, d_model]`
    positions: Embedding,
    /// d_token → d_model, and back, where they differ.
    projections: Option<[Linear; 2]>,
    decoder: BlockStack,
}

fn open(checkpoint: &mut Checkpoint) -> Result<(Model, Facts), PretrainedError> {
    let config: Config = checkpoint.config_as()?;
    config.rest.check(&[("layer_norm_elementwise_affine", json!(true)), ("tie_word_embeddings", json!(true))], &[])?;
    check_sizes(config.num_hidden_layers, config.hidden_size, config.num_attention_heads)?;
    let tensors = checkpoint.tensors();
    tensors.drop_prefix("model.");
    tensors.drop_prefix("decoder.");
    tensors.skip("lm_head.weight"); // the token embedding once more
    let facts = Facts::new(Predicts::NextToken, config.vocab_size, Some(config.max_position_embeddings));
    Ok((Model::Text(Box::new(Pretrained(Opt::new(&config, tensors)?))), facts))
}

impl Opt {
    fn new(config: &Config, tensors: &mut Tensors) -> Result<Self, PretrainedError> {
        let d_model = config.hidden_size;
        let d_token = config.word_embed_proj_dim.unwrap_or(d_model);
        let tokens = tensors.embedding("embed_tokens.weight", [config.vocab_size, d_token])?;
        let rows = config.max_position_embeddings.saturating_add(OFFSET);
        let positions = tensors.embedding("embed_positions.weight", [rows, d_model])?;
        let mut project = |name: &str, shape: [usize; 2]| tensors.linear(name, shape, Bias::Without);
        let projections = match d_token == d_model {
            true => None,
            false => Some([project("project_in", [d_token, d_model])?, project("project_out", [d_model, d_token])?]),
        };
        let blocks = (0..config.num_hidden_layers).map(|layer| block(config, tensors, layer));
        let blocks = blocks.collect::<Result<_, _>>()?;
        let has_norm = config.do_layer_norm_before && !config._remove_final_layer_norm;
        let norm = has_norm.then(|| tensors.layer_norm("final_layer_norm", d_model, LAYER_NORM_EPSILON));
        Ok(Self { tokens, positions, projections, decoder: BlockStack { blocks, norm: norm.transpose()? } })
    }

    /// What each token's vector becomes in the stream, or a part of the stream among the tokens' vectors.
    fn projected(&self, nth: usize, x: Tensor<3>) -> Tensor<3> {
        match &self.projections {
            Some(projections) => linear(x, projections[nth].weight.val(), None),
            None => x,
        }
    }
}

/// x + attention(norm(x)), then x + feed-forward(norm(x)); or norm(x + attention(x)), then norm(x + feed-forward(x)).
fn block(config: &Config, tensors: &mut Tensors, layer: usize) -> Result<Block, PretrainedError> {
    let (d_model, d_ff) = (config.hidden_size, config.ffn_dim);
    let name = |part: &str| format!("layers.{layer}.{part}");
    let bias = if config.enable_bias { Bias::With } else { Bias::Without };
    let mut linear = |part: &str, shape: [usize; 2]| tensors.linear(&name(part), shape, bias);

    let [query, key, value, output] = ["q_proj", "k_proj", "v_proj", "out_proj"];
    let mut projection = |part: &str| linear(&format!("self_attn.{part}"), [d_model, d_model]);
    let layers = [projection(query)?, projection(key)?, projection(value)?, projection(output)?];
    let attention = MultiHeadAttention::from_layers(layers, config.num_attention_heads);

    let [up, down] = [linear("fc1", [d_model, d_ff])?, linear("fc2", [d_ff, d_model])?];
    let feed_forward = FeedForward::from_layers(up, None, down, nonlinearity(&config.activation_function)?);

    let mut norm = |part: &str| tensors.layer_norm(&name(part), d_model, LAYER_NORM_EPSILON);
    let norms = [norm("self_attn_layer_norm")?, norm("final_layer_norm")?];
    let placement = if config.do_layer_norm_before { NormPlacement::Pre } else { NormPlacement::Post };
    Ok(Block::from_parts(placement, norms, attention, None, feed_forward))
}

impl Family for Opt {
    type Input = Sequences;

    fn blocks(&self, stack: Stack) -> Option<&BlockStack> {
        (stack == Stack::Decoder).then_some(&self.decoder)
    }

    /// project_in(embed_tokens[token]) + embed_positions[position]
    fn embed(&self, _: Stack, Sequences { target, .. }: &Sequences) -> Embedded {
        let ([_, seq_length], [rows, _]) = (target.ids.dims(), self.positions.weight.dims());
        let there = rows - OFFSET;
        assert!(seq_length <= there, "a sequence of {seq_length} tokens, but positions were learned for {there}");
        // The first token is counted 1, and padding 0.
        let positions = self.positions.forward(counted(target) + (OFFSET as i64 - 1));
        let tokens = self.projected(0, self.tokens.forward(target.ids.clone()));
        Embedded { stream: tokens + positions, mask: Some(causal(target)) }
    }

    fn token_embedding(&self, stack: Stack) -> Option<Tensor<2>> {
        let tokens = self.tokens.weight.val().unsqueeze();
        (stack == Stack::Decoder).then(|| self.projected(0, tokens).squeeze_dim(0))
    }

    fn logits(&self, output: Tensor<3>) -> Tensor<3> {
        let tokens = Unembedding { weight: self.tokens.weight.val().transpose(), bias: None };
        tokens.logits(self.projected(1, output))
    }

    fn unembedding(&self) -> Option<Unembedding> {
        let tokens = self.tokens.weight.val().transpose();
        let weight = match &self.projections {
            Some([_, project_out]) => project_out.weight.val().matmul(tokens),
            None => tokens,
        };
        Some(Unembedding { weight, bias: None })
    }
}
