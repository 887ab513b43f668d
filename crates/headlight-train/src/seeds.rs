//! The same run with several seeds: a directory with one for each.

use std::fs::File;
use std::ops::Range;
use std::path::{Path, PathBuf};

use headlight_record::{check_json, seal_json, write_durably};
use serde::{Deserialize, Serialize};

use crate::config_file::{CONFIG, Change, changes, refuse_newer};
use crate::lock::lock;
use crate::replace::{files_of_run, is_leftover, is_numbered, list, remove_run};
use crate::run::read;
use crate::{Replace, RunConfig, RunDirectory, StoppedRun, TrainError, Training, load_pairs};

pub(crate) const SEEDS: &str = "seeds.json";
const VERSION: u32 = 1;

/// A directory with a run for each of several seeds, `seed_0`, `seed_1` and so on. No other program can use it meanwhile.
pub struct SeedDirectory {
    path: PathBuf,
    seeds: Range<u64>,
    config: RunConfig,
    _lock: File,
}

/// The contents of `seeds.json`.
#[derive(Serialize, Deserialize)]
struct Header {
    version: u32,
    /// The first seed, and the one after the last.
    seeds: Range<u64>,
    /// Of each of the runs, but for its seed.
    config: RunConfig,
}

/// One seed's run, ready to be trained.
pub enum SeedRun {
    /// It goes on, or begins.
    Open(Box<(RunDirectory, Training)>),
    /// It has come to its end.
    Ended(crate::RunResult),
}

impl SeedDirectory {
    /// Makes the directory, or empties it of the runs of other seeds as far as `replace` allows, and writes down what is to
    /// be done.
    ///
    /// # Errors
    ///
    /// When the configuration is refused, its device does not open, or the directory holds something that may not be replaced, is
    /// in use, or cannot be written.
    pub fn create(path: &Path, seeds: Range<u64>, config: RunConfig, replace: Replace) -> Result<Self, TrainError> {
        config.check()?;
        config.check_digits()?;
        config.device.open()?; // before old runs make room for runs that could not begin
        if path.exists() && !path.is_dir() {
            return Err(TrainError::NotADirectory { path: path.to_owned() });
        }
        std::fs::create_dir_all(path).map_err(TrainError::io(path))?;
        let lock = lock(path)?;
        make_room(path, replace)?;
        let directory = Self { path: path.to_owned(), seeds, config, _lock: lock };
        directory.write()?;
        Ok(directory)
    }

    /// Whether this is a directory of several seeds.
    pub fn is_one(path: &Path) -> bool {
        path.join(SEEDS).is_file()
    }

    /// Finds the directory again after it was stopped.
    ///
    /// # Errors
    ///
    /// When there is none, it is in use or damaged, or a newer Headlight wrote it.
    pub fn open(path: &Path) -> Result<Self, TrainError> {
        let bytes = read(path, SEEDS)?;
        let lock = lock(path)?;
        let file = path.join(SEEDS);
        let damaged = |error: &dyn std::fmt::Display| TrainError::damaged(&file, format!("damaged: {error}"));
        let value: serde_json::Value = serde_json::from_slice(&bytes).map_err(|error| damaged(&error))?;
        refuse_newer(&value, VERSION).map_err(|newer| TrainError::damaged(&file, newer))?;
        check_json(&bytes).map_err(|error| TrainError::damaged(&file, error))?;
        let Header { seeds, mut config, .. } = serde_json::from_value(value).map_err(|error| damaged(&error))?;
        config.check().map_err(|error| damaged(&error))?;
        if let Some(pairs) = &mut config.task.file {
            load_pairs(pairs)?;
        }
        Ok(Self { path: path.to_owned(), seeds, config, _lock: lock })
    }

    /// The configuration of every run, but for its seed.
    pub fn config(&self) -> &RunConfig {
        &self.config
    }

