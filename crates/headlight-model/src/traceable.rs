use burn::module::Param;
use burn::tensor::Tensor;
use headlight_record::{AttentionKind, Head};

use crate::block::FeedForwardReads;
use crate::interventions::{Intervention, Site, Stack};
use crate::learned::{BesideTokens, HeadMatrices, NormSite, Unembedding};
use crate::multi_head::MultiHeadAttention;
use crate::norm::{Norm, NormPlacement};
use crate::trace::Trace;
use crate::transformer::{Layers, Tokens, Transformer};

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

    /// b_O of an attention, which all its heads share: `[d_model]`. `None` where it has none.
    ///
    /// # Panics
    ///
    /// When there is no such attention.
    fn output_bias(&self, kind: AttentionKind, layer: usize) -> Option<Tensor<1>>;

    /// Whether parts read a normalised copy of the stream, or the stream itself is normalised after each.
    fn norm_placement(&self) -> NormPlacement;

    /// The parameters of a norm; `None` where the model has none there.
    fn norm(&self, site: NormSite) -> Option<Norm>;

    /// What each token adds to the stream of a stack at its position, with whatever the model multiplies it by: `[vocab_size, d_model]`.
    /// What else is in the stack's embedding says [`beside_tokens`](Self::beside_tokens).
    ///
    /// # Panics
    ///
    /// When the model has no such stack.
    fn token_embedding(&self, stack: Stack) -> Tensor<2>;

    /// What is in a stack's embedding beside the tokens.
    fn beside_tokens(&self, _stack: Stack) -> BesideTokens {
        BesideTokens::Positions
    }

    /// Which stream the feed-forward layers read.
    fn feed_forward_reads(&self) -> FeedForwardReads {
        FeedForwardReads::AfterAttention
    }

    /// The output layer, which reads the final norm's output; `None` where more than one linear layer lies between that and the logits.
    fn unembedding(&self) -> Option<Unembedding>;

    /// Whose stream the output layer reads.
    fn output_stack(&self) -> Stack {
        Stack::Decoder
    }
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
    pub fn assert_fits<M: Traceable + ?Sized>(&self, model: &M) {
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
        match self.attention(head.kind, head.layer) {
            Some(attention) if head.head < attention.n_heads() => attention.head(head.head),
            _ => panic!("the model has no {head}"),
        }
    }

    fn output_bias(&self, kind: AttentionKind, layer: usize) -> Option<Tensor<1>> {
        let Some(attention) = self.attention(kind, layer) else { panic!("the model has no {kind} in layer {layer}") };
        attention.output.bias.as_ref().map(Param::val)
    }

    fn norm_placement(&self) -> NormPlacement {
        self.config().norm
    }

    fn norm(&self, site: NormSite) -> Option<Norm> {
        let block = |stack: Stack, layer: usize| self.layers(stack)?.blocks.get(layer);
        let norm = match site {
            NormSite::SelfAttention(stack, layer) => &block(stack, layer)?.norm_attention,
            NormSite::CrossAttention(layer) => &block(Stack::Decoder, layer)?.cross.as_ref()?.norm,
            NormSite::FeedForward(stack, layer) => &block(stack, layer)?.norm_feed_forward,
            NormSite::Final(stack) => self.layers(stack)?.norm.as_ref()?,
        };
        Some(norm.clone())
    }

    fn token_embedding(&self, stack: Stack) -> Tensor<2> {
        let Some(layers) = self.layers(stack) else { panic!("the model has no {stack:?}") };
        layers.embedding.table()
    }

    fn unembedding(&self) -> Option<Unembedding> {
        Some(match &self.decoder.output {
            Some(output) => Unembedding { weight: output.weight.val(), bias: output.bias.as_ref().map(Param::val) },
            None => Unembedding { weight: self.decoder.embedding.unembedding(), bias: None },
        })
    }
}

impl Transformer {
    fn layers(&self, stack: Stack) -> Option<&Layers> {
        match stack {
            Stack::Encoder => self.encoder.as_ref(),
            Stack::Decoder => Some(&self.decoder),
        }
    }

    fn attention(&self, kind: AttentionKind, layer: usize) -> Option<&MultiHeadAttention> {
        let stack = if kind == AttentionKind::EncoderSelf { Stack::Encoder } else { Stack::Decoder };
        let block = self.layers(stack)?.blocks.get(layer)?;
        match kind {
            AttentionKind::Cross => block.cross.as_ref().map(|cross| &cross.attention),
            AttentionKind::EncoderSelf | AttentionKind::DecoderSelf => Some(&block.self_attention),
        }
    }
}
