//! The model that `summary` and `graph` are about: a run's, or the one that a configuration describes.

use std::path::{Path, PathBuf};

use clap::Args;
use headlight_record::write_whole;
use headlight_train::{RunConfig, SavedRun, TrainError};

#[derive(Args)]
#[group(required = true, multiple = false)]
pub(crate) struct ModelArguments {
    /// Directory of a run
    #[arg(value_name = "DIR")]
    run: Option<PathBuf>,
    /// A run's config.json, by itself: nothing need be trained
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
}

impl ModelArguments {
    /// What the model is made of. A run is read whole, so that a damaged one is found out.
    pub(crate) fn read(&self) -> anyhow::Result<RunConfig> {
        match (&self.run, &self.config) {
            (Some(run), _) => Ok(SavedRun::open(run)?.config),
            (None, Some(path)) => read_config(path),
            (None, None) => anyhow::bail!("name a run, or a configuration with --config FILE"),
        }
    }
}

fn read_config(path: &Path) -> anyhow::Result<RunConfig> {
    let damaged = |reason: String| TrainError::Damaged { path: path.to_owned(), reason };
    let text = std::fs::read(path).map_err(|source| TrainError::Io { path: path.to_owned(), source })?;
    let config: RunConfig =
        serde_json::from_slice(&text).map_err(|error| damaged(format!("no configuration of a run: {error}")))?;
    config.check().map_err(|error| damaged(error.to_string()))?;
    Ok(config)
}

/// Writes a file whole or not at all, and names it where that fails.
pub(crate) fn write(path: &Path, bytes: &[u8]) -> Result<(), TrainError> {
    write_whole(path, bytes).map_err(|source| TrainError::Io { path: path.to_owned(), source })
}
