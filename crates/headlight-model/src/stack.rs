use burn::module::{Module, Param};
use burn::tensor::Tensor;
use headlight_record::AttentionKind;

use crate::block::{Block, FeedForwardReads, Memory};
use crate::interventions::{Stack, StackEdits};
use crate::learned::NormSite;
use crate::mask::Mask;
use crate::multi_head::MultiHeadAttention;
use crate::norm::{Norm, NormPlacement};
use crate::trace::{AttentionTrace, StackTrace};
use crate::tracing::trace_blocks;

/// An encoder or a decoder without its embedding: what models that others trained are made of. A [`Transformer`](crate::Transformer)
/// has its blocks beside its own embedding.
#[derive(Module, Debug)]
pub struct BlockStack {
    /// Layer by layer.
    pub blocks: Vec<Block>,
    /// After the last block, where there is one.
    pub norm: Option<Norm>,
}

/// What a stack computed where only some of its attention was asked for.
#[derive(Clone, Debug)]
pub struct StackAttention {
    /// Of the layers that were asked for, in their order: the layer's number, its self-attention, and its cross attention where it has
    /// one.
    pub layers: Vec<(usize, KeptAttention, Option<KeptAttention>)>,
    /// The final norm's output; without one, the stream itself: `[batch_size, seq_length, d_model]`.
    pub output: Tensor<3>,
}

/// Whether the numbers behind attention weights are kept, too.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Keep {
    /// Attention weights alone.
    Weights,
    /// And Q, K and V.
    Projections,
}

/// What is kept of an attention.
#[derive(Clone, Debug)]
pub struct KeptAttention {
    /// After softmax: `[batch_size, n_heads, queries, keys]`.
    pub weights: Tensor<4>,
    /// What they came from, where that was to be kept.
    pub projections: Option<KeptProjections>,
}

/// What attention weights came from: see [`AttentionTrace`].
#[derive(Clone, Debug)]
pub struct KeptProjections {
    /// `[batch_size, n_heads, queries, d_head]`
    pub query: Tensor<4>,
    /// `[batch_size, n_heads, keys, d_head]`
    pub key: Tensor<4>,
    /// `[batch_size, n_heads, keys, d_head]`
    pub value: Tensor<4>,
    /// Broadcastable to `[batch_size, n_heads, queries, keys]`.
    pub bias: Option<Tensor<4>>,
}

impl KeptAttention {
    pub(crate) fn of(AttentionTrace { query, key, value, bias, weights, .. }: AttentionTrace, keep: Keep) -> Self {
        let projections = (keep == Keep::Projections).then_some(KeptProjections { query, key, value, bias });
        Self { weights, projections }
    }
}

impl BlockStack {
    /// All that a pass computes, with some of it changed on the way.
    ///
    /// # Shapes
    ///
    /// - embedding: `[batch_size, seq_length, d_model]`
    ///
    /// # Panics
    ///
    /// When the mask or an intervention does not fit.
    pub fn trace(
        &self,
        embedding: Tensor<3>,
        mask: Option<&Mask>,
        memory: Option<&Memory>,
        edits: StackEdits<'_>,
    ) -> StackTrace {
        trace_blocks(&self.blocks, self.norm.as_ref(), embedding, mask, memory, edits)
    }

    /// The attention of some layers. Of the others no attention weights are held, so that memory grows with the layers that are asked
    /// for.
    ///
    /// # Shapes
    ///
    /// - embedding: `[batch_size, seq_length, d_model]`
    ///
    /// # Panics
    ///
    /// When the mask does not fit.
    pub fn attention(
        &self,
        embedding: Tensor<3>,
        mask: Option<&Mask>,
        memory: Option<&Memory>,
        asked: &[usize],
        keep: Keep,
    ) -> StackAttention {
        let edits = StackEdits::new(&[], Stack::Decoder); // none, whichever the stack
        let (mut stream, mut layers) = (embedding, Vec::new());
        for (layer, block) in self.blocks.iter().enumerate() {
            if asked.contains(&layer) {
                let trace = block.trace(stream, mask, memory, layer, edits);
                stream = trace.after;
                let cross = trace.cross_attention.map(|attention| KeptAttention::of(attention, keep));
                layers.push((layer, KeptAttention::of(trace.self_attention, keep), cross));
            } else {
                stream = block.forward(stream, mask, memory);
            }
        }
        let output = match &self.norm {
            Some(norm) => norm.forward(stream),
            None => stream,
        };
        StackAttention { layers, output }
    }

    /// The attention of one kind in a layer; `None` where there is none.
    pub fn attention_of(&self, kind: AttentionKind, layer: usize) -> Option<&MultiHeadAttention> {
        let block = self.blocks.get(layer)?;
        match kind {
            AttentionKind::Cross => block.cross.as_ref().map(|cross| &cross.attention),
            AttentionKind::EncoderSelf | AttentionKind::DecoderSelf => Some(&block.self_attention),
        }
    }

    /// The norm at a site, of whichever stack the site is; `None` where there is none.
    pub fn norm_at(&self, site: NormSite) -> Option<&Norm> {
        match site {
            NormSite::SelfAttention(_, layer) => Some(&self.blocks.get(layer)?.norm_attention),
            NormSite::CrossAttention(layer) => Some(&self.blocks.get(layer)?.cross.as_ref()?.norm),
            NormSite::FeedForward(_, layer) => Some(&self.blocks.get(layer)?.norm_feed_forward),
            NormSite::Final(_) => self.norm.as_ref(),
        }
    }

    /// b_O of an attention, `[d_model]`; `None` where it has none.
    pub fn output_bias(&self, kind: AttentionKind, layer: usize) -> Option<Tensor<1>> {
        self.attention_of(kind, layer)?.output.bias.as_ref().map(Param::val)
    }

    /// Which stream the feed-forward layers of its blocks read.
    ///
    /// # Panics
    ///
    /// When there is no block.
    pub fn feed_forward_reads(&self) -> FeedForwardReads {
        self.blocks[0].feed_forward_reads
    }

    /// Whether the parts of its blocks read a normalised copy of the stream, or the stream itself is normalised after each.
    ///
    /// # Panics
    ///
    /// When there is no block.
    pub fn norm_placement(&self) -> NormPlacement {
        self.blocks[0].placement
    }
}
