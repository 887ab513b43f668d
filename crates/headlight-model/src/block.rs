use burn::module::Module;
use burn::tensor::Tensor;

use crate::config::TransformerConfig;
use crate::dropout::{Dropout, DropoutKey};
use crate::feed_forward::FeedForward;
use crate::init::{InitialParameters, RESIDUAL_GAIN};
use crate::mask::Mask;
use crate::multi_head::{MultiHeadAttention, MultiHeadAttentionConfig};
use crate::norm::{Norm, NormPlacement};
use crate::positions::Positions;

/// A block: attention within the sequence, attention to the encoder's output where there is one, then a feed-forward layer at each
/// position. What makes it one of an encoder or of a decoder is its mask, and that an encoder's has no cross attention.
#[derive(Module, Debug)]
pub struct Block {
    /// At self-attention.
    pub norm_attention: Norm,
    /// Attention within the sequence.
    pub self_attention: MultiHeadAttention,
    /// Attention to the encoder's output, where there is one.
    pub cross: Option<CrossAttention>,
    /// At the feed-forward layer.
    pub norm_feed_forward: Norm,
    /// At each position by itself.
    pub feed_forward: FeedForward,
    /// Of the self-attention's output and of the feed-forward layer's.
    #[module(skip)]
    pub(crate) dropout: [Dropout; 2],
    #[module(skip)]
    pub(crate) placement: NormPlacement,
    #[module(skip)]
    pub(crate) feed_forward_reads: FeedForwardReads,
}

/// The part of a decoder's block that attends to the source.
#[derive(Module, Debug)]
pub struct CrossAttention {
    /// At cross attention.
    pub norm: Norm,
    /// From target to source.
    pub attention: MultiHeadAttention,
    #[module(skip)]
    pub(crate) dropout: Dropout,
}

/// Which stream the feed-forward layer of a block reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FeedForwardReads {
    /// The one after attention.
    AfterAttention,
    /// The one before attention, so that both read the same: the parallel block of GPT-J (Wang and Komatsuzaki,
    /// [2021](https://github.com/kingoflolz/mesh-transformer-jax)).
    BeforeAttention,
}

/// What the encoder hands to every block of the decoder.
#[derive(Clone, Debug)]
pub struct Memory {
    /// The encoder's output, `[batch_size, source_length, d_model]`.
    pub states: Tensor<3>,
    /// Masks source tokens that are padding.
    pub mask: Option<Mask>,
}

/// What the tokens of a block attend to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum AttendsTo {
    /// Their own sequence.
    Itself,
    /// Their own sequence, then the encoder's output.
    SourceToo,
}

impl Block {
    pub(crate) fn new(config: &TransformerConfig, attends_to: AttendsTo, initial: &mut InitialParameters<'_>) -> Self {
        let TransformerConfig { d_model, n_heads, dropout, .. } = *config;
        let attention = MultiHeadAttentionConfig { dropout, ..MultiHeadAttentionConfig::new(d_model, n_heads) };
        // Rotary positions act in self-attention only.
        let within = MultiHeadAttentionConfig { rotary: config.positions == Positions::Rotary, ..attention.clone() };
        Self {
            norm_attention: initial.layer_norm(d_model),
            self_attention: within.init_from(initial, RESIDUAL_GAIN),
            cross: (attends_to == AttendsTo::SourceToo).then(|| CrossAttention {
                norm: initial.layer_norm(d_model),
                attention: attention.init_from(initial, RESIDUAL_GAIN),
                dropout: Dropout::new(dropout),
            }),
            norm_feed_forward: initial.layer_norm(d_model),
            feed_forward: FeedForward::new(d_model, config.d_ff, config.activation, initial),
            dropout: [Dropout::new(dropout), Dropout::new(dropout)],
            placement: config.norm,
            feed_forward_reads: FeedForwardReads::AfterAttention,
        }
    }

    /// A block of these parts, without dropout. A feed-forward layer reads the stream [after attention](FeedForwardReads::AfterAttention).
    pub fn from_parts(
        placement: NormPlacement,
        [norm_attention, norm_feed_forward]: [Norm; 2],
        self_attention: MultiHeadAttention,
        cross: Option<CrossAttention>,
        feed_forward: FeedForward,
    ) -> Self {
        let dropout = [Dropout::new(0.0), Dropout::new(0.0)];
        let feed_forward_reads = FeedForwardReads::AfterAttention;
        Self {
            norm_attention,
            self_attention,
            cross,
            norm_feed_forward,
            feed_forward,
            dropout,
            placement,
            feed_forward_reads,
        }
    }

    /// This block with a feed-forward layer that reads this stream.
    pub fn with_feed_forward_reading(self, feed_forward_reads: FeedForwardReads) -> Self {
        Self { feed_forward_reads, ..self }
    }

    /// The stream after the block.
    ///
    /// # Shapes
    ///
    /// - stream: `[batch_size, seq_length, d_model]`, before and after
    ///
    /// # Panics
    ///
    /// When the mask does not fit.
    pub fn forward(&self, stream: Tensor<3>, mask: Option<&Mask>, memory: Option<&Memory>) -> Tensor<3> {
        let (placement, [drop_attention, drop_feed_forward]) = (self.placement, &self.dropout);

        // 1. The sequence attends to itself.
        let before = stream.clone();
        let x = placement.before(&self.norm_attention, stream.clone());
        let attended = self.self_attention.forward(x.clone(), x.clone(), x, mask);
        let stream = placement.after(&self.norm_attention, stream + drop_attention.forward(attended));

        // 2. Target attends to source, which the encoder's final norm has normalised.
        let stream = match (&self.cross, memory) {
            (Some(CrossAttention { norm, attention, dropout }), Some(Memory { states, mask })) => {
                let x = placement.before(norm, stream.clone());
                let attended = attention.forward(x, states.clone(), states.clone(), mask.as_ref());
                placement.after(norm, stream + dropout.forward(attended))
            }
            _ => stream,
        };

        // 3. Each position by itself.
        let x = placement.before(&self.norm_feed_forward, self.feed_forward_reads.of(before, stream.clone()));
        let fed = self.feed_forward.forward(x);
        placement.after(&self.norm_feed_forward, stream + drop_feed_forward.forward(fed))
    }

    pub(crate) fn with_dropout(self, sites: &mut DropoutSites) -> Self {
        Self {
            self_attention: self.self_attention.with_dropout(sites.next()),
            cross: self.cross.map(|cross| CrossAttention {
                attention: cross.attention.with_dropout(sites.next()),
                dropout: cross.dropout.with_key(sites.next()),
                ..cross
            }),
            dropout: self.dropout.map(|dropout| dropout.with_key(sites.next())),
            ..self
        }
    }
}

impl CrossAttention {
    /// One of these parts, without dropout.
    pub fn from_parts(norm: Norm, attention: MultiHeadAttention) -> Self {
        Self { norm, attention, dropout: Dropout::new(0.0) }
    }
}

impl FeedForwardReads {
    pub(crate) fn of(self, before: Tensor<3>, after: Tensor<3>) -> Tensor<3> {
        match self {
            Self::AfterAttention => after,
            Self::BeforeAttention => before,
        }
    }
}

/// Numbers the dropouts of a model, each of which draws a mask of its own.
pub(crate) struct DropoutSites(pub(crate) DropoutKey);

impl DropoutSites {
    /// The key of the next dropout.
    fn next(&mut self) -> DropoutKey {
        let key = self.0;
        self.0.site += 1;
        key
    }
}
