use burn::module::Module;
use burn::nn::Linear;
use burn::tensor::{Bool, Device, Int, Tensor};
use headlight_flex::linear;

use crate::block::{AttendsTo, Block, DropoutSites, Memory};
use crate::config::{Architecture, TransformerConfig};
use crate::dropout::DropoutKey;
use crate::embedding::TokenEmbedding;
use crate::init::InitialParameters;
use crate::mask::Mask;
use crate::norm::{Norm, NormPlacement};
use crate::positions::Positions;

/// A transformer that shows its attention: [`forward`](Self::forward) for the answer, [`trace`](Self::trace) for how it came about.
///
/// Vaswani et al., [Attention Is All You Need](https://arxiv.org/abs/1706.03762): their encoder–decoder, or its decoder alone.
#[derive(Module, Debug)]
pub struct Transformer {
    pub(crate) encoder: Option<Layers>,
    pub(crate) decoder: Layers,
    #[module(skip)]
    config: TransformerConfig,
}

/// An encoder or a decoder.
#[derive(Module, Debug)]
pub(crate) struct Layers {
    pub(crate) embedding: TokenEmbedding,
    pub(crate) blocks: Vec<Block>,
    /// `None` in a post-norm model, whose blocks leave the stream normalised.
    pub(crate) norm: Option<Norm>,
    /// `None` in an encoder, and where the token embedding serves.
    pub(crate) output: Option<Linear>,
}

/// A batch of sequences.
#[derive(Clone, Debug)]
pub struct Tokens {
    /// Token numbers, `[batch_size, seq_length]`.
    pub ids: Tensor<2, Int>,
    /// `true` where a sequence has ended and the rest is filled up, `[batch_size, seq_length]`.
    pub padding: Option<Tensor<2, Bool>>,
    /// To which of two texts each token belongs, 0 or 1, for models that have an embedding for it: `[batch_size, seq_length]`.
    pub segments: Option<Tensor<2, Int>>,
}

impl From<Tensor<2, Int>> for Tokens {
    fn from(ids: Tensor<2, Int>) -> Self {
        Self { ids, padding: None, segments: None }
    }
}

impl TransformerConfig {
    /// Makes the model with fresh parameters.
    ///
    /// # Panics
    ///
    /// When [`check`](Self::check) would refuse.
    pub fn init(&self, device: &Device) -> Transformer {
        if let Err(error) = self.check() {
            panic!("{error}");
        }
        let mut initial = InitialParameters::new(self.seed, device);
        let has_encoder = self.architecture == Architecture::EncoderDecoder;
        let encoder = has_encoder.then(|| Layers::new(self, AttendsTo::Itself, &mut initial));
        let attends_to = if has_encoder { AttendsTo::SourceToo } else { AttendsTo::Itself };
        let mut decoder = Layers::new(self, attends_to, &mut initial);
        decoder.output = (!self.tie_weights).then(|| initial.linear(self.d_model, self.vocab_size, true, 1.0));
        Transformer { encoder, decoder, config: self.clone() }
    }
}

impl Layers {
    /// Without an output layer.
    fn new(config: &TransformerConfig, attends_to: AttendsTo, initial: &mut InitialParameters<'_>) -> Self {
        Self {
            embedding: TokenEmbedding::new(config, initial),
            blocks: (0..config.n_layers).map(|_| Block::new(config, attends_to, initial)).collect(),
            norm: (config.norm == NormPlacement::Pre).then(|| initial.layer_norm(config.d_model)),
            output: None,
        }
    }

    /// The final norm, where there is one.
    pub(crate) fn normalise(&self, stream: Tensor<3>) -> Tensor<3> {
        match &self.norm {
            Some(norm) => norm.forward(stream),
            None => stream,
        }
    }

    fn with_dropout(self, sites: &mut DropoutSites) -> Self {
        Self { blocks: self.blocks.into_iter().map(|block| block.with_dropout(sites)).collect(), ..self }
    }
}

