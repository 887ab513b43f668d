use burn::module::Module;
use burn::nn::{LayerNorm, Linear};
use burn::tensor::{Bool, Device, Int, Tensor};
use headlight_flex::{layer_norm, linear};

use crate::block::{DecoderBlock, EncoderBlock, Memory};
use crate::embedding::TokenEmbedding;
use crate::init::{InitialWeights, LAYER_NORM_EPSILON};
use crate::multi_head::{Attended, Weights};
use crate::{Architecture, DecoderCache, DropoutKey, Mask, NormPlacement, Positions, TransformerConfig};

/// A transformer that shows its attention.
#[derive(Module, Debug)]
pub struct Transformer {
    encoder: Option<Encoder>,
    decoder: Decoder,
    #[module(skip)]
    config: TransformerConfig,
}

#[derive(Module, Debug)]
struct Encoder {
    embedding: TokenEmbedding,
    blocks: Vec<EncoderBlock>,
    norm: Option<LayerNorm>,
}

#[derive(Module, Debug)]
struct Decoder {
    embedding: TokenEmbedding,
    blocks: Vec<DecoderBlock>,
    norm: Option<LayerNorm>,
    /// `None` where the token vectors serve.
    output: Option<Linear>,
}

/// A batch of sequences.
#[derive(Clone, Debug)]
pub struct Tokens {
    /// Token numbers, `[batch_size, seq_length]`.
    pub ids: Tensor<2, Int>,
    /// `true` where a sequence has ended and the rest is filled up, `[batch_size, seq_length]`.
    pub padding: Option<Tensor<2, Bool>>,
}

/// What a forward pass gives: logits, and what every layer compared and found, by kind; the weights after softmax and before
/// dropout.
#[derive(Clone, Debug)]
pub struct TransformerOutput {
    /// At each target position the scores of the next token, `[batch_size, target_length, vocab_size]`.
    pub logits: Tensor<3>,
    /// One per layer, weights `[batch_size, n_heads, source_length, source_length]`; empty without an encoder.
    pub encoder_self: Vec<Attended>,
    /// One per layer, weights `[batch_size, n_heads, target_length, target_length]`.
    pub decoder_self: Vec<Attended>,
    /// One per layer, weights `[batch_size, n_heads, target_length, source_length]`; empty without an encoder.
    pub cross: Vec<Attended>,
}

impl From<Tensor<2, Int>> for Tokens {
    fn from(ids: Tensor<2, Int>) -> Self {
        Self { ids, padding: None }
    }
}

impl TransformerConfig {
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
        // Post-norm blocks leave the stream normalised.
        let last_norm =
            |weights: &InitialWeights<'_>| (self.norm == NormPlacement::Pre).then(|| weights.layer_norm(self.d_model));
        let encoder = (self.architecture == Architecture::EncoderDecoder).then(|| Encoder {
            embedding: TokenEmbedding::new(self, &mut weights),
            blocks: (0..self.n_layers).map(|_| EncoderBlock::new(self, &mut weights)).collect(),
            norm: last_norm(&weights),
        });
        let decoder = Decoder {
            embedding: TokenEmbedding::new(self, &mut weights),
            blocks: (0..self.n_layers).map(|_| DecoderBlock::new(self, &mut weights)).collect(),
            norm: last_norm(&weights),
            output: (!self.tie_weights).then(|| weights.linear(self.d_model, self.vocab_size, true, 1.0)),
        };
        Transformer { encoder, decoder, config: self.clone() }
    }
}

