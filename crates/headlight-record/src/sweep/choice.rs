//! Cells that are asked for by their settings.

use std::collections::BTreeMap;
use std::str::FromStr;

use super::{SweepCell, SweepError, SweepResults};

/// Settings that choose runs: `heads=2,d-model=32`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CellChoice {
    settings: BTreeMap<String, String>,
}

impl FromStr for CellChoice {
    type Err = SweepError;

    fn from_str(text: &str) -> Result<Self, SweepError> {
        let wrong = || SweepError::Choice(text.to_string());
        let mut settings = BTreeMap::new();
        for part in text.split(',') {
            let (name, value) = part.split_once('=').ok_or_else(wrong)?;
            let (name, value) = (name.trim(), value.trim());
            if name.is_empty() || settings.insert(name.to_string(), value.to_string()).is_some() {
                return Err(wrong());
            }
        }
        Ok(Self { settings })
    }
}

impl SweepResults {
    /// The cell that is asked for: all runs with these settings.
    ///
    /// # Errors
    ///
    /// When there is no such axis, or none of its values is the one asked for.
    pub fn chosen(&self, choice: &CellChoice) -> Result<SweepCell, SweepError> {
        for (name, value) in &choice.settings {
            let axis = self.axis(name)?;
            if !axis.values.contains(value) {
                let (name, value, known) = (name.clone(), value.clone(), axis.values.join(", "));
                return Err(SweepError::Value { name, value, known });
            }
        }
        let has = |at: &usize| self.runs[*at].has(&choice.settings);
        Ok(self.cell(choice.settings.clone(), (0..self.runs.len()).filter(has).collect()))
    }
}
