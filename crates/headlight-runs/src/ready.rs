//! A run that one of several is, ready to be trained whatever became of it before.

use std::path::Path;

use headlight_train::Training;

use crate::layout::Layout;
use crate::{Replace, RunConfig, RunDirectory, RunError, RunResult, StoppedRun};

/// One run of several, ready to be trained.
pub enum ReadyRun {
    /// It is resumed, or begins.
    Open(Box<(RunDirectory, Training)>),
    /// It has come to its end.
    Ended(RunResult),
}

/// Begins a run with this configuration, or resumes it where it was stopped.
///
/// # Errors
///
/// As [`RunDirectory::create`], [`StoppedRun::open`] and [`StoppedRun::resume`].
pub(crate) fn ready(path: &Path, config: &RunConfig) -> Result<ReadyRun, RunError> {
    if !Layout::of(path).config().exists() {
        let training = config.start()?;
        match RunDirectory::create(path, config, Replace::Nothing) {
            Ok(run) => return Ok(ReadyRun::Open(Box::new((run, training)))),
            // Another process began it meanwhile, and is gone again.
            Err(RunError::NotEmpty { .. }) if Layout::of(path).config().exists() => {}
            Err(error) => return Err(error),
        }
    }
    let run = StoppedRun::open(path)?;
    run.check(config)?;
    match run.result(config.training.max_steps) {
        Some(result) => Ok(ReadyRun::Ended(result)),
        None => Ok(ReadyRun::Open(Box::new(run.resume(config.clone())?))),
    }
}
