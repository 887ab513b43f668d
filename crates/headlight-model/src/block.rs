use burn::module::Module;
use burn::nn::LayerNorm;
use burn::tensor::Tensor;

use crate::cache::BlockCache;
use crate::feed_forward::FeedForward;
use crate::init::{InitialWeights, RESIDUAL_GAIN};
use crate::multi_head::KeysAndValues;
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

    /// The hidden states after this block.
    ///
    /// # Shapes
    ///
    /// - hidden: `[batch_size, source_length, d_model]`, before and after
    pub(crate) fn forward(&self, hidden: Tensor<3>, mask: Option<&Mask>) -> Tensor<3> {
        self.around(hidden, |attention, x| (attention.forward(x.clone(), x.clone(), x, mask), ())).0
    }

    /// Returns `(hidden, weights)`.
    ///
    /// # Shapes
    ///
    /// - hidden: `[batch_size, source_length, d_model]`, before and after
    /// - weights: `[batch_size, n_heads, source_length, source_length]`
    ///
    /// # Panics
    ///
    /// When the shapes do not fit together.
    pub(crate) fn forward_with_attention(&self, hidden: Tensor<3>, mask: Option<&Mask>) -> (Tensor<3>, Tensor<4>) {
        self.around(hidden, |attention, x| attention.forward_with_attention(x.clone(), x.clone(), x, mask))
    }

    /// The block around its attention. `attend` is given the states that attention reads, and returns its answer and what else
    /// it wants to hand on.
    fn around<W>(
        &self,
        hidden: Tensor<3>,
        attend: impl FnOnce(&MultiHeadAttention, Tensor<3>) -> (Tensor<3>, W),
    ) -> (Tensor<3>, W) {
        let [drop_attention, drop_feed_forward] = &self.dropout;
        let (hidden, weights) =
            self.placement.around(&self.norm_attention, drop_attention, hidden, |x| attend(&self.self_attention, x));
        let (hidden, ()) = self
            .placement
            .around(&self.norm_feed_forward, drop_feed_forward, hidden, |x| (self.feed_forward.forward(x), ()));
        (hidden, weights)
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

    /// The hidden states after this block.
    ///
    /// # Shapes
    ///
    /// - hidden: `[batch_size, target_length, d_model]`, before and after
    ///
    /// # Panics
    ///
    /// When the shapes do not fit together, or a block made to look at a source is given no memory.
    pub(crate) fn forward(&self, hidden: Tensor<3>, mask: &Mask, memory: Option<&Memory>) -> Tensor<3> {
        let attend =
            |attention: &MultiHeadAttention, x: Tensor<3>| (attention.forward(x.clone(), x.clone(), x, Some(mask)), ());
        let look_at_source = |attention: &MultiHeadAttention, x: Tensor<3>| {
            let Memory { states, mask } = expect_memory(memory);
            (attention.forward(x, states.clone(), states.clone(), mask.as_ref()), ())
        };
        self.around(hidden, attend, look_at_source).0
    }

    /// Returns `(hidden, weights of self-attention, weights of cross attention)`; the last is `None` without a source.
    ///
    /// # Shapes
    ///
    /// - hidden: `[batch_size, target_length, d_model]`, before and after
    /// - weights: `[batch_size, n_heads, target_length, target_length]` and
    ///   `[batch_size, n_heads, target_length, source_length]`
    ///
    /// # Panics
    ///
    /// As [`forward`](Self::forward).
    pub(crate) fn forward_with_attention(
        &self,
        hidden: Tensor<3>,
        mask: &Mask,
        memory: Option<&Memory>,
    ) -> (Tensor<3>, Tensor<4>, Option<Tensor<4>>) {
        let attend = |attention: &MultiHeadAttention, x: Tensor<3>| {
            attention.forward_with_attention(x.clone(), x.clone(), x, Some(mask))
        };
        let look_at_source = |attention: &MultiHeadAttention, x: Tensor<3>| {
            let Memory { states, mask } = expect_memory(memory);
            attention.forward_with_attention(x, states.clone(), states.clone(), mask.as_ref())
        };
        self.around(hidden, attend, look_at_source)
    }

    /// What decoding will look at again and again: the source's keys and values, where there is a source.
    pub(crate) fn start_cache(&self, memory: Option<&Memory>) -> BlockCache {
        let source = self.cross.as_ref().map(|cross| {
            let states = &expect_memory(memory).states;
            cross.attention.keys_and_values(states.clone(), states.clone(), 0)
        });
        BlockCache { target: None, source }
    }

    /// The hidden states of new tokens, which also look at those that the cache has seen. The cache sees them too from now on.
    /// A mask is needed where several are new.
    ///
    /// # Shapes
    ///
    /// - hidden: `[batch_size, new_tokens, d_model]`, before and after
    pub(crate) fn forward_next(
        &self,
        hidden: Tensor<3>,
        mask: Option<&Mask>,
        cache: &mut BlockCache,
        source_mask: Option<&Mask>,
    ) -> Tensor<3> {
        let BlockCache { target, source } = cache;
        let attend = |attention: &MultiHeadAttention, x: Tensor<3>| {
            let first = target.as_ref().map_or(0, KeysAndValues::length);
            let new = attention.keys_and_values(x.clone(), x.clone(), first);
            let all = match target.take() {
                None => new,
                Some(seen) => seen.followed_by(new),
            };
            *target = Some(all.clone());
            (attention.look(x, all, mask), ())
        };
        let look_at_source = |attention: &MultiHeadAttention, x: Tensor<3>| {
            let source = source.clone().expect("a cache started with a memory");
            (attention.look(x, source, source_mask), ())
        };
        self.around(hidden, attend, look_at_source).0
    }

    /// The block around its attention. `attend` and, where there is a source, `look_at_source` are given the states that
    /// attention reads, and return its answer and what else they want to hand on.
    fn around<W, C>(
        &self,
        hidden: Tensor<3>,
        attend: impl FnOnce(&MultiHeadAttention, Tensor<3>) -> (Tensor<3>, W),
        look_at_source: impl FnOnce(&MultiHeadAttention, Tensor<3>) -> (Tensor<3>, C),
    ) -> (Tensor<3>, W, Option<C>) {
        let [drop_attention, drop_feed_forward] = &self.dropout;
        let (hidden, weights) =
            self.placement.around(&self.norm_attention, drop_attention, hidden, |x| attend(&self.self_attention, x));
        let (hidden, cross_weights) = match &self.cross {
            None => (hidden, None),
            Some(CrossAttention { norm, attention, dropout }) => {
                // The encoder's last layer norm has already normalised the memory.
                let (hidden, weights) = self.placement.around(norm, dropout, hidden, |x| look_at_source(attention, x));
                (hidden, Some(weights))
            }
        };
        let (hidden, ()) = self
            .placement
            .around(&self.norm_feed_forward, drop_feed_forward, hidden, |x| (self.feed_forward.forward(x), ()));
        (hidden, weights, cross_weights)
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

fn expect_memory(memory: Option<&Memory>) -> &Memory {
    memory.expect("a decoder that looks at a source needs the encoder's memory")
}

fn next(sites: &mut impl Iterator<Item = DropoutKey>) -> DropoutKey {
    sites.next().expect("sites are counted without end")
}
