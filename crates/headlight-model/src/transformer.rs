use burn::module::Module;
use burn::nn::{Embedding, LayerNorm, Linear};
use burn::tensor::{Bool, Device, Int, Tensor};
use serde::{Deserialize, Serialize};

use crate::block::{DecoderBlock, EncoderBlock, Memory};
use crate::init::InitialWeights;
use crate::multi_head::check_heads;
use crate::positions::PositionEncoding;
use crate::{ConfigError, DropoutKey, Mask, MultiHeadAttentionConfig, Positions};

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

/// Configuration of [`Transformer`].
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
    /// Inner width of the feed-forward layers.
    pub d_ff: usize,
    /// Probability of dropping a value during training, on attention weights and on what each part adds to the stream.
    pub dropout: f64,
    /// How places are told apart.
    pub positions: Positions,
    /// Seed of the initial weights.
    pub seed: u64,
}

/// A pre-norm transformer that shows its attention.
#[derive(Module, Debug)]
pub struct Transformer {
    encoder: Option<Encoder>,
    decoder: Decoder,
}

#[derive(Module, Debug)]
struct Encoder {
    embedding: TokenEmbedding,
    blocks: Vec<EncoderBlock>,
    norm: LayerNorm,
}

#[derive(Module, Debug)]
struct Decoder {
    embedding: TokenEmbedding,
    blocks: Vec<DecoderBlock>,
    norm: LayerNorm,
    output: Linear,
}

#[derive(Module, Debug)]
struct TokenEmbedding {
    tokens: Embedding,
    positions: PositionEncoding,
}

/// A batch of sequences.
#[derive(Clone, Debug)]
pub struct Tokens {
    /// Token numbers, `[batch_size, seq_length]`.
    pub ids: Tensor<2, Int>,
    /// `true` where a sequence has ended and the rest is filled up, `[batch_size, seq_length]`.
    pub padding: Option<Tensor<2, Bool>>,
}

/// What a forward pass gives: logits, and every layer's weights by kind, after softmax and before dropout.
#[derive(Clone, Debug)]
pub struct TransformerOutput {
    /// At each target position the scores of the next token, `[batch_size, target_length, vocab_size]`.
    pub logits: Tensor<3>,
    /// One tensor per layer, `[batch_size, n_heads, source_length, source_length]`; empty without an encoder.
    pub encoder_self: Vec<Tensor<4>>,
    /// One tensor per layer, `[batch_size, n_heads, target_length, target_length]`.
    pub decoder_self: Vec<Tensor<4>>,
    /// One tensor per layer, `[batch_size, n_heads, target_length, source_length]`; empty without an encoder.
    pub cross: Vec<Tensor<4>>,
}

impl std::fmt::Display for Architecture {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Decoder => "decoder",
            Self::EncoderDecoder => "encoder-decoder",
        })
    }
}

impl From<Tensor<2, Int>> for Tokens {
    fn from(ids: Tensor<2, Int>) -> Self {
        Self { ids, padding: None }
    }
}

impl TransformerConfig {
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
        if !(0.0..1.0).contains(&self.dropout) {
            return Err(ConfigError::Dropout { dropout: self.dropout.to_string() });
        }
        Ok(())
    }

    /// Makes the model with fresh weights.
    ///
    /// # Panics
    ///
    /// When [`check`](Self::check) would refuse.
    pub fn init(&self, device: &Device) -> Transformer {
        if let Err(error) = self.check() {
            panic!("{error}");
        }
        let mut weights = InitialWeights::new(self.seed, device);
        let attention = MultiHeadAttentionConfig {
            d_model: self.d_model,
            n_heads: self.n_heads,
            kdim: self.d_model,
            vdim: self.d_model,
            bias: true,
            dropout: self.dropout,
            seed: self.seed,
        };
        let has_encoder = self.architecture == Architecture::EncoderDecoder;
        let encoder = has_encoder.then(|| Encoder {
            embedding: TokenEmbedding::new(self, &mut weights),
            blocks: (0..self.n_layers).map(|_| EncoderBlock::new(&attention, self.d_ff, &mut weights)).collect(),
            norm: weights.layer_norm(self.d_model),
        });
        let decoder = Decoder {
            embedding: TokenEmbedding::new(self, &mut weights),
            blocks: (0..self.n_layers)
                .map(|_| DecoderBlock::new(&attention, self.d_ff, has_encoder, &mut weights))
                .collect(),
            norm: weights.layer_norm(self.d_model),
            output: weights.linear(self.d_model, self.vocab_size, true, 1.0),
        };
        Transformer { encoder, decoder }
    }
}

impl Transformer {
    /// The logits alone.
    ///
    /// # Shapes
    ///
    /// - source: `[batch_size, source_length]`
    /// - target: `[batch_size, target_length]`
    /// - logits: `[batch_size, target_length, vocab_size]`
    ///
    /// # Panics
    ///
    /// As [`forward_with_attention`](Self::forward_with_attention).
    pub fn forward(&self, source: Option<&Tokens>, target: &Tokens) -> Tensor<3> {
        self.forward_with_attention(source, target).logits
    }

