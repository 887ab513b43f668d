//! Records made of records: the mean and the maximum of several, of one model's heads or of several examples.

use crate::{AttentionRecord, HeadProjections, RecordError};

/// How several weights become one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Combination {
    /// Their mean. Rows still sum to 1.
    Mean,
    /// The largest. Rows may sum to more than 1.
    Maximum,
}

impl AttentionRecord {
    /// One head a layer in place of all: their mean or their maximum. No projections give such weights, so it has none.
    ///
    /// An average looks where no head looks; see `docs/reading-heatmaps.md`.
    pub fn combine_heads(&self, combination: Combination) -> Self {
        let [layers, heads, queries, keys] = self.shape();
        let weights = (0..layers)
            .flat_map(|layer| {
                let panels: Vec<&[f32]> = (0..heads).map(|head| self.head(layer, head)).collect();
                combine(&panels, combination)
            })
            .collect();
        self.with_weights([layers, 1, queries, keys], weights)
    }

    /// A record of one head alone, with what its weights came from, so that two heads of one model can be compared.
    ///
    /// # Panics
    ///
    /// When `layer` or `head` is out of range.
    pub fn one_head(&self, layer: usize, head: usize) -> Self {
        let [.., queries, keys] = self.shape();
        let projections = self.head_projections(layer, head).map(HeadProjections::to_owned);
        let mut one = self.with_weights([1, 1, queries, keys], self.head(layer, head).to_vec());
        one.projections = projections;
        one
    }
}

/// The mean or the maximum of records of one kind and shape. Tokens, mask, alignment and origin are the first one's; it has no
/// projections.
///
/// # Errors
///
/// When there is none, or a kind or shape differs from the first one's.
pub fn combine_records(records: &[AttentionRecord], combination: Combination) -> Result<AttentionRecord, RecordError> {
    let [first, rest @ ..] = records else {
        return Err(RecordError::Contents("there are no records to combine".to_string()));
    };
    rest.iter().try_for_each(|record| check_alike(first, record))?;
    let panels: Vec<&[f32]> = records.iter().map(AttentionRecord::weights).collect();
    Ok(first.with_weights(first.shape(), combine(&panels, combination)))
}

/// Whether two records can be combined or compared.
///
/// # Errors
///
/// When their kinds or shapes differ.
pub fn check_alike(first: &AttentionRecord, other: &AttentionRecord) -> Result<(), RecordError> {
    let of = |record: &AttentionRecord| {
        let [layers, heads, queries, keys] = record.shape();
        format!("{}, {layers} layers × {heads} heads × {queries} queries × {keys} keys", record.kind().title())
    };
    if (first.kind(), first.shape()) == (other.kind(), other.shape()) {
        return Ok(());
    }
    Err(RecordError::Contents(format!("the records differ: one is {}; the other is {}", of(first), of(other))))
}

fn combine(panels: &[&[f32]], combination: Combination) -> Vec<f32> {
    let at = |at: usize| panels.iter().map(move |panel| panel[at]);
    (0..panels[0].len())
        .map(|cell| match combination {
            Combination::Mean => at(cell).sum::<f32>() / panels.len() as f32,
            Combination::Maximum => at(cell).fold(0.0, f32::max),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{AttentionKind, MaskCell, Origin};

    fn record(weights: &[f32]) -> AttentionRecord {
        let tokens: Vec<String> = ["a", "b"].map(String::from).to_vec();
        let shape = [1, weights.len() / 4, 2, 2];
        AttentionRecord::new(AttentionKind::Cross, shape, weights.to_vec(), tokens.clone(), tokens, Origin::default())
            .expect("a record")
    }

    #[test]
    fn heads_become_one() {
        use MaskCell::{Causal, Visible};
        let two = record(&[1.0, 0.0, 0.5, 0.5, 1.0, 0.0, 0.25, 0.75]);
        let two = two.with_mask(vec![Visible, Causal, Visible, Visible]).expect("a mask");
        let mean = two.combine_heads(Combination::Mean);
        assert_eq!(mean.shape(), [1, 1, 2, 2]);
        assert_eq!(mean.weights(), [1.0, 0.0, 0.375, 0.625]);
        assert_eq!(mean.mask(), two.mask());
        assert_eq!(two.combine_heads(Combination::Maximum).weights(), [1.0, 0.0, 0.5, 0.75]);
    }

    #[test]
    fn records_become_one() {
        let records = [record(&[1.0, 0.0, 0.5, 0.5]), record(&[0.0, 1.0, 0.5, 0.5])];
        let mean = combine_records(&records, Combination::Mean).expect("alike");
        assert_eq!(mean.weights(), [0.5; 4]);
        let maximum = combine_records(&records, Combination::Maximum).expect("alike");
        assert_eq!(maximum.weights(), [1.0, 1.0, 0.5, 0.5]);
        let other = [records[0].clone(), record(&[1.0, 0.0, 0.5, 0.5, 1.0, 0.0, 0.25, 0.75])];
        let error = combine_records(&other, Combination::Mean).expect_err("unlike").to_string();
        assert!(error.contains("1 heads") && error.contains("2 heads"), "{error}");
        assert!(combine_records(&[], Combination::Mean).is_err());
    }
}
