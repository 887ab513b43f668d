//! The run directory: what a training leaves behind, and how it is found again.

use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::Instant;

use burn::tensor::Device;
use headlight_model::{
    Architecture, DeviceName, Positions, Transformer, weights_from_safetensors, weights_to_safetensors,
};
use headlight_record::{AttentionRecord, RecordError, StepMetrics, records_from_bytes, write_records, write_whole};
use serde::{Deserialize, Serialize};

use crate::config::CONFIG_VERSION;
use crate::replace::{Replace, make_room};
use crate::{Example, RunConfig, StepOutcome, TrainError, Training, generate};

pub(crate) const CONFIG: &str = "config.json";
pub(crate) const METRICS: &str = "metrics.jsonl";
pub(crate) const RESULT: &str = "result.json";
pub(crate) const MODEL: &str = "model.safetensors";
pub(crate) const ATTENTION: &str = "attention.safetensors";
pub(crate) const RECORDS: &str = "records";
pub(crate) const HEATMAPS: &str = "heatmaps";

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

/// The directory of a run that is being trained, with its clock.
pub struct RunDirectory {
    path: PathBuf,
    metrics: File,
    started: Instant,
    last_step: Instant,
}

/// A run found on disk.
pub struct SavedRun {
    /// What it was asked to do.
    pub config: RunConfig,
    /// The trained model.
    pub model: Transformer,
    /// What the model is on.
    pub device: Device,
    path: PathBuf,
}

impl RunDirectory {
    /// Makes the directory, or empties it as far as `replace` allows, writes `config.json` and starts the clock.
    ///
    /// # Errors
    ///
    /// When the directory holds something that may not be replaced, or cannot be written.
    pub fn create(path: &Path, config: &RunConfig, replace: Replace) -> Result<Self, TrainError> {
        make_room(path, replace)?;
        write_json(&path.join(CONFIG), config)?;
        let metrics_path = path.join(METRICS);
        let metrics = File::create(&metrics_path).map_err(TrainError::io(&metrics_path))?;
        let now = Instant::now();
        Ok(Self { path: path.to_owned(), metrics, started: now, last_step: now })
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
            seconds: now.duration_since(self.started).as_secs_f64(),
        };
        self.metrics.write_all(metrics.to_line().as_bytes()).map_err(TrainError::io(&self.path.join(METRICS)))?;
        Ok(metrics)
    }

    /// Keeps what the model attends to now, as `records/step_000100.safetensors`.
    ///
    /// # Errors
    ///
    /// When the file cannot be written.
    pub fn keep_records(&self, training: &Training) -> Result<(), TrainError> {
        let directory = self.path.join(RECORDS);
        std::fs::create_dir_all(&directory).map_err(TrainError::io(&directory))?;
        let name = format!("step_{:06}.safetensors", training.steps());
        Ok(write_records(&directory.join(name), &training.records()?)?)
    }

    /// Evaluates once more if the last step was not, writes the model, its attention and the result, and returns the result
    /// and the attention.
    ///
    /// # Errors
    ///
    /// When a file cannot be written, or the training has diverged.
    pub fn finish(self, training: &mut Training) -> Result<(RunResult, Vec<AttentionRecord>), TrainError> {
        let records = training.records()?;
        let exact_match = training.exact_match();
        let train_seconds = self.started.elapsed().as_secs_f64();
        let model = training.model();
        let model_path = self.path.join(MODEL);
        write_whole(&model_path, &weights_to_safetensors(&model)?).map_err(TrainError::io(&model_path))?;
        write_records(&self.path.join(ATTENTION), &records)?;
        let result = RunResult {
            task: training.config().task.name.to_string(),
            architecture: training.config().task.architecture,
            steps: training.steps(),
            solved: training.is_solved(),
            exact_match,
            bar: training.config().bar,
            held_out: training.held_out().examples.len(),
            parameters: burn::module::Module::num_params(&model),
            train_seconds,
            seed: training.config().seed,
        };
        write_json(&self.path.join(RESULT), &result)?;
        Ok((result, records))
    }
}

