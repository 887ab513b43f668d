use crate::{AttentionRecord, HeadProjections, MaskCell};

/// One head's attention, step by step: softmax(mask(Q Kᵀ / √d_head + bias)) V, as equation 1 of Vaswani et al.,
/// [Attention Is All You Need](https://arxiv.org/abs/1706.03762), has it.
///
/// Q, K, V, bias and weights are the record's; the steps between are computed from them in float64.
///
/// # Shapes
///
/// All row-major; `[queries, keys]` where nothing else is said.
#[derive(Clone, Debug, PartialEq)]
pub struct Steps<'a> {
    /// Q: `[queries, d_head]`; K: `[keys, d_head]`; V: `[keys, d_value]`; and the bias.
    pub of: HeadProjections<'a>,
    /// Q Kᵀ.
    pub products: Vec<f32>,
    /// Q Kᵀ / √d_head.
    pub scores: Vec<f32>,
    /// The scores with the bias added, and −∞ where a key is masked.
    pub masked: Vec<f32>,
    /// The softmax of that, row by row.
    pub weights: &'a [f32],
    /// weights · V: `[queries, d_value]`.
    pub context: Vec<f32>,
}

impl AttentionRecord {
    /// How one head came to its weights and what it made of them; `None` where the record does not know the head's Q, K and V.
    ///
    /// # Panics
    ///
    /// When `layer` or `head` is out of range.
    pub fn steps(&self, layer: usize, head: usize) -> Option<Steps<'_>> {
        let of = self.head_projections(layer, head)?;
        let [.., queries, keys] = self.shape();
        let cells = || (0..queries).flat_map(|query| (0..keys).map(move |key| (query, key)));

        // 1. Compare every query with every key.
        let products: Vec<f64> = cells()
            .map(|(query, key)| {
                row(of.query, query, of.d_head).zip(row(of.key, key, of.d_head)).map(|(q, k)| q * k).sum()
            })
            .collect();

        // 2. Scale.
        let scores: Vec<f64> = products.iter().map(|product| product / (of.d_head as f64).sqrt()).collect();

        // 3. Add, and hide.
        let is_visible = |cell: usize| self.mask().is_none_or(|mask| mask[cell] == MaskCell::Visible);
        let biased = |cell: usize| scores[cell] + of.bias.map_or(0.0, |bias| f64::from(bias[cell]));
        let masked = (0..scores.len()).map(|cell| if is_visible(cell) { biased(cell) } else { f64::NEG_INFINITY });
        let masked = as_f32(masked);

        // 4. The softmax is what the record holds.
        let weights = self.head(layer, head);

        // 5. Gather the values.
        let context = (0..queries).flat_map(|query| {
            (0..of.d_value).map(move |column| {
                let column = (0..keys).map(|key| f64::from(of.value[key * of.d_value + column]));
                row(weights, query, keys).zip(column).map(|(weight, value)| weight * value).sum::<f64>()
            })
        });
        let context = as_f32(context);
        Some(Steps {
            of,
            products: as_f32(products.into_iter()),
            scores: as_f32(scores.into_iter()),
            masked,
            weights,
            context,
        })
    }
}

fn row(of: &[f32], at: usize, width: usize) -> impl Iterator<Item = f64> {
    of[at * width..][..width].iter().copied().map(f64::from)
}

fn as_f32(numbers: impl Iterator<Item = f64>) -> Vec<f32> {
    numbers.map(|number| number as f32).collect()
}
