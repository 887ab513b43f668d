use burn::module::Module;
use burn::nn::LayerNorm;
use burn::tensor::Tensor;

use crate::cache::BlockCache;
use crate::feed_forward::FeedForward;
use crate::init::{InitialWeights, RESIDUAL_GAIN};
use crate::multi_head::{Attended, KeysAndValues, Weights};
use crate::{
    Architecture, Dropout, DropoutKey, Mask, MultiHeadAttention, MultiHeadAttentionConfig, NormPlacement, Positions,
    TransformerConfig,
};

/// A block of the encoder: attention among the source tokens, then a feed-forward layer at each of them.
#[derive(Module, Debug)]
pub(crate) struct EncoderBlock {
    norm_attention: LayerNorm,
    /// Source looks at source.
    self_attention: MultiHeadAttention,
    norm_feed_forward: LayerNorm,
    feed_forward: FeedForward,
    #[module(skip)]
    dropout: [Dropout; 2],
    #[module(skip)]
    placement: NormPlacement,
}

/// A block of the decoder: attention among the target tokens so far, attention to the source where there is one, then a
/// feed-forward layer.
#[derive(Module, Debug)]
pub(crate) struct DecoderBlock {
    norm_attention: LayerNorm,
    /// Target looks at target, never ahead.
    self_attention: MultiHeadAttention,
    cross: Option<CrossAttention>,
    norm_feed_forward: LayerNorm,
    feed_forward: FeedForward,
    #[module(skip)]
    dropout: [Dropout; 2],
    #[module(skip)]
    placement: NormPlacement,
}

/// The part of a decoder block that looks at the source.
#[derive(Module, Debug)]
struct CrossAttention {
    norm: LayerNorm,
    attention: MultiHeadAttention,
    #[module(skip)]
    dropout: Dropout,
}

/// What the encoder hands to every decoder block.
#[derive(Clone, Debug)]
pub struct Memory {
    /// The source as the encoder understood it, `[batch_size, source_length, d_model]`.
    pub states: Tensor<3>,
    /// Hides source tokens that are padding.
    pub mask: Option<Mask>,
}

/// What a decoder block looked at, where that is wanted.
#[derive(Debug)]
pub(crate) struct DecoderAttended {
    /// `new_tokens` queries, `target_length` keys
    pub(crate) itself: Option<Attended>,
    /// `new_tokens` queries, `source_length` keys; never without a source
    pub(crate) source: Option<Attended>,
}

impl EncoderBlock {
    pub(crate) fn new(config: &TransformerConfig, weights: &mut InitialWeights<'_>) -> Self {
        Self {
            norm_attention: weights.layer_norm(config.d_model),
            self_attention: self_attention(config).init_from(weights, RESIDUAL_GAIN),
            norm_feed_forward: weights.layer_norm(config.d_model),
            feed_forward: FeedForward::new(config.d_model, config.d_ff, config.activation, weights),
            dropout: [Dropout::new(config.dropout), Dropout::new(config.dropout)],
            placement: config.norm,
        }
    }

    /// Returns `(hidden, attended)`.
    ///
    /// # Shapes
    ///
    /// - hidden: `[batch_size, source_length, d_model]`, before and after
    /// - attended: `source_length` queries and keys
    pub(crate) fn forward(
        &self,
        hidden: Tensor<3>,
        mask: Option<&Mask>,
        wanted: Weights,
    ) -> (Tensor<3>, Option<Attended>) {
        let (placement, [drop_attention, drop_feed_forward]) = (self.placement, &self.dropout);

        // 1. Source looks at source.
        let x = placement.before(&self.norm_attention, hidden.clone());
        let at = self.self_attention.keys_and_values(x.clone(), x.clone(), 0);
        let (answer, attended) = self.self_attention.attend(x, at, mask, wanted);
        let hidden = placement.after(&self.norm_attention, hidden + drop_attention.forward(answer));

        // 2. Each token by itself.
        let x = placement.before(&self.norm_feed_forward, hidden.clone());
        let answer = drop_feed_forward.forward(self.feed_forward.forward(x));
        (placement.after(&self.norm_feed_forward, hidden + answer), attended)
    }

    pub(crate) fn with_dropout(self, sites: &mut impl Iterator<Item = DropoutKey>) -> Self {
        Self {
            self_attention: self.self_attention.with_dropout(next(sites)),
            dropout: self.dropout.map(|dropout| dropout.with_key(next(sites))),
            ..self
        }
    }
}

