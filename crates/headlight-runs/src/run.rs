//! The run directory: what a training leaves behind.

mod failure;
mod parameters;

use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::Instant;

use headlight_model::{Architecture, parameters_to_safetensors};
use headlight_record::{AttentionRecord, StepMetrics, records_to_bytes, without_clock};
use headlight_train::{StepOutcome, TrainError, Training};
use serde::{Deserialize, Serialize};

pub(crate) use self::failure::read_failure;
use crate::config_file::{to_json, write_config};
use crate::files::Files;
use crate::layout::Layout;
use crate::list::{add, write, write_of_step};
use crate::lock::Lock;
use crate::replace::{Replace, make_room};
use crate::{Checkpoint, RunConfig, RunError};

/// How a run ended: the contents of `result.json`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RunResult {
    /// The task's name.
    pub task: String,
    /// Decoder, or encoder–decoder.
    pub architecture: Architecture,
    /// Steps done.
    pub steps: usize,
    /// Whether the target was reached.
    pub solved: bool,
    /// Share of the held-out examples answered without an error, token by token.
    pub exact_match: f64,
    /// The share at which the task is solved.
    pub target: f64,
    /// How many there are.
    pub held_out: usize,
    /// The model's trained numbers.
    pub parameters: usize,
    /// Seconds from the first step to the end of the last evaluation.
    pub train_seconds: f64,
    /// The run's seed.
    pub seed: u64,
}

impl RunResult {
    /// The result of a training that ends here, with this exact match on its validation set.
    pub(crate) fn of(training: &Training, exact_match: f64, train_seconds: f64) -> Self {
        let (task, config) = (training.task(), training.config());
        Self {
            task: task.spec.name.to_string(),
            architecture: task.architecture,
            steps: training.steps(),
            solved: exact_match >= config.target,
            exact_match,
            target: config.target,
            held_out: training.held_out().examples.len(),
            parameters: burn::module::Module::num_params(&training.model()),
            train_seconds,
            seed: config.seed,
        }
    }
}

/// The directory of a run that is being trained, with its clock. No other run can use it meanwhile.
///
/// A task of the library's user can be trained in one too. But [`SavedRun`](crate::SavedRun) and
/// [`StoppedRun`](crate::StoppedRun) look its name up in [`TASKS`](headlight_train::tasks::TASKS), so they open only runs of
/// Headlight's own tasks: of others, read `model.safetensors` with
/// [`parameters_from_safetensors`](headlight_model::parameters_from_safetensors).
pub struct RunDirectory {
    path: PathBuf,
    config: RunConfig,
    metrics: File,
    /// Of the lines so far, each without what a clock measured.
    metrics_crc32: crc32fast::Hasher,
    /// The step of the last checkpoint.
    checkpoint: Option<usize>,
    started: Instant,
    /// Seconds trained before the run was stopped and resumed.
    earlier_seconds: f64,
    last_step: Instant,
    _lock: Lock,
}

/// How far a run had come when it is resumed.
#[derive(Clone, Default)]
pub(crate) struct Earlier {
    pub(crate) metrics_crc32: crc32fast::Hasher,
    pub(crate) checkpoint: Option<usize>,
    pub(crate) seconds: f64,
}

impl RunDirectory {
    /// Makes the directory, or empties it as far as `replace` allows, writes `config.json` and starts the clock.
    ///
    /// # Errors
    ///
    /// When the directory holds something that may not be replaced, is in use by another run, or cannot be written; or when
    /// a number of the configuration has more digits than its file can hold.
    pub fn create(path: &Path, config: &RunConfig, replace: Replace) -> Result<Self, RunError> {
        config.check_digits()?;
        let lock = make_room(path, replace)?;
        write_config(path, config)?;
        add(path, Layout::METRICS)?;
        let metrics_path = path.join(Layout::METRICS);
        let metrics = File::create(&metrics_path).map_err(RunError::io(&metrics_path))?;
        Ok(Self::open(path, config.clone(), metrics, Earlier::default(), lock))
    }

    /// Starts the clock of a run whose files are as `earlier` says.
    pub(crate) fn open(path: &Path, config: RunConfig, metrics: File, earlier: Earlier, lock: Lock) -> Self {
        let Earlier { metrics_crc32, checkpoint, seconds: earlier_seconds } = earlier;
        let now = Instant::now();
        let path = path.to_owned();
        Self {
            path,
            config,
            metrics,
            metrics_crc32,
            checkpoint,
            started: now,
            earlier_seconds,
            last_step: now,
            _lock: lock,
        }
    }

    /// What the run was asked to do.
    pub fn config(&self) -> &RunConfig {
        &self.config
    }

    /// Takes a step of training and writes what it leaves: its line in `metrics.jsonl`, which is returned, and a record, parameters and
    /// a checkpoint where they are due.
    ///
    /// # Errors
    ///
    /// When the loss is no number any more; the error names the last good checkpoint. Or when a file cannot be written.
    pub fn step(&mut self, training: &mut Training) -> Result<StepMetrics, RunError> {
        let outcome = training.step().map_err(|error| self.with_checkpoint(error))?;
        let metrics = self.log(&outcome)?;
        self.keep_due(training)?;
        let every = self.config.checkpoint_every;
        if every > 0 && outcome.step.is_multiple_of(every) {
            self.save_checkpoint(training)?;
        }
        Ok(metrics)
    }

