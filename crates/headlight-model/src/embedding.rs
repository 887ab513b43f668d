use burn::module::Module;
use burn::nn::Embedding;
use burn::tensor::{Int, Tensor, module};

use crate::config::TransformerConfig;
use crate::init::InitialParameters;
use crate::positions::PositionEncoding;

/// A vector for each token, and one for each position where positions are of that kind.
#[derive(Module, Debug)]
pub(crate) struct TokenEmbedding {
    tokens: Embedding,
    positions: Option<PositionEncoding>,
}

impl TokenEmbedding {
    pub(crate) fn new(config: &TransformerConfig, initial: &mut InitialParameters<'_>) -> Self {
        // Multiplied by √d_model below, a token's vector has entries of about 0.5, a little below its position's (0.7):
        // positions are what a new model must tell apart first. With entries of 1, copying took up to three times the steps.
        let deviation = 0.5 / (config.d_model as f32).sqrt();
        Self {
            tokens: initial.embedding(config.vocab_size, config.d_model, deviation),
            positions: PositionEncoding::new(config.positions, config.max_length, config.d_model, initial),
        }
    }

    /// The vectors of tokens at the positions `first..`.
    ///
    /// # Shapes
    ///
    /// - ids: `[batch_size, seq_length]`
    /// - output: `[batch_size, seq_length, d_model]`
    ///
    /// # Panics
    ///
    /// When there are not as many learned positions.
    pub(crate) fn forward(&self, ids: &Tensor<2, Int>, first: usize) -> Tensor<3> {
        let [_, seq_length] = ids.dims();
        let tokens = self.tokens.forward(ids.clone()) * self.scale();
        match &self.positions {
            Some(positions) => tokens + positions.forward(first, seq_length, &ids.device()),
            None => tokens,
        }
    }

    /// √d_model, by which tokens' vectors are multiplied.
    fn scale(&self) -> f64 {
        let [_, d_model] = self.tokens.weight.dims();
        (d_model as f64).sqrt()
    }

    /// What each token adds to the stream, `[vocab_size, d_model]`.
    pub(crate) fn table(&self) -> Tensor<2> {
        self.tokens.weight.val() * self.scale()
    }

    /// Eᵀ, `[d_model, vocab_size]`.
    pub(crate) fn unembedding(&self) -> Tensor<2> {
        self.tokens.weight.val().transpose()
    }

    /// x Eᵀ, how well each token's vector fits: the output layer of a model with tied weights.
    ///
    /// # Shapes
    ///
    /// - stream: `[batch_size, seq_length, d_model]`
    /// - output: `[batch_size, seq_length, vocab_size]`
    pub(crate) fn unembed(&self, stream: Tensor<3>) -> Tensor<3> {
        module::linear(stream, self.unembedding(), None)
    }
}
