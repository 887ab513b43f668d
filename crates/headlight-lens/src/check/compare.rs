//! Two traces number by number, in the order of the pass.

use std::fmt;

use burn::tensor::Tensor;
use headlight_model::{AttentionKind, AttentionTrace, Head, Stack, StackTrace, Trace};

use super::change::Kept;

/// Where in the pass a number stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Place {
    /// Token embedding and position encoding.
    Embedding(Stack),
    /// In an attention, and in all its heads together.
    Attention(AttentionKind, usize, AttentionPart),
    /// In one head.
    Head(Head, AttentionPart),
    /// What the feed-forward layer of this layer gives.
    FeedForward(Stack, usize),
    /// The stream after this layer.
    Stream(Stack, usize),
    /// What the final norm gives.
    Output(Stack),
    /// The logits.
    Logits,
}

/// What in an attention.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum AttentionPart {
    /// Q of a head.
    Query,
    /// K of a head.
    Key,
    /// V of a head.
    Value,
    /// The attention weights of a head.
    Weights,
    /// The context of a head.
    Context,
    /// What the attention gives.
    Output,
    /// The stream with it.
    Stream,
}

/// One tensor of a trace.
pub(super) struct Numbers {
    place: Place,
    /// Which stack's positions its rows are.
    pub(super) rows: Stack,
    /// `[batch_size, seq_length, width]`; of a head, its part.
    shape: [usize; 3],
    values: Vec<f32>,
}

/// How two passes differ in one tensor, at the positions where they must not.
#[derive(Clone, Copy)]
pub(super) struct Difference {
    /// How many numbers were compared.
    pub(super) compared: usize,
    /// The largest difference, and where it is: sequence and position.
    pub(super) largest: f64,
    pub(super) at: [usize; 2],
}

/// The tensors of a trace in the order of the pass, the logits last.
pub(super) fn numbers(trace: &Trace) -> Vec<Numbers> {
    let mut all = Vec::new();
    for stack in [Stack::Encoder, Stack::Decoder] {
        if let Some(of_stack) = trace.stack(stack) {
            add_stack(&mut all, stack, of_stack);
        }
    }
    let output = if trace.decoder.is_some() { Stack::Decoder } else { Stack::Encoder };
    all.push(Numbers::new(Place::Logits, output, trace.logits.clone()));
    all
}

fn add_stack(all: &mut Vec<Numbers>, stack: Stack, trace: &StackTrace) {
    let of = |place: Place, tensor: &Tensor<3>| Numbers::new(place, stack, tensor.clone());
    all.push(of(Place::Embedding(stack), &trace.embedding));
    for (layer, block) in trace.layers.iter().enumerate() {
        let within = stack.self_attention();
        add_attention(all, within, layer, &block.self_attention);
        all.push(of(Place::Attention(within, layer, AttentionPart::Stream), &block.after_self_attention));
        if let Some(cross) = &block.cross_attention {
            add_attention(all, AttentionKind::Cross, layer, cross);
            all.push(of(Place::Attention(AttentionKind::Cross, layer, AttentionPart::Stream), &block.after_attention));
        }
        all.push(of(Place::FeedForward(stack, layer), &block.feed_forward));
        all.push(of(Place::Stream(stack, layer), &block.after));
    }
    all.push(of(Place::Output(stack), &trace.output));
}

fn add_attention(all: &mut Vec<Numbers>, kind: AttentionKind, layer: usize, trace: &AttentionTrace) {
    let [queries, keys] = match kind {
        AttentionKind::EncoderSelf => [Stack::Encoder; 2],
        AttentionKind::DecoderSelf => [Stack::Decoder; 2],
        AttentionKind::Cross => [Stack::Decoder, Stack::Encoder],
    };
    let parts = [
        (AttentionPart::Query, queries, &trace.query),
        (AttentionPart::Key, keys, &trace.key),
        (AttentionPart::Value, keys, &trace.value),
        (AttentionPart::Weights, queries, &trace.weights),
        (AttentionPart::Context, queries, &trace.context),
    ];
    for (part, rows, tensor) in parts {
        let [_, n_heads, ..] = tensor.dims();
        let of_head = |head: usize| {
            let one = tensor.clone().narrow(1, head, 1).squeeze_dim(1);
            Numbers::new(Place::Head(Head { kind, layer, head }, part), rows, one)
        };
        all.extend((0..n_heads).map(of_head));
    }
    all.push(Numbers::new(Place::Attention(kind, layer, AttentionPart::Output), queries, trace.output.clone()));
}

impl Numbers {
    fn new(place: Place, rows: Stack, tensor: Tensor<3>) -> Self {
        Self { place, rows, shape: tensor.dims(), values: tensor.into_data().iter().collect() }
    }

    pub(super) fn place(&self) -> Place {
        self.place
    }

    /// The numbers at one position of one sequence.
    pub(super) fn row(&self, [sequence, position]: [usize; 2]) -> &[f32] {
        let [_, seq_length, width] = self.shape;
        let first = (sequence * seq_length + position) * width;
        &self.values[first..first + width]
    }

    /// # Panics
    ///
    /// When the other pass's tensor has another shape.
    pub(super) fn difference(&self, other: &Self, kept: &Kept) -> Difference {
        assert_eq!(self.shape, other.shape, "{}: equal shapes in, and different ones in the trace", self.place);
        let rows = kept.of(self.rows).iter().enumerate();
        let rows = rows.flat_map(|(sequence, kept)| {
            let kept = kept.iter().enumerate().filter(|(_, kept)| **kept);
            kept.map(move |(position, _)| [sequence, position])
        });
        let none = Difference { compared: 0, largest: 0.0, at: [0; 2] };
        rows.fold(none, |so_far, at| {
            let pairs = self.row(at).iter().zip(other.row(at));
            let largest = pairs.map(|(one, other)| distance(*one, *other)).fold(0.0, f64::max);
            let compared = so_far.compared + self.row(at).len();
            if largest > so_far.largest {
                Difference { compared, largest, at }
            } else {
                Difference { compared, ..so_far }
            }
        })
    }
}

/// 0 only of equal numbers. Infinite where one is not finite, even in both passes: NaN hides whatever it was made of.
fn distance(one: f32, other: f32) -> f64 {
    if one.is_finite() && other.is_finite() { (f64::from(one) - f64::from(other)).abs() } else { f64::INFINITY }
}

/// Such as `decoder self-attention of layer 0, head 2: attention weights`.
impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = |stack: &Stack| match stack {
            Stack::Encoder => "encoder",
            Stack::Decoder => "decoder",
        };
        match self {
            Self::Embedding(stack) => write!(f, "the {}'s embedding", name(stack)),
            Self::Attention(kind, layer, part) => write!(f, "{} of layer {layer}: {part}", kind.title()),
            Self::Head(Head { kind, layer, head }, part) => {
                write!(f, "{} of layer {layer}, head {head}: {part}", kind.title())
            }
            Self::FeedForward(stack, layer) => {
                write!(f, "the feed-forward layer of the {}'s layer {layer}", name(stack))
            }
            Self::Stream(stack, layer) => write!(f, "the stream after the {}'s layer {layer}", name(stack)),
            Self::Output(stack) => write!(f, "the {}'s final norm", name(stack)),
            Self::Logits => f.write_str("the logits"),
        }
    }
}

impl fmt::Display for AttentionPart {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Query => "query",
            Self::Key => "key",
            Self::Value => "value",
            Self::Weights => "attention weights",
            Self::Context => "context",
            Self::Output => "output",
            Self::Stream => "the stream after it",
        })
    }
}
