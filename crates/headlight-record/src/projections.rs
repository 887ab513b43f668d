use crate::record::check_size;
use crate::{AttentionRecord, RecordError};

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

impl AttentionRecord {
    /// Adds what the weights came from. That it gives these weights is not checked.
    ///
    /// # Errors
    ///
    /// When a width is 0, a count of numbers does not fit the record's shape, or a number is not finite.
    pub fn with_projections(mut self, projections: Projections) -> Result<Self, RecordError> {
        let Projections { d_head, d_value, query, key, value, bias } = &projections;
        let [layers, heads, queries, keys] = self.shape();
        let widths = [*d_head, *d_value];
        check_size("widths that are not 0", widths.len(), widths.iter().filter(|width| **width > 0).count())?;
        check_numbers("numbers of the query", query, [layers, heads, queries, *d_head])?;
        check_numbers("numbers of the key", key, [layers, heads, keys, *d_head])?;
        check_numbers("numbers of the value", value, [layers, heads, keys, *d_value])?;
        if let Some(bias) = bias {
            check_numbers("numbers of the bias", bias, [1, heads, queries, keys])?;
        }
        self.projections = Some(projections);
        Ok(self)
    }

    /// The same record without them, and smaller.
    pub fn without_projections(mut self) -> Self {
        self.projections = None;
        self
    }

    /// What the weights came from, where it was recorded.
    pub fn projections(&self) -> Option<&Projections> {
        self.projections.as_ref()
    }

    /// What one head's weights came from, where it was recorded.
    ///
    /// # Panics
    ///
    /// When `layer` or `head` is out of range.
    pub fn head_projections(&self, layer: usize, head: usize) -> Option<HeadProjections<'_>> {
        let [layers, heads, queries, keys] = self.shape();
        assert!(
            layer < layers && head < heads,
            "layer {layer}, head {head}: there are {layers} layers of {heads} heads"
        );
        let Projections { d_head, d_value, query, key, value, bias } = self.projections.as_ref()?;
        let panel = layer * heads + head;
        Some(HeadProjections {
            d_head: *d_head,
            d_value: *d_value,
            query: part(query, panel, queries * d_head),
            key: part(key, panel, keys * d_head),
            value: part(value, panel, keys * d_value),
            bias: bias.as_ref().map(|bias| part(bias, head, queries * keys)),
        })
    }
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

fn part(numbers: &[f32], at: usize, size: usize) -> &[f32] {
    &numbers[at * size..][..size]
}

fn check_numbers(what: &'static str, numbers: &[f32], shape: [usize; 4]) -> Result<(), RecordError> {
    let expected = shape.iter().try_fold(1usize, |product, axis| product.checked_mul(*axis)).unwrap_or(usize::MAX);
    check_size(what, expected, numbers.len())?;
    match numbers.iter().position(|number| !number.is_finite()) {
        Some(at) => Err(RecordError::NotFinite { what, at, number: numbers[at] }),
        None => Ok(()),
    }
}
