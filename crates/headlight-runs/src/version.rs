//! Which file is one of ours, and of which layout.

use serde_json::Value;

use crate::Damage;

/// The layout that a file says it has.
pub(crate) fn layout_of(file: &Value) -> Option<u64> {
    file.get("version").and_then(Value::as_u64)
}

/// Whether a file has what the configuration of a run had in every layout.
pub(crate) fn is_config(file: &Value) -> bool {
    layout_of(file).is_some() && file["tour"].is_boolean()
}

/// [`refuse_other_layout`] of a file's text.
pub(crate) fn check_layout(text: &[u8], newest: u32) -> Result<(), Damage> {
    refuse_other_layout(&serde_json::from_slice(text)?, newest)
}

/// Refuses a file of a layout that came before or after the one that this Headlight reads.
///
/// # Errors
///
/// Says which it is.
pub(crate) fn refuse_other_layout(file: &Value, newest: u32) -> Result<(), Damage> {
    match layout_of(file) {
        Some(version) if version > u64::from(newest) => Err(Damage::Newer { version, newest }),
        Some(version) if version < u64::from(newest) => Err(Damage::Older { version, newest }),
        _ => Ok(()),
    }
}

/// Whether a file has what the list of seeds has.
pub(crate) fn is_header(file: &Value) -> bool {
    let is_seed = |end| file["seeds"][end].is_u64();
    layout_of(file).is_some() && is_seed("start") && is_seed("end") && is_config(&file["config"])
}
