use burn::tensor::Tensor;
use headlight_record::AttentionKind;

use crate::interventions::{Head, Intervention};
use crate::multi_head::HeadMatrices;
use crate::trace::Trace;
use crate::transformer::{Tokens, Transformer};

/// A model that shows its work: what the lens asks of one, be it a toy [`Transformer`], a real model, or your own.
pub trait Traceable {
    /// What the model takes, as a batch.
    type Input;

    /// All that a forward pass over `input` computes, with some of it changed on the way.
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

impl Traceable for Transformer {
    type Input = Sequences;

    fn trace(&self, input: &Sequences, interventions: &[Intervention]) -> Trace {
        Transformer::trace(self, input.source.as_ref(), &input.target, interventions)
    }

    fn unembed(&self, stream: Tensor<3>) -> Tensor<3> {
        Transformer::unembed(self, stream)
    }

    fn n_layers(&self, kind: AttentionKind) -> usize {
        if self.has(kind) { self.config().n_layers } else { 0 }
    }

    fn n_heads(&self, kind: AttentionKind) -> usize {
        if self.has(kind) { self.config().n_heads } else { 0 }
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
