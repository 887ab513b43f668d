//! A model whose matrices are written by hand: a direction of the stream for each token, and no norms.

use burn::tensor::Tensor;
use headlight_model::{
    AttentionKind, Head, HeadMatrices, Intervention, Norm, NormPlacement, NormSite, Sequences, Stack, Trace, Traceable,
    Unembedding,
};

use crate::noisy::device;

const D_MODEL: usize = 8;

pub struct ByHand {
    /// Layer by layer.
    heads: Vec<Vec<HeadMatrices>>,
}

impl ByHand {
    /// One layer; each head writes what it reads, times a number.
    pub fn of_values(factors: [f32; 2]) -> Self {
        let head = |factor: f32| HeadMatrices { value: all(), output: all() * factor, ..silent(D_MODEL) };
        Self { heads: vec![factors.map(head).to_vec()] }
    }

    /// Two layers of two heads two wide. The first head of layer 0 writes two directions, of which the keys of the first of
    /// layer 1 read one, beside one that nobody writes; its queries and values read others.
    pub fn reading_keys_of_the_first() -> Self {
        let writer = |first| HeadMatrices { value: some(4), output: some(first).transpose(), ..silent(2) };
        let key =
            some(0) * Tensor::from_data([[1.0, 0.0]], &device()) + some(4) * Tensor::from_data([[0.0, 1.0]], &device());
        let reader = HeadMatrices { query: some(6), key, value: some(6), output: some(2).transpose(), ..silent(2) };
        Self { heads: vec![vec![writer(0), writer(2)], vec![reader, silent(2)]] }
    }
}

fn all() -> Tensor<2> {
    Tensor::eye(D_MODEL, &device())
}

/// The two directions from one on, `[d_model, 2]`.
fn some(first: usize) -> Tensor<2> {
    all().narrow(1, first, 2)
}

fn silent(d_head: usize) -> HeadMatrices {
    let read = || Tensor::zeros([D_MODEL, d_head], &device());
    let output = Tensor::zeros([d_head, D_MODEL], &device());
    HeadMatrices { query: read(), key: read(), value: read(), output, biases: None, norms: None, rotary: None }
}

impl Traceable for ByHand {
    type Input = Sequences;

    fn trace(&self, _: &Sequences, _: &[Intervention]) -> Trace {
        unreachable!("circuits are read from parameters alone")
    }

    fn unembed(&self, stream: Tensor<3>) -> Tensor<3> {
        stream
    }

    fn n_layers(&self, kind: AttentionKind) -> usize {
        if kind == AttentionKind::DecoderSelf { self.heads.len() } else { 0 }
    }

    fn n_heads(&self, kind: AttentionKind) -> usize {
        if kind == AttentionKind::DecoderSelf { self.heads[0].len() } else { 0 }
    }

    fn head(&self, head: Head) -> HeadMatrices {
        self.heads[head.layer][head.head].clone()
    }

    fn output_bias(&self, _: AttentionKind, _: usize) -> Option<Tensor<1>> {
        None
    }

    fn norm_placement(&self) -> NormPlacement {
        NormPlacement::Pre
    }

    fn norm(&self, _: NormSite) -> Option<Norm> {
        None
    }

    fn token_embedding(&self, _: Stack) -> Tensor<2> {
        all()
    }

    fn unembedding(&self) -> Option<Unembedding> {
        Some(Unembedding { weight: all(), bias: None })
    }
}
