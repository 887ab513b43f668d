use crate::Shape;

/// What a model computes, as plain data: values, and the nodes that make one from others, in the order in which they run.
///
/// Made by [`of_transformer`](Graph::of_transformer) and its neighbours; read by the [summary](crate::Summary), the
/// [ONNX writer](crate::onnx_bytes) and the [drawing](crate::graph_svg).
#[derive(Clone, Debug, PartialEq)]
pub struct Graph {
    /// What the model is called.
    pub name: String,
    /// Values that come from outside.
    pub inputs: Vec<ValueId>,
    /// Values that the model is run for.
    pub outputs: Vec<ValueId>,
    /// The attention weights of every head, a value for each attention, after softmax.
    pub attention: Vec<ValueId>,
    /// Everything that flows.
    pub values: Vec<Value>,
    /// Everything that computes. A node stands behind those whose values it reads.
    pub nodes: Vec<Node>,
    /// Everything that is learned.
    pub parameters: Vec<Parameter>,
}

/// The index of a value in [`Graph::values`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ValueId(pub usize);

/// The index of a parameter in [`Graph::parameters`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ParameterId(pub usize);

/// A tensor on its way from one node to others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Value {
    /// Unique in the graph: the path of the node that makes it, or the name that a reader of the model knows it by (`tokens`,
    /// `logits`, `decoder_self_0`).
    pub name: String,
    /// Its axes.
    pub shape: Shape,
    /// What its numbers are.
    pub element: Element,
}

/// A kind of number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Element {
    /// 64-bit integers: token numbers.
    Int64,
    /// 32-bit floats: all that is learned or flows.
    Float32,
    /// 64-bit floats: angles of positions, which 32 bits would round too much far from the beginning.
    Float64,
}

/// One operation.
#[derive(Clone, Debug, PartialEq)]
pub struct Node {
    /// Its path in the model, as in the names of its parameters: `decoder.blocks.0.self_attention.query`.
    pub path: String,
    /// What it does.
    pub operation: Operation,
    /// What it reads, in the order that [`Operation`] says.
    pub inputs: Vec<ValueId>,
    /// Its parameters, in the order that [`Operation`] says.
    pub parameters: Vec<ParameterId>,
    /// What it makes.
    pub output: ValueId,
}

/// Weights that are learned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parameter {
    /// The name under which it is saved.
    pub name: String,
    /// As saved: `[d_input, d_output]` for a linear layer.
    pub shape: Vec<usize>,
    /// Whether training changes it. Every parameter of a new model is trainable; a program that freezes some says so here.
    pub trainable: bool,
}

/// What a node does. Shapes are those of its inputs and output; `B` is the batch, `L` a length, `Q` queries, `K` keys.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Operation {
    /// `[B, L]` → `[B, L, d_model]`: row `id` of the table, times √d_model. Parameter: the table, `[vocab_size, d_model]`.
    TokenVectors,
    /// `[B, L]` → `[L, d_model]`: sines and cosines of the positions 0 … L − 1. Only the length of the input counts.
    SinusoidalPositions,
    /// `[B, L]` → `[L, d_model]`: the first L rows of the table. Parameter: the table, `[max_length, d_model]`.
    LearnedPositions,
    /// Queries `[B, Q, …]` and keys `[B, K, …]` → `[Q, d_head / 2]`: the angles of rotary positions, the last query at the last
    /// key. Only the lengths count.
    RotaryAngles,
    /// Heads `[B, n_heads, L, d_head]` and angles `[L, d_head / 2]` → heads with each pair of features turned by its angle.
    Rotate,
    /// `[B, L]` → `[L, L]`: 0 where the key is not behind the query, −∞ where it is. Only the length counts.
    CausalMask,
    /// `[B, L]` → `[n_heads, L, L]`: −slope × |query − key|, each head with ALiBi's slope. Only the length counts.
    AlibiBiases,
    /// `[…]` and a shape that broadcasts to it → `[…]`: the sum.
    Add,
    /// `[B, L, d]` → the same, each row normalised. Parameters: scale and shift, `[d]` each.
    LayerNorm {
        /// Keeps it from dividing by 0.
        epsilon: f64,
    },
    /// `[B, L, d_input]` → `[B, L, d_output]`: x W + b. Parameters: W, `[d_input, d_output]`, and where there is a bias, b.
    Linear,
    /// `[B, L, d_model]` → `[B, L, vocab_size]`: x Eᵀ, the token embedding as the output layer (tied). Parameter: E,
    /// `[vocab_size, d_model]`.
    Unembed,
    /// `[B, L, d_model]` → `[B, n_heads, L, d_head]`: each head its own slice of the width.
    SplitHeads,
    /// `[B, n_heads, L, d_head]` → `[B, L, d_model]`: the heads side by side again.
    JoinHeads,
    /// Query `[B, n_heads, Q, d_head]` and key `[B, n_heads, K, d_head]` → `[B, n_heads, Q, K]`: Q Kᵀ / √d_head.
    Scores,
    /// `[B, n_heads, Q, K]` → the same: each row a distribution over the keys.
    Softmax,
    /// Weights `[B, n_heads, Q, K]` and value `[B, n_heads, K, d_head]` → `[B, n_heads, Q, d_head]`.
    WeightedSum,
    /// max(0, x).
    Relu,
    /// x Φ(x), with the normal distribution's Φ itself.
    Gelu,
}

impl Graph {
    /// The value with this number.
    pub fn value(&self, id: ValueId) -> &Value {
        &self.values[id.0]
    }

    /// The parameter with this number.
    pub fn parameter(&self, id: ParameterId) -> &Parameter {
        &self.parameters[id.0]
    }

    /// The node that makes a value; `None` of an input.
    pub fn maker(&self, id: ValueId) -> Option<&Node> {
        self.nodes.iter().find(|node| node.output == id)
    }
}

impl Parameter {
    /// How many numbers it holds.
    pub fn elements(&self) -> u128 {
        self.shape.iter().map(|length| *length as u128).product()
    }
}

impl Operation {
    /// In a word or two, for people.
    pub fn title(self) -> &'static str {
        match self {
            Self::TokenVectors => "token vectors",
            Self::SinusoidalPositions => "sinusoidal positions",
            Self::LearnedPositions => "learned positions",
            Self::RotaryAngles => "rotary angles",
            Self::Rotate => "rotate",
            Self::CausalMask => "causal mask",
            Self::AlibiBiases => "ALiBi",
            Self::Add => "add",
            Self::LayerNorm { .. } => "layer norm",
            Self::Linear | Self::Unembed => "linear",
            Self::SplitHeads => "split heads",
            Self::JoinHeads => "join heads",
            Self::Scores => "scores",
            Self::Softmax => "softmax",
            Self::WeightedSum => "weighted sum",
            Self::Relu => "ReLU",
            Self::Gelu => "GELU",
        }
    }

    /// Whether the numbers stay as they are and only their order changes.
    pub fn only_rearranges(self) -> bool {
        matches!(self, Self::SplitHeads | Self::JoinHeads)
    }
}
