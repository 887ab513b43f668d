//! A run that was stopped, by whatever it was, and goes on as if it had not been.

use std::fs::File;
use std::path::{Path, PathBuf};

use headlight_record::{StepMetrics, without_clock};

use crate::config_file::{CONFIG, Change, changes, read_config, write_config};
use crate::error::or_none;
use crate::lock::lock;
use crate::replace::{list, remove_leftovers};
use crate::run::{ATTENTION, CHECKPOINT, Earlier, METRICS, MODEL, RECORDS, RESULT, read, read_result, recorded_step};
use crate::{Checkpoint, RunConfig, RunDirectory, RunResult, TrainError, Training, load_pairs};

/// A run on disk that can go on. Until [`resume`](Self::resume) nothing is written; no other run can use the directory.
pub struct StoppedRun {
    path: PathBuf,
    config: RunConfig,
    checkpoint: Option<Checkpoint>,
    earlier: Earlier,
    /// The length of the part of `metrics.jsonl` that belongs to the checkpoint, in bytes.
    kept_bytes: u64,
    lock: File,
}

impl StoppedRun {
    /// Reads all that a run needs to go on, and trusts none of it.
    ///
    /// # Errors
    ///
    /// When the directory holds no run or is in use by one, a file is damaged or was written by a newer Headlight, or files
    /// do not belong together.
    pub fn open(path: &Path) -> Result<Self, TrainError> {
        read(path, CONFIG)?; // what is no run is not locked
        let lock = lock(path)?;
        let mut config = read_config(path)?;
        if let Some(pairs) = &mut config.task.file {
            load_pairs(pairs)?;
        }
        let mut run =
            Self { path: path.to_owned(), config, checkpoint: None, earlier: Earlier::default(), kept_bytes: 0, lock };
        let file = path.join(CHECKPOINT);
        if !file.exists() {
            return Ok(run); // killed before the first: it begins at its beginning
        }
        let bytes = read(path, CHECKPOINT)?;
        let damaged = |reason: &dyn std::fmt::Display| TrainError::damaged(&file, reason);
        run.config.check_size_of(&bytes).map_err(|error| damaged(&error))?;
        let checkpoint = Checkpoint::from_bytes(&bytes).map_err(|reason| damaged(&reason))?;
        if let Some(Change { name, before, after }) =
            changes(&checkpoint.config, &run.config).into_iter().find(changes_run)
        {
            let (before, after) = (or_none(&before), or_none(&after));
            let reason = format!("damaged: {name} is {after}, and {CHECKPOINT} was written with {before}");
            return Err(TrainError::damaged(&path.join(CONFIG), reason));
        }
        (run.earlier, run.kept_bytes) = read_lines(path, &checkpoint)?;
        run.checkpoint = Some(checkpoint);
        Ok(run)
    }

    /// What the run was asked to do.
    pub fn config(&self) -> &RunConfig {
        &self.config
    }

    /// The step from which it can go on.
    pub fn step(&self) -> usize {
        self.checkpoint.as_ref().map_or(0, |checkpoint| checkpoint.state.step)
    }

    /// How the run ended, where it has come to its end, or what `max_steps` sets as one, and all its files are written.
    pub fn result(&self, max_steps: usize) -> Option<RunResult> {
        let state = &self.checkpoint.as_ref()?.state;
        let is_done = state.exact_match >= self.config.bar || state.step >= max_steps;
        let is_whole = [MODEL, ATTENTION].iter().all(|name| self.path.join(name).is_file());
        let result = read_result(&self.path).ok()?;
        (is_done && is_whole && result.steps == state.step).then_some(result)
    }

    /// Says whether the run goes on as itself with this configuration: it may ask for more steps, and for checkpoints at other
    /// steps.
    ///
    /// # Errors
    ///
    /// Names the first key that would make it another run.
    pub fn check(&self, config: &RunConfig) -> Result<(), TrainError> {
        // A schedule that ends with the run would have had other rates so far.
        let rate = |config: &RunConfig, step| config.learning_rate_at(step).to_bits();
        let has_other_rates = || (1..=self.step()).any(|step| rate(&self.config, step) != rate(config, step));
        let is_refused = |change: &Change| match change.name.as_str() {
            "max_steps" => config.max_steps < self.config.max_steps || has_other_rates(),
            _ => changes_run(change),
        };
        match changes(&self.config, config).into_iter().find(is_refused) {
            Some(Change { name, before, after }) => Err(TrainError::Changed { name, asked: after, started: before }),
            None => config.check(),
        }
    }

