//! How far weights reach. Rows of weights that the user brings may not sum to 1, which colours cannot show: pictures say so in words.

use headlight_record::AttentionRecord;

use crate::colours::shade::{BEYOND, Shade};
use crate::numbers::rounded;
use crate::options::{FullColour, PlotOptions};

/// The largest weight of some heads, and the sum of a row that is furthest from 1 and from 0.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Reach {
    most: f32,
    sum: f32,
}

impl Default for Reach {
    fn default() -> Self {
        Self { most: 0.0, sum: 1.0 }
    }
}

impl Reach {
    pub(crate) fn of(record: &AttentionRecord, layers: &[usize], heads: &[usize]) -> Self {
        let heads = layers.iter().flat_map(|layer| heads.iter().map(|head| record.head(*layer, *head)));
        heads.fold(Self::default(), |reach, weights| reach.and(Self::of_rows(weights, record.key_tokens().len())))
    }

    /// # Shapes
    ///
    /// - weights: `[queries, keys]`, row-major
    pub(crate) fn of_rows(weights: &[f32], keys: usize) -> Self {
        let rows = weights
            .chunks_exact(keys)
            .map(|row| Self { most: row.iter().copied().fold(0.0, f32::max), sum: row.iter().sum() });
        rows.fold(Self::default(), Self::and)
    }

    /// That of both.
    pub(crate) fn and(self, other: Self) -> Self {
        let further = other.error() > self.error();
        Self { most: self.most.max(other.most), sum: if further { other.sum } else { self.sum } }
    }

    /// The colours of weights that reach so far.
    pub(crate) fn shade(self, options: &PlotOptions) -> Shade {
        let shade = Shade::weights(options);
        match options.full_colour {
            FullColour::One => shade.reaching([0.0, self.most]),
            FullColour::PanelMaximum => shade,
        }
    }

    /// What is to be said beside such colours: of rows that sum to 1, or to 0 because all keys are masked, nothing.
    pub(crate) fn words(self, options: &PlotOptions) -> Vec<String> {
        let clipped = self.shade(options).is_exceeded().then(|| "weights above 1 have the last colour".to_string());
        self.sum_words().into_iter().chain(clipped).collect()
    }

    /// The part of it that does not concern colours.
    pub(crate) fn sum_words(self) -> Option<String> {
        let sum = rounded(self.sum.into());
        (self.error() > BEYOND).then(|| format!("not all rows sum to 1: the furthest sums to {sum}"))
    }

    fn error(self) -> f32 {
        (self.sum - 1.0).abs().min(self.sum.abs())
    }
}