impl SavedRun {
    /// Reads a run's configuration and model.
    ///
    /// # Errors
    ///
    /// When the directory holds no run, a file is damaged or was written by a newer or older Headlight, or the device does not open.
    pub fn open(path: &Path) -> Result<Self, TrainError> {
        let config_path = path.join(CONFIG);
        let text = read(path, CONFIG)?;
        let text = String::from_utf8(text).map_err(|_| TrainError::damaged(&config_path, "damaged: not text"))?;
        let damaged = |error: serde_json::Error| TrainError::damaged(&config_path, format!("damaged: {error}"));
        let value: serde_json::Value = serde_json::from_str(&text).map_err(damaged)?;
        let version = value.get("version").and_then(serde_json::Value::as_u64);
        if version.is_some_and(|version| version > u64::from(CONFIG_VERSION)) {
            return Err(TrainError::damaged(&config_path, "written by a newer Headlight: use that one"));
        }
        if version.is_some_and(|version| version < u64::from(CONFIG_VERSION)) {
            return Err(TrainError::damaged(&config_path, "written by an older Headlight: train the run again"));
        }
        let mut config: RunConfig = serde_json::from_value(value).map_err(damaged)?;
        config.check().map_err(|error| TrainError::damaged(&config_path, format!("damaged: {error}")))?;

        // Right answers are known where the user's file is still there and the same; without it, the model still answers.
        if let Some(pairs) = &mut config.task.file {
            let _ = pairs.load();
        }
        // A run can be looked at on any device, not only the one that it was trained on.
        let is_built = DeviceName::built().any(|built| built == config.device);
        let device = if is_built { config.device } else { DeviceName::default() }.open()?;
        let model_path = path.join(MODEL);
        let weights = read(path, MODEL)?;
        let model = weights_from_safetensors(config.model().init(&device), &weights)
            .map_err(|error| TrainError::damaged(&model_path, error))?;
        Ok(Self { config, model, device, path: path.to_owned() })
    }

    /// What the model attended to when the run ended.
    ///
    /// # Errors
    ///
    /// When the file is missing or damaged.
    pub fn records(&self) -> Result<Vec<AttentionRecord>, TrainError> {
        let bytes = read(&self.path, ATTENTION)?;
        let damaged =
            |error: RecordError| RecordError::Damaged { path: self.path.join(ATTENTION), reason: error.to_string() };
        Ok(records_from_bytes(&bytes).map_err(damaged)?)
    }

    /// How the run ended.
    ///
    /// # Errors
    ///
    /// When the file is missing or damaged.
    pub fn result(&self) -> Result<RunResult, TrainError> {
        let damaged = |error| TrainError::damaged(&self.path.join(RESULT), format!("damaged: {error}"));
        serde_json::from_slice(&read(&self.path, RESULT)?).map_err(damaged)
    }

    /// The numbers of an input's tokens.
    ///
    /// # Errors
    ///
    /// When a token is unknown, there is none, the whole is no question of the task, or there are more than the model can read.
    pub fn encode(&self, input: &str) -> Result<Vec<usize>, TrainError> {
        let task = &self.config.task;
        let source = task.encode(input)?;
        let max = match self.config.positions {
            Positions::Learned => task.max_source(),
            Positions::Sinusoidal | Positions::Rotary | Positions::Alibi | Positions::None => crate::task::MAX_INPUT,
        };
        if source.len() > max {
            return Err(TrainError::LongInput { length: source.len(), max });
        }
        Ok(source)
    }

    /// An input with its right answer; with the model's own where nobody knows a right one.
    ///
    /// # Errors
    ///
    /// As [`encode`](Self::encode).
    pub fn example(&self, input: &str) -> Result<Example, TrainError> {
        let source = self.encode(input)?;
        let answer = match self.config.task.answer(&source) {
            Some(answer) => answer,
            None => generate(&self.model, &self.config.task, std::slice::from_ref(&source), &self.device).remove(0),
        };
        Ok(Example { source, answer })
    }
}

/// A run's directory for pictures.
pub fn heatmap_directory(run: &Path) -> PathBuf {
    run.join(HEATMAPS)
}

fn read(directory: &Path, name: &'static str) -> Result<Vec<u8>, TrainError> {
    let path = directory.join(name);
    std::fs::read(&path).map_err(|error| match error.kind() {
        std::io::ErrorKind::NotFound | std::io::ErrorKind::NotADirectory => {
            TrainError::NoRun { path: directory.to_owned(), missing: name }
        }
        _ => TrainError::io(&path)(error),
    })
}

fn write_json(path: &Path, value: &impl Serialize) -> Result<(), TrainError> {
    let mut text = serde_json::to_string_pretty(value).map_err(|error| TrainError::damaged(path, error))?;
    text.push('\n');
    write_whole(path, text.as_bytes()).map_err(TrainError::io(path))
}