    /// Goes on from the last checkpoint, or from the beginning where there is none: removes the result and what was written
    /// after the checkpoint, and starts the clock. `config` is the run's own, but for what [`check`](Self::check) allows.
    ///
    /// # Errors
    ///
    /// When `config` would make another run, does not fit the checkpoint, or its device does not open: then nothing was
    /// written. Or when a file cannot be written.
    pub fn resume(self, config: RunConfig) -> Result<(RunDirectory, Training), TrainError> {
        self.check(&config)?;
        let Self { path, config: old_config, checkpoint, earlier, kept_bytes, lock } = self;
        let training = match &checkpoint {
            None => Training::new(config)?,
            Some(checkpoint) => Training::resume(config, &checkpoint.state).map_err(|error| match error {
                reason @ (TrainError::Parameters(_) | TrainError::State(_)) => {
                    TrainError::damaged(&path.join(CHECKPOINT), reason)
                }
                other => other,
            })?,
        };

        // It says how the run ended, and the run has not.
        remove_result(&path)?;
        if *training.config() != old_config {
            write_config(&path, training.config())?;
        }
        let metrics_path = path.join(METRICS);
        // Shortened in place: the lines before the checkpoint are never in danger.
        let metrics =
            File::options().create(true).append(true).open(&metrics_path).map_err(TrainError::io(&metrics_path))?;
        metrics.set_len(kept_bytes).map_err(TrainError::io(&metrics_path))?;
        remove_leftovers(&path)?;
        remove_records_after(&path, training.steps())?;
        Ok((RunDirectory::open(&path, metrics, earlier, lock), training))
    }
}

/// Whether a run with this change is another one from its first step on.
fn changes_run(change: &Change) -> bool {
    !["max_steps", "checkpoint_every"].contains(&change.name.as_str())
}

/// Checks the lines of `metrics.jsonl` up to the checkpoint, and says how many bytes they are.
fn read_lines(path: &Path, checkpoint: &Checkpoint) -> Result<(Earlier, u64), TrainError> {
    let bytes = read(path, METRICS)?;
    let damaged = |reason: String| TrainError::damaged(&path.join(METRICS), format!("damaged: {reason}"));
    let step = checkpoint.state.step;
    let mut earlier = Earlier { checkpoint: Some(step), ..Earlier::default() };
    let (mut lines, mut kept_bytes) = (0, 0);
    for line in bytes.split_inclusive(|byte| *byte == b'\n').take(step) {
        lines += 1;
        let text = str::from_utf8(line).map_err(|_| damaged(format!("line {lines} is no text")))?;
        let metrics: StepMetrics =
            serde_json::from_str(text).map_err(|error| damaged(format!("line {lines}: {error}")))?;
        if metrics.step != lines || !text.ends_with('\n') {
            return Err(damaged(format!("line {lines} is not the line of step {lines}")));
        }
        earlier.metrics_crc32.update(without_clock(text).as_bytes());
        earlier.seconds = metrics.seconds;
        kept_bytes += line.len() as u64;
    }
    if lines < step {
        return Err(damaged(format!("it ends at step {lines}, and {CHECKPOINT} is of step {step}")));
    }
    if earlier.metrics_crc32.clone().finalize() != checkpoint.metrics_crc32 {
        return Err(damaged(format!("its lines up to step {step} are not those that {CHECKPOINT} was written after")));
    }
    Ok((earlier, kept_bytes))
}

fn remove_result(run: &Path) -> Result<(), TrainError> {
    let path = run.join(RESULT);
    match std::fs::remove_file(&path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(TrainError::io(&path)(error)),
        _ => Ok(()),
    }
}

fn remove_records_after(run: &Path, step: usize) -> Result<(), TrainError> {
    let directory = run.join(RECORDS);
    if !directory.is_dir() {
        return Ok(());
    }
    for file in list(&directory)? {
        if recorded_step(&file).is_some_and(|recorded| recorded > step) {
            std::fs::remove_file(&file).map_err(TrainError::io(&file))?;
        }
    }
    Ok(())
}
