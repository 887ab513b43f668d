use std::path::Path;

use crate::layout::Layout;
use crate::run::{read_failure, read_result};
use crate::{RunConfig, RunResult};

/// What became of a run so far.
#[derive(Clone, Debug, PartialEq)]
pub enum RunState {
    /// Nothing is there of it yet.
    Waiting,
    /// It has begun: it is being trained, or was stopped.
    Begun {
        /// Steps taken.
        step: usize,
    },
    /// It has come to its end, its task solved or not.
    Ended(RunResult),
    /// It diverged, which is how it would end each time; says where.
    Diverged(String),
}

impl RunState {
    /// Whether nothing is left to do for the run.
    pub fn has_outcome(&self) -> bool {
        matches!(self, Self::Ended(_) | Self::Diverged(_))
    }

    /// The outcome of the run in a directory, if it has one, read without a lock: whatever is there of it is whole.
    pub(super) fn outcome_of(run: &Path, config: &RunConfig) -> Option<Self> {
        let is_end = |result: &RunResult| result.solved || result.steps >= config.training.max_steps;
        // A damaged result is none: the run is then resumed from its checkpoint, and writes it again.
        let result = read_result(run).ok().filter(is_end).map(Self::Ended);
        result.or_else(|| read_failure(run).ok().map(Self::Diverged))
    }

    /// The state of the run in a directory, read as [`outcome_of`](Self::outcome_of) is.
    pub(super) fn of(run: &Path, config: &RunConfig) -> Self {
        if let Some(outcome) = Self::outcome_of(run, config) {
            return outcome;
        }
        if !Layout::of(run).config().is_file() {
            return Self::Waiting;
        }
        let metrics = std::fs::read(Layout::of(run).metrics()).unwrap_or_default();
        Self::Begun { step: metrics.iter().filter(|byte| **byte == b'\n').count() }
    }
}
