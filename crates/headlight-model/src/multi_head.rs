use burn::module::Module;
use burn::nn::Linear;
use burn::tensor::{Device, Tensor, assert_shape};
use headlight_flex::linear;

use crate::attention::{attention_weights, attention_weights_of, scaled_dot_product_context};
use crate::dropout::{Dropout, DropoutKey};
use crate::error::ConfigError;
use crate::init::InitialParameters;
use crate::mask::Mask;
use crate::norm::Norm;
use crate::rotary::Rotary;

/// Configuration of [`MultiHeadAttention`].
///
/// ```
/// use headlight_model::MultiHeadAttentionConfig;
///
/// let cross = MultiHeadAttentionConfig { kdim: 24, vdim: 40, ..MultiHeadAttentionConfig::new(64, 4) };
/// assert!(cross.check().is_ok());
/// assert!(MultiHeadAttentionConfig::new(64, 5).check().is_err()); // 5 heads do not divide 64
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
    /// Whether queries and keys are [rotated](crate::rotate) by their positions. For self-attention: the first key is at position 0,
    /// and the last query at the last key.
    pub rotary: bool,
    /// Seed of the initial parameters.
    pub seed: u64,
}

/// Multi-head attention: n_heads heads side by side, each d_head = d_model / n_heads wide, and an output layer that mixes
/// them. [`from_layers`](Self::from_layers) takes heads of another width, too, and fewer heads of keys and values than of queries.
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
    /// Norms of each head's queries and keys, before they are rotated; the toy models have none.
    pub(crate) norms: Option<[Norm; 2]>,
    #[module(skip)]
    pub(crate) dropout: Dropout,
    #[module(skip)]
    pub(crate) n_heads: usize,
    #[module(skip)]
    pub(crate) rotary: Option<Rotary>,
}

impl MultiHeadAttentionConfig {
    /// Self-attention of `n_heads` heads over width `d_model`, with biases, without dropout or rotary positions, seed 0.
    pub fn new(d_model: usize, n_heads: usize) -> Self {
        Self { d_model, n_heads, kdim: d_model, vdim: d_model, bias: true, dropout: 0.0, rotary: false, seed: 0 }
    }

    /// Says whether a module can be made of this.
    ///
    /// # Errors
    ///
    /// When `n_heads` does not divide `d_model`, a width is 0, `dropout` is not in `[0, 1)`, or rotary heads are an odd number wide.
    pub fn check(&self) -> Result<(), ConfigError> {
        check_heads(self.d_model, self.n_heads)?;
        if let Some((name, _)) = [("kdim", self.kdim), ("vdim", self.vdim)].into_iter().find(|(_, size)| *size == 0) {
            return Err(ConfigError::Zero { name });
        }
        if self.rotary {
            check_pairs(self.d_model, self.n_heads)?;
        }
        check_dropout(self.dropout)
    }

    /// Makes the module with fresh parameters.
    ///
    /// # Panics
    ///
    /// When [`check`](Self::check) would refuse.
    pub fn init(&self, device: &Device) -> MultiHeadAttention {
        self.init_from(&mut InitialParameters::new(self.seed, device), 1.0)
    }

    pub(crate) fn init_from(&self, initial: &mut InitialParameters<'_>, output_gain: f32) -> MultiHeadAttention {
        if let Err(error) = self.check() {
            panic!("{error}");
        }
        MultiHeadAttention {
            query: initial.linear(self.d_model, self.d_model, self.bias, 1.0),
            key: initial.linear(self.kdim, self.d_model, self.bias, 1.0),
            value: initial.linear(self.vdim, self.d_model, self.bias, 1.0),
            output: initial.linear(self.d_model, self.d_model, self.bias, output_gain),
            norms: None,
            dropout: Dropout::new(self.dropout),
            n_heads: self.n_heads,
            rotary: self.rotary.then(|| Rotary::new(self.d_model / self.n_heads)),
        }
    }
}

impl MultiHeadAttention {
    /// The module of these four linear layers, query, key, value and output, without dropout or rotary positions. Their widths say
    /// how wide a head is: d_head need not be d_model / n_heads. Where there are fewer heads of keys and values than of queries, each
    /// serves as many neighbouring heads (grouped-query attention, Ainslie et al., [2023](https://arxiv.org/abs/2305.13245)).
    ///
    /// # Shapes
    ///
    /// - weight of query: `[d_model, n_heads · d_head]`
    /// - weights of key, value: `[kdim, n_key_value_heads · d_head]`, where n_key_value_heads divides n_heads
    /// - weight of output: `[n_heads · d_head, d_model]`
    ///
    /// # Panics
    ///
    /// When the layers do not fit together, or `n_heads` does not divide their width.
    pub fn from_layers([query, key, value, output]: [Linear; 4], n_heads: usize) -> Self {
        let [width, _] = output.weight.dims();
        assert!(n_heads > 0 && width.is_multiple_of(n_heads), "{n_heads} heads do not divide a width of {width}");
        assert_shape!(query.weight.val(), [_, width]);
        let [_, shared] = key.weight.dims();
        assert_shape!(value.weight.val(), [_, shared]);
        assert!(
            shared > 0 && width.is_multiple_of(shared) && shared.is_multiple_of(width / n_heads),
            "{n_heads} heads share a width of {width}, and cannot share keys of width {shared}"
        );
        Self { query, key, value, output, norms: None, dropout: Dropout::new(0.0), n_heads, rotary: None }
    }

    /// This module with queries and keys rotated by their positions.
    pub fn with_rotary(self, rotary: Rotary) -> Self {
        Self { rotary: Some(rotary), ..self }
    }

