use burn::module::Module;
use burn::nn::Linear;
use burn::tensor::{Device, Tensor, assert_shape};
use headlight_flex::linear;

use crate::attention::{attention_weights, scaled_dot_product_context};
use crate::init::InitialWeights;
use crate::{ConfigError, Dropout, DropoutKey, Mask, rotate};

/// Configuration of [`MultiHeadAttention`].
///
/// ```
/// use headlight_model::MultiHeadAttentionConfig;
///
/// let plain = MultiHeadAttentionConfig::new(64, 4)?;
/// let cross = MultiHeadAttentionConfig { kdim: 24, vdim: 40, ..plain };
/// assert!(MultiHeadAttentionConfig::new(64, 5).is_err()); // 5 heads do not divide 64
/// # Ok::<(), headlight_model::ConfigError>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct MultiHeadAttentionConfig {
    /// Width of queries and output.
    pub d_model: usize,
    /// Number of heads; divides `d_model`.
    pub n_heads: usize,
    /// Width of the keys as they come in.
    pub kdim: usize,
    /// Width of the values as they come in.
    pub vdim: usize,
    /// Whether the four linear layers have a bias.
    pub bias: bool,
    /// Probability of dropping a weight during training, in `[0, 1)`.
    pub dropout: f64,
    /// Whether queries and keys are [turned](crate::rotate) by their places. For self-attention: the first key is at place 0, and
    /// the last query at the last key.
    pub rotary: bool,
    /// Seed of the initial weights.
    pub seed: u64,
}

/// Multi-head attention: n_heads heads side by side, each d_head = d_model / n_heads wide, and an output layer that mixes
/// them.
///
/// Section 3.2.2 of Vaswani et al., [Attention Is All You Need](https://arxiv.org/abs/1706.03762):
/// MultiHead(Q, K, V) = Concat(head₁, …, head_h) W_O, with head_i = Attention(Q W_Qᵢ, K W_Kᵢ, V W_Vᵢ). The heads' matrices
/// stand side by side in one, so that each linear layer projects for all heads at once.
#[derive(Module, Debug)]
pub struct MultiHeadAttention {
    /// W_Q of all heads: `[d_model, d_model]`.
    pub query: Linear,
    /// W_K of all heads: `[kdim, d_model]`.
    pub key: Linear,
    /// W_V of all heads: `[vdim, d_model]`.
    pub value: Linear,
    /// W_O: `[d_model, d_model]`.
    pub output: Linear,
    #[module(skip)]
    dropout: Dropout,
    #[module(skip)]
    n_heads: usize,
    #[module(skip)]
    rotary: bool,
}

/// Keys and values of every head, `[batch_size, n_heads, keys, d_head]` each.
#[derive(Clone, Debug)]
pub(crate) struct KeysAndValues {
    pub(crate) key: Tensor<4>,
    pub(crate) value: Tensor<4>,
}

/// What every head of one layer compared and found, as the equation names it: weights = softmax(mask(Q Kᵀ / √d_head + bias)).
///
/// # Shapes
///
/// - query: `[batch_size, n_heads, queries, d_head]`
/// - key, value: `[batch_size, n_heads, keys, d_head]`
/// - bias: broadcastable to `[batch_size, n_heads, queries, keys]`
/// - weights: `[batch_size, n_heads, queries, keys]`
#[derive(Clone, Debug)]
pub struct Attended {
    /// Q as the scores saw it: projected, split, and turned where positions are rotary.
    pub query: Tensor<4>,
    /// K, likewise.
    pub key: Tensor<4>,
    /// V.
    pub value: Tensor<4>,
    /// What the mask added to the scaled scores, if anything.
    pub bias: Option<Tensor<4>>,
    /// After softmax and before dropout.
    pub weights: Tensor<4>,
}

/// Whether weights, and what they came from, are wanted beside what they are used for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Weights {
    Keep,
    /// They need never be held.
    Drop,
}

