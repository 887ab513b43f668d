//! The model that `summary` and `graph` are about: a run's, the one that a configuration describes, or one that others trained.

use std::path::{Path, PathBuf};

use clap::Args;
use headlight_runs::{RunConfig, RunError, refuse_file_of_a_run, write_all_or_none};

use super::device::read_run;
use super::place::{Place, What};

#[derive(Args)]
#[group(required = true, multiple = false)]
pub(crate) struct ModelArguments {
    /// Directory of a run or of a model
    #[arg(value_name = "SOURCE")]
    run: Option<PathBuf>,
    /// Configuration of a run that need not be trained: a config.json
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
}

impl ModelArguments {
    /// The directory or file that is read.
    pub(crate) fn path(&self) -> &Path {
        self.run.as_deref().or(self.config.as_deref()).unwrap_or(Path::new(""))
    }

    /// The model that others trained, where that is what is meant.
    pub(crate) fn pretrained(&self) -> Option<Place> {
        self.run.as_deref().map(Place::of).filter(|place| place.what == What::Model)
    }

    /// What the model is made of. A run is read whole, so that a damaged one is found out.
    pub(crate) fn read(&self) -> anyhow::Result<RunConfig> {
        match (&self.run, &self.config) {
            (Some(run), _) => Ok(read_run(run)?.config),
            (None, Some(path)) => Ok(RunConfig::read(path)?),
            (None, None) => anyhow::bail!("name a run, or a configuration with --config FILE"),
        }
    }
}

/// Writes files whole: all of them, or none where one cannot be written. `read` is what they were made from.
pub(crate) fn write(files: &[(PathBuf, Vec<u8>)], read: &Path) -> anyhow::Result<()> {
    for (path, _) in files {
        refuse_file_of_a_run(path)?;
        if path.canonicalize().is_ok_and(|path| read.canonicalize().is_ok_and(|read| read == path)) {
            anyhow::bail!("not replacing {}, which is the file that is read: choose another name", path.display());
        }
    }
    write_all_or_none(files).map_err(failed)
}

/// A file that cannot be written. It is not part of a run, so no advice on resuming one applies.
pub(crate) fn failed(error: RunError) -> anyhow::Error {
    let RunError::Io { path, source } = error else { return error.into() };
    std::io::Error::other(format!("{}: {source}", path.display())).into()
}
