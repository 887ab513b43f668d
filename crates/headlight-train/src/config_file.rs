//! `config.json`: written with a checksum, read with suspicion, and compared key by key.

use std::path::Path;

use headlight_record::{check_json, seal_json, write_durably};
use serde_json::Value;

use crate::config::CONFIG_VERSION;
use crate::run::read;
use crate::{RunConfig, TrainError};

pub(crate) const CONFIG: &str = "config.json";

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
pub(crate) fn write_config(run: &Path, config: &RunConfig) -> Result<(), TrainError> {
    let path = run.join(CONFIG);
    let text = serde_json::to_string_pretty(config).map_err(|error| TrainError::damaged(&path, error))?;
    write_durably(&path, seal_json(&text).as_bytes()).map_err(TrainError::io(&path))
}

/// Reads a run's configuration.
///
/// # Errors
///
/// When there is none, it is damaged, or a newer Headlight wrote it.
pub(crate) fn read_config(run: &Path) -> Result<RunConfig, TrainError> {
    let path = run.join(CONFIG);
    let bytes = read(run, CONFIG)?;
    let damaged = |error: &dyn std::fmt::Display| TrainError::damaged(&path, format!("damaged: {error}"));
    let value: Value = serde_json::from_slice(&bytes).map_err(|error| damaged(&error))?;
    refuse_newer(&value, CONFIG_VERSION).map_err(|newer| TrainError::damaged(&path, newer))?;
    let version = value.get("version").and_then(Value::as_u64);
    if version.is_some_and(|version| version < u64::from(CONFIG_VERSION)) {
        return Err(TrainError::damaged(&path, "written by an older Headlight: train the run again"));
    }
    check_json(&bytes).map_err(|error| TrainError::damaged(&path, error))?;
    let config: RunConfig = serde_json::from_value(value).map_err(|error| damaged(&error))?;
    config.check().map_err(|error| damaged(&error))?;
    Ok(config)
}

/// Refuses a file of a layout that came after the newest one that this Headlight knows.
///
/// # Errors
///
/// Says so in words.
pub(crate) fn refuse_newer(file: &Value, newest: u32) -> Result<(), &'static str> {
    if file.get("version").and_then(Value::as_u64).is_some_and(|version| version > u64::from(newest)) {
        return Err("written by a newer Headlight: use that one");
    }
    Ok(())
}

impl RunConfig {
    /// Says whether the configuration comes back from its file as it is. JSON numbers of more than some fifteen digits need
    /// not, and a run that goes on with another learning rate, if only by its last bit, is another run.
    ///
    /// # Errors
    ///
    /// Names the number with too many digits.
    pub(crate) fn check_digits(&self) -> Result<(), TrainError> {
        let back = serde_json::to_string(self).and_then(|text| serde_json::from_str(&text));
        let back: Self = back.map_err(|error| TrainError::damaged(Path::new(CONFIG), error))?;
        match changes(self, &back).into_iter().next() {
            Some(Change { name, before, .. }) => Err(TrainError::Digits { name, value: before.unwrap_or_default() }),
            None => Ok(()),
        }
    }

    /// Says whether a file can hold the weights of this model, before memory is taken for it.
    ///
    /// # Errors
    ///
    /// When the model has more weights than the file has room for.
    pub(crate) fn check_size_of(&self, file: &[u8]) -> Result<(), TrainError> {
        if 4 * self.fewest_weights() > file.len() as u128 {
            return Err(TrainError::State("the file is too small for this model".to_string()));
        }
        Ok(())
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
