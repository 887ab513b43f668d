mod description;
mod error;
mod program;
mod reading;

use burn::module::{Module, Param};
use burn::nn::{Embedding, Linear};
use burn::tensor::activation::relu;
use burn::tensor::{Int, Tensor, TensorData};
use headlight_model::{
    AttentionKind, Head, HeadMatrices, Intervention, LayerTrace, Mask, MultiHeadAttention, Norm, NormPlacement,
    NormSite, Sequences, Stack, StackEdits, StackTrace, Tokens, Trace, Traceable, Unembedding,
};

pub use error::CompiledError;
pub use program::{Program, Question};

/// A transformer that was compiled from a program and not trained: what each head does is known, because it was written down.
///
/// Lindner et al., [Tracr: Compiled Transformers as a Laboratory for Interpretability](https://arxiv.org/abs/2301.05062). The program
/// is written in RASP (Weiss, Goldberg and Yahav, [2021](https://arxiv.org/abs/2106.06981)): a *select* of keys becomes a head, a
/// function of a position's own values a feed-forward layer. Each value of each variable has a direction of the stream to itself, so a
/// stream can be read like a table of variables. There is no layer norm.
#[derive(Module, Debug)]
pub struct Compiled {
    /// `[vocab_size, d_model]`
    tokens: Embedding,
    /// `[max_length, d_model]`
    positions: Embedding,
    layers: Vec<Layer>,
    /// 1 from the direction of an output value to its logit, 0 elsewhere: `[d_model, output_size]`.
    unembedding: Param<Tensor<2>>,
    /// The decoder, where the program is causal; the encoder, where every position sees all.
    #[module(skip)]
    stack: Stack,
    #[module(skip)]
    program: Program,
}

/// Attention, then a feed-forward layer, each added to the stream.
#[derive(Module, Debug)]
struct Layer {
    /// Its heads' width is the program's choice and not d_model / n_heads.
    attention: MultiHeadAttention,
    up: Linear,
    down: Linear,
}

impl Compiled {
    /// What it was compiled from: vocabularies, and questions with their answers.
    pub fn program(&self) -> &Program {
        &self.program
    }

    /// The names of the stream's directions, `variable:value`, d_model of them.
    pub fn directions(&self) -> &[String] {
        &self.program.directions
    }

    /// The kind of attention that its heads have.
    pub fn attention_kind(&self) -> AttentionKind {
        self.stack.self_attention()
    }

    /// The longest input that it was compiled for.
    pub fn max_length(&self) -> usize {
        let [max_length, _] = self.positions.weight.dims();
        max_length
    }

    /// Inputs of one length as the model takes them.
    ///
    /// # Panics
    ///
    /// When there is none, or their lengths differ.
    pub fn input(&self, rows: &[&[usize]]) -> Sequences {
        let (count, length) = (rows.len(), rows[0].len());
        assert!(rows.iter().all(|row| row.len() == length), "rows of one tensor have one length");
        let numbers: Vec<i64> = rows.iter().copied().flatten().map(|token| *token as i64).collect();
        let ids = TensorData::new(numbers, [count, length]);
        Sequences { source: None, target: Tensor::<2, Int>::from_data(ids, &self.tokens.weight.device()).into() }
    }

    /// What the model answers to an input that begins with `BOS`.
    ///
    /// # Panics
    ///
    /// When the input is empty, or longer than [`max_length`](Self::max_length).
    pub fn answer(&self, tokens: &[usize]) -> Question {
        let said: Tensor<3, Int> = self.trace(&self.input(&[tokens]), &[]).logits.argmax(2);
        let said: Vec<usize> = said.into_data().iter::<i64>().map(|token| token as usize).collect();
        Question { tokens: tokens.to_vec(), answers: said.into_iter().enumerate().skip(1).collect() }
    }

    /// A vector for each token, and one for each position: `[batch_size, seq_length]` → `[batch_size, seq_length, d_model]`
    fn embed(&self, ids: &Tensor<2, Int>) -> Tensor<3> {
        let [_, seq_length] = ids.dims();
        let max_length = self.max_length();
        assert!(seq_length <= max_length, "{seq_length} tokens, and the program was compiled for {max_length}");
        let positions = self.positions.weight.val().narrow(0, 0, seq_length); // [seq_length, d_model]
        self.tokens.forward(ids.clone()) + positions.unsqueeze()
    }

