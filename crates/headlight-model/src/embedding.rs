use burn::module::Module;
use burn::nn::Embedding;
use burn::tensor::{Int, Tensor, module};

use crate::TransformerConfig;
use crate::init::InitialWeights;
use crate::positions::PositionEncoding;

/// A vector for each token, and one for each place where positions are of that kind.
#[derive(Module, Debug)]
pub(crate) struct TokenEmbedding {
    tokens: Embedding,
    positions: Option<PositionEncoding>,
}

impl TokenEmbedding {
    pub(crate) fn new(config: &TransformerConfig, weights: &mut InitialWeights<'_>) -> Self {
        // Multiplied by √d_model below, a token's vector has entries of about 0.5, a little below its position's (0.7): places
        // are what a new model must tell apart first. With entries of 1, copying took up to three times the steps.
        let deviation = 0.5 / (config.d_model as f32).sqrt();
        Self {
            tokens: weights.embedding(config.vocab_size, config.d_model, deviation),
            positions: PositionEncoding::new(config.positions, config.max_length, config.d_model, weights),
        }
    }

    /// The vectors of tokens at the places `first..`.
    ///
    /// # Shapes
    ///
    /// - ids: `[batch_size, seq_length]`
    /// - output: `[batch_size, seq_length, d_model]`
    ///
    /// # Panics
    ///
    /// When learned positions do not reach so far.
    pub(crate) fn forward(&self, ids: &Tensor<2, Int>, first: usize) -> Tensor<3> {
        let [_, d_model] = self.tokens.weight.dims();
        let [_, seq_length] = ids.dims();
        let tokens = self.tokens.forward(ids.clone()) * (d_model as f64).sqrt();
        match &self.positions {
            Some(positions) => tokens + positions.forward(first, seq_length, &ids.device()),
            None => tokens,
        }
    }

    /// How well each token's vector fits a hidden state, x Eᵀ: the output layer of a model with tied weights.
    ///
    /// # Shapes
    ///
    /// - hidden: `[batch_size, seq_length, d_model]`
    /// - output: `[batch_size, seq_length, vocab_size]`
    pub(crate) fn compare(&self, hidden: Tensor<3>) -> Tensor<3> {
        module::linear(hidden, self.tokens.weight.val().transpose(), None)
    }
}
