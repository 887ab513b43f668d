//! Whisper: Radford et al., [Robust Speech Recognition via Large-Scale Weak Supervision](https://arxiv.org/abs/2212.04356).
//!
//! An encoder hears thirty seconds of sound, as the power in each band of pitch every hundredth of a second. Two convolutions of it make
//! 1500 positions. A decoder writes what is said. Norms before each part, GELU, and keys without a bias, which would add the same to every
//! score of a row.

use burn::module::{Module, Param};
use burn::nn::Embedding;
use burn::tensor::Tensor;
use burn::tensor::module::conv1d;
use burn::tensor::ops::ConvOptions;
use headlight_model::{BlockStack, Nonlinearity, NormPlacement, ParametersError, Stack, Unembedding};
use serde::Deserialize;

use super::encoder_decoder::{EPSILON, Sizes, Style, tied};
use crate::checkpoint::Checkpoint;
use crate::config::Rest;
use crate::error::PretrainedError;
use crate::family::{Embedded, Family, Pretrained};
use crate::model::{Entry, Facts, Model, Predicts, Speech};
use crate::parts::{causal, learned_positions};
use crate::tensors::{Bias, Tensors};

pub(crate) const FAMILY: Entry = Entry { model_types: &["whisper"], open, not_needed: &[], not_built: &[] };

#[derive(Debug, Deserialize)]
struct Config {
    vocab_size: usize,
    num_mel_bins: usize,
    max_source_positions: usize,
    max_target_positions: usize,
    #[serde(flatten)]
    sizes: Sizes,
    #[serde(flatten)]
    rest: Rest,
}

#[derive(Module, Debug)]
struct Whisper {
    encoder: Encoder,
    decoder: Decoder,
}

#[derive(Module, Debug)]
struct Encoder {
    /// One position for each frame, then one for every other.
    convolutions: [Convolution; 2],
    /// `[max_source_positions, d_model]`
    positions: Embedding,
    blocks: BlockStack,
}

/// What each position takes from a window of three frames.
#[derive(Module, Debug)]
struct Convolution {
    /// `[d_output, d_input, 3]`
    weight: Param<Tensor<3>>,
    /// `[d_output]`
    bias: Param<Tensor<1>>,
    #[module(skip)]
    stride: usize,
}

#[derive(Module, Debug)]
struct Decoder {
    /// `[vocab_size, d_model]`
    tokens: Embedding,
    /// `[max_target_positions, d_model]`
    positions: Embedding,
    blocks: BlockStack,
}

fn open(checkpoint: &mut Checkpoint) -> Result<(Model, Facts), PretrainedError> {
    let config: Config = checkpoint.config_as()?;
    let fixed = [("scale_embedding", false.into()), ("tie_word_embeddings", true.into())];
    // Of training, of another task, and of the times of words.
    let of_no_effect = [
        "alignment_heads",
        "apply_spec_augment",
        "classifier_proj_size",
        "mask_feature_length",
        "mask_feature_min_masks",
        "mask_feature_prob",
        "mask_time_length",
        "mask_time_min_masks",
        "mask_time_prob",
        "median_filter_width",
        "num_hidden_layers",
        "use_weighted_layer_sum",
    ];
    config.rest.check(&fixed, &of_no_effect)?;
    config.sizes.check()?;
    let tensors = checkpoint.tensors();
    tensors.drop_prefix("model.");
    let facts = Facts {
        sound: Some([config.num_mel_bins, config.max_source_positions.saturating_mul(2)]), // the second convolution's stride is 2
        ..Facts::new(Predicts::NextToken, config.vocab_size, Some(config.max_target_positions))
    };
    Ok((Model::Speech(Box::new(Pretrained(Whisper::new(&config, tensors)?))), facts))
}

