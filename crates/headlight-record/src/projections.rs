/// Q, K and V of every head as the scores saw them (rotary positions applied), and what was added to the scaled scores: what
/// the weights came from.
///
/// The record's weights are softmax(mask(Q Kᵀ / √d_head + bias)), but for rounding, and weights · V is what each head hands
/// to the output layer.
///
/// # Shapes
///
/// With `[layers, heads, queries, keys]` the shape of the record, all row-major:
///
/// - query: `[layers, heads, queries, d_head]`
/// - key: `[layers, heads, keys, d_head]`
/// - value: `[layers, heads, keys, d_value]`
/// - bias: `[heads, queries, keys]`
#[derive(Clone, Debug, PartialEq)]
pub struct Projections {
    /// Width of a query and of a key; scores are divided by its root.
    pub d_head: usize,
    /// Width of a value.
    pub d_value: usize,
    /// What each query looks for.
    pub query: Vec<f32>,
    /// What each key can be found by.
    pub key: Vec<f32>,
    /// What each key hands over when it is found.
    pub value: Vec<f32>,
    /// ALiBi's distances, the same in every layer; `None` where nothing was added.
    pub bias: Option<Vec<f32>>,
}

/// One head's part of [`Projections`], row-major.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct HeadProjections<'a> {
    /// Width of a query and of a key.
    pub d_head: usize,
    /// Width of a value.
    pub d_value: usize,
    /// `[queries, d_head]`
    pub query: &'a [f32],
    /// `[keys, d_head]`
    pub key: &'a [f32],
    /// `[keys, d_value]`
    pub value: &'a [f32],
    /// `[queries, keys]`
    pub bias: Option<&'a [f32]>,
}

impl HeadProjections<'_> {
    /// The same as the projections of a record that has this head alone.
    pub(crate) fn to_owned(self) -> Projections {
        Projections {
            d_head: self.d_head,
            d_value: self.d_value,
            query: self.query.to_vec(),
            key: self.key.to_vec(),
            value: self.value.to_vec(),
            bias: self.bias.map(<[f32]>::to_vec),
        }
    }
}
