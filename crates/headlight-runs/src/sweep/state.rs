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

    /// The state of the run in a directory, read without a lock: whatever is there of it is whole.
    pub(super) fn of(run: &Path, config: &RunConfig) -> Self {
        let is_end = |result: &RunResult| result.solved || result.steps >= config.training.max_steps;
        // A damaged result is none: the run is then resumed from its checkpoint, and writes it again.
        if let Some(result) = read_result(run).ok().filter(is_end) {
            return Self::Ended(result);
        }
        if let Ok(reason) = read_failure(run) {
            return Self::Diverged(reason);
        }
        if !Layout::of(run).config().is_file() {
            return Self::Waiting;
        }
        let metrics = std::fs::read(Layout::of(run).metrics()).unwrap_or_default();
        Self::Begun { step: metrics.iter().filter(|byte| **byte == b'\n').count() }
    }
}
