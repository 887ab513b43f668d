//! The forward pass once more, keeping all that it computes and making the changes that are asked for. The tests prove it equal to the
//! plain pass.

use burn::tensor::{Int, Tensor};

use crate::attention::attention_weights_of;
use crate::block::{Block, CrossAttention, Memory};
use crate::interventions::{AttentionEdits, Intervention, Stack, StackEdits};
use crate::mask::Mask;
use crate::multi_head::MultiHeadAttention;
use crate::norm::Norm;
use crate::trace::{AttentionTrace, LayerTrace, StackTrace, Trace};
use crate::transformer::{Layers, Tokens, Transformer};

impl Transformer {
    /// All that [`forward`](Self::forward) computes, with some of it changed on the way; with no interventions, its result.
    ///
    /// # Shapes
    ///
    /// - source: `[batch_size, source_length]`
    /// - target: `[batch_size, target_length]`
    /// - trace: see [`Trace`]
    ///
    /// # Panics
    ///
    /// As [`forward`](Self::forward), or when an intervention names a layer, head or position that is not there, or its values do not
    /// fit.
    pub fn trace(&self, source: Option<&Tokens>, target: &Tokens, interventions: &[Intervention]) -> Trace {
        interventions.iter().for_each(|intervention| intervention.assert_fits(self));
        let (encoder, memory) = match (&self.encoder, source) {
            (Some(encoder), Some(source)) => {
                let mask = source.padding.clone().map(Mask::key_padding);
                let edits = StackEdits::new(interventions, Stack::Encoder);
                let trace = encoder.trace(&source.ids, mask.as_ref(), None, edits);
                let states = trace.output.clone();
                (Some(trace), Some(Memory { states, mask }))
            }
            (None, None) => (None, None),
            _ => panic!("a source goes with an encoder, and only with one"),
        };
        let mask = self.target_mask(target);
        let edits = StackEdits::new(interventions, Stack::Decoder);
        let decoder = self.decoder.trace(&target.ids, Some(&mask), memory.as_ref(), edits);
        let logits = self.logits(decoder.output.clone());
        Trace { encoder, decoder: Some(decoder), logits }
    }
}

impl Layers {
    fn trace(
        &self,
        ids: &Tensor<2, Int>,
        mask: Option<&Mask>,
        memory: Option<&Memory>,
        edits: StackEdits<'_>,
    ) -> StackTrace {
        let embedding = self.embedding.forward(ids, 0);
        trace_blocks(&self.blocks, self.norm.as_ref(), embedding, mask, memory, edits)
    }
}

/// What the blocks of a stack compute of its embedding, then its final norm.
pub(crate) fn trace_blocks(
    blocks: &[Block],
    norm: Option<&Norm>,
    embedding: Tensor<3>,
    mask: Option<&Mask>,
    memory: Option<&Memory>,
    edits: StackEdits<'_>,
) -> StackTrace {
    let mut stream = embedding.clone();
    let mut layers = Vec::with_capacity(blocks.len());
    for (layer, block) in blocks.iter().enumerate() {
        let trace = block.trace(edits.stream(layer, stream), mask, memory, layer, edits);
        stream = trace.after.clone();
        layers.push(trace);
    }
    let stream = edits.stream(blocks.len(), stream);
    let output = match norm {
        Some(norm) => norm.forward(stream.clone()),
        None => stream.clone(),
    };
    StackTrace { embedding, layers, stream, output }
}

impl Block {
    /// All that [`forward`](Self::forward) computes in the layer of this number, with some of it changed on the way.
    pub(crate) fn trace(
        &self,
        before: Tensor<3>,
        mask: Option<&Mask>,
        memory: Option<&Memory>,
        layer: usize,
        edits: StackEdits<'_>,
    ) -> LayerTrace {
        let (placement, [drop_attention, drop_feed_forward]) = (self.placement, &self.dropout);

        // 1. The sequence attends to itself.
        let x = placement.before(&self.norm_attention, before.clone());
        let self_attention = self.self_attention.trace(x.clone(), x.clone(), x, mask, edits.self_attention(layer));
        let attended = drop_attention.forward(self_attention.output.clone());
        let after_self_attention = placement.after(&self.norm_attention, before.clone() + attended);

        // 2. Target attends to source.
        let (cross_attention, after_attention) = match (&self.cross, memory) {
            (Some(CrossAttention { norm, attention, dropout }), Some(Memory { states, mask })) => {
                let x = placement.before(norm, after_self_attention.clone());
                let edits = edits.cross_attention(layer);
                let trace = attention.trace(x, states.clone(), states.clone(), mask.as_ref(), edits);
                let attended = dropout.forward(trace.output.clone());
                (Some(trace), placement.after(norm, after_self_attention.clone() + attended))
            }
            _ => (None, after_self_attention.clone()),
        };

        // 3. Each position by itself.
        let read = self.feed_forward_reads.of(before.clone(), after_attention.clone());
        let x = placement.before(&self.norm_feed_forward, read);
        let feed_forward = edits.feed_forward(layer, self.feed_forward.forward(x));
        let fed = drop_feed_forward.forward(feed_forward.clone());
        let after = placement.after(&self.norm_feed_forward, after_attention.clone() + fed);

        LayerTrace {
            before,
            self_attention,
            after_self_attention,
            cross_attention,
            after_attention,
            feed_forward,
            after,
        }
    }
}

impl MultiHeadAttention {
    /// All that [`forward`](Self::forward) computes, with some of it changed on the way.
    ///
    /// # Shapes
    ///
    /// - query, key, value, mask: as in [`forward`](Self::forward)
    /// - trace: see [`AttentionTrace`]
    ///
    /// # Panics
    ///
    /// When the shapes do not fit together, or the values of an intervention do not fit.
    pub fn trace(
        &self,
        query: Tensor<3>,
        key: Tensor<3>,
        value: Tensor<3>,
        mask: Option<&Mask>,
        edits: AttentionEdits<'_>,
    ) -> AttentionTrace {
        // 1. Project, and give each head its own slice of the width.
        let (key, value) = self.keys_and_values(key, value, 0); // [batch_size, n_heads, keys, d_head]
        let query = self.queries(query, &key); //                  [batch_size, n_heads, queries, d_head]

        // 2. Every head attends by itself.
        let mask = edits.mask(mask, &query, &key);
        let weights = attention_weights_of(&query, &key, mask.as_ref());
        let weights = edits.weights(weights, mask.as_ref()); //    [batch_size, n_heads, queries, keys]
        let context = self.dropout.forward(weights.clone()).matmul(value.clone());
        let context = edits.context(context); //                   [batch_size, n_heads, queries, d_head]

        // 3. Put the heads side by side again and let the output projection mix them.
        let output = self.mix_heads(context.clone()); //           [batch_size, queries, d_model]
        let bias = mask.as_ref().and_then(Mask::added).cloned();
        AttentionTrace { query, key, value, bias, weights, context, output }
    }
}