impl Transformer {
    /// At each position of the target, the scores of the token that comes next. A source is given exactly where there is an encoder.
    ///
    /// # Shapes
    ///
    /// - source: `[batch_size, source_length]`
    /// - target: `[batch_size, target_length]`
    /// - logits: `[batch_size, target_length, vocab_size]`
    ///
    /// # Panics
    ///
    /// When there is a source and no encoder, or the other way round, or a sequence is longer than there are learned positions.
    pub fn forward(&self, source: Option<&Tokens>, target: &Tokens) -> Tensor<3> {
        assert_eq!(self.has_encoder(), source.is_some(), "a source goes with an encoder, and only with one");
        let memory = source.map(|source| self.encode(source));
        let mask = self.target_mask(target);

        let mut stream = self.decoder.embedding.forward(&target.ids, 0); // [batch_size, target_length, d_model]
        for block in &self.decoder.blocks {
            stream = block.forward(stream, Some(&mask), memory.as_ref());
        }
        self.unembed(stream)
    }

    /// The encoder's half: what every block of the decoder attends to.
    ///
    /// # Shapes
    ///
    /// - source: `[batch_size, source_length]`
    /// - memory: `[batch_size, source_length, d_model]`
    ///
    /// # Panics
    ///
    /// When the model has no encoder, or the source is longer than there are learned positions.
    pub fn encode(&self, source: &Tokens) -> Memory {
        let Some(encoder) = &self.encoder else { panic!("a decoder alone encodes no source") };
        let mask = source.padding.clone().map(Mask::key_padding);

        let mut stream = encoder.embedding.forward(&source.ids, 0); // [batch_size, source_length, d_model]
        for block in &encoder.blocks {
            stream = block.forward(stream, mask.as_ref(), None);
        }
        Memory { states: encoder.normalise(stream), mask }
    }

    /// The logits of a stream of the decoder, after the last layer or any earlier one: final norm and output layer.
    ///
    /// # Shapes
    ///
    /// - stream: `[batch_size, target_length, d_model]`
    /// - logits: `[batch_size, target_length, vocab_size]`
    pub fn unembed(&self, stream: Tensor<3>) -> Tensor<3> {
        self.logits(self.decoder.normalise(stream))
    }

    /// The output layer, of a stream that the final norm has normalised.
    pub(crate) fn logits(&self, normalised: Tensor<3>) -> Tensor<3> {
        match &self.decoder.output {
            Some(output) => linear(output, normalised),
            None => self.decoder.embedding.unembed(normalised),
        }
    }

    /// No token sees a later one, nor padding; with ALiBi, distant ones lose score.
    pub(crate) fn target_mask(&self, target: &Tokens) -> Mask {
        let [_, target_length] = target.ids.dims();
        let causal = Mask::causal(target_length, &target.ids.device());
        let padding = target.padding.clone().map(Mask::key_padding);
        match Mask::both(padding, self.distances(0, target_length, &target.ids.device())) {
            None => causal,
            Some(more) => causal.and(more),
        }
    }

    /// What ALiBi adds to the decoder's scores of queries at the positions `first..`.
    pub(crate) fn distances(&self, first: usize, queries: usize, device: &Device) -> Option<Mask> {
        let alibi = self.config.positions == Positions::Alibi;
        alibi.then(|| Mask::alibi_of(self.config.n_heads, first..first + queries, device))
    }

    /// This model for one training step: every dropout in it draws its mask from `key` and its own site.
    pub fn with_dropout(self, key: DropoutKey) -> Self {
        let sites = &mut DropoutSites(DropoutKey { site: 0, ..key });
        Self {
            encoder: self.encoder.map(|encoder| encoder.with_dropout(sites)),
            decoder: self.decoder.with_dropout(sites),
            ..self
        }
    }

    /// What the model was made of.
    pub fn config(&self) -> &TransformerConfig {
        &self.config
    }

    /// Whether the model has an encoder, and so takes a source.
    pub fn has_encoder(&self) -> bool {
        self.encoder.is_some()
    }
}
