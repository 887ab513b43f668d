//! A transformer with one mistake in it.

use burn::tensor::Tensor;
use headlight_model::{
    At, AttentionKind, Head, HeadMatrices, Intervention, NewWeights, Norm, NormPlacement, NormSite, Sequences, Site,
    Stack, Tokens, Trace, Traceable, Transformer, Unembedding,
};

pub struct Leaky {
    model: Transformer,
    mistake: Mistake,
}

enum Mistake {
    LooksAhead(Head),
    NoPaddingMask,
    CentredOverTheBatch,
    NanWhereAllIsMasked,
}

impl Leaky {
    /// One head gives all its weight to the next token.
    pub fn looking_ahead(model: Transformer, head: Head) -> Self {
        Self { model, mistake: Mistake::LooksAhead(head) }
    }

    /// Padding is attended to as any token.
    pub fn without_padding_mask(model: Transformer) -> Self {
        Self { model, mistake: Mistake::NoPaddingMask }
    }

    /// A mean over the wrong axis, as in batch normalisation.
    pub fn centred_over_the_batch(model: Transformer) -> Self {
        Self { model, mistake: Mistake::CentredOverTheBatch }
    }

    /// The first head's softmax of a row that is masked whole, which is all -inf, divides 0 by 0.
    pub fn nan_where_all_is_masked(model: Transformer) -> Self {
        Self { model, mistake: Mistake::NanWhereAllIsMasked }
    }
}

impl Traceable for Leaky {
    type Input = Sequences;

    fn trace(&self, input: &Sequences, _: &[Intervention]) -> Trace {
        let device = input.target.ids.device();
        let plain = || Traceable::trace(&self.model, input, &[]);
        match self.mistake {
            Mistake::LooksAhead(head) => {
                let [_, length] = input.target.ids.dims();
                let next = Tensor::<2>::eye(length, &device).slice([1..length, 0..length]);
                let next = Tensor::cat(
                    vec![next, Tensor::<2>::eye(length, &device).slice([length - 1..length, 0..length])],
                    0,
                );
                let weights = NewWeights::Given { at: At::Everywhere, weights: next.unsqueeze() };
                Traceable::trace(&self.model, input, &[Intervention::Weights { head, weights }])
            }
            Mistake::NoPaddingMask => {
                let unmasked = |tokens: &Tokens| Tokens { padding: None, ..tokens.clone() };
                let Sequences { source, target } = input;
                let input = Sequences { source: source.as_ref().map(unmasked), target: unmasked(target) };
                Traceable::trace(&self.model, &input, &[])
            }
            Mistake::CentredOverTheBatch => {
                let embedding = plain().decoder.expect("a decoder").embedding;
                let value = embedding.clone() - embedding.mean_dim(0);
                let site = Site::Stream(Stack::Decoder, 0);
                Traceable::trace(&self.model, input, &[Intervention::Replace { site, at: At::Everywhere, value }])
            }
            Mistake::NanWhereAllIsMasked => {
                let head = Head { kind: AttentionKind::DecoderSelf, layer: 0, head: 0 };
                let weights = plain().attention(head.kind)[0].weights.clone().narrow(1, 0, 1).squeeze_dim::<3>(1);
                let is_masked = weights.clone().sum_dim(2).equal_elem(0.0).expand(weights.dims());
                let weights = NewWeights::Given { at: At::Everywhere, weights: weights.mask_fill(is_masked, f32::NAN) };
                Traceable::trace(&self.model, input, &[Intervention::Weights { head, weights }])
            }
        }
    }

    fn unembed(&self, stream: Tensor<3>) -> Tensor<3> {
        Traceable::unembed(&self.model, stream)
    }

    fn n_layers(&self, kind: AttentionKind) -> usize {
        self.model.n_layers(kind)
    }

    fn n_heads(&self, kind: AttentionKind) -> usize {
        self.model.n_heads(kind)
    }

    fn head(&self, head: Head) -> HeadMatrices {
        self.model.head(head)
    }

    fn output_bias(&self, kind: AttentionKind, layer: usize) -> Option<Tensor<1>> {
        self.model.output_bias(kind, layer)
    }

    fn norm_placement(&self) -> NormPlacement {
        self.model.norm_placement()
    }

    fn norm(&self, site: NormSite) -> Option<Norm> {
        self.model.norm(site)
    }

    fn token_embedding(&self, stack: Stack) -> Tensor<2> {
        self.model.token_embedding(stack)
    }

    fn unembedding(&self) -> Option<Unembedding> {
        self.model.unembedding()
    }
}
