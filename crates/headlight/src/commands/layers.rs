//! Layers by the numbers that a model gives them, where a record may hold only some of its layers.

use anyhow::bail;
use headlight_record::AttentionRecord;

use super::numbers::Numbers;

/// Where a layer is in a record. Of a record that holds a model's first layers, whoever draws says which there are.
///
/// # Errors
///
/// When the record holds other layers.
pub(crate) fn layer_in(record: &AttentionRecord, number: usize) -> anyhow::Result<usize> {
    match record.layer_at(number) {
        Some(layer) => Ok(layer),
        None if record.layer_at(0).is_some() => Ok(number),
        None => {
            let there: Vec<String> = record.layer_numbers().iter().map(usize::to_string).collect();
            bail!("layer {number} was not recorded: choose among {}", there.join(", "))
        }
    }
}

/// Where the chosen layers are in a record, or all of them without a choice.
///
/// # Errors
///
/// As [`layer_in`].
pub(crate) fn layers_in(record: &AttentionRecord, choice: Option<&Numbers>) -> anyhow::Result<Vec<usize>> {
    match choice {
        Some(Numbers(numbers)) => numbers.iter().map(|number| layer_in(record, *number)).collect(),
        None => Ok((0..record.shape()[0]).collect()),
    }
}
