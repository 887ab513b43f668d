//! A record with what its weights came from.

use crate::error::{RecordError, check_size};
use crate::projections::{HeadProjections, Projections};
use crate::record::AttentionRecord;

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