impl Whisper {
    fn new(config: &Config, tensors: &mut Tensors) -> Result<Self, PretrainedError> {
        let Config { vocab_size, num_mel_bins, max_source_positions, max_target_positions, ref sizes, .. } = *config;
        let d_model = sizes.d_model;
        Ok(Self {
            encoder: Encoder {
                convolutions: [
                    Convolution::new(tensors, "encoder.conv1", [num_mel_bins, d_model], 1)?,
                    Convolution::new(tensors, "encoder.conv2", [d_model, d_model], 2)?,
                ],
                positions: tensors.embedding("encoder.embed_positions.weight", [max_source_positions, d_model])?,
                blocks: stack(sizes, Stack::Encoder, tensors)?,
            },
            decoder: Decoder {
                tokens: tied(tensors, ["decoder.embed_tokens.weight", "proj_out.weight"], [vocab_size, d_model])?,
                positions: tensors.embedding("decoder.embed_positions.weight", [max_target_positions, d_model])?,
                blocks: stack(sizes, Stack::Decoder, tensors)?,
            },
        })
    }
}

fn stack(sizes: &Sizes, stack: Stack, tensors: &mut Tensors) -> Result<BlockStack, PretrainedError> {
    let norm = match stack {
        Stack::Encoder => "encoder.layer_norm",
        Stack::Decoder => "decoder.layer_norm",
    };
    let style = Style { placement: NormPlacement::Pre, key_bias: Bias::Without };
    Ok(BlockStack {
        blocks: sizes.blocks(stack, &style, tensors)?,
        norm: Some(tensors.layer_norm(norm, sizes.d_model, EPSILON)?),
    })
}

impl Convolution {
    fn new(
        tensors: &mut Tensors,
        prefix: &str,
        [d_input, d_output]: [usize; 2],
        stride: usize,
    ) -> Result<Self, ParametersError> {
        let weight = tensors.get(&format!("{prefix}.weight"), [d_output, d_input, 3])?;
        let bias = tensors.get(&format!("{prefix}.bias"), [d_output])?;
        Ok(Self { weight: Param::from_tensor(weight), bias: Param::from_tensor(bias), stride })
    }

    /// `[batch_size, d_input, frames]` → `[batch_size, d_output, frames / stride]`: the window is around its frame, and beyond the ends
    /// all is 0.
    fn forward(&self, frames: Tensor<3>) -> Tensor<3> {
        let options = ConvOptions::new([self.stride], [1], [1], 1);
        conv1d(frames, self.weight.val(), Some(self.bias.val()), options)
    }
}

impl Encoder {
    /// GELU(convolution(GELU(convolution(features)))) + position: `[batch_size, n_mels, frames]` → `[batch_size, positions, d_model]`
    fn embed(&self, features: Tensor<3>) -> Tensor<3> {
        let [max_length, _] = self.positions.weight.dims();
        let [_, _, frames] = features.dims();
        assert_eq!(frames, 2 * max_length, "the model hears {} frames, not {frames}", 2 * max_length);
        let heard = self
            .convolutions
            .iter()
            .fold(features, |frames, convolution| Nonlinearity::Gelu.forward(convolution.forward(frames)));
        heard.swap_dims(1, 2) + learned_positions(&self.positions, 0, max_length)
    }
}

impl Family for Whisper {
    type Input = Speech;

    fn blocks(&self, stack: Stack) -> Option<&BlockStack> {
        Some(match stack {
            Stack::Encoder => &self.encoder.blocks,
            Stack::Decoder => &self.decoder.blocks,
        })
    }

    /// What is heard, or embedding[token] + position
    fn embed(&self, stack: Stack, Speech { features, target }: &Speech) -> Embedded {
        match stack {
            Stack::Encoder => Embedded { stream: self.encoder.embed(features.clone()), mask: None },
            Stack::Decoder => {
                let [_, seq_length] = target.ids.dims();
                let positions = learned_positions(&self.decoder.positions, 0, seq_length);
                let stream = self.decoder.tokens.forward(target.ids.clone()) + positions;
                Embedded { stream, mask: Some(causal(target)) }
            }
        }
    }

    fn token_embedding(&self, stack: Stack) -> Option<Tensor<2>> {
        (stack == Stack::Decoder).then(|| self.decoder.tokens.weight.val())
    }

    fn unembedding(&self) -> Option<Unembedding> {
        Some(Unembedding { weight: self.decoder.tokens.weight.val().transpose(), bias: None })
    }
}
