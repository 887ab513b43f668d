//! What the lens reads of a model's parameters: heads, norms, embedding and output layer as plain tensors. A stream is a sum of parts, and with
//! the scale of a norm held fixed, normalising and unembedding are linear: each part has a share of the result.

use burn::module::Param;
use burn::nn::Linear;
use burn::tensor::Tensor;
use headlight_flex::linear;

use crate::interventions::Stack;
use crate::norm::Norm;
use crate::rotary::Rotary;

/// Which of a model's norms.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum NormSite {
    /// The one at the self-attention of this layer.
    SelfAttention(Stack, usize),
    /// The one at the cross attention of this layer of the decoder.
    CrossAttention(usize),
    /// The one at the feed-forward layer of this layer.
    FeedForward(Stack, usize),
    /// The one after the last layer.
    Final(Stack),
}

/// What one head learned: W_Q W_Kᵀ says what it attends to, W_V W_O what it writes into the stream (Elhage et al.,
/// [2021](https://transformer-circuits.pub/2021/framework/index.html)). A row vector x is projected as x W.
#[derive(Clone, Debug)]
pub struct HeadMatrices {
    /// W_Q, `[d_model, d_head]`.
    pub query: Tensor<2>,
    /// W_K, `[kdim, d_head]`.
    pub key: Tensor<2>,
    /// W_V, `[vdim, d_head]`.
    pub value: Tensor<2>,
    /// W_O, `[d_head, d_model]`.
    pub output: Tensor<2>,
    /// b_Q, b_K and b_V, `[d_head]` each, where the projections have biases. b_O belongs to all heads together.
    pub biases: Option<[Tensor<1>; 3]>,
    /// The norms that the projected queries and keys go through, `[d_head]` wide, where there are some.
    pub norms: Option<[Norm; 2]>,
    /// How queries and keys are rotated by their positions, if they are.
    pub rotary: Option<Rotary>,
}

/// The output layer: logits = x W_U + b_U.
#[derive(Clone, Debug)]
pub struct Unembedding {
    /// W_U, `[d_model, vocab_size]`.
    pub weight: Tensor<2>,
    /// b_U, `[vocab_size]`.
    pub bias: Option<Tensor<1>>,
}

impl Unembedding {
    /// The logits.
    ///
    /// # Shapes
    ///
    /// - output: `[batch_size, seq_length, d_model]`, the final norm's
    /// - logits: `[batch_size, seq_length, vocab_size]`
    pub fn logits(self, output: Tensor<3>) -> Tensor<3> {
        linear(&Linear { weight: Param::from_tensor(self.weight), bias: self.bias.map(Param::from_tensor) }, output)
    }

    /// A part's share of the logits, without b_U.
    ///
    /// # Shapes
    ///
    /// - part: `[batch_size, seq_length, d_model]`, normalised
    /// - share: `[batch_size, seq_length, vocab_size]`
    pub fn share(&self, part: Tensor<3>) -> Tensor<3> {
        part.matmul(self.weight.clone().unsqueeze())
    }
}

/// What is in the embedding of a stack beside what its tokens bring.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BesideTokens {
    /// The position encoding, where the model adds one.
    Positions,
    /// More than that: what tells texts apart, or what a norm of the embedding makes of the sum.
    Others,
}
