use burn::tensor::{Int, Tensor};
use headlight_record::{AttentionKind, Head};

use crate::mask::Mask;

/// One change to a forward pass, as plain data: a pass takes a slice of them, of any length, and applies those at the same site in the
/// slice's order. Cuts act before softmax, new weights after it, then new contexts and gates.
///
/// This is the intervention of causal mediation analysis (Vig et al., [2020](https://arxiv.org/abs/2004.12265)), of ablation (Michel,
/// Levy and Neubig, [2019](https://arxiv.org/abs/1905.10650)) and of activation patching (Meng et al.,
/// [2022](https://arxiv.org/abs/2202.05262)): compute the same thing with one part changed, and see what becomes of the answer.
///
/// ```
/// use burn::tensor::{Device, Tensor};
/// use headlight_model::{AttentionKind, Head, Intervention, NewWeights, Tokens, TransformerConfig};
///
/// let device = Device::default();
/// let model = TransformerConfig::decoder(7).init(&device);
/// let tokens = Tokens::from(Tensor::from_data([[1, 5, 2]], &device));
///
/// let head = Head { kind: AttentionKind::DecoderSelf, layer: 0, head: 2 };
/// let uniform = Intervention::Weights { head, weights: NewWeights::Uniform };
/// let trace = model.trace(None, &tokens, &[uniform]);
/// let weights = &trace.attention(AttentionKind::DecoderSelf)[0].weights; // [batch_size, n_heads, queries, keys]
/// let last_row: Vec<f32> = weights.clone().slice([0..1, 2..3, 2..3]).into_data().iter().collect();
/// assert_eq!(last_row, [1.0 / 3.0; 3]); // the last query sees all three keys
/// ```
#[derive(Clone, Debug)]
pub enum Intervention {
    /// The context of each head times a number: 0 switches a head off, 1 changes nothing. The numbers are a tensor so that a loss has a
    /// gradient with respect to them; with numbers of its own, each example has its own gradient.
    Gate {
        /// Which attention.
        kind: AttentionKind,
        /// Its layer.
        layer: usize,
        /// A number for each head, `[batch_size, n_heads]`, or `[1, n_heads]` for all examples alike.
        gate: Tensor<2>,
    },
    /// One query no longer sees one key of a head: the score is −∞ before softmax, as if the mask masked it.
    Cut {
        /// Whose score.
        head: Head,
        /// The position that attends.
        query: usize,
        /// The position that is attended to.
        key: usize,
    },
    /// Other attention weights after softmax.
    Weights {
        /// Whose.
        head: Head,
        /// Which.
        weights: NewWeights,
    },
    /// Other values: zeros, a mean, another pass's.
    Replace {
        /// Of what.
        site: Site,
        /// At which positions.
        at: At,
        /// Broadcastable to what stands at the site, with the chosen positions only.
        value: Tensor<3>,
    },
}

/// What can be replaced.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Site {
    /// What a head hands to the output projection, `[batch_size, queries, d_head]`.
    Context(Head),
    /// The output of the feed-forward layer of this layer, `[batch_size, seq_length, d_model]`.
    FeedForward(Stack, usize),
    /// The stream that this layer reads, `[batch_size, seq_length, d_model]`; as layer `n_layers`, what the final norm reads.
    Stream(Stack, usize),
}

/// One of the two stacks of layers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Stack {
    /// Attends to a whole sequence.
    Encoder,
    /// Attends to what came before, and to the encoder's output where there is one.
    Decoder,
}

/// The positions at which something is replaced.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum At {
    /// All of them.
    #[default]
    Everywhere,
    /// These, in the order in which the new values come.
    Positions(Vec<usize>),
}

/// What attention weights become.
#[derive(Clone, Debug)]
pub enum NewWeights {
    /// The same weight for every key that is not masked; 0 where all are.
    Uniform,
    /// The weight of key `order[query][key]` for each key: a control that keeps each row's values and takes its aim. Whether a masked key
    /// gets weight by it is the caller's choice. `[queries, keys]`.
    Permuted(Tensor<2, Int>),
    /// Given weights, such as another pass's.
    Given {
        /// For which queries.
        at: At,
        /// Broadcastable to `[batch_size, queries, keys]`, with the chosen queries only.
        weights: Tensor<3>,
    },
}

