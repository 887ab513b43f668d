//! Initial parameters from a generator of our own: Burn's is one for the whole process, so that two models made side by side
//! would change each other's numbers.

use burn::module::Param;
use burn::nn::{Embedding, Linear};
use burn::tensor::{Device, Tensor, TensorData};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, Normal, Uniform};

use crate::norm::Norm;

/// A generator of random numbers that depends on `key` alone: a seed and whatever else tells one use from another, such as
/// step and position. Streams of different keys are independent.
pub fn keyed_generator(key: [u64; 4]) -> ChaCha8Rng {
    let mut seed = [0; 32];
    for (bytes, word) in seed.chunks_exact_mut(8).zip(key) {
        bytes.copy_from_slice(&word.to_le_bytes());
    }
    ChaCha8Rng::from_seed(seed)
}

/// The gain of a layer that adds to the stream of a transformer. A new block then says little, and what the next one reads
/// is still the tokens and their positions; GPT-2 does the same with 1/√(2 n_layers), Fixup (Zhang et al.,
/// [2019](https://arxiv.org/abs/1901.09321)) with 0. With an encoder, copying took three times the steps without it, or more.
pub(crate) const RESIDUAL_GAIN: f32 = 0.1;

/// Keeps a layer norm from dividing by 0; as in PyTorch.
pub const LAYER_NORM_EPSILON: f64 = 1e-5;

/// Draws one module's parameters after the other, always in the same order.
pub(crate) struct InitialParameters<'a> {
    generator: ChaCha8Rng,
    device: &'a Device,
}

impl<'a> InitialParameters<'a> {
    pub(crate) fn new(seed: u64, device: &'a Device) -> Self {
        Self { generator: keyed_generator([seed, u64::MAX, 0, 0]), device }
    }

    /// Weights from U(−a, a) with a = gain × √(6 / (d_input + d_output)); biases 0. A gain of 1 keeps the spread of signals
    /// and gradients alike (Glorot and Bengio, [2010](https://proceedings.mlr.press/v9/glorot10a.html)).
    pub(crate) fn linear(&mut self, d_input: usize, d_output: usize, bias: bool, gain: f32) -> Linear {
        let bound = gain * (6.0 / (d_input + d_output) as f32).sqrt();
        let uniform = Uniform::new_inclusive(-bound, bound).expect("the bound is finite");
        Linear {
            weight: self.matrix(uniform, [d_input, d_output]),
            bias: bias.then(|| Param::from_tensor(Tensor::zeros([d_output], self.device))),
        }
    }

    /// Rows from N(0, standard_deviation²).
    pub(crate) fn embedding(&mut self, rows: usize, d_model: usize, standard_deviation: f32) -> Embedding {
        let normal = Normal::new(0.0, standard_deviation).expect("the deviation is finite and positive");
        Embedding { weight: self.matrix(normal, [rows, d_model]) }
    }

    /// Scale 1, shift 0, epsilon [`LAYER_NORM_EPSILON`].
    pub(crate) fn layer_norm(&self, d_model: usize) -> Norm {
        let (ones, zeros) = (Tensor::ones([d_model], self.device), Tensor::zeros([d_model], self.device));
        Norm::layer(ones, Some(zeros), LAYER_NORM_EPSILON)
    }

    fn matrix(&mut self, distribution: impl Distribution<f32>, shape: [usize; 2]) -> Param<Tensor<2>> {
        let numbers: Vec<f32> = distribution.sample_iter(&mut self.generator).take(shape[0] * shape[1]).collect();
        Param::from_tensor(Tensor::from_data(TensorData::new(numbers, shape), self.device))
    }
}
