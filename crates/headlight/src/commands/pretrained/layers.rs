//! Which layers are computed.

use anyhow::bail;
use headlight_pretrained::Opened;

use crate::commands::numbers::Numbers;

/// The layers that are asked for, rising; all of them where none is.
pub(super) fn chosen(asked: Option<&Numbers>, model: &Opened) -> anyhow::Result<Vec<usize>> {
    let count = model.n_layers();
    let mut layers = Numbers::or_all(asked, count);
    layers.sort_unstable();
    match layers.iter().find(|layer| **layer >= count) {
        Some(layer) => bail!("layer {layer} does not exist: the model has those from 0 to {} (--layer)", count - 1),
        None => Ok(layers),
    }
}
