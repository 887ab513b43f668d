use std::path::{Path, PathBuf};

use crate::RunError;

/// Where each file of a run is: the one place that names them.
#[derive(Clone, Copy, Debug)]
pub struct Layout<'a> {
    run: &'a Path,
}

impl<'a> Layout<'a> {
    /// What the run was asked to do.
    pub(crate) const CONFIG: &'static str = "config.json";
    /// The files written into the directory: see [`crate::list`].
    pub(crate) const LIST: &'static str = "files.jsonl";
    pub(crate) const METRICS: &'static str = "metrics.jsonl";
    pub(crate) const CHECKPOINT: &'static str = "checkpoint.safetensors";
    pub(crate) const MODEL: &'static str = "model.safetensors";
    pub(crate) const ATTENTION: &'static str = "attention.safetensors";
    pub(crate) const RESULT: &'static str = "result.json";
    /// Why a run ended without a result.
    pub(crate) const FAILURE: &'static str = "failure.json";
    pub(crate) const REPORT: &'static str = "report.html";
    /// The pairs of the task `file`, where they were given as text and not as a file.
    pub(crate) const PAIRS: &'static str = "pairs.txt";
    pub(crate) const RECORDS: &'static str = "records";
    pub(crate) const PARAMETERS: &'static str = "parameters";
    pub(crate) const HEATMAPS: &'static str = "heatmaps";
    pub(crate) const FILMS: &'static str = "films";
    /// Of a directory with a run for each of several seeds.
    pub(crate) const SEEDS: &'static str = "seeds.json";
    /// Of a sweep: its plan.
    pub(crate) const SWEEP: &'static str = "sweep.json";
    /// What is locked where a directory cannot be.
    pub(crate) const LOCK: &'static str = ".headlight-lock";
    /// How files are called while they are written.
    pub(crate) const UNFINISHED: &'static str = ".headlight-";

    /// The files that a run writes itself, but for those of single steps.
    const OWN: [&'static str; 10] = [
        Self::CONFIG,
        Self::LIST,
        Self::METRICS,
        Self::CHECKPOINT,
        Self::MODEL,
        Self::ATTENTION,
        Self::RESULT,
        Self::FAILURE,
        Self::REPORT,
        Self::PAIRS,
    ];

    /// The layout of the run in a directory.
    pub fn of(run: &'a Path) -> Self {
        Self { run }
    }

    /// What the run was asked to do: [`RunConfig`](crate::RunConfig).
    pub fn config(self) -> PathBuf {
        self.run.join(Self::CONFIG)
    }

    /// A line for each step: [`StepMetrics`](headlight_record::StepMetrics).
    pub fn metrics(self) -> PathBuf {
        self.run.join(Self::METRICS)
    }

    /// From which the run can be resumed: [`Checkpoint`](crate::Checkpoint).
    pub fn checkpoint(self) -> PathBuf {
        self.run.join(Self::CHECKPOINT)
    }

    /// The trained model.
    pub fn model(self) -> PathBuf {
        self.run.join(Self::MODEL)
    }

    /// What the model attended to when the run ended.
    pub fn attention(self) -> PathBuf {
        self.run.join(Self::ATTENTION)
    }

    /// How the run ended: [`RunResult`](crate::RunResult).
    pub fn result(self) -> PathBuf {
        self.run.join(Self::RESULT)
    }

    /// The directory of the records of steps.
    pub fn records(self) -> PathBuf {
        self.run.join(Self::RECORDS)
    }

    /// The record of a step, `records/step_000100.safetensors`.
    pub fn record(self, step: usize) -> PathBuf {
        self.run.join(Self::name_of_record(step))
    }

    /// As the run's list has it.
    pub(crate) fn name_of_record(step: usize) -> String {
        format!("{}/{}", Self::RECORDS, name_of(step))
    }

    /// The records of steps that are there, by their steps.
    ///
    /// # Errors
    ///
    /// When their directory cannot be read.
    pub fn recorded(self) -> Result<Vec<(usize, PathBuf)>, RunError> {
        by_step(&self.records())
    }

    /// The parameters after a step, `parameters/step_000100.safetensors`.
    pub fn parameters(self, step: usize) -> PathBuf {
        self.run.join(Self::name_of_parameters(step))
    }

    /// As the run's list has it.
    pub(crate) fn name_of_parameters(step: usize) -> String {
        format!("{}/{}", Self::PARAMETERS, name_of(step))
    }

    /// The parameters of steps that are there, by their steps.
    ///
    /// # Errors
    ///
    /// When their directory cannot be read.
    pub fn kept_parameters(self) -> Result<Vec<(usize, PathBuf)>, RunError> {
        by_step(&self.run.join(Self::PARAMETERS))
    }

    /// The directory for pictures.
    pub fn heatmaps(self) -> PathBuf {
        self.run.join(Self::HEATMAPS)
    }

    /// The directory for films.
    pub fn films(self) -> PathBuf {
        self.run.join(Self::FILMS)
    }

    /// The page with everything that the run recorded.
    pub fn report(self) -> PathBuf {
        self.run.join(Self::REPORT)
    }

    /// Whether the run writes a file of this name itself; folder and file, where it has a folder.
    pub(crate) fn is_own(names: &[&str]) -> bool {
        match names {
            [name] => Self::OWN.contains(name) || name.starts_with(Self::UNFINISHED),
            [Self::RECORDS | Self::PARAMETERS, name] => step_of(name).is_some() || name.starts_with(Self::UNFINISHED),
            _ => false,
        }
    }
}

/// What the file of a step is called.
fn name_of(step: usize) -> String {
    format!("step_{step:06}.safetensors")
}

/// The step in the name of such a file.
fn step_of(name: &str) -> Option<usize> {
    let step = name.strip_prefix("step_")?.strip_suffix(".safetensors")?.parse().ok()?;
    (name_of(step) == name).then_some(step) // `step_8` is not how a run writes it
}

/// The files of steps in a directory, if it is there, by their steps.
fn by_step(directory: &Path) -> Result<Vec<(usize, PathBuf)>, RunError> {
    if !directory.is_dir() {
        return Ok(Vec::new());
    }
    let steps = entries(directory)?.into_iter().filter_map(|path| Some((step_of(path.file_name()?.to_str()?)?, path)));
    let mut steps: Vec<(usize, PathBuf)> = steps.collect();
    steps.sort();
    Ok(steps)
}

/// The entries of a directory, but for the lock.
pub(crate) fn entries(directory: &Path) -> Result<Vec<PathBuf>, RunError> {
    let entries = std::fs::read_dir(directory).map_err(RunError::io(directory))?;
    let mut paths = Vec::new();
    for entry in entries {
        paths.push(entry.map_err(RunError::io(directory))?.path());
    }
    paths.retain(|path| path.file_name().is_none_or(|name| name != Layout::LOCK));
    Ok(paths)
}
