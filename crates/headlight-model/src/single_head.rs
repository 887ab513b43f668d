use burn::module::Module;
use burn::nn::Linear;
use burn::tensor::{Device, Tensor};

use crate::attention::scaled_dot_product_attention;
use crate::error::ConfigError;
use crate::init::InitialParameters;
use crate::mask::Mask;

/// Configuration of [`SingleHeadAttention`].
#[derive(Clone, Debug, PartialEq)]
pub struct SingleHeadAttentionConfig {
    /// Width of query, key, value and context: with one head, d_head = d_model.
    pub d_model: usize,
    /// Seed of the initial parameters.
    pub seed: u64,
}

/// One head of attention, and nothing else: three linear layers and the equation.
///
/// With one head there is no splitting and no output layer, which makes it the place to begin reading;
/// [`MultiHeadAttention`](crate::MultiHeadAttention) adds both.
#[derive(Module, Debug)]
pub struct SingleHeadAttention {
    /// W_Q: what each query asks for, `[d_model, d_model]`.
    pub query: Linear,
    /// W_K: what each key can be found by, `[d_model, d_model]`.
    pub key: Linear,
    /// W_V: what each key hands over when it is found, `[d_model, d_model]`.
    pub value: Linear,
}

impl SingleHeadAttentionConfig {
    /// One head of width `d_model`, seed 0.
    pub fn new(d_model: usize) -> Self {
        Self { d_model, seed: 0 }
    }

    /// Says whether a module can be made of this.
    ///
    /// # Errors
    ///
    /// When `d_model` is 0.
    pub fn check(&self) -> Result<(), ConfigError> {
        if self.d_model == 0 { Err(ConfigError::Zero { name: "d_model" }) } else { Ok(()) }
    }

    /// Makes the module with fresh parameters.
    ///
    /// # Panics
    ///
    /// When [`check`](Self::check) would refuse.
    pub fn init(&self, device: &Device) -> SingleHeadAttention {
        if let Err(error) = self.check() {
            panic!("{error}");
        }
        let mut initial = InitialParameters::new(self.seed, device);
        SingleHeadAttention {
            query: initial.linear(self.d_model, self.d_model, true, 1.0),
            key: initial.linear(self.d_model, self.d_model, true, 1.0),
            value: initial.linear(self.d_model, self.d_model, true, 1.0),
        }
    }
}

impl SingleHeadAttention {
    /// [`forward_with_attention`](Self::forward_with_attention) without the weights.
    ///
    /// # Panics
    ///
    /// When the shapes do not fit together.
    pub fn forward(&self, query: Tensor<3>, key: Tensor<3>, value: Tensor<3>, mask: Option<&Mask>) -> Tensor<3> {
        self.forward_with_attention(query, key, value, mask).0
    }

    /// Projects query, key and value, and attends. Returns `(context, weights)`.
    ///
    /// # Shapes
    ///
    /// - query: `[batch_size, queries, d_model]`
    /// - key, value: `[batch_size, keys, d_model]`
    /// - mask: broadcastable to `[batch_size, 1, queries, keys]`
    /// - context: `[batch_size, queries, d_model]`
    /// - weights: `[batch_size, queries, keys]`
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
    ) -> (Tensor<3>, Tensor<3>) {
        // One head is an axis of length 1: [batch_size, 1, seq_length, d_model].
        let query = self.query.forward(query).unsqueeze_dim(1);
        let key = self.key.forward(key).unsqueeze_dim(1);
        let value = self.value.forward(value).unsqueeze_dim(1);

        let (context, weights) = scaled_dot_product_attention(query, key, value, mask);
        (context.squeeze_dim(1), weights.squeeze_dim(1))
    }
}
