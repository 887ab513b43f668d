use burn::tensor::Tensor;
use headlight_record::{AttentionKind, Head};

use crate::interventions::{Intervention, Site};
use crate::multi_head::HeadMatrices;
use crate::trace::Trace;
use crate::transformer::{Tokens, Transformer};

/// A model that shows its work: what the lens asks of one, be it a toy [`Transformer`], a real model, or your own.
pub trait Traceable {
    /// What the model takes, as a batch.
    type Input;

    /// All that a forward pass over `input` computes, with some of it changed on the way. Whoever implements this first asks
    /// [`Intervention::assert_fits`] of each intervention, so that none is silently ignored.
    ///
    /// # Panics
    ///
    /// When the input does not fit the model, or an intervention names what is not there.
    fn trace(&self, input: &Self::Input, interventions: &[Intervention]) -> Trace;

    /// The logits of a stream, whichever layer it comes from: the final norm and the output layer (the logit lens of nostalgebraist,
    /// [2020](https://www.lesswrong.com/posts/AcKRB8wDpdaN6v6ru)).
    ///
    /// # Shapes
    ///
    /// - stream: `[batch_size, seq_length, d_model]`
    /// - logits: `[batch_size, seq_length, vocab_size]`
    fn unembed(&self, stream: Tensor<3>) -> Tensor<3>;

    /// Layers that have attention of this kind; 0 where the model has none.
    fn n_layers(&self, kind: AttentionKind) -> usize;

    /// Heads in each of these layers; 0 where the model has none.
    fn n_heads(&self, kind: AttentionKind) -> usize;

    /// The matrices of one head.
    ///
    /// # Panics
    ///
    /// When there is no such head.
    fn head(&self, head: Head) -> HeadMatrices;
}

/// What a [`Transformer`] takes: a target, and a source exactly where there is an encoder.
#[derive(Clone, Debug)]
pub struct Sequences {
    /// For the encoder.
    pub source: Option<Tokens>,
    /// For the decoder.
    pub target: Tokens,
}

impl Intervention {
    /// Refuses an intervention that no layer of the model would meet: a mistake, not nothing.
    ///
    /// # Panics
    ///
    /// When the model has no such attention, layer or head.
    pub fn assert_fits(&self, model: &impl Traceable) {
        let (kind, layer, head) = match self {
            Self::Gate { kind, layer, .. } => (*kind, *layer, 0),
            Self::Cut { head, .. } | Self::Weights { head, .. } | Self::Replace { site: Site::Context(head), .. } => {
                (head.kind, head.layer, head.head)
            }
            Self::Replace { site: Site::FeedForward(stack, layer), .. } => (stack.self_attention(), *layer, 0),
            // The stream after the last layer can be replaced, too.
            Self::Replace { site: Site::Stream(stack, layer), .. } => {
                (stack.self_attention(), layer.saturating_sub(1), 0)
            }
        };
        let (name, n_layers, n_heads) = (kind.name(), model.n_layers(kind), model.n_heads(kind));
        assert!(n_layers > 0, "an intervention on {name}, and the model has none");
        assert!(layer < n_layers, "an intervention on layer {layer} of {name}, and there are {n_layers}");
        assert!(head < n_heads, "an intervention on head {head} of {name}, and a layer has {n_heads}");
    }
}

impl Traceable for Transformer {
    type Input = Sequences;

    fn trace(&self, input: &Sequences, interventions: &[Intervention]) -> Trace {
        Transformer::trace(self, input.source.as_ref(), &input.target, interventions)
    }

    fn unembed(&self, stream: Tensor<3>) -> Tensor<3> {
        Transformer::unembed(self, stream)
    }

    fn n_layers(&self, kind: AttentionKind) -> usize {
        let is_there = self.has_encoder() || kind == AttentionKind::DecoderSelf;
        if is_there { self.config().n_layers } else { 0 }
    }

    fn n_heads(&self, kind: AttentionKind) -> usize {
        if self.n_layers(kind) > 0 { self.config().n_heads } else { 0 }
    }

    fn head(&self, head: Head) -> HeadMatrices {
        let attention = match (head.kind, &self.encoder) {
            (AttentionKind::EncoderSelf, Some(encoder)) => {
                encoder.blocks.get(head.layer).map(|block| &block.self_attention)
            }
            (AttentionKind::EncoderSelf, None) => None,
            (AttentionKind::DecoderSelf, _) => self.decoder.blocks.get(head.layer).map(|block| &block.self_attention),
            (AttentionKind::Cross, _) => {
                self.decoder.blocks.get(head.layer).and_then(|block| block.cross.as_ref()).map(|cross| &cross.attention)
            }
        };
        match attention {
            Some(attention) if head.head < attention.n_heads() => attention.head(head.head),
            _ => panic!("the model has no {head:?}"),
        }
    }
}
