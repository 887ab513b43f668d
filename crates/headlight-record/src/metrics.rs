use serde::{Deserialize, Serialize};

use crate::RecordFileError;

/// One logged training step: a line of `metrics.jsonl`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StepMetrics {
    /// Counted from 1.
    pub step: usize,
    /// Mean cross-entropy of the batch, in nats per predicted token.
    pub loss: f64,
    /// Share of the batch's predicted tokens that were right, teacher-forced.
    pub token_accuracy: f64,
    /// Share of held-out sequences generated without an error, at the steps where it was measured.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exact_match: Option<f64>,
    /// The learning rate of this step.
    pub learning_rate: f64,
    /// Tokens trained on per second since the last logged step; a step that ended in an evaluation counts that time too.
    pub tokens_per_second: f64,
    /// Seconds since training began, evaluation included.
    pub seconds: f64,
}

impl StepMetrics {
    /// The line of `metrics.jsonl`, with its newline.
    pub fn to_line(&self) -> String {
        let mut line = serde_json::to_string(self).expect("numbers always serialise");
        line.push('\n');
        line
    }
}

/// A line of `metrics.jsonl` without what a clock measured: the part that every run of the same configuration writes alike.
pub fn without_clock(line: &str) -> &str {
    // They are the last two of a line.
    line.split_once(",\"tokens_per_second\":").map_or(line, |(before, _)| before)
}

/// The steps in the text of a `metrics.jsonl`.
///
/// # Errors
///
/// When a line is no metrics; the line's number is named.
pub fn metrics_from_text(text: &str) -> Result<Vec<StepMetrics>, RecordFileError> {
    let lines = (1..).zip(text.lines());
    lines
        .map(|(line, text)| serde_json::from_str(text).map_err(|source| RecordFileError::Line { line, source }))
        .collect()
}
