//! Small models of every kind that a configuration can choose, and what to ask them.
#![allow(dead_code, reason = "each test file uses some of it")]

use burn::module::{ModuleMapper, Param};
use burn::tensor::{Device, Int, Tensor, TensorData};
use headlight_model::{Activation, Architecture, NormPlacement, Positions, Tokens, Transformer, TransformerConfig};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use crate::device::device;

pub const VOCAB_SIZE: usize = 11;
pub const SOURCE_LENGTH: usize = 6;
pub const TARGET_LENGTH: usize = 7;

/// Both architectures as they are by default with two seeds, and every choice that there is besides.
pub fn models() -> impl Iterator<Item = TransformerConfig> {
    let architectures = [Architecture::Decoder, Architecture::EncoderDecoder];
    architectures.into_iter().flat_map(|architecture| {
        let plain = config(architecture, 1);
        let other_positions = [Positions::Learned, Positions::Rotary, Positions::Alibi, Positions::None];
        let positions = other_positions.map(|positions| TransformerConfig { positions, ..plain.clone() });
        let others = [
            config(architecture, 2),
            TransformerConfig { norm: NormPlacement::Post, ..plain.clone() },
            TransformerConfig { activation: Activation::Gelu, tie_weights: true, ..plain.clone() },
        ];
        [plain].into_iter().chain(others).chain(positions).filter(|config| config.check().is_ok())
    })
}

pub fn config(architecture: Architecture, seed: u64) -> TransformerConfig {
    TransformerConfig {
        architecture,
        max_length: TARGET_LENGTH,
        d_model: 12,
        n_heads: 3,
        d_ff: 20,
        seed,
        ..TransformerConfig::decoder(VOCAB_SIZE)
    }
}

/// Few parameters of every shape, with learned positions.
pub fn learned(architecture: Architecture, seed: u64) -> TransformerConfig {
    TransformerConfig {
        architecture,
        max_length: 4,
        d_model: 6,
        n_heads: 2,
        d_ff: 7,
        positions: Positions::Learned,
        seed,
        ..TransformerConfig::decoder(5)
    }
}

/// A fresh model and two sequences for each of its inputs.
pub fn example(config: &TransformerConfig) -> (Transformer, Option<Tokens>, Tokens) {
    let (device, seed) = (device(), config.seed);
    let has_encoder = config.architecture == Architecture::EncoderDecoder;
    let source = has_encoder.then(|| random_tokens(SOURCE_LENGTH, seed + 100, &device));
    (config.init(&device), source, random_tokens(TARGET_LENGTH, seed + 200, &device))
}

pub fn random_tokens(seq_length: usize, seed: u64, device: &Device) -> Tokens {
    let mut generator = ChaCha8Rng::seed_from_u64(seed);
    let ids: Vec<i64> = (0..2 * seq_length).map(|_| generator.random_range(0..VOCAB_SIZE as i64)).collect();
    Tensor::from_data(TensorData::new(ids, [2, seq_length]), device).into()
}

/// Every token in `positions` replaced by another one, in both sequences.
pub fn other_tokens(tokens: &Tokens, positions: std::ops::Range<usize>) -> Tokens {
    let old: Tensor<2, Int> = tokens.ids.clone().slice([0..2, positions.clone()]);
    let new = (old + 1).remainder_scalar(VOCAB_SIZE as i64);
    Tokens { ids: tokens.ids.clone().slice_assign([0..2, positions], new), ..tokens.clone() }
}

/// Moves every vector, γ, β and biases alike, by numbers that differ from feature to feature.
pub struct Uneven;

impl ModuleMapper for Uneven {
    fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
        if D != 1 {
            return param;
        }
        param.map(|tensor| {
            let length = tensor.dims()[0];
            let shift: Vec<f32> = (0..length).map(|at| 0.1 * (at as f32 + 1.0).sin()).collect();
            tensor.clone() + Tensor::<1>::from_data(&shift[..], &tensor.device()).reshape(tensor.shape())
        })
    }
}