    /// The directory with another configuration for its runs: one that asks for more steps, or checkpoints at others.
    ///
    /// # Errors
    ///
    /// Names the first key that would make other runs of them; or when a seed is to go on and its device does not open, or the directory
    /// cannot be written.
    pub fn with_config(self, config: RunConfig) -> Result<Self, TrainError> {
        let refused = |change: &Change| match change.name.as_str() {
            "max_steps" => config.max_steps < self.config.max_steps,
            name => name != "checkpoint_every",
        };
        let changes = changes(&self.config, &config);
        if let Some(Change { name, before, after }) = changes.iter().find(|change| refused(change)).cloned() {
            return Err(TrainError::Changed { name, asked: after, started: before });
        }
        let is_ended =
            |seed| StoppedRun::open(&self.path_of(seed)).is_ok_and(|run| run.result(config.max_steps).is_some());
        if !self.seeds().all(is_ended) {
            config.device.open()?; // once for all of them, and before anything is written
        }
        let directory = Self { config, ..self };
        if !changes.is_empty() {
            directory.write()?;
        }
        Ok(directory)
    }

    /// The seeds.
    pub fn seeds(&self) -> Range<u64> {
        self.seeds.clone()
    }

    /// Where a seed's run is.
    pub fn path_of(&self, seed: u64) -> PathBuf {
        self.path.join(format!("seed_{seed}"))
    }

    /// Begins a seed's run, or goes on with it where it was stopped.
    ///
    /// # Errors
    ///
    /// As [`RunDirectory::create`], [`StoppedRun::open`] and [`StoppedRun::resume`].
    pub fn run(&self, seed: u64) -> Result<SeedRun, TrainError> {
        let (path, config) = (self.path_of(seed), RunConfig { seed, ..self.config.clone() });
        if !path.join(CONFIG).exists() {
            let training = Training::new(config)?;
            let run = RunDirectory::create(&path, training.config(), Replace::Nothing)?;
            return Ok(SeedRun::Open(Box::new((run, training))));
        }
        let run = StoppedRun::open(&path)?;
        run.check(&config)?;
        match run.result(config.max_steps) {
            Some(result) => Ok(SeedRun::Ended(result)),
            None => Ok(SeedRun::Open(Box::new(run.resume(config)?))),
        }
    }

    fn write(&self) -> Result<(), TrainError> {
        let path = self.path.join(SEEDS);
        let header = Header { version: VERSION, seeds: self.seeds.clone(), config: self.config.clone() };
        let text = serde_json::to_string_pretty(&header).map_err(|error| TrainError::damaged(&path, error))?;
        write_durably(&path, seal_json(&text).as_bytes()).map_err(TrainError::io(&path))
    }
}

/// Removes the runs of other seeds as far as `replace` allows: all of them, or where one holds anything else, none.
fn make_room(path: &Path, replace: Replace) -> Result<(), TrainError> {
    let entries: Vec<PathBuf> = list(path)?.into_iter().filter(|entry| !is_leftover(entry)).collect();
    if entries.is_empty() {
        return Ok(());
    }
    if replace == Replace::Nothing {
        return Err(TrainError::NotEmpty { path: path.to_owned() });
    }
    let mut runs = Vec::new();
    for entry in &entries {
        let name = entry.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        let metadata = entry.symlink_metadata().map_err(TrainError::io(entry))?;
        match name {
            SEEDS if metadata.is_file() => {
                let bytes = std::fs::read(entry).map_err(TrainError::io(entry))?;
                let value = serde_json::from_slice(&bytes).unwrap_or_default();
                if let Err(newer) = refuse_newer(&value, VERSION) {
                    let reason = format!("its {SEEDS} was {newer}");
                    return Err(TrainError::NotReplaced { path: path.to_owned(), reason });
                }
            }
            _ if is_numbered(name, "seed_", "") && metadata.is_dir() => {
                runs.push((entry, lock(entry)?, files_of_run(entry, replace)?));
            }
            _ => {
                let reason = format!("{} is no run of a seed; move it away first", entry.display());
                return Err(TrainError::NotReplaced { path: path.to_owned(), reason });
            }
        }
    }
    for (run, _lock, files) in &runs {
        remove_run(run, files)?;
    }
    Ok(()) // the old list of seeds stays until the new one takes its place
}
