//! The same run with several seeds: a directory with one for each.

use std::ops::Range;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::config_file::{Change, changes, to_json};
use crate::files::Files;
use crate::layout::Layout;
use crate::list::write;
use crate::lock::{Lock, lock};
use crate::ready::{ReadyRun, ready};
use crate::several::{SEEDS_VERSION, Several, make_room};
use crate::version::check_layout;
use crate::{Damage, Replace, RunConfig, RunError, StoppedRun};

/// A directory with a run for each of several seeds, `seed_0`, `seed_1` and so on. No other program can use it meanwhile.
pub struct SeedDirectory {
    path: PathBuf,
    seeds: Range<u64>,
    config: RunConfig,
    _lock: Lock,
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
        config.open_devices()?; // before old runs make room for runs that could not begin
        if path.exists() && !path.is_dir() {
            return Err(RunError::NotADirectory { path: path.to_owned() });
        }
        std::fs::create_dir_all(path).map_err(RunError::io(path))?;
        let lock = lock(path)?;
        make_room(path, Several::Seeds, replace)?;
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
        let files = Files::In(path);
        let bytes = files.read_unchecked(Layout::SEEDS)?;
        let lock = lock(path)?;
        let damaged = |damage| RunError::damaged(&path.join(Layout::SEEDS), damage);
        check_layout(&bytes, SEEDS_VERSION).map_err(damaged)?;
        files.check(Layout::SEEDS, &bytes)?;
        let Header { seeds, mut config, .. } = header_of(&bytes).map_err(damaged)?;
        config.load_pairs(files)?;
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
            config.open_devices()?; // once for all of them, and before anything is written
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
    /// As [`RunDirectory::create`](crate::RunDirectory::create), [`StoppedRun::open`] and [`StoppedRun::resume`].
    pub fn run(&self, seed: u64) -> Result<ReadyRun, RunError> {
        let mut config = self.config.clone();
        config.training.seed = seed;
        ready(&self.path_of(seed), &config)
    }

    fn write(&self) -> Result<(), RunError> {
        let header = Header { version: SEEDS_VERSION, seeds: self.seeds.clone(), config: self.config.clone() };
        write(&self.path, Layout::SEEDS, to_json(&header)?.as_bytes())
    }
}

fn header_of(bytes: &[u8]) -> Result<Header, Damage> {
    let header: Header = serde_json::from_slice(bytes)?;
    header.config.check()?;
    Ok(header)
}