impl MultiHeadAttentionConfig {
    /// Self-attention of `n_heads` heads over width `d_model`, with bias, without dropout and rotary positions, seed 0.
    ///
    /// # Errors
    ///
    /// When `n_heads` does not divide `d_model`.
    pub fn new(d_model: usize, n_heads: usize) -> Result<Self, ConfigError> {
        check_heads(d_model, n_heads)?;
        Ok(Self { d_model, n_heads, kdim: d_model, vdim: d_model, bias: true, dropout: 0.0, rotary: false, seed: 0 })
    }

    /// Makes the module with fresh weights.
    ///
    /// # Panics
    ///
    /// When a field was set to something that [`new`](Self::new) refuses, `dropout` is not in `[0, 1)`, or rotary heads are an odd
    /// number wide.
    pub fn init(&self, device: &Device) -> MultiHeadAttention {
        self.init_from(&mut InitialWeights::new(self.seed, device), 1.0)
    }

    pub(crate) fn init_from(&self, weights: &mut InitialWeights<'_>, output_gain: f32) -> MultiHeadAttention {
        let pairs = if self.rotary { check_pairs(self.d_model, self.n_heads) } else { Ok(()) };
        if let Err(error) = check_heads(self.d_model, self.n_heads).and(pairs) {
            panic!("{error}");
        }
        MultiHeadAttention {
            query: weights.linear(self.d_model, self.d_model, self.bias, 1.0),
            key: weights.linear(self.kdim, self.d_model, self.bias, 1.0),
            value: weights.linear(self.vdim, self.d_model, self.bias, 1.0),
            output: weights.linear(self.d_model, self.d_model, self.bias, output_gain),
            dropout: Dropout::new(self.dropout),
            n_heads: self.n_heads,
            rotary: self.rotary,
        }
    }
}

impl MultiHeadAttention {
    /// [`forward_with_attention`](Self::forward_with_attention) without the weights: they are not even held, where the device
    /// has the kernel for that and no weight is to be dropped.
    ///
    /// # Panics
    ///
    /// When the shapes do not fit together.
    pub fn forward(&self, query: Tensor<3>, key: Tensor<3>, value: Tensor<3>, mask: Option<&Mask>) -> Tensor<3> {
        let at = self.keys_and_values(key, value, 0);
        self.attend(query, at, mask, Weights::Drop).0
    }

    /// Attends with every head. Returns `(output, weights)`, the weights after softmax and before dropout.
    ///
    /// Self-attention gives the same tensor three times; cross attention gives the encoder's states as key and value.
    ///
    /// # Shapes
    ///
    /// - query: `[batch_size, queries, d_model]`
    /// - key: `[batch_size, keys, kdim]`
    /// - value: `[batch_size, keys, vdim]`
    /// - mask: broadcastable to `[batch_size, n_heads, queries, keys]`
    /// - output: `[batch_size, queries, d_model]`
    /// - weights: `[batch_size, n_heads, queries, keys]`
    ///
    /// # Panics
    ///
    /// When the shapes do not fit together.
    pub fn forward_with_attention(
        &self,
        query: Tensor<3>,
        key: Tensor<3>,
        value: Tensor<3>,
        mask: Option<&Mask>,
    ) -> (Tensor<3>, Tensor<4>) {
        let at = self.keys_and_values(key, value, 0);
        let (output, attended) = self.attend(query, at, mask, Weights::Keep);
        (output, attended.expect("weights that are to be kept are there").weights)
    }

