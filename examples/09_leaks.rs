//! The leak detector, on a model that is right and on seven that are not. Each mistake is one line, and no shape tells.

use burn::tensor::activation::softmax;
use burn::tensor::{Bool, Device, Int, Tensor};
use headlight_lens::check;
use headlight_model::{
    AttentionKind, AttentionTrace, Head, HeadMatrices, Intervention, LayerTrace, Mask, MultiHeadAttention,
    MultiHeadAttentionConfig, Norm, NormPlacement, NormSite, Sequences, Stack, StackTrace, Trace, Traceable,
    Unembedding, attention_weights, sinusoidal_positions,
};

fn main() {
    let device = Device::default();
    let source = Tensor::<2, Int>::from_data([[3, 1, 4, 1, 5], [9, 2, 6, 5, 3], [5, 8, 9, 7, 9]], &device);
    let target = Tensor::<2, Int>::from_data([[0, 5, 1, 4], [0, 3, 5, 6], [0, 9, 7, 9]], &device);
    let input = Sequences { source: Some(source.into()), target: target.into() };
    for (mistake, what) in MISTAKES {
        let report = check(&Model::new(mistake, &device), &input, 0.0);
        println!("{what}\n{report}\n");
    }
}

#[derive(Clone, Copy, PartialEq)]
enum Mistake {
    None,
    SwappedMask,
    CausalOffByOne,
    MaskAfterSoftmax,
    SoftmaxOverQueries,
    PaddingForgotten,
    FiniteMask,
    NanRows,
}

const MISTAKES: [(Mistake, &str); 8] = [
    (Mistake::None, "No mistake"),
    (Mistake::SwappedMask, "true taken to mean 'may be seen'"),
    (Mistake::CausalOffByOne, "a causal mask that is off by one"),
    (Mistake::MaskAfterSoftmax, "weights masked after softmax"),
    (Mistake::SoftmaxOverQueries, "softmax over the queries"),
    (Mistake::PaddingForgotten, "no padding mask in cross attention"),
    (Mistake::FiniteMask, "masked scores are -1e4, not -inf"),
    (Mistake::NanRows, "softmax of a row that is masked whole"),
];

/// A decoder of one layer, which attends to itself and to the source's embedding, without norms or feed-forward layers.
struct Model {
    mistake: Mistake,
    embedding: Tensor<2>, // [vocab_size, d_model]
    attends: [MultiHeadAttention; 2],
}

const VOCAB_SIZE: usize = 10;
const D_MODEL: usize = 16;

impl Model {
    fn new(mistake: Mistake, device: &Device) -> Self {
        device.seed(0);
        let attention =
            |seed| MultiHeadAttentionConfig { seed, ..MultiHeadAttentionConfig::new(D_MODEL, 2) }.init(device);
        let embedding = Tensor::random([VOCAB_SIZE, D_MODEL], burn::tensor::Distribution::Normal(0.0, 1.0), device);
        Self { mistake, embedding, attends: [attention(1), attention(2)] }
    }

    /// softmax(mask(Q Kᵀ / √d_head)), `[batch_size, n_heads, queries, keys]`, with the mistake in it. In `masked`, true is masked.
    fn weights(&self, query: Tensor<4>, key: Tensor<4>, masked: Tensor<4, Bool>) -> Tensor<4> {
        let shape = [query.dims()[0], query.dims()[1], query.dims()[2], key.dims()[2]];
        let masked = masked.expand(shape);
        let additive =
            |number: f32| Mask::additive(Tensor::zeros(shape, &query.device()).mask_fill(masked.clone(), number));
        match self.mistake {
            Mistake::SwappedMask => attention_weights(query, key, Some(&Mask::boolean(masked.bool_not()))),
            Mistake::MaskAfterSoftmax => attention_weights(query, key, None).mask_fill(masked, 0.0),
            Mistake::SoftmaxOverQueries => {
                let swapped = Mask::boolean(masked.swap_dims(2, 3));
                attention_weights(key, query, Some(&swapped)).swap_dims(2, 3)
            }
            Mistake::NanRows => {
                let scores = query.matmul(key.transpose()) / ((D_MODEL / 2) as f64).sqrt();
                softmax(scores.mask_fill(masked, f32::NEG_INFINITY), 3)
            }
            Mistake::FiniteMask => attention_weights(query.clone(), key, Some(&additive(-1e4))),
            Mistake::None | Mistake::CausalOffByOne | Mistake::PaddingForgotten => {
                attention_weights(query, key, Some(&Mask::boolean(masked)))
            }
        }
    }

