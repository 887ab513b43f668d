//! A run that was stopped, by whatever it was, and is resumed as if it had not been.

use std::fs::File;
use std::path::{Path, PathBuf};

use headlight_train::{TrainError, Training};

use crate::at_rest::{AtRest, changes_run, has_other_rates};
use crate::config_file::{Change, changes, read_config, write_config};
use crate::files::Files;
use crate::layout::Layout;
use crate::list::{FileList, add};
use crate::lock::{Lock, lock};
use crate::replace::remove_leftovers;
use crate::run::{Earlier, read_result};
use crate::{Checkpoint, RunConfig, RunDirectory, RunError, RunResult};

/// A run on disk that can be resumed. Until [`resume`](Self::resume) nothing is written; no other run can use the directory.
pub struct StoppedRun {
    path: PathBuf,
    config: RunConfig,
    checkpoint: Option<Checkpoint>,
    earlier: Earlier,
    /// The length of the part of `metrics.jsonl` that belongs to the checkpoint, in bytes.
    kept_bytes: u64,
    lock: Lock,
}

impl StoppedRun {
    /// Reads all that a run needs to be resumed, and trusts none of it.
    ///
    /// # Errors
    ///
    /// When the directory holds no run or is in use by one, a file is damaged or was written by a newer Headlight, or files
    /// do not belong together.
    pub fn open(path: &Path) -> Result<Self, RunError> {
        let files = Files::In(path);
        files.read_unchecked(Layout::CONFIG)?; // what is no run is not locked
        let lock = lock(path)?;
        let mut config = read_config(files)?;
        config.load_pairs(files)?;
        let path = path.to_owned();
        Ok(match AtRest::read(files, &config)? {
            // Killed before the first checkpoint: it begins at its beginning.
            None => Self { path, config, checkpoint: None, earlier: Earlier::default(), kept_bytes: 0, lock },
            Some(AtRest { checkpoint, earlier, kept_bytes }) => {
                Self { path, config, checkpoint: Some(checkpoint), earlier, kept_bytes, lock }
            }
        })
    }

    /// What the run was asked to do.
    pub fn config(&self) -> &RunConfig {
        &self.config
    }

    /// The step from which it is resumed.
    pub fn step(&self) -> usize {
        self.checkpoint.as_ref().map_or(0, |checkpoint| checkpoint.state.step)
    }

    /// How the run ended, where it has come to its end, or what `max_steps` sets as one, and all its files are written.
    pub fn result(&self, max_steps: usize) -> Option<RunResult> {
        let state = &self.checkpoint.as_ref()?.state;
        let is_done = state.exact_match >= self.config.training.target || state.step >= max_steps;
        let is_whole = [Layout::MODEL, Layout::ATTENTION].iter().all(|name| self.path.join(name).is_file());
        let result = read_result(&self.path).ok()?;
        (is_done && is_whole && result.steps == state.step).then_some(result)
    }

    /// Says whether the run is still itself with this configuration: it may ask for more steps, and for checkpoints at other
    /// steps.
    ///
    /// # Errors
    ///
    /// Names the first key that would make it another run.
    pub fn check(&self, config: &RunConfig) -> Result<(), RunError> {
        let is_refused = |change: &Change| match change.name.as_str() {
            "max_steps" => {
                let is_less = config.training.max_steps < self.config.training.max_steps;
                is_less || has_other_rates(&self.config, config, self.step())
            }
            _ => changes_run(change),
        };
        match changes(&self.config, config).into_iter().find(is_refused) {
            Some(Change { name, before, after }) => Err(RunError::Changed { name, asked: after, started: before }),
            None => Ok(config.check()?),
        }
    }

    /// Resumes from the last checkpoint, or from the beginning where there is none: removes the result and what was written
    /// after the checkpoint, and starts the clock. `config` is the run's own, but for what [`check`](Self::check) allows.
    ///
    /// # Errors
    ///
    /// When `config` would make another run, does not fit the checkpoint, or its device does not open: then nothing was
    /// written. Or when a file cannot be written.
    pub fn resume(self, config: RunConfig) -> Result<(RunDirectory, Training), RunError> {
        self.check(&config)?;
        let Self { path, config: old_config, checkpoint, earlier, kept_bytes, lock } = self;
        let mut training = config.start()?;
        if let Some(Checkpoint { state, .. }) = &checkpoint {
            training = training.resumed_from(state).map_err(|error| match error {
                TrainError::Parameters(reason) => RunError::damaged(&path.join(Layout::CHECKPOINT), reason),
                TrainError::State(reason) => RunError::damaged(&path.join(Layout::CHECKPOINT), reason),
                other => other.into(),
            })?;
        }

        // It says how the run ended, and the run has not.
        remove_if_there(&path.join(Layout::RESULT))?;
        remove_if_there(&path.join(Layout::FAILURE))?;
        if config != old_config {
            write_config(&path, &config)?;
        }
        add(&path, Layout::METRICS)?;
        let metrics_path = path.join(Layout::METRICS);
        // Shortened in place: the lines before the checkpoint are never in danger.
        let metrics =
            File::options().create(true).append(true).open(&metrics_path).map_err(RunError::io(&metrics_path))?;
        metrics.set_len(kept_bytes).map_err(RunError::io(&metrics_path))?;
        remove_leftovers(&path)?;
        remove_steps_after(&path, training.steps(), config.keep_parameters_every)?;
        Ok((RunDirectory::open(&path, config, metrics, earlier, lock), training))
    }
}

fn remove_if_there(path: &Path) -> Result<(), RunError> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(RunError::io(path)(error)),
        _ => Ok(()),
    }
}

/// Removes the records and parameters of later steps, and the parameters that were kept only because the run was stopped there. What has
/// the name of one, and no line in the list, is not the run's.
fn remove_steps_after(run: &Path, step: usize, keep_every: usize) -> Result<(), RunError> {
    let (layout, list) = (Layout::of(run), FileList::read(run)?);
    let is_due = |kept: usize| keep_every > 0 && kept.is_multiple_of(keep_every);
    let records = layout.recorded()?.into_iter().filter(|(recorded, _)| *recorded > step);
    let records = records.map(|(recorded, path)| (Layout::name_of_record(recorded), path));
    let parameters = layout.kept_parameters()?.into_iter().filter(|(kept, _)| *kept > step || !is_due(*kept));
    let parameters = parameters.map(|(kept, path)| (Layout::name_of_parameters(kept), path));
    for (name, path) in records.chain(parameters) {
        if list.has(&name) {
            std::fs::remove_file(&path).map_err(RunError::io(&path))?;
        }
    }
    Ok(())
}
