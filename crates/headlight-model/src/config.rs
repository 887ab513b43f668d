use serde::{Deserialize, Serialize};

use crate::error::ConfigError;
use crate::feed_forward::Activation;
use crate::multi_head::{check_dropout, check_heads, check_pairs};
use crate::norm::NormPlacement;
use crate::positions::Positions;

/// Which halves of the transformer a model has.
///
/// Written and read as `decoder` and `encoder-decoder`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Architecture {
    /// One sequence, each token seeing those before it (GPT).
    Decoder,
    /// A source that sees itself whole, and a target that sees itself so far and the source (the paper's).
    EncoderDecoder,
}

/// Configuration of [`Transformer`](crate::Transformer).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TransformerConfig {
    /// Decoder alone, or encoder and decoder.
    pub architecture: Architecture,
    /// Number of different tokens.
    pub vocab_size: usize,
    /// The longest sequence; a limit only where positions are learned.
    pub max_length: usize,
    /// Width of the stream.
    pub d_model: usize,
    /// Heads of each attention; divides `d_model`.
    pub n_heads: usize,
    /// Blocks of the decoder, and as many of the encoder.
    pub n_layers: usize,
    /// Width between the up and the down projection of the feed-forward layers.
    pub d_ff: usize,
    /// Probability of dropping a value during training, on attention weights and on what each part adds to the stream.
    pub dropout: f64,
    /// The position encoding.
    pub positions: Positions,
    /// Where the blocks normalise.
    pub norm: NormPlacement,
    /// The activation of the feed-forward layers.
    pub activation: Activation,
    /// Whether the decoder's token embedding is its output layer too, which then has no parameters of its own (Press and
    /// Wolf, [2017](https://arxiv.org/abs/1608.05859)). The encoder's embedding stays apart.
    pub tie_weights: bool,
    /// Seed of the initial parameters.
    pub seed: u64,
}

impl std::fmt::Display for Architecture {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Decoder => "decoder",
            Self::EncoderDecoder => "encoder-decoder",
        })
    }
}

impl TransformerConfig {
    /// A decoder alone over `vocab_size` tokens: 2 layers of 4 heads, d_model 64, d_ff 256, sequences of up to 128 tokens, sinusoidal
    /// positions, pre-norm, ReLU, no dropout, an output layer of its own, seed 0.
    ///
    /// ```
    /// use headlight_model::{Positions, TransformerConfig};
    ///
    /// let config = TransformerConfig { d_model: 32, positions: Positions::Rotary, ..TransformerConfig::decoder(16) };
    /// assert!(config.check().is_ok());
    /// ```
    pub fn decoder(vocab_size: usize) -> Self {
        Self {
            architecture: Architecture::Decoder,
            vocab_size,
            max_length: 128,
            d_model: 64,
            n_heads: 4,
            n_layers: 2,
            d_ff: 256,
            dropout: 0.0,
            positions: Positions::Sinusoidal,
            norm: NormPlacement::Pre,
            activation: Activation::Relu,
            tie_weights: false,
            seed: 0,
        }
    }

    /// Encoder and decoder over `vocab_size` tokens, each as [`decoder`](Self::decoder) has it.
    pub fn encoder_decoder(vocab_size: usize) -> Self {
        Self { architecture: Architecture::EncoderDecoder, ..Self::decoder(vocab_size) }
    }

    /// Says whether a model can be made of this.
    ///
    /// # Errors
    ///
    /// Names the field that is wrong and how to mend it.
    pub fn check(&self) -> Result<(), ConfigError> {
        let sizes = [
            ("vocab_size", self.vocab_size),
            ("max_length", self.max_length),
            ("d_model", self.d_model),
            ("n_heads", self.n_heads),
            ("n_layers", self.n_layers),
            ("d_ff", self.d_ff),
        ];
        if let Some((name, _)) = sizes.into_iter().find(|(_, size)| *size == 0) {
            return Err(ConfigError::Zero { name });
        }
        check_heads(self.d_model, self.n_heads)?;
        if self.positions == Positions::Sinusoidal && !self.d_model.is_multiple_of(2) {
            return Err(ConfigError::OddWidth { d_model: self.d_model });
        }
        if self.positions == Positions::Rotary {
            check_pairs(self.d_model, self.n_heads)?;
        }
        if self.positions == Positions::Alibi && self.architecture == Architecture::EncoderDecoder {
            return Err(ConfigError::AlibiWithEncoder);
        }
        check_dropout(self.dropout)
    }
}
