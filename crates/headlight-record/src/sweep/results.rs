//! The runs of a sweep, and what was varied.

use serde::{Deserialize, Serialize};

use super::{CollectedRun, State, SweepError};

/// The name of the axis that every sweep has.
pub const SEED: &str = "seed";

/// A sweep's runs, with what became of each.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct SweepResults {
    /// What it is called.
    pub title: String,
    /// The task that all runs learn.
    pub task: String,
    /// What was varied; the seed comes last.
    pub axes: Vec<SweepAxis>,
    /// In the order of the plan.
    pub runs: Vec<CollectedRun>,
}

/// A setting that was given several values.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SweepAxis {
    /// Its name: `d-model`.
    pub name: String,
    /// In the order in which they were given.
    pub values: Vec<String>,
}

impl SweepResults {
    /// The axes with several values, but for the seed: runs that differ in none of them differ by chance alone.
    pub fn varied(&self) -> impl Iterator<Item = &SweepAxis> {
        self.axes.iter().filter(|axis| axis.name != SEED && axis.values.len() > 1)
    }

    /// The axis of a name.
    ///
    /// # Errors
    ///
    /// When the sweep has none such, or it is the seed's, over which all numbers are taken.
    pub fn axis(&self, name: &str) -> Result<&SweepAxis, SweepError> {
        if name == SEED {
            return Err(SweepError::Seed);
        }
        let known = || self.axes.iter().filter(|axis| axis.name != SEED);
        known().find(|axis| axis.name == name).ok_or_else(|| SweepError::Axis {
            name: name.to_string(),
            known: known().map(|axis| axis.name.as_str()).collect::<Vec<_>>().join(", "),
        })
    }

    /// How many runs there are of each state, of those that there are.
    pub fn counts(&self) -> Vec<(State, usize)> {
        let count = |state: &State| self.runs.iter().filter(|run| run.state == *state).count();
        State::ALL.into_iter().map(|state| (state, count(&state))).filter(|(_, count)| *count > 0).collect()
    }
}
