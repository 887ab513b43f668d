//! Where in a pass things are: the stack of a head's queries and keys, and what a trace has at a site.

use burn::tensor::Tensor;
use headlight_model::{AttentionKind, Site, Stack, Trace};

/// The stack whose positions are the queries of a kind of attention, and to whose stream it adds.
pub(crate) fn queries_of(kind: AttentionKind) -> Stack {
    match kind {
        AttentionKind::EncoderSelf => Stack::Encoder,
        AttentionKind::DecoderSelf | AttentionKind::Cross => Stack::Decoder,
    }
}

/// The stack whose positions are its keys.
pub(crate) fn keys_of(kind: AttentionKind) -> Stack {
    match kind {
        AttentionKind::EncoderSelf | AttentionKind::Cross => Stack::Encoder,
        AttentionKind::DecoderSelf => Stack::Decoder,
    }
}

/// What a pass had at a site, `[batch_size, positions, width]`.
pub(crate) fn value(trace: &Trace, site: Site) -> Tensor<3> {
    let of = |stack: Stack| trace.stack(stack).unwrap_or_else(|| panic!("the model has no {stack:?}"));
    match site {
        Site::Context(head) => {
            let context = &trace.attention(head.kind)[head.layer].context; // [batch_size, n_heads, queries, d_head]
            context.clone().narrow(1, head.head, 1).squeeze_dim(1)
        }
        Site::FeedForward(stack, layer) => of(stack).layers[layer].feed_forward.clone(),
        Site::Stream(stack, layer) => match of(stack).layers.get(layer) {
            Some(layer) => layer.before.clone(),
            None => of(stack).stream.clone(),
        },
    }
}
