//! Heads that are changed, as interventions on a pass.

use burn::tensor::{Device, Tensor};
use headlight_lens::find_head;
use headlight_model::{At, Intervention, NewWeights, Site, Traceable, Transformer};

use crate::LabError;
use crate::messages::{Change, HeadChange};

/// The changes as a pass takes them.
///
/// # Errors
///
/// When the model has no such head, or a head is changed twice.
pub(crate) fn interventions(
    changes: &[HeadChange],
    model: &Transformer,
    device: &Device,
) -> Result<Vec<Intervention>, LabError> {
    let mut heads: Vec<_> = changes.iter().map(|change| change.head).collect();
    heads.sort_unstable();
    if let Some(twice) = heads.windows(2).find(|pair| pair[0] == pair[1]) {
        return Err(LabError::ChangedTwice(twice[0]));
    }
    changes.iter().map(|change| intervention(*change, model, device)).collect()
}

fn intervention(
    HeadChange { head, change }: HeadChange,
    model: &impl Traceable,
    device: &Device,
) -> Result<Intervention, LabError> {
    find_head(model, head.into())?;
    Ok(match change {
        Change::Off => Intervention::Replace {
            site: Site::Context(head),
            at: At::Everywhere,
            value: Tensor::zeros([1, 1, 1], device),
        },
        Change::Uniform => Intervention::Weights { head, weights: NewWeights::Uniform },
    })
}
