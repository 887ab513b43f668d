//! Which file is one of ours, and of which layout.

use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::{Value, json};

use crate::Damage;

/// The layout that a file says it has.
pub(crate) fn layout_of(file: &Value) -> Option<u64> {
    file.get("version").and_then(Value::as_u64)
}

/// Whether a file has what the configuration of a run had in every layout.
pub(crate) fn is_config(file: &Value) -> bool {
    layout_of(file).is_some() && file["tour"].is_boolean()
}

/// [`refuse_other_layout`] of a file's text, of which no more is kept: a plan may have a hundred thousand runs.
pub(crate) fn check_layout(text: &[u8], newest: u32) -> Result<(), Damage> {
    #[derive(Deserialize)]
    struct Header {
        #[serde(default)]
        version: Value,
    }
    if text.trim_ascii_start().first() != Some(&b'{') {
        return serde_json::from_slice::<IgnoredAny>(text).map(drop).map_err(Damage::from); // it says of no layout
    }
    let Header { version } = serde_json::from_slice(text)?;
    refuse_other_layout(&json!({ "version": version }), newest)
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

/// Whether a file has what the plan of a sweep has.
pub(crate) fn is_plan(text: &[u8]) -> bool {
    #[derive(Deserialize)]
    struct Plan {
        #[serde(rename = "version")]
        _version: u64,
        #[serde(rename = "task")]
        _task: String,
        #[serde(rename = "axes")]
        _axes: Vec<IgnoredAny>,
        #[serde(rename = "runs")]
        _runs: Vec<IgnoredAny>,
    }
    serde_json::from_slice::<Plan>(text).is_ok()
}
