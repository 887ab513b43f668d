use burn::tensor::Tensor;
use headlight_record::AttentionKind;

use crate::interventions::Stack;

/// All that one forward pass computed, under the equation's names. Under interventions, weights, contexts and feed-forward outputs are
/// those that the pass went on with; a replaced stream shows in the next layer's `before`.
///
/// The parts add up. An attention's output is each head's context times its rows of W_O, summed, plus the output bias. In a pre-norm
/// model the stream after a layer is the stream before it plus the outputs of self-attention, cross attention and feed-forward layer; in
/// a post-norm model each of these sums is normalised before the next one. Elhage et al.,
/// [2021](https://transformer-circuits.pub/2021/framework/index.html), call it the residual stream.
#[derive(Clone, Debug)]
pub struct Trace {
    /// The encoder's half, where the model has one.
    pub encoder: Option<StackTrace>,
    /// The decoder's half, where the model has one.
    pub decoder: Option<StackTrace>,
    /// At each position the scores of the tokens, `[batch_size, seq_length, vocab_size]`.
    pub logits: Tensor<3>,
}

/// What the encoder or the decoder computed. Its tensors are `[batch_size, seq_length, d_model]`.
#[derive(Clone, Debug)]
pub struct StackTrace {
    /// Token embedding and position encoding.
    pub embedding: Tensor<3>,
    /// Layer by layer.
    pub layers: Vec<LayerTrace>,
    /// The stream after the last layer: what the final norm reads.
    pub stream: Tensor<3>,
    /// The final norm's output; in a post-norm model, which has none, the stream itself.
    pub output: Tensor<3>,
}

/// What one layer, a block, computed. Its own tensors are `[batch_size, seq_length, d_model]`.
#[derive(Clone, Debug)]
pub struct LayerTrace {
    /// The stream before the layer.
    pub before: Tensor<3>,
    /// Attention within the sequence.
    pub self_attention: AttentionTrace,
    /// The stream after self-attention.
    pub after_self_attention: Tensor<3>,
    /// Attention to the encoder's output, where the layer has it.
    pub cross_attention: Option<AttentionTrace>,
    /// The stream after cross attention; after self-attention, where there is no other.
    pub after_attention: Tensor<3>,
    /// What the feed-forward layer gives.
    pub feed_forward: Tensor<3>,
    /// The stream after the layer.
    pub after: Tensor<3>,
}

/// What the heads of one attention computed: weights = softmax(mask(Q Kᵀ / √d_head + bias)), context = weights V.
#[derive(Clone, Debug)]
pub struct AttentionTrace {
    /// Q as the scores saw it, projected, split and rotated where positions are rotary: `[batch_size, n_heads, queries, d_head]`.
    pub query: Tensor<4>,
    /// K, likewise: `[batch_size, n_heads, keys, d_head]`.
    pub key: Tensor<4>,
    /// V: `[batch_size, n_heads, keys, d_head]`.
    pub value: Tensor<4>,
    /// What the mask adds to the scaled scores, if anything: broadcastable to `[batch_size, n_heads, queries, keys]`.
    pub bias: Option<Tensor<4>>,
    /// After softmax and before dropout: `[batch_size, n_heads, queries, keys]`.
    pub weights: Tensor<4>,
    /// What each head hands to the output projection: `[batch_size, n_heads, queries, d_head]`.
    pub context: Tensor<4>,
    /// What the attention gives, before it is added to the stream: `[batch_size, queries, d_model]`.
    pub output: Tensor<3>,
}

impl Trace {
    /// One stack's half of the pass.
    pub fn stack(&self, stack: Stack) -> Option<&StackTrace> {
        match stack {
            Stack::Encoder => self.encoder.as_ref(),
            Stack::Decoder => self.decoder.as_ref(),
        }
    }

    /// The attention of one kind, layer by layer; empty where the model has none of that kind.
    pub fn attention<'t>(&'t self, kind: AttentionKind) -> Vec<&'t AttentionTrace> {
        let stack = match kind {
            AttentionKind::EncoderSelf => Stack::Encoder,
            AttentionKind::DecoderSelf | AttentionKind::Cross => Stack::Decoder,
        };
        let layers = self.stack(stack).map_or(&[][..], |stack| &stack.layers);
        let one = |layer: &'t LayerTrace| match kind {
            AttentionKind::Cross => layer.cross_attention.as_ref(),
            AttentionKind::EncoderSelf | AttentionKind::DecoderSelf => Some(&layer.self_attention),
        };
        layers.iter().filter_map(one).collect()
    }
}
