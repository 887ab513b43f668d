use burn::module::Module;
use burn::nn::{LayerNorm, Linear};
use burn::tensor::{Tensor, activation::relu};

use crate::init::{InitialWeights, RESIDUAL_GAIN};
use crate::{Dropout, DropoutKey, Mask, MultiHeadAttention, MultiHeadAttentionConfig};

/// A block of the encoder: attention among the source tokens, then a feed-forward layer at each of them.
///
/// Pre-norm: each part reads a normalised copy and adds its answer to the stream, x + f(norm(x)), which trains without the
/// long warm-up that the paper's norm(x + f(x)) needs (Xiong et al., [2020](https://arxiv.org/abs/2002.04745)).
#[derive(Module, Debug)]
pub(crate) struct EncoderBlock {
    norm_attention: LayerNorm,
    /// Source looks at source.
    self_attention: MultiHeadAttention,
    norm_feed_forward: LayerNorm,
    feed_forward: FeedForward,
    #[module(skip)]
    dropout: [Dropout; 2],
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
}

/// The part of a decoder block that looks at the source.
#[derive(Module, Debug)]
struct CrossAttention {
    norm: LayerNorm,
    attention: MultiHeadAttention,
    #[module(skip)]
    dropout: Dropout,
}

/// max(0, x W₁ + b₁) W₂ + b₂, at each position by itself.
#[derive(Module, Debug)]
struct FeedForward {
    inner: Linear,
    outer: Linear,
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
    pub(crate) fn new(attention: &MultiHeadAttentionConfig, d_ff: usize, weights: &mut InitialWeights<'_>) -> Self {
        Self {
            norm_attention: weights.layer_norm(attention.d_model),
            self_attention: attention.init_from(weights, RESIDUAL_GAIN),
            norm_feed_forward: weights.layer_norm(attention.d_model),
            feed_forward: FeedForward::new(attention.d_model, d_ff, weights),
            dropout: [Dropout::new(attention.dropout), Dropout::new(attention.dropout)],
        }
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
        let [drop_attention, drop_feed_forward] = &self.dropout;

        let normed = self.norm_attention.forward(hidden.clone());
        let (attended, weights) =
            self.self_attention.forward_with_attention(normed.clone(), normed.clone(), normed, mask);
        let hidden = hidden + drop_attention.forward(attended);

        let normed = self.norm_feed_forward.forward(hidden.clone());
        let hidden = hidden + drop_feed_forward.forward(self.feed_forward.forward(normed));
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
    pub(crate) fn new(
        attention: &MultiHeadAttentionConfig,
        d_ff: usize,
        looks_at_source: bool,
        weights: &mut InitialWeights<'_>,
    ) -> Self {
        Self {
            norm_attention: weights.layer_norm(attention.d_model),
            self_attention: attention.init_from(weights, RESIDUAL_GAIN),
            cross: looks_at_source.then(|| CrossAttention {
                norm: weights.layer_norm(attention.d_model),
                attention: attention.init_from(weights, RESIDUAL_GAIN),
                dropout: Dropout::new(attention.dropout),
            }),
            norm_feed_forward: weights.layer_norm(attention.d_model),
            feed_forward: FeedForward::new(attention.d_model, d_ff, weights),
            dropout: [Dropout::new(attention.dropout), Dropout::new(attention.dropout)],
        }
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
    /// When the shapes do not fit together, or a block made to look at a source is given no memory.
    pub(crate) fn forward_with_attention(
        &self,
        hidden: Tensor<3>,
        mask: &Mask,
        memory: Option<&Memory>,
    ) -> (Tensor<3>, Tensor<4>, Option<Tensor<4>>) {
        let [drop_attention, drop_feed_forward] = &self.dropout;

        let normed = self.norm_attention.forward(hidden.clone());
        let (attended, weights) =
            self.self_attention.forward_with_attention(normed.clone(), normed.clone(), normed, Some(mask));
        let hidden = hidden + drop_attention.forward(attended);

        let (hidden, cross_weights) = match &self.cross {
            None => (hidden, None),
            Some(cross) => {
                let memory = memory.expect("a decoder that looks at a source needs the encoder's memory");
                let (attended, weights) = cross.forward_with_attention(hidden.clone(), memory);
                (hidden + cross.dropout.forward(attended), Some(weights))
            }
        };

        let normed = self.norm_feed_forward.forward(hidden.clone());
        let hidden = hidden + drop_feed_forward.forward(self.feed_forward.forward(normed));
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

impl CrossAttention {
    fn forward_with_attention(&self, hidden: Tensor<3>, memory: &Memory) -> (Tensor<3>, Tensor<4>) {
        let query = self.norm.forward(hidden);
        // The encoder's last layer norm has already normalised the memory.
        let (key, value) = (memory.states.clone(), memory.states.clone());
        self.attention.forward_with_attention(query, key, value, memory.mask.as_ref())
    }
}

impl FeedForward {
    fn new(d_model: usize, d_ff: usize, weights: &mut InitialWeights<'_>) -> Self {
        Self {
            inner: weights.linear(d_model, d_ff, true, 1.0),
            outer: weights.linear(d_ff, d_model, true, RESIDUAL_GAIN),
        }
    }

    fn forward(&self, hidden: Tensor<3>) -> Tensor<3> {
        self.outer.forward(relu(self.inner.forward(hidden)))
    }
}

fn next(sites: &mut impl Iterator<Item = DropoutKey>) -> DropoutKey {
    sites.next().expect("sites are counted without end")
}
