//! Marian: Junczys-Dowmunt et al., [Marian: Fast Neural Machine Translation in C++](https://arxiv.org/abs/1804.00344), whose models
//! translate between some thousand pairs of languages (Tiedemann and Thottingal,
//! [2020](https://aclanthology.org/2020.eamt-1.61)).
//!
//! The encoder and decoder of Vaswani et al.: scaled embeddings, sines and cosines for positions, norms after each part. New are swish,
//! and a bias of each token in the output.

use burn::module::{Module, Param};
use burn::nn::Embedding;
use burn::tensor::{Device, Tensor};
use headlight_model::{BlockStack, Mask, NormPlacement, Sequences, Stack, Unembedding, sinusoidal_positions};
use serde::Deserialize;

use super::encoder_decoder::{Sizes, Style, final_logits_bias, sequence, source, tied};
use crate::checkpoint::Checkpoint;
use crate::config::Rest;
use crate::error::PretrainedError;
use crate::family::{Embedded, Family, Pretrained};
use crate::model::{Entry, Facts, Model, Predicts};
use crate::parts::{learned_positions, padding};
use crate::tensors::{Bias, Tensors};

pub(crate) const FAMILY: Entry = Entry { model_types: &["marian"], open, not_needed: &[], not_built: &[] };

#[derive(Debug, Deserialize)]
struct Config {
    vocab_size: usize,
    decoder_vocab_size: Option<usize>,
    max_position_embeddings: usize,
    #[serde(default)]
    scale_embedding: bool,
    #[serde(default = "yes")]
    share_encoder_decoder_embeddings: bool,
    #[serde(default = "yes")]
    tie_word_embeddings: bool,
    #[serde(flatten)]
    sizes: Sizes,
    #[serde(flatten)]
    rest: Rest,
}

const ENCODER_TOKENS: &str = "encoder.embed_tokens.weight";
const DECODER_TOKENS: &str = "decoder.embed_tokens.weight";
const OUTPUT: &str = "lm_head.weight";

/// What transformers takes where the configuration does not say.
fn yes() -> bool {
    true
}

#[derive(Module, Debug)]
struct Marian {
    encoder: Half,
    decoder: Half,
    /// `[d_model, decoder_vocab_size]`
    output: Param<Tensor<2>>,
    /// `[decoder_vocab_size]`
    output_bias: Option<Param<Tensor<1>>>,
    #[module(skip)]
    embedding_scale: f64,
    #[module(skip)]
    max_length: usize,
}

#[derive(Module, Debug)]
struct Half {
    /// `[vocab_size, d_model]`
    tokens: Embedding,
    /// `[max_length, d_model]` where they are stored; else they are computed.
    positions: Option<Embedding>,
    blocks: BlockStack,
}

fn open(checkpoint: &mut Checkpoint) -> Result<(Model, Facts), PretrainedError> {
    let config: Config = checkpoint.config_as()?;
    // Choices that other models once had in the same configuration.
    let fixed = [
        ("add_bias_logits", false.into()),
        ("add_final_layer_norm", false.into()),
        ("normalize_before", false.into()),
        ("normalize_embedding", false.into()),
        ("static_position_embeddings", true.into()),
    ];
    config.rest.check(&fixed, &["extra_pos_embeddings", "num_hidden_layers"])?;
    config.sizes.check()?;
    if config.share_encoder_decoder_embeddings && !config.tie_word_embeddings {
        let message = "tie_word_embeddings false, where both languages share an embedding, is not supported".to_owned();
        return Err(PretrainedError::Config(message));
    }
    if !config.sizes.d_model.is_multiple_of(2) {
        let message = format!("sines and cosines cannot share a width of {}", config.sizes.d_model);
        return Err(PretrainedError::Config(message));
    }
    let tensors = checkpoint.tensors();
    tensors.drop_prefix("model.");
    let facts = Facts {
        source_vocab_size: Some(config.vocab_size),
        ..Facts::new(Predicts::NextToken, config.target_vocab_size(), Some(config.max_position_embeddings))
    };
    Ok((Model::Text(Box::new(Pretrained(Marian::new(&config, tensors)?))), facts))
}

impl Config {
    /// How many tokens the decoder has.
    fn target_vocab_size(&self) -> usize {
        let own = if self.share_encoder_decoder_embeddings { None } else { self.decoder_vocab_size };
        own.unwrap_or(self.vocab_size)
    }
}