impl Stack {
    /// The self-attention of its layers.
    pub fn self_attention(self) -> AttentionKind {
        match self {
            Self::Encoder => AttentionKind::EncoderSelf,
            Self::Decoder => AttentionKind::DecoderSelf,
        }
    }
}

/// The interventions on one attention. For those who implement [`Traceable`](crate::Traceable).
#[derive(Clone, Copy, Debug)]
pub struct AttentionEdits<'a> {
    interventions: &'a [Intervention],
    kind: AttentionKind,
    layer: usize,
}

impl<'a> AttentionEdits<'a> {
    /// Those among `interventions` that are on the attention of this kind in this layer.
    pub fn new(interventions: &'a [Intervention], kind: AttentionKind, layer: usize) -> Self {
        Self { interventions, kind, layer }
    }

    /// No changes, for an attention by itself.
    pub fn none() -> Self {
        Self::new(&[], AttentionKind::DecoderSelf, 0)
    }

    /// The mask with the cut edges in it.
    ///
    /// # Shapes
    ///
    /// - query: `[batch_size, n_heads, queries, d_head]`
    /// - key: `[batch_size, n_heads, keys, d_head]`
    ///
    /// # Panics
    ///
    /// When an edge is not among the scores.
    pub fn mask(&self, mask: Option<&Mask>, query: &Tensor<4>, key: &Tensor<4>) -> Option<Mask> {
        let ([_, n_heads, queries, _], [_, _, keys, _]) = (query.dims(), key.dims());
        self.interventions.iter().fold(mask.cloned(), |mask, intervention| match intervention {
            Intervention::Cut { head, query: at, key } if self.has(head) => {
                let edge = Mask::edge([n_heads, queries, keys], [head.head, *at, *key], &query.device());
                Mask::both(mask, Some(edge))
            }
            _ => mask,
        })
    }

    /// The attention weights as they go on, `[batch_size, n_heads, queries, keys]` before and after. `mask` is the one that they were
    /// computed under.
    ///
    /// # Panics
    ///
    /// When given weights do not fit, or a permutation names a key that is not there.
    pub fn weights(&self, weights: Tensor<4>, mask: Option<&Mask>) -> Tensor<4> {
        self.interventions.iter().fold(weights, |weights, intervention| match intervention {
            Intervention::Weights { head, weights: new } if self.has(head) => {
                let scores = weights.dims();
                of_one_head(weights, head.head, |one| new.apply(one, head.head, scores, mask))
            }
            _ => weights,
        })
    }

    /// The context as it goes on, `[batch_size, n_heads, queries, d_head]` before and after.
    ///
    /// # Panics
    ///
    /// When given values or a gate do not fit.
    pub fn context(&self, context: Tensor<4>) -> Tensor<4> {
        self.interventions.iter().fold(context, |context, intervention| match intervention {
            Intervention::Gate { kind, layer, gate } if (*kind, *layer) == (self.kind, self.layer) => {
                context * gate.clone().unsqueeze_dims(&[2, 3]) // [batch_size, n_heads, 1, 1]
            }
            Intervention::Replace { site: Site::Context(head), at, value } if self.has(head) => {
                of_one_head(context, head.head, |one| replaced(one, 2, at, value.clone().unsqueeze_dim(1)))
            }
            _ => context,
        })
    }

    /// Whether the head is one of this attention.
    fn has(&self, head: &Head) -> bool {
        (head.kind, head.layer) == (self.kind, self.layer)
    }
}

/// The interventions on one stack's stream and feed-forward layers. For those who implement [`Traceable`](crate::Traceable).
#[derive(Clone, Copy, Debug)]
pub struct StackEdits<'a> {
    interventions: &'a [Intervention],
    stack: Stack,
}