    /// Runs the model; `source` is given exactly where there is an encoder to read it.
    ///
    /// # Shapes
    ///
    /// - source: `[batch_size, source_length]`
    /// - target: `[batch_size, target_length]`
    /// - output: see [`TransformerOutput`]
    ///
    /// # Panics
    ///
    /// When a source is missing or has nobody to read it, or a sequence is longer than learned positions reach.
    pub fn forward_with_attention(&self, source: Option<&Tokens>, target: &Tokens) -> TransformerOutput {
        match source {
            None => self.decode_with_attention(target, None),
            Some(source) => {
                let (memory, encoder_self) = self.encode_with_attention(source);
                TransformerOutput { encoder_self, ..self.decode_with_attention(target, Some(&memory)) }
            }
        }
    }

    /// The first half: reads the source. Returns the memory and every layer's weights.
    ///
    /// # Shapes
    ///
    /// - source: `[batch_size, source_length]`
    /// - memory: `[batch_size, source_length, d_model]`
    /// - weights: one tensor per layer, `[batch_size, n_heads, source_length, source_length]`
    ///
    /// # Panics
    ///
    /// When the model has no encoder, or the source is longer than learned positions reach.
    pub fn encode_with_attention(&self, source: &Tokens) -> (Memory, Vec<Tensor<4>>) {
        let encoder = self.encoder.as_ref().expect("a decoder-only model reads no source");
        let mask = source.padding.clone().map(Mask::key_padding);
        let mut hidden = encoder.embedding.forward(&source.ids);
        let mut encoder_self = Vec::with_capacity(encoder.blocks.len());
        for block in &encoder.blocks {
            let (next, weights) = block.forward_with_attention(hidden, mask.as_ref());
            hidden = next;
            encoder_self.push(weights);
        }
        (Memory { states: encoder.norm.forward(hidden), mask }, encoder_self)
    }

    /// The second half: reads the target, with or without a memory. `encoder_self` is left empty.
    ///
    /// # Shapes
    ///
    /// - target: `[batch_size, target_length]`
    /// - memory: `[batch_size, source_length, d_model]`
    /// - output: see [`TransformerOutput`]
    ///
    /// # Panics
    ///
    /// When the memory is missing or has nobody to look at it, or the target is longer than learned positions reach.
    pub fn decode_with_attention(&self, target: &Tokens, memory: Option<&Memory>) -> TransformerOutput {
        assert_eq!(self.encoder.is_some(), memory.is_some(), "a source goes with an encoder, and only with one");
        let [_, target_length] = target.ids.dims();
        let causal = Mask::causal(target_length, &target.ids.device());
        let mask = match &target.padding {
            None => causal,
            Some(padding) => causal.and(Mask::key_padding(padding.clone())),
        };
        let mut hidden = self.decoder.embedding.forward(&target.ids);
        let (mut decoder_self, mut cross) = (Vec::new(), Vec::new());
        for block in &self.decoder.blocks {
            let (next, self_weights, cross_weights) = block.forward_with_attention(hidden, &mask, memory);
            hidden = next;
            decoder_self.push(self_weights);
            cross.extend(cross_weights);
        }
        let logits = self.decoder.output.forward(self.decoder.norm.forward(hidden));
        TransformerOutput { logits, encoder_self: Vec::new(), decoder_self, cross }
    }

    /// This model for one training step: every dropout in it draws its mask from `key` and its own place.
    pub fn with_dropout(self, key: DropoutKey) -> Self {
        let sites = &mut (0..).map(|site| DropoutKey { site, ..key });
        Self {
            encoder: self.encoder.map(|encoder| Encoder {
                blocks: encoder.blocks.into_iter().map(|block| block.with_dropout(sites)).collect(),
                ..encoder
            }),
            decoder: Decoder {
                blocks: self.decoder.blocks.into_iter().map(|block| block.with_dropout(sites)).collect(),
                ..self.decoder
            },
        }
    }

    /// Whether the model reads a source.
    pub fn has_encoder(&self) -> bool {
        self.encoder.is_some()
    }
}

impl TokenEmbedding {
    fn new(config: &TransformerConfig, weights: &mut InitialWeights<'_>) -> Self {
        // Multiplied by √d_model below, a token's vector has entries of about 0.5, a little below its position's (0.7): places
        // are what a new model must tell apart first. With entries of 1, copying took up to three times the steps.
        let deviation = 0.5 / (config.d_model as f32).sqrt();
        Self {
            tokens: weights.embedding(config.vocab_size, config.d_model, deviation),
            positions: PositionEncoding::new(config.positions, config.max_length, config.d_model, weights),
        }
    }

    /// `[batch_size, seq_length]` → `[batch_size, seq_length, d_model]`
    fn forward(&self, ids: &Tensor<2, Int>) -> Tensor<3> {
        let [_, d_model] = self.tokens.weight.dims();
        let [_, seq_length] = ids.dims();
        let tokens = self.tokens.forward(ids.clone()) * (d_model as f64).sqrt();
        tokens + self.positions.forward(seq_length, &ids.device())
    }
}