    /// The module itself: looks at keys and values that are projected already, since a decoder that writes keeps them.
    ///
    /// # Shapes
    ///
    /// - query: `[batch_size, queries, d_model]`
    /// - at: `[batch_size, n_heads, keys, d_head]`
    /// - output: `[batch_size, queries, d_model]`
    /// - attended: see [`Attended`]
    pub(crate) fn attend(
        &self,
        query: Tensor<3>,
        at: KeysAndValues,
        mask: Option<&Mask>,
        wanted: Weights,
    ) -> (Tensor<3>, Option<Attended>) {
        let KeysAndValues { key, value } = at;
        let [_, _, keys, _] = key.dims();

        // 1. Project the query, too, and give each head its own slice of the width.
        let query = self.queries(query, keys); // [batch_size, n_heads, queries, d_head]

        // 2. Every head looks for itself, and gathers the values that it found.
        let (context, attended) = if wanted == Weights::Drop && !self.dropout.is_active() {
            (scaled_dot_product_context(query, key, value, mask), None)
        } else {
            let weights = attention_weights(query.clone(), key.clone(), mask); // [batch_size, n_heads, queries, keys]
            let context = self.dropout.forward(weights.clone()).matmul(value.clone()); // [batch_size, n_heads, queries, d_head]
            let bias = mask.and_then(Mask::added).cloned();
            (context, (wanted == Weights::Keep).then_some(Attended { query, key, value, bias, weights }))
        };

        // 3. Put the heads side by side again and let the output layer mix them.
        let output = linear(&self.output, Self::join_heads(context)); // [batch_size, queries, d_model]
        (output, attended)
    }

    /// What each head looks for among `keys` keys.
    fn queries(&self, query: Tensor<3>, keys: usize) -> Tensor<4> {
        let [_, queries, _] = query.dims();
        let query = self.split_heads(linear(&self.query, query));
        if !self.rotary {
            return query;
        }
        assert!(
            queries <= keys,
            "with rotary positions queries are the last of the keys, but {queries} are not among {keys}"
        );
        rotate(query, keys - queries)
    }

    /// Keys and values of every head at the places `first..`: what is looked at, whoever looks.
    pub(crate) fn keys_and_values(&self, key: Tensor<3>, value: Tensor<3>, first: usize) -> KeysAndValues {
        let [batch_size, keys, _] = key.dims();
        assert_shape!(value, [batch_size, keys, _]);
        let key = self.split_heads(linear(&self.key, key));
        KeysAndValues {
            key: if self.rotary { rotate(key, first) } else { key },
            value: self.split_heads(linear(&self.value, value)),
        }
    }

    /// This module for one training step: dropout draws its mask from `key`. Without it there is no dropout.
    pub fn with_dropout(mut self, key: DropoutKey) -> Self {
        self.dropout = self.dropout.with_key(key);
        self
    }

    /// Number of heads.
    pub fn n_heads(&self) -> usize {
        self.n_heads
    }

    /// `[batch_size, seq_length, d_model]` → `[batch_size, n_heads, seq_length, d_head]`
    fn split_heads(&self, projected: Tensor<3>) -> Tensor<4> {
        let [batch_size, seq_length, d_model] = projected.dims();
        projected.reshape([batch_size, seq_length, self.n_heads, d_model / self.n_heads]).swap_dims(1, 2)
    }

    /// `[batch_size, n_heads, seq_length, d_head]` → `[batch_size, seq_length, d_model]`
    fn join_heads(context: Tensor<4>) -> Tensor<3> {
        let [batch_size, n_heads, seq_length, d_head] = context.dims();
        context.swap_dims(1, 2).reshape([batch_size, seq_length, n_heads * d_head])
    }
}

#[cfg(test)]
mod tests;

pub(crate) fn check_heads(d_model: usize, n_heads: usize) -> Result<(), ConfigError> {
    if n_heads > 0 && d_model > 0 && d_model.is_multiple_of(n_heads) {
        Ok(())
    } else {
        Err(ConfigError::Heads { d_model, n_heads })
    }
}

/// Rotary positions turn pairs of a head's features.
pub(crate) fn check_pairs(d_model: usize, n_heads: usize) -> Result<(), ConfigError> {
    if d_model.is_multiple_of(2 * n_heads) { Ok(()) } else { Err(ConfigError::OddHead { d_model, n_heads }) }
}
