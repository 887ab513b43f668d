//! Records made of records: the mean and the maximum of several, of one model's heads or of several models.

use crate::{AttentionRecord, HeadProjections, MaskCell, Origin, RecordError};

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

    /// This record, which says no more of itself than the other does too: it hides the keys that both hide, and has an
    /// alignment, segments, a task, a model and a step where they are the same. Nothing that either weighs is hidden then.
    ///
    /// # Panics
    ///
    /// When the two differ in queries or keys; see [`check_alike`].
    pub fn in_common(&self, other: &Self) -> Self {
        assert_eq!(self.shape[2..], other.shape[2..], "records of the same queries and keys");
        let both = |(cell, other): (&MaskCell, &MaskCell)| match other {
            MaskCell::Visible => MaskCell::Visible,
            MaskCell::Causal | MaskCell::Padding | MaskCell::Window | MaskCell::Masked => *cell,
        };
        let masks = self.mask.as_ref().zip(other.mask.as_ref());
        let same = |one: &String, other: &String| if one == other { one.clone() } else { String::new() };
        let (one, two) = (&self.origin, &other.origin);
        let mut common = self.clone();
        common.mask = masks.map(|(mask, others)| mask.iter().zip(others).map(both).collect());
        common.alignment = common.alignment.filter(|alignment| Some(alignment) == other.alignment.as_ref());
        common.segments = common.segments.filter(|segments| Some(segments) == other.segments.as_ref());
        common.origin = Origin {
            task: same(&one.task, &two.task),
            model: same(&one.model, &two.model),
            step: one.step.filter(|_| one.step == two.step),
        };
        common
    }
}

/// The mean or the maximum of records of one kind and shape, on the same tokens. It has the mask, alignment and origin that
/// [all have in common](AttentionRecord::in_common), and no projections.
///
/// # Errors
///
/// When there is none, or a kind, a shape or a token differs from the first one's.
pub fn combine_records(records: &[AttentionRecord], combination: Combination) -> Result<AttentionRecord, RecordError> {
    let [first, rest @ ..] = records else {
        return Err(RecordError::Nothing);
    };
    rest.iter().try_for_each(|record| check_alike(first, record))?;
    let panels: Vec<&[f32]> = records.iter().map(AttentionRecord::weights).collect();
    let common =
        rest.iter().fold(first.with_weights(first.shape(), Vec::new()), |common, record| common.in_common(record));
    Ok(common.with_weights(first.shape(), combine(&panels, combination)))
}

/// Whether two records can be combined or compared.
///
/// # Errors
///
/// When their kinds, shapes or tokens differ. A cell would then stand for two things, and could be labelled with one.
pub fn check_alike(first: &AttentionRecord, other: &AttentionRecord) -> Result<(), RecordError> {
    let of = |record: &AttentionRecord| (record.kind(), record.shape());
    if of(first) != of(other) {
        return Err(RecordError::Unlike { first: of(first), other: of(other) });
    }
    for (axis, one, two) in
        [("query", first.query_tokens(), other.query_tokens()), ("key", first.key_tokens(), other.key_tokens())]
    {
        if let Some(at) = (0..one.len()).find(|at| one[*at] != two[*at]) {
            return Err(RecordError::OtherToken { axis, at, first: one[at].clone(), other: two[at].clone() });
        }
    }
    Ok(())
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

    #[test]
    fn records_of_other_tokens_do_not_become_one() {
        let one = record(&[1.0, 0.0, 0.5, 0.5]);
        let tokens = |tokens: [&str; 2]| tokens.map(String::from).to_vec();
        for (queries, keys, why) in [(["a", "x"], ["a", "b"], "query 1 is \"b\""), (["a", "b"], ["y", "b"], "key 0")] {
            let (kind, shape, weights) = (one.kind(), one.shape(), one.weights().to_vec());
            let other = AttentionRecord::new(kind, shape, weights, tokens(queries), tokens(keys), Origin::default())
                .expect("a record");
            let error = combine_records(&[one.clone(), other], Combination::Mean).expect_err("unlike").to_string();
            assert!(error.contains(why), "{error}");
        }
    }

    #[test]
    fn what_one_record_alone_says_is_not_said_of_both() {
        use MaskCell::{Causal, Padding, Visible};
        let from = |step| Origin { task: "copy".to_string(), model: format!("model {step}"), step: Some(step) };
        let dressed = |weights: &[f32], mask: [MaskCell; 4], step| {
            let mut record = record(weights).with_mask(mask.to_vec()).expect("a mask");
            record = record.with_alignment(vec![vec![0], vec![step]]).expect("an alignment");
            record.origin = from(step);
            record
        };
        let one = dressed(&[1.0, 0.0, 1.0, 0.0], [Visible, Causal, Visible, Padding], 0);
        let two = dressed(&[1.0, 0.0, 0.5, 0.5], [Visible, Padding, Visible, Visible], 1);
        let mean = combine_records(&[one.clone(), two.clone()], Combination::Mean).expect("alike");
        assert_eq!(mean.weights(), [1.0, 0.0, 0.75, 0.25]);
        assert_eq!(mean.mask(), Some(&[Visible, Causal, Visible, Visible][..]));
        assert_eq!(mean.alignment(), None);
        assert_eq!(*mean.origin(), Origin { task: "copy".to_string(), ..Origin::default() });
        let same = combine_records(&[one.clone(), one.clone()], Combination::Mean).expect("alike");
        assert_eq!((same.mask(), same.alignment(), same.origin()), (one.mask(), one.alignment(), one.origin()));
        let plain = combine_records(&[two, record(&[0.5; 4])], Combination::Maximum).expect("alike");
        assert_eq!((plain.mask(), plain.origin()), (None, &Origin::default()));
    }
}