impl Marian {
    fn new(config: &Config, tensors: &mut Tensors) -> Result<Self, PretrainedError> {
        let Config { vocab_size, share_encoder_decoder_embeddings: shared, tie_word_embeddings: is_tied, .. } = *config;
        let d_model = config.sizes.d_model;
        let of_source = [vocab_size, d_model];
        let of_target = [config.target_vocab_size(), d_model];

        // 1. One embedding for both languages, or one for each; the target's is the output layer, too, or not.
        let (source, target, output) = if shared {
            let names = ["shared.weight", ENCODER_TOKENS, DECODER_TOKENS, OUTPUT];
            let tokens = tied(tensors, names, of_source)?;
            (tokens.clone(), tokens.clone(), tokens.weight.val())
        } else if is_tied {
            let target = tied(tensors, [DECODER_TOKENS, OUTPUT], of_target)?;
            (tensors.embedding(ENCODER_TOKENS, of_source)?, target.clone(), target.weight.val())
        } else {
            let source = tensors.embedding(ENCODER_TOKENS, of_source)?;
            (source, tensors.embedding(DECODER_TOKENS, of_target)?, tensors.get(OUTPUT, of_target)?)
        };

        // 2. The blocks, and the output's bias.
        Ok(Self {
            encoder: half(config, Stack::Encoder, source, tensors)?,
            decoder: half(config, Stack::Decoder, target, tensors)?,
            output: Param::from_tensor(output.transpose()),
            output_bias: final_logits_bias(tensors, of_target[0])?.map(Param::from_tensor),
            embedding_scale: if config.scale_embedding { (d_model as f64).sqrt() } else { 1.0 },
            max_length: config.max_position_embeddings,
        })
    }

    fn half(&self, stack: Stack) -> &Half {
        match stack {
            Stack::Encoder => &self.encoder,
            Stack::Decoder => &self.decoder,
        }
    }
}

fn half(config: &Config, stack: Stack, tokens: Embedding, tensors: &mut Tensors) -> Result<Half, PretrainedError> {
    let stored = match stack {
        Stack::Encoder => "encoder.embed_positions.weight",
        Stack::Decoder => "decoder.embed_positions.weight",
    };
    let shape = [config.max_position_embeddings, config.sizes.d_model];
    let positions = if tensors.has(stored) { Some(tensors.embedding(stored, shape)?) } else { None };
    let style = Style { placement: NormPlacement::Post, key_bias: Bias::With };
    let blocks = BlockStack { blocks: config.sizes.blocks(stack, &style, tensors)?, norm: None };
    Ok(Half { tokens, positions, blocks })
}

/// Sines, then cosines, where the paper has them by turns: `[seq_length, d_model]`
fn sines_then_cosines(seq_length: usize, d_model: usize, device: &Device) -> Tensor<2> {
    let pairs = sinusoidal_positions(seq_length, d_model, device).reshape([seq_length, d_model / 2, 2]);
    pairs.swap_dims(1, 2).reshape([seq_length, d_model])
}

impl Family for Marian {
    type Input = Sequences;

    fn blocks(&self, stack: Stack) -> Option<&BlockStack> {
        Some(&self.half(stack).blocks)
    }

    /// √d_model · embedding[token] + position
    fn embed(&self, stack: Stack, input: &Sequences) -> Embedded {
        let (tokens, mask) = sequence(stack, input);
        let Half { tokens: embedding, positions, .. } = self.half(stack);
        let [_, seq_length] = tokens.ids.dims();
        assert!(
            seq_length <= self.max_length,
            "a sequence of {seq_length} tokens, and at most {} fit",
            self.max_length
        );
        let embedded = embedding.forward(tokens.ids.clone()) * self.embedding_scale;
        let [_, _, d_model] = embedded.dims();
        let positions = match positions {
            Some(table) => learned_positions(table, 0, seq_length),
            None => sines_then_cosines(seq_length, d_model, &embedded.device()).unsqueeze(),
        };
        Embedded { stream: embedded + positions, mask }
    }

    fn source_mask(&self, input: &Sequences) -> Option<Mask> {
        padding(source(input))
    }

    fn token_embedding(&self, stack: Stack) -> Option<Tensor<2>> {
        Some(self.half(stack).tokens.weight.val() * self.embedding_scale)
    }

    fn unembedding(&self) -> Option<Unembedding> {
        Some(Unembedding { weight: self.output.val(), bias: self.output_bias.as_ref().map(Param::val) })
    }
}
