//! Why a run ended without a result.

use std::path::Path;

use headlight_train::Divergence;
use serde::{Deserialize, Serialize};

use super::RunDirectory;
use crate::RunError;
use crate::config_file::to_json;
use crate::files::Files;
use crate::layout::Layout;
use crate::list::write;

/// The contents of `failure.json`.
#[derive(Serialize, Deserialize)]
struct Failure {
    /// The step that could not be taken.
    step: usize,
    /// What happened at it.
    reason: String,
}

impl RunDirectory {
    /// Writes `failure.json`, as the outcome of a run that cannot come to its end: trained again, it would diverge again. Resuming
    /// removes it.
    ///
    /// # Errors
    ///
    /// When it cannot be written.
    pub fn write_failure(self, divergence: &Divergence) -> Result<(), RunError> {
        let failure = Failure { step: divergence.step, reason: divergence.to_string() };
        write(&self.path, Layout::FAILURE, to_json(&failure)?.as_bytes())
    }
}

/// How a run diverged.
pub(crate) fn read_failure(run: &Path) -> Result<String, RunError> {
    let failure: Failure = serde_json::from_slice(&Files::In(run).read(Layout::FAILURE)?)
        .map_err(|error| RunError::damaged(&run.join(Layout::FAILURE), error))?;
    Ok(failure.reason)
}
