//! The run directory: what a training leaves behind.

use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::Instant;

use headlight_model::{Architecture, parameters_to_safetensors};
use headlight_record::{
    AttentionRecord, StepMetrics, records_to_bytes, seal_safetensors, without_clock, write_durably, write_records,
};
use serde::{Deserialize, Serialize};

use crate::config_file::write_config;
use crate::replace::{Replace, make_room};
use crate::{Checkpoint, RunConfig, StepOutcome, TrainError, Training};

pub(crate) const METRICS: &str = "metrics.jsonl";
pub(crate) const RESULT: &str = "result.json";
pub(crate) const MODEL: &str = "model.safetensors";
pub(crate) const CHECKPOINT: &str = "checkpoint.safetensors";
pub(crate) const ATTENTION: &str = "attention.safetensors";
pub(crate) const RECORDS: &str = "records";
pub(crate) const HEATMAPS: &str = "heatmaps";
pub(crate) const FILMS: &str = "films";
pub(crate) const REPORT: &str = "report.html";

/// How a run ended: the contents of `result.json`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RunResult {
    /// The task's name.
    pub task: String,
    /// Decoder, or encoder–decoder.
    pub architecture: Architecture,
    /// Steps done.
    pub steps: usize,
    /// Whether the bar is reached.
    pub solved: bool,
    /// Share of the held-out examples answered without an error, token by token.
    pub exact_match: f64,
    /// The share at which the task is solved.
    pub bar: f64,
    /// How many there are.
    pub held_out: usize,
    /// The model's trained numbers.
    pub parameters: usize,
    /// Seconds from the first step to the end of the last evaluation.
    pub train_seconds: f64,
    /// The run's seed.
    pub seed: u64,
}

/// The directory of a run that is being trained, with its clock. No other run can use it meanwhile.
pub struct RunDirectory {
    path: PathBuf,
    metrics: File,
    /// Of the lines so far, each without what a clock measured.
    metrics_crc32: crc32fast::Hasher,
    /// The step of the last checkpoint.
    checkpoint: Option<usize>,
    started: Instant,
    /// Seconds trained before the run was stopped and taken up again.
    earlier_seconds: f64,
    last_step: Instant,
    _lock: File,
}

