//! How heads share the width of the linear layers around attention.

use burn::nn::Linear;
use burn::tensor::Tensor;
use headlight_flex::linear;

use crate::learned::HeadMatrices;
use crate::multi_head::MultiHeadAttention;

impl MultiHeadAttention {
    /// `[batch_size, seq_length, heads · d_head]` → `[batch_size, heads, seq_length, d_head]`, of n_heads or n_key_value_heads
    pub(crate) fn split_heads(&self, projected: Tensor<3>) -> Tensor<4> {
        let ([batch_size, seq_length, width], d_head) = (projected.dims(), self.d_head());
        projected.reshape([batch_size, seq_length, width / d_head, d_head]).swap_dims(1, 2)
    }

    /// Keys or values once for each head of queries that they serve: `[batch_size, n_key_value_heads, keys, d_head]` →
    /// `[batch_size, n_heads, keys, d_head]`
    pub(crate) fn for_each_query_head(&self, shared: Tensor<4>) -> Tensor<4> {
        let [batch_size, n_key_value_heads, keys, d_head] = shared.dims();
        if n_key_value_heads == self.n_heads {
            return shared;
        }
        let group = self.n_heads / n_key_value_heads;
        let each = shared.unsqueeze_dim::<5>(2).expand([batch_size, n_key_value_heads, group, keys, d_head]);
        each.reshape([batch_size, self.n_heads, keys, d_head])
    }

    fn d_head(&self) -> usize {
        let [width, _] = self.output.weight.dims();
        width / self.n_heads
    }

    /// Concat(context₁, …, context_h) W_O: `[batch_size, n_heads, queries, d_head]` → `[batch_size, queries, d_model]`
    pub(crate) fn mix_heads(&self, context: Tensor<4>) -> Tensor<3> {
        let [batch_size, n_heads, queries, d_head] = context.dims();
        linear(&self.output, context.swap_dims(1, 2).reshape([batch_size, queries, n_heads * d_head]))
    }

    /// W_Q, W_K, W_V and W_O of one head: its slice of each projection.
    ///
    /// # Panics
    ///
    /// When there is no such head.
    pub fn head(&self, head: usize) -> HeadMatrices {
        let d_head = self.d_head();
        // Its columns of a layer, which has fewer of them where it is shared.
        let first = |layer: &Linear| {
            let [_, width] = layer.weight.dims();
            head * width / (self.n_heads * d_head) * d_head
        };
        let columns = |layer: &Linear| layer.weight.val().narrow(1, first(layer), d_head);
        let bias = |layer: &Linear| match &layer.bias {
            Some(bias) => bias.val().narrow(0, first(layer), d_head),
            None => Tensor::zeros([d_head], &layer.weight.device()),
        };
        let has_bias = [&self.query, &self.key, &self.value].iter().any(|layer| layer.bias.is_some());
        HeadMatrices {
            query: columns(&self.query),
            key: columns(&self.key),
            value: columns(&self.value),
            output: self.output.weight.val().narrow(0, head * d_head, d_head),
            biases: has_bias.then(|| [&self.query, &self.key, &self.value].map(bias)),
            norms: self.norms.clone(),
            rotary: self.rotary.clone(),
        }
    }
}