    /// This module with a norm of each head's queries and one of its keys, `[d_head]` wide (Dehghani et al.,
    /// [2023](https://arxiv.org/abs/2302.05442)).
    pub fn with_norms(self, norms: [Norm; 2]) -> Self {
        Self { norms: Some(norms), ..self }
    }

    /// Attends with every head. The attention weights are not stored where the device has a fused kernel and dropout is off.
    ///
    /// Self-attention gives the same tensor three times; cross attention gives the encoder's output as key and value.
    ///
    /// # Shapes
    ///
    /// - query: `[batch_size, queries, d_model]`
    /// - key: `[batch_size, keys, kdim]`
    /// - value: `[batch_size, keys, vdim]`
    /// - mask: broadcastable to `[batch_size, n_heads, queries, keys]`
    /// - output: `[batch_size, queries, d_model]`
    ///
    /// # Panics
    ///
    /// When the shapes do not fit together.
    pub fn forward(&self, query: Tensor<3>, key: Tensor<3>, value: Tensor<3>, mask: Option<&Mask>) -> Tensor<3> {
        // 1. Project, and give each head its own slice of the width.
        let (key, value) = self.keys_and_values(key, value, 0); // [batch_size, n_heads, keys, d_head]
        let query = self.queries(query, &key); //                  [batch_size, n_heads, queries, d_head]

        // 2. Every head attends by itself.
        let context = self.context(query, key, value, mask); //    [batch_size, n_heads, queries, d_head]

        // 3. Put the heads side by side again and let the output projection mix them.
        self.mix_heads(context) //                                 [batch_size, queries, d_model]
    }

    /// [`forward`](Self::forward) with the weights of every head. Returns `(output, weights)`, the weights after softmax and before
    /// dropout.
    ///
    /// # Shapes
    ///
    /// - query, key, value, mask, output: as in [`forward`](Self::forward)
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
        let (key, value) = self.keys_and_values(key, value, 0);
        let query = self.queries(query, &key);
        let weights = attention_weights_of(&query, &key, mask);
        let context = self.dropout.forward(weights.clone()).matmul(value);
        (self.mix_heads(context), weights)
    }

    /// Keys and values of every head at the positions `first..`.
    ///
    /// # Shapes
    ///
    /// - key: `[batch_size, keys, kdim]` → `[batch_size, n_heads, keys, d_head]`
    /// - value: `[batch_size, keys, vdim]` → `[batch_size, n_heads, keys, d_head]`
    pub(crate) fn keys_and_values(&self, key: Tensor<3>, value: Tensor<3>, first: usize) -> (Tensor<4>, Tensor<4>) {
        let [batch_size, keys, _] = key.dims();
        assert_shape!(value, [batch_size, keys, _]);
        let key = self.split_heads(linear(&self.key, key));
        let key = normalise(self.norms.as_ref().map(|[_, of_keys]| of_keys), key);
        let key = match &self.rotary {
            Some(rotary) => rotary.rotate(key, first),
            None => key,
        };
        (self.for_each_query_head(key), self.for_each_query_head(self.split_heads(linear(&self.value, value))))
    }

    /// Queries of every head for these keys, of which they are the last where positions are rotary.
    ///
    /// # Shapes
    ///
    /// - query: `[batch_size, queries, d_model]` → `[batch_size, n_heads, queries, d_head]`
    /// - key: `[batch_size, n_heads, keys, d_head]`
    pub(crate) fn queries(&self, query: Tensor<3>, key: &Tensor<4>) -> Tensor<4> {
        let ([_, queries, _], [_, _, keys, _]) = (query.dims(), key.dims());
        let query = self.split_heads(linear(&self.query, query));
        let query = normalise(self.norms.as_ref().map(|[of_queries, _]| of_queries), query);
        let Some(rotary) = &self.rotary else {
            return query;
        };
        assert!(
            queries <= keys,
            "with rotary positions the queries are the last of the keys, but there are {queries} queries and {keys} keys"
        );
        rotary.rotate(query, keys - queries)
    }

    /// The context of every head, `[batch_size, n_heads, queries, d_head]`.
    pub(crate) fn context(&self, query: Tensor<4>, key: Tensor<4>, value: Tensor<4>, mask: Option<&Mask>) -> Tensor<4> {
        if self.dropout.is_active() {
            self.dropout.forward(attention_weights(query, key, mask)).matmul(value)
        } else {
            scaled_dot_product_context(query, key, value, mask)
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
}

/// Each head's queries or keys after their norm, where they have one: `[batch_size, n_heads, seq_length, d_head]`
fn normalise(norm: Option<&Norm>, heads: Tensor<4>) -> Tensor<4> {
    let Some(norm) = norm else { return heads };
    let [batch_size, n_heads, seq_length, d_head] = heads.dims();
    let rows = heads.reshape([batch_size * n_heads, seq_length, d_head]);
    norm.forward(rows).reshape([batch_size, n_heads, seq_length, d_head])
}

pub(crate) fn check_heads(d_model: usize, n_heads: usize) -> Result<(), ConfigError> {
    if n_heads > 0 && d_model > 0 && d_model.is_multiple_of(n_heads) {
        Ok(())
    } else {
        Err(ConfigError::Heads { d_model, n_heads })
    }
}

/// Rotary positions rotate pairs of a head's features.
pub(crate) fn check_pairs(d_model: usize, n_heads: usize) -> Result<(), ConfigError> {
    if d_model.is_multiple_of(2 * n_heads) { Ok(()) } else { Err(ConfigError::OddHead { d_model, n_heads }) }
}

pub(crate) fn check_dropout(dropout: f64) -> Result<(), ConfigError> {
    if (0.0..1.0).contains(&dropout) { Ok(()) } else { Err(ConfigError::Dropout { dropout: dropout.to_string() }) }
}