/// How far a run had come when it is taken up again.
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
    pub fn create(path: &Path, config: &RunConfig, replace: Replace) -> Result<Self, TrainError> {
        config.check_digits()?;
        let lock = make_room(path, replace)?;
        write_config(path, config)?;
        let metrics_path = path.join(METRICS);
        let metrics = File::create(&metrics_path).map_err(TrainError::io(&metrics_path))?;
        Ok(Self::open(path, metrics, Earlier::default(), lock))
    }

    /// Starts the clock of a run whose files are as `earlier` says.
    pub(crate) fn open(path: &Path, metrics: File, earlier: Earlier, lock: File) -> Self {
        let Earlier { metrics_crc32, checkpoint, seconds: earlier_seconds } = earlier;
        let now = Instant::now();
        let path = path.to_owned();
        Self { path, metrics, metrics_crc32, checkpoint, started: now, earlier_seconds, last_step: now, _lock: lock }
    }

    /// Takes a step of training and writes what it leaves: its line in `metrics.jsonl`, which is returned, and a record and a
    /// checkpoint where they are due.
    ///
    /// # Errors
    ///
    /// When the loss is no number any more; the error names the last good checkpoint. Or when a file cannot be written.
    pub fn step(&mut self, training: &mut Training) -> Result<StepMetrics, TrainError> {
        let outcome = training.step().map_err(|error| self.with_checkpoint(error))?;
        let metrics = self.log(&outcome)?;
        self.keep_due_records(training)?;
        let every = training.config().checkpoint_every;
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
    pub fn log(&mut self, outcome: &StepOutcome) -> Result<StepMetrics, TrainError> {
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
        self.metrics.write_all(line.as_bytes()).map_err(TrainError::io(&self.path.join(METRICS)))?;
        self.metrics_crc32.update(without_clock(&line).as_bytes());
        Ok(metrics)
    }

    /// Keeps a record where `record_every` asks for one at this step.
    ///
    /// # Errors
    ///
    /// When the weights are no numbers any more; the error names the last good checkpoint. Or when the file cannot be written.
    pub fn keep_due_records(&self, training: &Training) -> Result<(), TrainError> {
        let every = training.config().record_every;
        if every > 0 && training.steps().is_multiple_of(every) { self.keep_records(training) } else { Ok(()) }
    }

    /// Keeps what the model attends to now, as `records/step_000100.safetensors`: the weights alone, which films and lenses look
    /// at, since there may be many such files.
    ///
    /// # Errors
    ///
    /// As [`keep_due_records`](Self::keep_due_records).
    pub fn keep_records(&self, training: &Training) -> Result<(), TrainError> {
        let directory = self.path.join(RECORDS);
        std::fs::create_dir_all(&directory).map_err(TrainError::io(&directory))?;
        let name = format!("step_{:06}.safetensors", training.steps());
        let records = training.records().map_err(|error| self.with_checkpoint(error))?;
        let weights: Vec<_> = records.into_iter().map(AttentionRecord::without_projections).collect();
        Ok(write_records(&directory.join(name), &weights)?)
    }

    /// Writes `checkpoint.safetensors`, from which the run can go on. The old one is there until the new one is whole.
    ///
    /// # Errors
    ///
    /// When the file cannot be written, or the weights are no numbers any more: the old checkpoint is then the last good one.
    pub fn save_checkpoint(&mut self, training: &Training) -> Result<(), TrainError> {
        let state = training.state()?;
        if !state.is_finite() {
            return Err(self.with_checkpoint(training.diverged()));
        }
        // The lines must outlive a loss of power where the checkpoint does.
        self.metrics.sync_data().map_err(TrainError::io(&self.path.join(METRICS)))?;
        let metrics_crc32 = self.metrics_crc32.clone().finalize();
        let checkpoint = Checkpoint { config: training.config().clone(), state, metrics_crc32 };
        let path = self.path.join(CHECKPOINT);
        write_durably(&path, &checkpoint.to_bytes()?).map_err(TrainError::io(&path))?;
        self.checkpoint = Some(training.steps());
        Ok(())
    }

    fn with_checkpoint(&self, error: TrainError) -> TrainError {
        error.with_checkpoint(&self.path.join(CHECKPOINT), self.checkpoint)
    }

    /// Writes all that a run leaves, and returns the result and the attention: [`finish_model`](Self::finish_model), then
    /// [`write_result`](Self::write_result).
    ///
    /// # Errors
    ///
    /// As those two.
    pub fn finish(mut self, training: &Training) -> Result<(RunResult, Vec<AttentionRecord>), TrainError> {
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
    pub fn finish_model(&mut self, training: &Training) -> Result<(RunResult, Vec<AttentionRecord>), TrainError> {
        let records = training.records().map_err(|error| self.with_checkpoint(error))?;
        let exact_match = training.exact_match();
        let train_seconds = self.earlier_seconds + self.started.elapsed().as_secs_f64();
        if self.checkpoint != Some(training.steps()) {
            self.save_checkpoint(training)?;
        }
        let model = training.model();
        let model_path = self.path.join(MODEL);
        let bytes = seal_safetensors(&parameters_to_safetensors(&model)?);
        write_durably(&model_path, &bytes).map_err(TrainError::io(&model_path))?;
        let attention_path = self.path.join(ATTENTION);
        write_durably(&attention_path, &records_to_bytes(&records)?).map_err(TrainError::io(&attention_path))?;
        let result = RunResult {
            task: training.config().task.spec.name.to_string(),
            architecture: training.config().task.architecture,
            steps: training.steps(),
            solved: exact_match >= training.config().bar,
            exact_match,
            bar: training.config().bar,
            held_out: training.held_out().examples.len(),
            parameters: burn::module::Module::num_params(&model),
            train_seconds,
            seed: training.config().seed,
        };
        Ok((result, records))
    }

    /// Writes `result.json`, the last file: where it is, all others are, and they are those of its step. Going on removes it.
    ///
    /// # Errors
    ///
    /// When it cannot be written.
    pub fn write_result(self, result: &RunResult) -> Result<(), TrainError> {
        let path = self.path.join(RESULT);
        let mut text = serde_json::to_string_pretty(result).map_err(|error| TrainError::damaged(&path, error))?;
        text.push('\n');
        write_durably(&path, text.as_bytes()).map_err(TrainError::io(&path))
    }
}

/// A run's lines of metrics.
pub fn metrics_path(run: &Path) -> PathBuf {
    run.join(METRICS)
}

/// A run's directory for the records of its steps.
pub fn record_directory(run: &Path) -> PathBuf {
    run.join(RECORDS)
}

/// The step in the name of such a record, `step_000100.safetensors`.
pub fn recorded_step(path: &Path) -> Option<usize> {
    path.file_name()?.to_str()?.strip_prefix("step_")?.strip_suffix(".safetensors")?.parse().ok()
}

/// A run's directory for pictures.
pub fn heatmap_directory(run: &Path) -> PathBuf {
    run.join(HEATMAPS)
}

/// A run's directory for films.
pub fn film_directory(run: &Path) -> PathBuf {
    run.join(FILMS)
}

/// A run's page.
pub fn report_path(run: &Path) -> PathBuf {
    run.join(REPORT)
}

/// How a run ended.
pub(crate) fn read_result(run: &Path) -> Result<RunResult, TrainError> {
    let damaged = |error| TrainError::damaged(&run.join(RESULT), format!("damaged: {error}"));
    serde_json::from_slice(&read(run, RESULT)?).map_err(damaged)
}

/// Reads a file of a run.
pub(crate) fn read(directory: &Path, name: &'static str) -> Result<Vec<u8>, TrainError> {
    let path = directory.join(name);
    std::fs::read(&path).map_err(|error| match error.kind() {
        std::io::ErrorKind::NotFound | std::io::ErrorKind::NotADirectory => {
            TrainError::NoRun { path: directory.to_owned(), missing: name }
        }
        _ => TrainError::io(&path)(error),
    })
}
