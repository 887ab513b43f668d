//! What a report says of itself, as JSON. `viewer/src/data/manifest.ts` has the same in TypeScript.

use headlight_record::StepMetrics;
use serde::Serialize;

use crate::findings::Found;
use crate::moments::Moments;

pub(crate) const VERSION: u32 = 1;

#[derive(Serialize)]
pub(crate) struct Manifest<'a> {
    pub(crate) version: u32,
    pub(crate) title: &'a str,
    pub(crate) task: String,
    pub(crate) model: String,
    #[serde(flatten)]
    pub(crate) moments: Moments<'a>,
    pub(crate) metrics: Columns,
    /// Absent where no lens was asked.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) findings: Vec<Found<'a>>,
}

/// The lines of `metrics.jsonl` without what a clock measured, a list for each column.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Columns {
    step: Vec<usize>,
    loss: Vec<f32>,
    token_accuracy: Vec<f32>,
    exact_match: Vec<Option<f32>>,
    learning_rate: Vec<f32>,
}

impl Columns {
    pub(crate) fn new(lines: &[StepMetrics]) -> Self {
        Self {
            step: lines.iter().map(|line| line.step).collect(),
            loss: lines.iter().map(|line| line.loss as f32).collect(),
            token_accuracy: lines.iter().map(|line| line.token_accuracy as f32).collect(),
            exact_match: lines.iter().map(|line| line.exact_match.map(|share| share as f32)).collect(),
            learning_rate: lines.iter().map(|line| line.learning_rate as f32).collect(),
        }
    }
}
