//! BART: Lewis et al., [BART: Denoising Sequence-to-Sequence Pre-training for Natural Language Generation, Translation, and
//! Comprehension](https://arxiv.org/abs/1910.13461).
//!
//! The encoder and decoder of Vaswani et al., norms after each part, with one embedding for source, target and output, positions that are
//! learned, a norm of the embedding, and GELU.

use burn::module::{Module, Param};
use burn::nn::Embedding;
use burn::tensor::Tensor;
use headlight_model::{BesideTokens, BlockStack, Mask, Norm, NormPlacement, Sequences, Stack, Unembedding};
use serde::Deserialize;

use super::encoder_decoder::{EPSILON, Sizes, Style, final_logits_bias, sequence, source, tied};
use crate::checkpoint::Checkpoint;
use crate::config::Rest;
use crate::error::PretrainedError;
use crate::family::{Embedded, Family, Pretrained};
use crate::model::{Entry, Facts, Model, Predicts};
use crate::parts::{learned_positions, padding};
use crate::tensors::{Bias, Tensors};

pub(crate) const FAMILY: Entry = Entry {
    model_types: &["bart"],
    open,
    // Stamps of fairseq's.
    not_needed: &["encoder.version", "decoder.version"],
    not_built: &[],
};

/// The first rows of the table of positions are of none: fairseq counted from the number of the padding token on, which is 1.
const FIRST_POSITION: usize = 2;

#[derive(Debug, Deserialize)]
struct Config {
    vocab_size: usize,
    max_position_embeddings: usize,
    #[serde(default)]
    scale_embedding: bool,
    #[serde(flatten)]
    sizes: Sizes,
    #[serde(flatten)]
    rest: Rest,
}

#[derive(Module, Debug)]
struct Bart {
    /// `[vocab_size, d_model]`
    tokens: Embedding,
    encoder: Half,
    decoder: Half,
    /// `[vocab_size]`
    output_bias: Option<Param<Tensor<1>>>,
    #[module(skip)]
    embedding_scale: f64,
}

#[derive(Module, Debug)]
struct Half {
    /// `[2 + max_length, d_model]`
    positions: Embedding,
    norm_embedding: Norm,
    blocks: BlockStack,
}

fn open(checkpoint: &mut Checkpoint) -> Result<(Model, Facts), PretrainedError> {
    let config: Config = checkpoint.config_as()?;
    // Choices that other models once had in the same configuration.
    let fixed = [
        ("add_bias_logits", false.into()),
        ("add_final_layer_norm", false.into()),
        ("normalize_before", false.into()),
        ("normalize_embedding", true.into()),
        ("static_position_embeddings", false.into()),
        ("tie_word_embeddings", true.into()),
    ];
    let of_no_effect = ["extra_pos_embeddings", "force_bos_token_to_be_generated", "num_hidden_layers"];
    config.rest.check(&fixed, &of_no_effect)?;
    config.sizes.check()?;
    let tensors = checkpoint.tensors();
    tensors.drop_prefix("model.");
    let facts = Facts::new(Predicts::NextToken, config.vocab_size, Some(config.max_position_embeddings));
    Ok((Model::Text(Box::new(Pretrained(Bart::new(&config, tensors)?))), facts))
}

impl Bart {
    fn new(config: &Config, tensors: &mut Tensors) -> Result<Self, PretrainedError> {
        let (vocab_size, d_model) = (config.vocab_size, config.sizes.d_model);
        let names = ["shared.weight", "encoder.embed_tokens.weight", "decoder.embed_tokens.weight", "lm_head.weight"];
        Ok(Self {
            tokens: tied(tensors, names, [vocab_size, d_model])?,
            encoder: half(config, Stack::Encoder, tensors)?,
            decoder: half(config, Stack::Decoder, tensors)?,
            output_bias: final_logits_bias(tensors, vocab_size)?.map(Param::from_tensor),
            embedding_scale: if config.scale_embedding { (d_model as f64).sqrt() } else { 1.0 },
        })
    }

    fn half(&self, stack: Stack) -> &Half {
        match stack {
            Stack::Encoder => &self.encoder,
            Stack::Decoder => &self.decoder,
        }
    }
}

fn half(config: &Config, stack: Stack, tensors: &mut Tensors) -> Result<Half, PretrainedError> {
    let d_model = config.sizes.d_model;
    let rows = config.max_position_embeddings.saturating_add(FIRST_POSITION);
    let prefix = match stack {
        Stack::Encoder => "encoder",
        Stack::Decoder => "decoder",
    };
    let style = Style { placement: NormPlacement::Post, key_bias: Bias::With };
    Ok(Half {
        positions: tensors.embedding(&format!("{prefix}.embed_positions.weight"), [rows, d_model])?,
        norm_embedding: tensors.layer_norm(&format!("{prefix}.layernorm_embedding"), d_model, EPSILON)?,
        blocks: BlockStack { blocks: config.sizes.blocks(stack, &style, tensors)?, norm: None },
    })
}

impl Family for Bart {
    type Input = Sequences;

    fn blocks(&self, stack: Stack) -> Option<&BlockStack> {
        Some(&self.half(stack).blocks)
    }

    /// norm(embedding[token] + position)
    fn embed(&self, stack: Stack, input: &Sequences) -> Embedded {
        let (tokens, mask) = sequence(stack, input);
        let Half { positions, norm_embedding, .. } = self.half(stack);
        let [_, seq_length] = tokens.ids.dims();
        let embedded = self.tokens.forward(tokens.ids.clone()) * self.embedding_scale;
        let positions = learned_positions(positions, FIRST_POSITION, seq_length);
        Embedded { stream: norm_embedding.forward(embedded + positions), mask }
    }

    fn source_mask(&self, input: &Sequences) -> Option<Mask> {
        padding(source(input))
    }

    fn token_embedding(&self, _: Stack) -> Option<Tensor<2>> {
        Some(self.tokens.weight.val() * self.embedding_scale)
    }

    fn beside_tokens(&self, _: Stack) -> BesideTokens {
        BesideTokens::Others // positions, and the norm of the sum
    }

    fn unembedding(&self) -> Option<Unembedding> {
        let bias = self.output_bias.as_ref().map(Param::val);
        Some(Unembedding { weight: self.tokens.weight.val().transpose(), bias })
    }
}
