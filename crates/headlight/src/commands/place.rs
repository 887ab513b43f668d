//! What a SOURCE is: a run, a model that others trained, a file, or the directory that a model's attention was written into.

use std::path::{Path, PathBuf};

use headlight_pretrained::hub;
use headlight_runs::Layout;

use super::cache;

/// What there is at a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum What {
    /// A run's directory; also where there is nothing, so that whoever opens it says so.
    Run,
    /// A model as Hugging Face's transformers saves it, or CTranslate2.
    Model,
    /// A file.
    File,
    /// A directory that holds records and nothing that they came from: what `headlight attend` wrote.
    Records,
}

/// Where a SOURCE is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) what: What,
    /// The directory or the file; of records, the file that holds them.
    pub(crate) path: PathBuf,
    /// What it is called: the last part of its path, or of the name that was asked for.
    pub(crate) name: String,
}

/// How the files end that hold attention weights.
const OF_WEIGHTS: [&str; 4] = ["npy", "npz", "safetensors", "json"];

impl Place {
    /// The place that `source` names.
    pub(crate) fn of(source: &Path) -> Self {
        let name = last_name(source);
        let at = |what, path: &Path| Self { what, path: path.to_owned(), name: name.clone() };
        let extension = source.extension().unwrap_or_default().to_ascii_lowercase();
        if source.is_dir() {
            let layout = Layout::of(source);
            return match () {
                () if is_model(source) => at(What::Model, source),
                () if layout.attention().is_file() && !layout.config().exists() => {
                    at(What::Records, &layout.attention())
                }
                () => at(What::Run, source),
            };
        }
        if source.is_file() || OF_WEIGHTS.iter().any(|known| extension == *known) {
            return at(What::File, source);
        }
        Self::model(source).unwrap_or_else(|_| at(What::Run, source))
    }

    /// The model that `source` names: a directory, or what the local cache has under that name.
    ///
    /// # Errors
    ///
    /// When it is neither.
    pub(crate) fn model(source: &Path) -> anyhow::Result<Self> {
        let asked = source.to_string_lossy();
        let found = hub::find(&asked, hub::MAIN, &cache::root());
        let path = found.map_err(|error| anyhow::anyhow!("{error} ('headlight models' lists those in the cache)"))?;
        // A model of the cache lies in a directory that is named after a commit.
        let name = if source.is_dir() {
            last_name(source)
        } else {
            source.file_name().unwrap_or_default().to_string_lossy().into_owned()
        };
        Ok(Self { what: What::Model, path, name })
    }
}

/// Whether a directory has a configuration that names a family of models, or one beside the parameters that CTranslate2 writes.
fn is_model(directory: &Path) -> bool {
    let Ok(config) = std::fs::read(directory.join("config.json")) else { return false };
    let config: serde_json::Value = serde_json::from_slice(&config).unwrap_or_default();
    directory.join("model.bin").is_file() || ["model_type", "architectures"].iter().any(|key| config.get(key).is_some())
}

/// The last name of a path.
fn last_name(path: &Path) -> String {
    let whole = path.canonicalize();
    let path = whole.as_deref().unwrap_or(path);
    path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned()
}