impl<'a> StackEdits<'a> {
    /// Those among `interventions` that are on this stack.
    pub fn new(interventions: &'a [Intervention], stack: Stack) -> Self {
        Self { interventions, stack }
    }

    /// Those on the self-attention of this layer.
    pub fn self_attention(&self, layer: usize) -> AttentionEdits<'a> {
        AttentionEdits::new(self.interventions, self.stack.self_attention(), layer)
    }

    /// Those on the cross attention of this layer.
    pub fn cross_attention(&self, layer: usize) -> AttentionEdits<'a> {
        AttentionEdits::new(self.interventions, AttentionKind::Cross, layer)
    }

    /// The stream that `layer` reads, `[batch_size, seq_length, d_model]` before and after.
    ///
    /// # Panics
    ///
    /// When given values do not fit.
    pub fn stream(&self, layer: usize, stream: Tensor<3>) -> Tensor<3> {
        self.replace(Site::Stream(self.stack, layer), stream)
    }

    /// The output of the feed-forward layer of `layer`, `[batch_size, seq_length, d_model]` before and after.
    ///
    /// # Panics
    ///
    /// When given values do not fit.
    pub fn feed_forward(&self, layer: usize, output: Tensor<3>) -> Tensor<3> {
        self.replace(Site::FeedForward(self.stack, layer), output)
    }

    fn replace(&self, here: Site, tensor: Tensor<3>) -> Tensor<3> {
        self.interventions.iter().fold(tensor, |tensor, intervention| match intervention {
            Intervention::Replace { site, at, value } if *site == here => replaced(tensor, 1, at, value.clone()),
            _ => tensor,
        })
    }
}

impl NewWeights {
    /// The new weights of one head, `[batch_size, 1, queries, keys]` before and after.
    fn apply(&self, weights: Tensor<4>, head: usize, scores: [usize; 4], mask: Option<&Mask>) -> Tensor<4> {
        let [batch_size, _, queries, keys] = scores;
        match self {
            Self::Uniform => {
                let visible = match mask {
                    Some(mask) => mask.visible(head, scores),
                    None => weights.ones_like(),
                };
                let count = visible.clone().sum_dim(3).clamp_min(1.0); // at least 1, so that a row without a key stays 0
                visible / count
            }
            Self::Permuted(order) => {
                let out_of_range = order.clone().lower_elem(0).bool_or(order.clone().greater_equal_elem(keys as i64));
                assert!(!out_of_range.any().into_scalar::<bool>(), "a permutation of {keys} keys names another one");
                let order: Tensor<4, Int> = order.clone().expand([queries, keys]).unsqueeze_dims(&[0, 1]);
                weights.gather(3, order.expand([batch_size, 1, queries, keys]))
            }
            Self::Given { at, weights: given } => replaced(weights, 2, at, given.clone().unsqueeze_dim(1)),
        }
    }
}

/// The tensor with one head's part changed, `[batch_size, n_heads, …]` before and after.
fn of_one_head(tensor: Tensor<4>, head: usize, change: impl FnOnce(Tensor<4>) -> Tensor<4>) -> Tensor<4> {
    let [batch_size, _, queries, width] = tensor.dims();
    let changed = change(tensor.clone().narrow(1, head, 1));
    tensor.slice_assign([0..batch_size, head..head + 1, 0..queries, 0..width], changed)
}

/// The tensor with other values at some positions along an axis.
fn replaced<const D: usize>(tensor: Tensor<D>, axis: usize, at: &At, value: Tensor<D>) -> Tensor<D> {
    let shape = tensor.dims();
    let At::Positions(positions) = at else {
        return value.expand(shape);
    };
    let mut of_value = shape;
    of_value[axis] = positions.len();
    let value = value.expand(of_value);
    positions.iter().enumerate().fold(tensor, |tensor, (nth, position)| {
        let length = shape[axis];
        assert!(*position < length, "an intervention at position {position}, and the positions are 0 … {}", length - 1);
        let mut range = shape.map(|size| 0..size);
        range[axis] = *position..position + 1;
        tensor.slice_assign(range, value.clone().narrow(axis, nth, 1))
    })
}
