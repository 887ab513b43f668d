//! The same run with several seeds: a directory with one for each.

use std::fs::File;
use std::ops::Range;
use std::path::{Path, PathBuf};

use headlight_train::Training;
use serde::{Deserialize, Serialize};

use crate::config_file::{Change, changes, check_layout, layout_of, to_json};
use crate::layout::{Layout, entries};
use crate::list::{check, read_unchecked, write};
use crate::lock::lock;
use crate::replace::{contents_of_run, is_leftover, remove_run};
use crate::{Damage, Replace, Replacing, RunConfig, RunDirectory, RunError, RunResult, StoppedRun};

const VERSION: u32 = 2;

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
    /// It is resumed, or begins.
    Open(Box<(RunDirectory, Training)>),
    /// It has come to its end.
    Ended(RunResult),
}

impl SeedDirectory {
    /// Makes the directory, or empties it of the runs of other seeds as far as `replace` allows, and writes down what is to
    /// be done.
    ///
    /// # Errors
    ///
    /// When the configuration is refused, its device does not open, or the directory holds something that may not be replaced, is
    /// in use, or cannot be written.
    pub fn create(path: &Path, seeds: Range<u64>, config: RunConfig, replace: Replace) -> Result<Self, RunError> {
        config.check()?;
        config.check_digits()?;
        config.device.open()?; // before old runs make room for runs that could not begin
        if path.exists() && !path.is_dir() {
            return Err(RunError::NotADirectory { path: path.to_owned() });
        }
        std::fs::create_dir_all(path).map_err(RunError::io(path))?;
        let lock = lock(path)?;
        make_room(path, replace)?;
        let directory = Self { path: path.to_owned(), seeds, config, _lock: lock };
        directory.write()?;
        Ok(directory)
    }

    /// Whether this is a directory of several seeds.
    pub fn is_one(path: &Path) -> bool {
        path.join(Layout::SEEDS).is_file()
    }

    /// Finds the directory again after it was stopped.
    ///
    /// # Errors
    ///
    /// When there is none, it is in use or damaged, or a newer Headlight wrote it.
    pub fn open(path: &Path) -> Result<Self, RunError> {
        let bytes = read_unchecked(path, Layout::SEEDS)?;
        let lock = lock(path)?;
        let damaged = |damage| RunError::damaged(&path.join(Layout::SEEDS), damage);
        check_layout(&bytes, VERSION).map_err(damaged)?;
        check(path, Layout::SEEDS, &bytes)?;
        let Header { seeds, mut config, .. } = header_of(&bytes).map_err(damaged)?;
        config.load_pairs()?;
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
    /// Names the first key that would make other runs of them; or when a seed is to be resumed and its device does not open, or the directory
    /// cannot be written.
    pub fn with_config(self, config: RunConfig) -> Result<Self, RunError> {
        let refused = |change: &Change| match change.name.as_str() {
            "max_steps" => config.training.max_steps < self.config.training.max_steps,
            name => name != "checkpoint_every",
        };
        let changes = changes(&self.config, &config);
        if let Some(Change { name, before, after }) = changes.iter().find(|change| refused(change)).cloned() {
            return Err(RunError::Changed { name, asked: after, started: before });
        }
        let is_ended = |seed| {
            StoppedRun::open(&self.path_of(seed)).is_ok_and(|run| run.result(config.training.max_steps).is_some())
        };
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

    /// Begins a seed's run, or resumes it where it was stopped.
    ///
    /// # Errors
    ///
    /// As [`RunDirectory::create`], [`StoppedRun::open`] and [`StoppedRun::resume`].
    pub fn run(&self, seed: u64) -> Result<SeedRun, RunError> {
        let (path, mut config) = (self.path_of(seed), self.config.clone());
        config.training.seed = seed;
        if !Layout::of(&path).config().exists() {
            let training = config.start()?;
            let run = RunDirectory::create(&path, &config, Replace::Nothing)?;
            return Ok(SeedRun::Open(Box::new((run, training))));
        }
        let run = StoppedRun::open(&path)?;
        run.check(&config)?;
        match run.result(config.training.max_steps) {
            Some(result) => Ok(SeedRun::Ended(result)),
            None => Ok(SeedRun::Open(Box::new(run.resume(config)?))),
        }
    }

    fn write(&self) -> Result<(), RunError> {
        let header = Header { version: VERSION, seeds: self.seeds.clone(), config: self.config.clone() };
        write(&self.path, Layout::SEEDS, to_json(&header)?.as_bytes())
    }
}

fn header_of(bytes: &[u8]) -> Result<Header, Damage> {
    let header: Header = serde_json::from_slice(bytes)?;
    header.config.check()?;
    Ok(header)
}

/// Removes the runs of other seeds as far as `replace` allows: all of them, or where one holds anything else, none.
fn make_room(path: &Path, replace: Replace) -> Result<(), RunError> {
    let entries: Vec<PathBuf> = entries(path)?.into_iter().filter(|entry| !is_leftover(entry)).collect();
    if entries.is_empty() {
        return Ok(());
    }
    if replace == Replace::Nothing {
        return Err(RunError::NotEmpty { path: path.to_owned() });
    }
    let refuse = |reason| Err(RunError::NotReplaced { path: path.to_owned(), reason });
    let mut runs = Vec::new();
    for entry in &entries {
        let name = entry.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        let metadata = entry.symlink_metadata().map_err(RunError::io(entry))?;
        if name == Layout::SEEDS && metadata.is_file() {
            let bytes = std::fs::read(entry).map_err(RunError::io(entry))?;
            let version = layout_of(&serde_json::from_slice(&bytes).unwrap_or_default());
            if let Some(version) = version.filter(|version| *version > u64::from(VERSION)) {
                return refuse(Replacing::Newer { file: Layout::SEEDS, version });
            }
        } else if is_seed(name) && metadata.is_dir() {
            runs.push((entry, lock(entry)?, contents_of_run(entry, replace)?));
        } else {
            return refuse(Replacing::Stranger { path: name.into() });
        }
    }
    for (run, _lock, contents) in &runs {
        remove_run(run, contents)?;
    }
    Ok(()) // the old list of seeds stays until the new one takes its place
}

/// Whether a folder is called as a seed's run is.
fn is_seed(name: &str) -> bool {
    let number = name.strip_prefix("seed_").unwrap_or_default();
    !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit())
}
