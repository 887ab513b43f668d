//! Models by name: the cache that Hugging Face's libraries keep, as they lay it out. A cache's root has a directory for each model:
//!
//! ```text
//! models--ORGANISATION--NAME/
//!   blobs/CHECKSUM                the files
//!   snapshots/COMMIT/config.json  a link to one
//!   refs/main                     which commit that is
//! ```

#[cfg(feature = "download")]
mod download;
mod error;
mod name;

use std::fs::{self, File};
use std::io::{self, ErrorKind, Read};
use std::path::{Path, PathBuf};

use serde_json::{Map, Value};

#[cfg(feature = "download")]
pub use download::{Download, DownloadError, DownloadProgress, DownloadStep};
pub use error::HubError;

use crate::checkpoint::json;
use name::{folder_of, is_plain, name_of};

/// The revision that a model has where nobody asks for another.
pub const MAIN: &str = "main";

/// A model in the cache.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CachedModel {
    /// `gpt2`, or `sentence-transformers/all-MiniLM-L6-v2`.
    pub name: String,
    /// Where its files are.
    pub directory: PathBuf,
    /// Its family's name, as its configuration says; `None` where there is no configuration or it does not say.
    pub model_type: Option<String>,
    /// The size of its files together.
    pub bytes: u64,
}

/// The directory of a model: a directory that exists, or what the cache has under that name.
///
/// # Errors
///
/// When it is neither, or the cache has not all of it.
pub fn find(model: &str, revision: &str, root: &Path) -> Result<PathBuf, HubError> {
    if Path::new(model).is_dir() {
        return Ok(PathBuf::from(model));
    }
    let folder = root.join(folder_of(model).ok_or_else(|| HubError::NoName(model.to_owned()))?);
    if !folder.is_dir() {
        return Err(HubError::NotCached { name: model.to_owned(), root: root.to_owned() });
    }
    let Some(directory) = snapshot(&folder, revision)? else {
        return Err(HubError::NoRevision { name: model.to_owned(), revision: revision.to_owned() });
    };
    if !directory.join("config.json").is_file() {
        return Err(HubError::Incomplete { name: model.to_owned(), directory });
    }
    Ok(directory)
}

/// The models of a cache, by name. Of each the revision `main`; one of which no revision is there whole is not listed, and neither is
/// anything else that is in the directory.
///
/// # Errors
///
/// When a directory cannot be read. A cache that is not there has no models.
pub fn cached(root: &Path) -> Result<Vec<CachedModel>, HubError> {
    let mut models = Vec::new();
    for folder in entries(root)? {
        let Some(name) = folder.file_name().and_then(|name| name_of(name.to_str()?)) else { continue };
        let Some(directory) = snapshot(&folder, MAIN)? else { continue };
        // A damaged configuration is one that does not say.
        let config: Option<Map<String, Value>> = json(&directory, "config.json").ok().flatten();
        let model_type = config.and_then(|config| Some(config.get("model_type")?.as_str()?.to_owned()));
        models.push(CachedModel { name, model_type, bytes: bytes(&directory)?, directory });
    }
    models.sort_by(|one, other| one.name.cmp(&other.name));
    Ok(models)
}

/// Where a revision's files are.
fn snapshot(folder: &Path, revision: &str) -> Result<Option<PathBuf>, HubError> {
    const LONGEST_COMMIT: u64 = 128;
    let snapshots = folder.join("snapshots");
    // `refs/pr/1` is one, too.
    if !revision.split('/').all(is_plain) {
        return Ok(None);
    }
    let reference = folder.join("refs").join(revision);
    let mut commit = String::new();
    match File::open(&reference).and_then(|file| file.take(LONGEST_COMMIT).read_to_string(&mut commit)) {
        Ok(_) => {
            let commit = commit.trim();
            Ok(is_plain(commit).then(|| snapshots.join(commit)).filter(|directory| directory.is_dir()))
        }
        Err(error) if error.kind() == ErrorKind::NotFound => {
            // A commit itself; or the only one there is, as in a copy that was made without references.
            let exact = snapshots.join(revision);
            let mut others = entries(&snapshots)?.into_iter().filter(|directory| directory.is_dir());
            Ok(match (others.next(), others.next()) {
                _ if exact.is_dir() => Some(exact),
                (Some(only), None) if revision == MAIN => Some(only),
                _ => None,
            })
        }
        Err(source) => Err(HubError::Read { path: reference, source }),
    }
}

/// What is in a directory; nothing, where there is none.
fn entries(directory: &Path) -> Result<Vec<PathBuf>, HubError> {
    let read = |directory: &Path| -> io::Result<Vec<PathBuf>> {
        fs::read_dir(directory)?.map(|entry| Ok(entry?.path())).collect()
    };
    match read(directory) {
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => Ok(Vec::new()),
        found => found.map_err(|source| HubError::Read { path: directory.to_owned(), source }),
    }
}

/// The size of all files in a directory, which are links.
fn bytes(directory: &Path) -> Result<u64, HubError> {
    let mut sum = 0;
    for path in entries(directory)? {
        // Directories are none: a link to one may lead back here.
        if fs::symlink_metadata(&path).is_ok_and(|entry| entry.is_dir()) {
            sum += bytes(&path)?;
        } else if let Ok(file) = fs::metadata(&path) {
            sum += if file.is_file() { file.len() } else { 0 };
        }
    }
    Ok(sum)
}