impl DecoderBlock {
    pub(crate) fn new(config: &TransformerConfig, weights: &mut InitialWeights<'_>) -> Self {
        Self {
            norm_attention: weights.layer_norm(config.d_model),
            self_attention: self_attention(config).init_from(weights, RESIDUAL_GAIN),
            cross: (config.architecture == Architecture::EncoderDecoder).then(|| CrossAttention {
                norm: weights.layer_norm(config.d_model),
                attention: cross_attention(config).init_from(weights, RESIDUAL_GAIN),
                dropout: Dropout::new(config.dropout),
            }),
            norm_feed_forward: weights.layer_norm(config.d_model),
            feed_forward: FeedForward::new(config.d_model, config.d_ff, config.activation, weights),
            dropout: [Dropout::new(config.dropout), Dropout::new(config.dropout)],
            placement: config.norm,
        }
    }

    /// What the block looks at before the first target token: the source's keys and values, where there is a source.
    ///
    /// # Panics
    ///
    /// When a block made to look at a source is given no memory.
    pub(crate) fn start_cache(&self, memory: Option<&Memory>) -> BlockCache {
        let source = self.cross.as_ref().map(|cross| {
            let states = &memory.expect("a decoder that looks at a source needs the encoder's memory").states;
            cross.attention.keys_and_values(states.clone(), states.clone(), 0)
        });
        BlockCache { target: None, source }
    }

    /// Reads new tokens, which look at each other, as far as the mask lets them, and at those that the cache has seen. The cache has
    /// seen them, too, from now on. In training all tokens are new.
    ///
    /// # Shapes
    ///
    /// - hidden: `[batch_size, new_tokens, d_model]`, before and after
    /// - attended: see [`DecoderAttended`]
    pub(crate) fn forward(
        &self,
        hidden: Tensor<3>,
        mask: Option<&Mask>,
        cache: &mut BlockCache,
        source_mask: Option<&Mask>,
        wanted: Weights,
    ) -> (Tensor<3>, DecoderAttended) {
        let (placement, [drop_attention, drop_feed_forward]) = (self.placement, &self.dropout);

        // 1. Target looks at target.
        let x = placement.before(&self.norm_attention, hidden.clone());
        let first = cache.target.as_ref().map_or(0, KeysAndValues::length);
        let new = self.self_attention.keys_and_values(x.clone(), x.clone(), first);
        let at = match cache.target.take() {
            None => new,
            Some(seen) => seen.followed_by(new),
        };
        cache.target = Some(at.clone());
        let (answer, itself) = self.self_attention.attend(x, at, mask, wanted);
        let hidden = placement.after(&self.norm_attention, hidden + drop_attention.forward(answer));

        // 2. Target looks at the source, which the encoder's last layer norm has already normalised.
        let (hidden, source) = match (&self.cross, cache.source.clone()) {
            (Some(cross), Some(at)) => {
                let x = placement.before(&cross.norm, hidden.clone());
                let (answer, attended) = cross.attention.attend(x, at, source_mask, wanted);
                (placement.after(&cross.norm, hidden + cross.dropout.forward(answer)), attended)
            }
            _ => (hidden, None),
        };

        // 3. Each token by itself.
        let x = placement.before(&self.norm_feed_forward, hidden.clone());
        let answer = drop_feed_forward.forward(self.feed_forward.forward(x));
        let hidden = placement.after(&self.norm_feed_forward, hidden + answer);
        (hidden, DecoderAttended { itself, source })
    }

    pub(crate) fn with_dropout(self, sites: &mut impl Iterator<Item = DropoutKey>) -> Self {
        Self {
            self_attention: self.self_attention.with_dropout(next(sites)),
            cross: self.cross.map(|cross| CrossAttention {
                attention: cross.attention.with_dropout(next(sites)),
                dropout: cross.dropout.with_key(next(sites)),
                ..cross
            }),
            dropout: self.dropout.map(|dropout| dropout.with_key(next(sites))),
            ..self
        }
    }
}

/// Source looks at source, or target at target: here, if anywhere in attention, places have a say.
fn self_attention(config: &TransformerConfig) -> MultiHeadAttentionConfig {
    MultiHeadAttentionConfig { rotary: config.positions == Positions::Rotary, ..cross_attention(config) }
}

fn cross_attention(config: &TransformerConfig) -> MultiHeadAttentionConfig {
    MultiHeadAttentionConfig {
        d_model: config.d_model,
        n_heads: config.n_heads,
        kdim: config.d_model,
        vdim: config.d_model,
        bias: true,
        dropout: config.dropout,
        rotary: false,
        seed: config.seed,
    }
}

fn next(sites: &mut impl Iterator<Item = DropoutKey>) -> DropoutKey {
    sites.next().expect("sites are counted without end")
}