    fn attention(&self, kind: AttentionKind, layer: usize) -> Option<&MultiHeadAttention> {
        let layer = self.layers.get(layer)?;
        (kind == self.attention_kind()).then_some(&layer.attention)
    }

    /// No position sees padding, nor a later one where the program is causal.
    fn mask(&self, tokens: &Tokens) -> Option<Mask> {
        let [_, seq_length] = tokens.ids.dims();
        let causal = matches!(self.stack, Stack::Decoder).then(|| Mask::causal(seq_length, &tokens.ids.device()));
        let padding = tokens.padding.clone().map(Mask::key_padding);
        causal.into_iter().chain(padding).reduce(Mask::and)
    }
}

impl Traceable for Compiled {
    type Input = Sequences;

    /// Tokens are the input's target; there is no source.
    fn trace(&self, input: &Sequences, interventions: &[Intervention]) -> Trace {
        interventions.iter().for_each(|intervention| intervention.assert_fits(self));
        assert!(input.source.is_none(), "a compiled program has one input, the target, and takes no source");
        let mask = self.mask(&input.target);
        let edits = StackEdits::new(interventions, self.stack);

        // 1. Embed tokens and positions.
        let embedding = self.embed(&input.target.ids); // [batch_size, seq_length, d_model]

        // 2. Each layer adds to the stream.
        let mut stream = embedding.clone();
        let mut layers = Vec::with_capacity(self.layers.len());
        for (nth, layer) in self.layers.iter().enumerate() {
            let trace = layer.trace(edits.stream(nth, stream), mask.as_ref(), nth, edits);
            stream = trace.after.clone();
            layers.push(trace);
        }
        let stream = edits.stream(self.layers.len(), stream);

        // 3. The logits are the stream's directions of the output variable.
        let logits = self.unembed(stream.clone()); // [batch_size, seq_length, output_size]
        let stack = Some(StackTrace { embedding, layers, output: stream.clone(), stream });
        match self.stack {
            Stack::Encoder => Trace { encoder: stack, decoder: None, logits },
            Stack::Decoder => Trace { encoder: None, decoder: stack, logits },
        }
    }

    fn unembed(&self, stream: Tensor<3>) -> Tensor<3> {
        stream.matmul(self.unembedding.val().unsqueeze())
    }

    fn n_layers(&self, kind: AttentionKind) -> usize {
        if kind == self.attention_kind() { self.layers.len() } else { 0 }
    }

    fn n_heads(&self, kind: AttentionKind) -> usize {
        self.attention(kind, 0).map_or(0, MultiHeadAttention::n_heads)
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

    /// Parts read the stream as it is, and nothing normalises it.
    fn norm_placement(&self) -> NormPlacement {
        NormPlacement::Pre
    }

    fn norm(&self, _: NormSite) -> Option<Norm> {
        None
    }

    fn token_embedding(&self, stack: Stack) -> Tensor<2> {
        assert_eq!(stack, self.stack, "the model has one stack");
        self.tokens.weight.val()
    }

    fn unembedding(&self) -> Option<Unembedding> {
        Some(Unembedding { weight: self.unembedding.val(), bias: None })
    }

    fn output_stack(&self) -> Stack {
        self.stack
    }
}

impl Layer {
    fn trace(&self, before: Tensor<3>, mask: Option<&Mask>, nth: usize, edits: StackEdits<'_>) -> LayerTrace {
        // 1. x + attention(x) W_O + b
        let x = before.clone();
        let self_attention = self.attention.trace(x.clone(), x.clone(), x, mask, edits.self_attention(nth));
        let attended = before.clone() + self_attention.output.clone();

        // 2. x + max(0, x W₁ + b₁) W₂ + b₂
        let fed = self.down.forward(relu(self.up.forward(attended.clone())));
        let feed_forward = edits.feed_forward(nth, fed);
        let after = attended.clone() + feed_forward.clone();

        LayerTrace {
            before,
            self_attention,
            after_self_attention: attended.clone(),
            cross_attention: None,
            after_attention: attended,
            feed_forward,
            after,
        }
    }
}
