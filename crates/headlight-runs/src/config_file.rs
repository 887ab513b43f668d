//! `config.json`: read with suspicion, and compared key by key.

use std::path::Path;

use serde_json::Value;

use crate::config::CONFIG_VERSION;
use crate::files::Files;
use crate::layout::Layout;
use crate::list::write;
use crate::version::{check_layout, refuse_other_layout};
use crate::{Damage, RunConfig, RunConfigError, RunError};

/// What differs between two configurations.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Change {
    pub(crate) name: String,
    /// `None` where there is no value.
    pub(crate) before: Option<String>,
    pub(crate) after: Option<String>,
}

/// Writes a run's configuration, whole or not at all, and to the disk.
///
/// # Errors
///
/// When the directory does not take it.
pub(crate) fn write_config(run: &Path, config: &RunConfig) -> Result<(), RunError> {
    write(run, Layout::CONFIG, to_json(config)?.as_bytes())
}

/// As a file has it.
pub(crate) fn to_json(value: &impl serde::Serialize) -> Result<String, RunConfigError> {
    Ok(serde_json::to_string_pretty(value)? + "\n")
}

/// Reads a run's configuration.
///
/// # Errors
///
/// When there is none, it is damaged, or another layout's.
pub(crate) fn read_config(run: Files<'_>) -> Result<RunConfig, RunError> {
    let bytes = run.read_unchecked(Layout::CONFIG)?;
    let damaged = |damage| RunError::damaged(&run.path(Layout::CONFIG), damage);
    check_layout(&bytes, CONFIG_VERSION).map_err(damaged)?;
    run.check(Layout::CONFIG, &bytes)?;
    config_of(&bytes).map_err(damaged)
}

fn config_of(bytes: &[u8]) -> Result<RunConfig, Damage> {
    let value: Value = serde_json::from_slice(bytes)?;
    refuse_other_layout(&value, CONFIG_VERSION)?;
    let config: RunConfig = serde_json::from_value(value)?;
    config.check()?;
    Ok(config)
}

impl RunConfig {
    /// Reads a configuration that stands in a file by itself, without a run.
    ///
    /// # Errors
    ///
    /// When the file cannot be read, is damaged, or another layout's.
    pub fn read(path: &Path) -> Result<Self, RunError> {
        let bytes = std::fs::read(path).map_err(RunError::io(path))?;
        config_of(&bytes).map_err(|damage| match damage {
            Damage::Json(error) => RunError::damaged(path, Damage::NotAConfig(error)),
            damage => RunError::damaged(path, damage),
        })
    }

    /// Says whether the configuration comes back from its file as it is. JSON numbers of more than some fifteen digits need
    /// not, and a run that is resumed with another learning rate, if only by its last bit, is another run.
    ///
    /// # Errors
    ///
    /// Names the number with too many digits.
    pub fn check_digits(&self) -> Result<(), RunConfigError> {
        let mut changes = Vec::new();
        // Not as a `RunConfig`: that can be read only where its task is one of Headlight's own.
        compare("", &serde_json::to_value(self)?, &serde_json::from_str(&serde_json::to_string(self)?)?, &mut changes);
        match changes.into_iter().next() {
            Some(Change { name, before, .. }) => {
                Err(RunConfigError::Digits { name, value: before.unwrap_or_default() })
            }
            None => Ok(()),
        }
    }

    /// Says whether a file can hold the parameters of this model, before memory is taken for it.
    ///
    /// # Errors
    ///
    /// When the model has more parameters than the file has room for.
    pub(crate) fn check_size_of(&self, file: &[u8]) -> Result<(), Damage> {
        if 4 * self.fewest_parameters() > file.len() as u128 { Err(Damage::Small) } else { Ok(()) }
    }
}

/// The keys whose values differ, in alphabetical order; a key within another is named alone.
pub(crate) fn changes(before: &RunConfig, after: &RunConfig) -> Vec<Change> {
    let value = |config| serde_json::to_value(config).unwrap_or(Value::Null);
    let mut found = Vec::new();
    compare("", &value(before), &value(after), &mut found);
    found
}

fn compare(name: &str, before: &Value, after: &Value, found: &mut Vec<Change>) {
    match (before, after) {
        (Value::Object(old), Value::Object(new)) => {
            let keys = old.keys().chain(new.keys().filter(|key| !old.contains_key(*key)));
            for key in keys {
                compare(key, old.get(key).unwrap_or(&Value::Null), new.get(key).unwrap_or(&Value::Null), found);
            }
        }
        _ if before == after => {}
        _ => {
            let text = |value: &Value| match value {
                Value::Null => None,
                Value::String(text) => Some(text.clone()),
                other => Some(other.to_string()),
            };
            found.push(Change { name: name.to_string(), before: text(before), after: text(after) });
        }
    }
}
