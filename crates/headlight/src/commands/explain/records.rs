//! What a run or a model attends to, with what that came from.

use std::path::Path;

use anyhow::bail;
use headlight_record::AttentionRecord;

use crate::commands::device::DeviceArgument;
use crate::commands::numbers::Numbers;
use crate::commands::place::{Place, What};
use crate::commands::pretrained::{Asked, InputArguments};

/// The records of a run or a model on a text. Of a model, one layer is computed: enough to explain one head.
pub(super) fn of(
    path: &Path,
    text: Option<&str>,
    layer: Option<usize>,
    device: &DeviceArgument,
) -> anyhow::Result<Vec<AttentionRecord>> {
    let place = Place::of(path);
    match (place.what, text) {
        (What::Model, Some(text)) => {
            let layer = Numbers(vec![layer.unwrap_or(0)]);
            Asked::of(&place, &InputArguments::text(text), Some(&layer), device.device.clone())?.records()
        }
        (What::Model, None) => {
            bail!("{0} is a model: give it a text, as in 'headlight explain \"the cat sat\" --run {0}'", path.display())
        }
        (_, text) => of_run(path, text, device),
    }
}

/// On a question, or on the example that the run recorded.
fn of_run(path: &Path, question: Option<&str>, device: &DeviceArgument) -> anyhow::Result<Vec<AttentionRecord>> {
    let records = device.records(path, question)?;
    if records.iter().all(|record| record.projections().is_some()) {
        return Ok(records);
    }
    // An older Headlight recorded the weights alone.
    bail!(
        "{}: the run recorded only its attention weights: give a question, as in 'headlight explain \"3 1 4\" --run DIR'",
        path.display()
    );
}
