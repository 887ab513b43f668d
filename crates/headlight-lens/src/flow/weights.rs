//! Rows of weights as numbers: what a query gives each key.

use burn::tensor::Tensor;
use headlight_model::{AttentionKind, AttentionTrace, Head, Traceable};

/// One example's weights of a head, or of an attention.
#[derive(Clone, Debug, PartialEq)]
pub struct Weights {
    keys: usize,
    values: Vec<f64>,
}

impl Weights {
    /// `[queries, keys]`
    fn new(weights: Tensor<2>) -> Self {
        let [_, keys] = weights.dims();
        Self { keys, values: weights.into_data().iter::<f64>().collect() }
    }

    /// The attention weights of one head for one sequence of the batch.
    pub fn of_head(attention: &AttentionTrace, sequence: usize, head: usize) -> Self {
        Self::new(attention.weights.clone().narrow(0, sequence, 1).narrow(1, head, 1).squeeze_dims(&[0, 1]))
    }

    /// Their mean over the heads of an attention.
    pub fn mean_of_heads(attention: &AttentionTrace, sequence: usize) -> Self {
        Self::new(attention.weights.clone().narrow(0, sequence, 1).mean_dim(1).squeeze_dims(&[0, 1]))
    }

    /// One query's row.
    pub fn row(&self, query: usize) -> &[f64] {
        &self.values[query * self.keys..(query + 1) * self.keys]
    }

    /// Row-major.
    pub fn values(&self) -> &[f64] {
        &self.values
    }

    /// Each row divided by its sum; a row of 0 stays one.
    pub fn normalised(mut self) -> Self {
        for row in self.values.chunks_mut(self.keys) {
            let sum: f64 = row.iter().sum();
            if sum > 0.0 {
                row.iter_mut().for_each(|value| *value /= sum);
            }
        }
        self
    }
}

/// So many numbers at once.
const AT_ONCE: usize = 1 << 22;

/// Value-weighted attention of one sequence of the batch: how long the vector is that each key sends to each query, ‖α f(x)‖ with
/// f(x) = (x W_V + b_V) W_O (Kobayashi et al., [2020](https://arxiv.org/abs/2004.10102), equation 3). Weight on a key whose vector
/// is short moves nothing.
pub struct ValueWeighted {
    /// ‖α f(x)‖ of each head.
    pub heads: Vec<Weights>,
    /// ‖Σ α f(x)‖, the sum over all heads of the attention.
    pub sum: Weights,
}

impl ValueWeighted {
    /// Of the attention of a kind in a layer.
    ///
    /// # Panics
    ///
    /// When the trace is another model's.
    pub fn new<M: Traceable + ?Sized>(
        model: &M,
        attention: &AttentionTrace,
        kind: AttentionKind,
        layer: usize,
        sequence: usize,
    ) -> Self {
        let of_sequence = |tensor: &Tensor<4>| tensor.clone().narrow(0, sequence, 1).squeeze_dim::<3>(0);
        let (weights, values) = (of_sequence(&attention.weights), of_sequence(&attention.value));
        let [n_heads, queries, keys] = weights.dims();
        let mut heads = Vec::with_capacity(n_heads);
        let mut sent: Vec<[Tensor<2>; 2]> = Vec::with_capacity(n_heads);
        for head in 0..n_heads {
            let of_head = |tensor: &Tensor<3>| tensor.clone().narrow(0, head, 1).squeeze_dim::<2>(0);
            let output = model.head(Head { kind, layer, head }).output; //       W_O, [d_head, d_model]
            let message = of_head(&values).matmul(output); //                    f(x), [keys, d_model]
            let weights = of_head(&weights); //                                  α, [queries, keys]
            let length = message.clone().square().sum_dim(1).sqrt(); //          ‖f(x)‖, [keys, 1]
            heads.push(Weights::new(weights.clone() * length.transpose()));
            sent.push([weights, message]);
        }
        // Some queries at a time: of a long text, what every query is sent by every key is large.
        let d_model = sent.first().map_or(1, |[_, message]| message.dims()[1]);
        let at_once = (AT_ONCE / (keys * d_model)).clamp(1, queries);
        let of_queries = |first: usize| {
            let count = at_once.min(queries - first);
            let of_head = |[weights, message]: &[Tensor<2>; 2]| {
                let weights = weights.clone().narrow(0, first, count).reshape([count, keys, 1]);
                weights * message.clone().unsqueeze() // [queries, keys, d_model]
            };
            let sum = sent.iter().map(of_head).reduce(|sum, sent| sum + sent).expect("an attention has heads");
            sum.square().sum_dim(2).sqrt().reshape([count, keys])
        };
        let sum = Tensor::cat((0..queries).step_by(at_once).map(of_queries).collect(), 0);
        Self { heads, sum: Weights::new(sum) }
    }
}