    fn attend(&self, nth: usize, queries: Tensor<3>, keys: Tensor<3>, masked: Tensor<4, Bool>) -> AttentionTrace {
        let attention = &self.attends[nth];
        let split = |x: Tensor<3>| {
            let [batch_size, length, _] = x.dims();
            x.reshape([batch_size, length, 2, D_MODEL / 2]).swap_dims(1, 2) // [batch_size, n_heads, length, d_head]
        };
        let query = split(attention.query.forward(queries));
        let [key, value] = [&attention.key, &attention.value].map(|layer| split(layer.forward(keys.clone())));
        let weights = self.weights(query.clone(), key.clone(), masked);
        let context = weights.clone().matmul(value.clone());
        let [batch_size, _, length, _] = context.dims();
        let joined = context.clone().swap_dims(1, 2).reshape([batch_size, length, D_MODEL]);
        AttentionTrace { query, key, value, bias: None, weights, context, output: attention.output.forward(joined) }
    }

    /// Token vectors and positions, `[batch_size, seq_length, d_model]`.
    fn embed(&self, ids: &Tensor<2, Int>) -> Tensor<3> {
        let [batch_size, length] = ids.dims();
        let tokens = self.embedding.clone().select(0, ids.clone().reshape([batch_size * length]));
        tokens.reshape([batch_size, length, D_MODEL]) + sinusoidal_positions(length, D_MODEL, &ids.device()).unsqueeze()
    }
}

impl Traceable for Model {
    type Input = Sequences;

    fn trace(&self, input: &Sequences, _: &[Intervention]) -> Trace {
        let source = input.source.as_ref().expect("a source");
        let [batch_size, keys] = source.ids.dims();
        let [_, queries] = input.target.ids.dims();
        let device = source.ids.device();
        let nothing = |keys| Tensor::<2, Bool>::full([batch_size, keys], false, &device);

        // 1. The target attends to itself: no later key, no padding.
        let before = self.embed(&input.target.ids);
        let offset = if self.mistake == Mistake::CausalOffByOne { 1 } else { 0 };
        let causal = Tensor::<2, Bool>::tril_mask([queries, queries], offset, &device).unsqueeze();
        let padding = input.target.padding.clone().unwrap_or_else(|| nothing(queries));
        let masked = Mask::boolean(causal).and(Mask::key_padding(padding)).masked();
        let within = self.attend(0, before.clone(), before.clone(), masked);
        let after_self_attention = before.clone() + within.output.clone();

        // 2. It attends to the source, which is as it was embedded: no padding.
        let memory = self.embed(&source.ids);
        let padding = match self.mistake {
            Mistake::PaddingForgotten => nothing(keys),
            _ => source.padding.clone().unwrap_or_else(|| nothing(keys)),
        };
        let cross = self.attend(1, after_self_attention.clone(), memory.clone(), padding.unsqueeze_dims(&[1, 2]));
        let stream = after_self_attention.clone() + cross.output.clone();

        let logits = self.unembed(stream.clone());
        let layer = LayerTrace {
            before: before.clone(),
            self_attention: within,
            after_self_attention,
            cross_attention: Some(cross),
            after_attention: stream.clone(),
            feed_forward: stream.zeros_like(),
            after: stream.clone(),
        };
        let encoder = StackTrace { embedding: memory.clone(), layers: vec![], stream: memory.clone(), output: memory };
        let decoder = StackTrace { embedding: before, layers: vec![layer], stream: stream.clone(), output: stream };
        Trace { encoder: Some(encoder), decoder: Some(decoder), logits }
    }

    fn unembed(&self, stream: Tensor<3>) -> Tensor<3> {
        stream.matmul(self.embedding.clone().transpose().unsqueeze())
    }

    fn n_layers(&self, kind: AttentionKind) -> usize {
        if kind == AttentionKind::EncoderSelf { 0 } else { 1 }
    }

    fn n_heads(&self, kind: AttentionKind) -> usize {
        2 * self.n_layers(kind)
    }

    fn head(&self, head: Head) -> HeadMatrices {
        self.attends[usize::from(head.kind == AttentionKind::Cross)].head(head.head)
    }

    fn output_bias(&self, kind: AttentionKind, _: usize) -> Option<Tensor<1>> {
        let attention = &self.attends[usize::from(kind == AttentionKind::Cross)];
        attention.output.bias.as_ref().map(|bias| bias.val())
    }

    fn norm_placement(&self) -> NormPlacement {
        NormPlacement::Pre
    }

    fn norm(&self, _: NormSite) -> Option<Norm> {
        None
    }

    fn token_embedding(&self, _: Stack) -> Tensor<2> {
        self.embedding.clone()
    }

    fn unembedding(&self) -> Option<Unembedding> {
        Some(Unembedding { weight: self.embedding.clone().transpose(), bias: None })
    }
}
