//! What a page needs of findings, under the names that the findings' own JSON has. `viewer/src/data/findings.ts` reads it.

use headlight_record::findings::{Ablation, Appearance, Baseline, Chart, Curves, Findings, HeadFinding, Score};
use serde::Serialize;

/// The lens whose curves the time line shows; those of others are for pictures.
const TRAINING: &str = "training";

#[derive(Serialize)]
pub(crate) struct Found<'a> {
    lens: &'a str,
    step: Option<usize>,
    examples: usize,
    seed: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    baseline: Option<&'a Baseline>,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    scores: &'a [Score],
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    heads: &'a [HeadFinding],
    /// Those of one head alone.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    ablations: Vec<&'a Ablation>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    curves: Vec<&'a Curves>,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    appearances: &'a [Appearance],
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    notes: &'a [String],
}

impl<'a> Found<'a> {
    pub(crate) fn new(findings: &'a Findings) -> Self {
        let is_training = findings.lens == TRAINING;
        let curves = findings.charts.iter().filter_map(|chart| match chart {
            Chart::Curves(curves) => Some(curves),
            Chart::Grid(_) | Chart::Bars(_) | Chart::Cells(_) => None,
        });
        Self {
            lens: &findings.lens,
            step: findings.origin.step,
            examples: findings.examples,
            seed: findings.seed,
            baseline: findings.baseline.as_ref(),
            scores: &findings.scores,
            heads: &findings.heads,
            ablations: findings.ablations.iter().filter(|ablation| is_of_one_head(ablation)).collect(),
            curves: curves.filter(|_| is_training).collect(),
            appearances: &findings.appearances,
            notes: &findings.notes,
        }
    }
}

fn is_of_one_head(ablation: &Ablation) -> bool {
    ablation.heads.len() == 1 && ablation.feed_forward.is_empty()
}