    /// Adds a line to `metrics.jsonl`, and returns it.
    ///
    /// # Errors
    ///
    /// When the line cannot be written.
    pub fn log(&mut self, outcome: &StepOutcome) -> Result<StepMetrics, RunError> {
        let now = Instant::now();
        let step_seconds = now.duration_since(self.last_step).as_secs_f64().max(1e-9);
        self.last_step = now;
        let metrics = StepMetrics {
            step: outcome.step,
            loss: outcome.score.loss,
            token_accuracy: outcome.score.token_accuracy,
            exact_match: outcome.exact_match,
            learning_rate: outcome.learning_rate,
            tokens_per_second: (outcome.tokens as f64 / step_seconds).round(),
            seconds: self.earlier_seconds + now.duration_since(self.started).as_secs_f64(),
        };
        let line = metrics.to_line();
        self.metrics.write_all(line.as_bytes()).map_err(RunError::io(&self.path.join(Layout::METRICS)))?;
        self.metrics_crc32.update(without_clock(&line).as_bytes());
        Ok(metrics)
    }

    /// Keeps a record where `record_every` asks for one at this step, and the parameters where `keep_parameters_every` does. To have
    /// those of an untrained model too, call it before the first step.
    ///
    /// # Errors
    ///
    /// When the weights are no numbers any more; the error names the last good checkpoint. Or when a file cannot be written.
    pub fn keep_due(&self, training: &Training) -> Result<(), RunError> {
        let is_due = |every: usize| every > 0 && training.steps().is_multiple_of(every);
        if is_due(self.config.record_every) {
            self.keep_records(training)?;
        }
        if is_due(self.config.keep_parameters_every) { self.keep_parameters(training) } else { Ok(()) }
    }

    /// Keeps what the model attends to now, as `records/step_000100.safetensors`: the weights alone, which films and lenses look
    /// at, since there may be many such files.
    ///
    /// # Errors
    ///
    /// As [`keep_due`](Self::keep_due).
    pub fn keep_records(&self, training: &Training) -> Result<(), RunError> {
        let records = training.records().map_err(|error| self.with_checkpoint(error))?;
        let weights: Vec<_> = records.into_iter().map(AttentionRecord::without_projections).collect();
        write_of_step(&self.path, &Layout::name_of_record(training.steps()), &records_to_bytes(&weights)?)
    }

    /// Writes `checkpoint.safetensors`, from which the run can be resumed. The old one is there until the new one is whole.
    ///
    /// # Errors
    ///
    /// When the file cannot be written, or the parameters are no numbers any more: the old checkpoint is then the last good one.
    pub fn save_checkpoint(&mut self, training: &Training) -> Result<(), RunError> {
        let metrics_crc32 = self.metrics_crc32.clone().finalize();
        let checkpoint =
            Checkpoint::of(training, &self.config, metrics_crc32).map_err(|error| self.with_checkpoint(error))?;
        // The lines must outlive a loss of power where the checkpoint does.
        self.metrics.sync_data().map_err(RunError::io(&self.path.join(Layout::METRICS)))?;
        let unwritable = |damage| RunError::damaged(&self.path.join(Layout::CHECKPOINT), damage);
        write(&self.path, Layout::CHECKPOINT, &checkpoint.to_bytes().map_err(unwritable)?)?;
        self.checkpoint = Some(training.steps());
        Ok(())
    }

    fn with_checkpoint(&self, error: impl Into<TrainError>) -> RunError {
        RunError::from(error.into()).with_checkpoint(&self.path.join(Layout::CHECKPOINT), self.checkpoint)
    }

    /// Writes all that a run leaves, and returns the result and the attention: [`finish_model`](Self::finish_model), then
    /// [`write_result`](Self::write_result).
    ///
    /// # Errors
    ///
    /// As those two.
    pub fn finish(mut self, training: &Training) -> Result<(RunResult, Vec<AttentionRecord>), RunError> {
        let (result, records) = self.finish_model(training)?;
        self.write_result(&result)?;
        Ok((result, records))
    }

    /// Evaluates once more if the last step was not, and writes a checkpoint, the model and its attention. Nothing of it
    /// changes how the training would go on.
    ///
    /// # Errors
    ///
    /// When a file cannot be written, or the training has diverged.
    pub fn finish_model(&mut self, training: &Training) -> Result<(RunResult, Vec<AttentionRecord>), RunError> {
        let records = training.records().map_err(|error| self.with_checkpoint(error))?;
        let exact_match = training.exact_match();
        let train_seconds = self.earlier_seconds + self.started.elapsed().as_secs_f64();
        if self.checkpoint != Some(training.steps()) {
            self.save_checkpoint(training)?;
        }
        self.keep_last_parameters(training)?;
        write(&self.path, Layout::MODEL, &parameters_to_safetensors(&training.model())?)?;
        write(&self.path, Layout::ATTENTION, &records_to_bytes(&records)?)?;
        let result = RunResult::of(training, exact_match, train_seconds);
        Ok((result, records))
    }

    /// Writes `result.json`, the last file: where it is, all others are, and they are those of its step. Resuming removes it.
    ///
    /// # Errors
    ///
    /// When it cannot be written.
    pub fn write_result(self, result: &RunResult) -> Result<(), RunError> {
        write(&self.path, Layout::RESULT, to_json(result)?.as_bytes())
    }
}

/// How a run ended.
pub(crate) fn read_result(run: &Path) -> Result<RunResult, RunError> {
    serde_json::from_slice(&Files::In(run).read(Layout::RESULT)?)
        .map_err(|error| RunError::damaged(&run.join(Layout::RESULT), error))
}
