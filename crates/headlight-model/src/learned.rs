//! What the lens reads of a model's parameters: heads, norms, embedding and output layer as plain tensors. A stream is a sum of parts, and with
//! the scale of a norm held fixed, normalising and unembedding are linear: each part has a share of the result.

use burn::tensor::Tensor;

use crate::interventions::Stack;

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

/// The parameters of a layer norm: γ (x − mean(x)) / √(var(x) + ε) + β (Ba, Kiros and Hinton,
/// [2016](https://arxiv.org/abs/1607.06450)).
#[derive(Clone, Debug)]
pub struct Norm {
    /// γ, `[d_model]`.
    pub weight: Tensor<1>,
    /// β, `[d_model]`.
    pub bias: Option<Tensor<1>>,
    /// ε.
    pub epsilon: f64,
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
    /// Whether queries and keys are [rotated](crate::rotate) by their positions.
    pub rotary: bool,
}

/// The output layer: logits = x W_U + b_U.
#[derive(Clone, Debug)]
pub struct Unembedding {
    /// W_U, `[d_model, vocab_size]`.
    pub weight: Tensor<2>,
    /// b_U, `[vocab_size]`.
    pub bias: Option<Tensor<1>>,
}

impl Norm {
    /// The normalised stream.
    ///
    /// # Shapes
    ///
    /// - stream, and what is returned: `[batch_size, seq_length, d_model]`
    pub fn forward(&self, stream: Tensor<3>) -> Tensor<3> {
        let normalised = self.share(&stream, stream.clone());
        match &self.bias {
            Some(bias) => normalised + bias.clone().unsqueeze(),
            None => normalised,
        }
    }

    /// A part's share of the normalised stream, at the scale that the whole stream has. The shares of the parts that a stream is the sum
    /// of, and β, add up to the normalised stream (Elhage et al., [2021](https://transformer-circuits.pub/2021/framework/index.html)).
    ///
    /// # Shapes
    ///
    /// - stream: `[batch_size, seq_length, d_model]`
    /// - part: the same, or broadcastable to it
    /// - share: as the part, broadcast
    pub fn share(&self, stream: &Tensor<3>, part: Tensor<3>) -> Tensor<3> {
        let centred = stream.clone() - stream.clone().mean_dim(2);
        let variance = centred.square().mean_dim(2); // [batch_size, seq_length, 1]
        let scale = (variance + self.epsilon).sqrt().recip();
        let centred = part.clone() - part.mean_dim(2);
        centred * scale * self.weight.clone().unsqueeze()
    }
}

impl Unembedding {
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
