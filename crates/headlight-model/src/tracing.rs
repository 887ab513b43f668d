//! The forward pass once more, keeping all that it computes and making the changes that are asked for. The tests prove it equal to the
//! plain pass.

use burn::tensor::Tensor;
use headlight_record::AttentionKind;

use crate::attention::attention_weights;
use crate::block::{CrossAttention, DecoderBlock, EncoderBlock, Memory};
use crate::interventions::{AttentionEdits, Intervention, Stack, StackEdits};
use crate::mask::Mask;
use crate::multi_head::MultiHeadAttention;
use crate::trace::{AttentionTrace, LayerTrace, StackTrace, Trace};
use crate::transformer::{Tokens, Transformer, normalise};

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
        assert_eq!(self.has_encoder(), source.is_some(), "a source goes with an encoder, and only with one");
        for intervention in interventions {
            self.assert_is_there(intervention);
        }
        let encoded = source.map(|source| self.trace_encoder(source, StackEdits::new(interventions, Stack::Encoder)));
        let (encoder, memory) = encoded.unzip();

        let edits = StackEdits::new(interventions, Stack::Decoder);
        let mask = self.target_mask(target);
        let embedding = self.decoder.embedding.forward(&target.ids, 0);
        let mut stream = embedding.clone();
        let mut layers = Vec::with_capacity(self.decoder.blocks.len());
        for (layer, block) in self.decoder.blocks.iter().enumerate() {
            let before = edits.stream(layer, stream);
            let trace = block.trace(before, Some(&mask), memory.as_ref(), layer, edits);
            stream = trace.after.clone();
            layers.push(trace);
        }
        let stream = edits.stream(layers.len(), stream);
        let output = normalise(self.decoder.norm.as_ref(), stream.clone());
        let logits = self.unembed(stream.clone());
        Trace { encoder, decoder: Some(StackTrace { embedding, layers, stream, output }), logits }
    }

    fn trace_encoder(&self, source: &Tokens, edits: StackEdits<'_>) -> (StackTrace, Memory) {
        let Some(encoder) = &self.encoder else { panic!("a decoder alone encodes no source") };
        let mask = source.padding.clone().map(Mask::key_padding);
        let embedding = encoder.embedding.forward(&source.ids, 0);
        let mut stream = embedding.clone();
        let mut layers = Vec::with_capacity(encoder.blocks.len());
        for (layer, block) in encoder.blocks.iter().enumerate() {
            let trace = block.trace(edits.stream(layer, stream), mask.as_ref(), layer, edits);
            stream = trace.after.clone();
            layers.push(trace);
        }
        let stream = edits.stream(layers.len(), stream);
        let output = normalise(encoder.norm.as_ref(), stream.clone());
        (StackTrace { embedding, layers, stream, output: output.clone() }, Memory { states: output, mask })
    }

    /// An intervention that no layer would meet is a mistake, not nothing.
    fn assert_is_there(&self, intervention: &Intervention) {
        let config = self.config();
        let (has_kind, name, layers) = match intervention {
            Intervention::Gate { kind, layer, .. } => (self.has(*kind), kind.name(), *layer..config.n_layers),
            Intervention::Cut { head, .. }
            | Intervention::Weights { head, .. }
            | Intervention::Context { head, .. } => {
                assert!(head.head < config.n_heads, "{head:?}, and a layer has {} heads", config.n_heads);
                (self.has(head.kind), head.kind.name(), head.layer..config.n_layers)
            }
            Intervention::FeedForward { stack, layer, .. } => {
                (self.has(stack.self_attention()), stack.self_attention().name(), *layer..config.n_layers)
            }
            // The stream after the last layer is there to be changed, too.
            Intervention::Stream { stack, layer, .. } => {
                (self.has(stack.self_attention()), stack.self_attention().name(), *layer..config.n_layers + 1)
            }
        };
        assert!(has_kind, "an intervention on {name}, and the model has none");
        assert!(
            !layers.is_empty(),
            "an intervention on layer {} of {name}, and there are {}",
            layers.start,
            config.n_layers
        );
    }

    /// Whether the model has attention of this kind.
    pub(crate) fn has(&self, kind: AttentionKind) -> bool {
        self.has_encoder() || kind == AttentionKind::DecoderSelf
    }
}

impl EncoderBlock {
    fn trace(&self, before: Tensor<3>, mask: Option<&Mask>, layer: usize, edits: StackEdits<'_>) -> LayerTrace {
        let (placement, [drop_attention, drop_feed_forward]) = (self.placement, &self.dropout);

        // 1. Source attends to source.
        let x = placement.before(&self.norm_attention, before.clone());
        let of_attention = edits.attention(AttentionKind::EncoderSelf, layer);
        let self_attention = self.self_attention.trace(x.clone(), x.clone(), x, mask, of_attention);
        let attended = drop_attention.forward(self_attention.output.clone());
        let after_self_attention = placement.after(&self.norm_attention, before.clone() + attended);

        // 2. Each token by itself.
        let x = placement.before(&self.norm_feed_forward, after_self_attention.clone());
        let feed_forward = edits.feed_forward(layer, self.feed_forward.forward(x));
        let fed = drop_feed_forward.forward(feed_forward.clone());
        let after = placement.after(&self.norm_feed_forward, after_self_attention.clone() + fed);

        let after_attention = after_self_attention.clone();
        let cross_attention = None;
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

impl DecoderBlock {
    fn trace(
        &self,
        before: Tensor<3>,
        mask: Option<&Mask>,
        memory: Option<&Memory>,
        layer: usize,
        edits: StackEdits<'_>,
    ) -> LayerTrace {
        let (placement, [drop_attention, drop_feed_forward]) = (self.placement, &self.dropout);

        // 1. Target attends to target.
        let x = placement.before(&self.norm_attention, before.clone());
        let of_attention = edits.attention(AttentionKind::DecoderSelf, layer);
        let self_attention = self.self_attention.trace(x.clone(), x.clone(), x, mask, of_attention);
        let attended = drop_attention.forward(self_attention.output.clone());
        let after_self_attention = placement.after(&self.norm_attention, before.clone() + attended);

        // 2. Target attends to source.
        let (cross_attention, after_attention) = match (&self.cross, memory) {
            (Some(CrossAttention { norm, attention, dropout }), Some(Memory { states, mask })) => {
                let x = placement.before(norm, after_self_attention.clone());
                let of_attention = edits.attention(AttentionKind::Cross, layer);
                let trace = attention.trace(x, states.clone(), states.clone(), mask.as_ref(), of_attention);
                let attended = dropout.forward(trace.output.clone());
                (Some(trace), placement.after(norm, after_self_attention.clone() + attended))
            }
            _ => (None, after_self_attention.clone()),
        };

        // 3. Each token by itself.
        let x = placement.before(&self.norm_feed_forward, after_attention.clone());
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
        let weights = attention_weights(query.clone(), key.clone(), mask.as_ref());
        let weights = edits.weights(weights, mask.as_ref()); //    [batch_size, n_heads, queries, keys]
        let context = self.dropout.forward(weights.clone()).matmul(value.clone());
        let context = edits.context(context); //                   [batch_size, n_heads, queries, d_head]

        // 3. Put the heads side by side again and let the output projection mix them.
        let output = self.mix_heads(context.clone()); //           [batch_size, queries, d_model]
        let bias = mask.as_ref().and_then(Mask::added).cloned();
        AttentionTrace { query, key, value, bias, weights, context, output }
    }
}