impl Transformer {
    /// The logits alone, without handing on any weights: for training and generation.
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
        self.run(source, target, Weights::Drop).logits
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
        self.run(source, target, Weights::Keep)
    }

    fn run(&self, source: Option<&Tokens>, target: &Tokens, wanted: Weights) -> TransformerOutput {
        let (memory, encoder_self) = match source {
            None => (None, Vec::new()),
            Some(source) => {
                let (memory, attended) = self.read(source, wanted);
                (Some(memory), attended)
            }
        };
        let mask = self.target_mask(target);
        let mut cache = self.start_decoding(memory.as_ref());
        TransformerOutput { encoder_self, ..self.write(&target.ids, Some(&mask), &mut cache, wanted) }
    }

    /// The first half: reads the source.
    ///
    /// # Shapes
    ///
    /// - source: `[batch_size, source_length]`
    /// - memory: `[batch_size, source_length, d_model]`
    ///
    /// # Panics
    ///
    /// When the model has no encoder, or the source is longer than learned positions reach.
    pub fn encode(&self, source: &Tokens) -> Memory {
        self.read(source, Weights::Drop).0
    }

    /// Begins to write: nothing is written yet, and the source, where there is one, is as the encoder understood it.
    ///
    /// # Panics
    ///
    /// When the memory is missing or has nobody to look at it.
    pub fn start_decoding(&self, memory: Option<&Memory>) -> DecoderCache {
        assert_eq!(self.encoder.is_some(), memory.is_some(), "a source goes with an encoder, and only with one");
        DecoderCache::start(&self.decoder.blocks, memory)
    }

    /// The logits behind each of some new tokens: at first those of the prompt, then one at a time. Equal to the last rows of
    /// [`forward`](Self::forward) over all tokens so far.
    ///
    /// # Shapes
    ///
    /// - tokens: `[batch_size, new_tokens]`, without padding
    /// - logits: `[batch_size, new_tokens, vocab_size]`
    ///
    /// # Panics
    ///
    /// When more than one token follows others, the batch size has changed, or learned positions do not reach so far.
    pub fn decode_next(&self, tokens: &Tensor<2, Int>, cache: &mut DecoderCache) -> Tensor<3> {
        let ([_, new_tokens], first) = (tokens.dims(), cache.length);
        assert!(first == 0 || new_tokens == 1, "behind the prompt, tokens come one at a time, not {new_tokens}");
        // A single last token may look at everything.
        let causal = (new_tokens > 1).then(|| Mask::causal(new_tokens, &tokens.device()));
        let mask = both(causal, self.distances(first, new_tokens, &tokens.device()));
        self.write(tokens, mask.as_ref(), cache, Weights::Drop).logits
    }

    /// Embedding, blocks and norm of the encoder, and what each block attended to, where that is wanted.
    fn read(&self, source: &Tokens, wanted: Weights) -> (Memory, Vec<Attended>) {
        let encoder = self.encoder.as_ref().expect("a decoder-only model reads no source");
        let mask = source.padding.clone().map(Mask::key_padding);
        let mut hidden = encoder.embedding.forward(&source.ids, 0);
        let mut encoder_self = Vec::with_capacity(encoder.blocks.len());
        for block in &encoder.blocks {
            let (next, attended) = block.forward(hidden, mask.as_ref(), wanted);
            hidden = next;
            encoder_self.extend(attended);
        }
        (Memory { states: normalise(encoder.norm.as_ref(), hidden), mask }, encoder_self)
    }

    /// Embedding, blocks, norm and output layer of the decoder, for tokens behind those that the cache has seen.
    fn write(
        &self,
        tokens: &Tensor<2, Int>,
        mask: Option<&Mask>,
        cache: &mut DecoderCache,
        wanted: Weights,
    ) -> TransformerOutput {
        let [_, new_tokens] = tokens.dims();
        let mut hidden = self.decoder.embedding.forward(tokens, cache.length);
        cache.length += new_tokens;
        let (mut decoder_self, mut cross) = (Vec::new(), Vec::new());
        for (block, seen) in self.decoder.blocks.iter().zip(&mut cache.blocks) {
            let (next, attended) = block.forward(hidden, mask, seen, cache.source_mask.as_ref(), wanted);
            hidden = next;
            decoder_self.extend(attended.itself);
            cross.extend(attended.source);
        }
        let hidden = normalise(self.decoder.norm.as_ref(), hidden);
        let logits = match &self.decoder.output {
            Some(output) => linear(output, hidden),
            None => self.decoder.embedding.compare(hidden),
        };
        TransformerOutput { logits, encoder_self: Vec::new(), decoder_self, cross }
    }

    /// Nobody looks ahead, nor at padding; with ALiBi, far tokens are hard to see.
    fn target_mask(&self, target: &Tokens) -> Mask {
        let [_, target_length] = target.ids.dims();
        let causal = Mask::causal(target_length, &target.ids.device());
        let padding = target.padding.clone().map(Mask::key_padding);
        let more = both(padding, self.distances(0, target_length, &target.ids.device()));
        match more {
            None => causal,
            Some(more) => causal.and(more),
        }
    }

    /// What ALiBi adds to the decoder's scores of queries at the places `first..`.
    fn distances(&self, first: usize, queries: usize, device: &Device) -> Option<Mask> {
        let alibi = self.config.positions == Positions::Alibi;
        alibi.then(|| Mask::alibi_of(self.config.n_heads, first..first + queries, device))
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
            config: self.config,
        }
    }

    /// What the model was made of.
    pub fn config(&self) -> &TransformerConfig {
        &self.config
    }

    /// Whether the model reads a source.
    pub fn has_encoder(&self) -> bool {
        self.encoder.is_some()
    }
}

/// Behind the last block, where the blocks leave something to normalise.
fn normalise(norm: Option<&LayerNorm>, hidden: Tensor<3>) -> Tensor<3> {
    match norm {
        Some(norm) => layer_norm(norm, LAYER_NORM_EPSILON, hidden),
        None => hidden,
    }
}

fn both(left: Option<Mask>, right: Option<Mask>) -> Option<Mask> {
    match (left, right) {
        (Some(left), Some(right)) => Some(left.and(right)),
        (left, right) => left.or(right),
    }
}
