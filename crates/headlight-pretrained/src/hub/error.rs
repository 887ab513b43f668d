use std::io;
use std::path::PathBuf;

/// Why a model is not in the cache.
#[derive(Debug, thiserror::Error)]
pub enum HubError {
    /// Neither a directory nor a name.
    #[error("'{0}' is neither a directory nor a model's name, such as gpt2 or sentence-transformers/all-MiniLM-L6-v2")]
    NoName(String),
    /// A name that is not in the cache.
    #[error("'{name}' is neither a directory nor a model in the cache, {}", .root.display())]
    NotCached {
        /// The name.
        name: String,
        /// The cache.
        root: PathBuf,
    },
    /// A revision that is not in the cache.
    #[error("the cache has {name}, but not its revision {revision}")]
    NoRevision {
        /// The model.
        name: String,
        /// The revision.
        revision: String,
    },
    /// Files are missing.
    #[error("the cache has {name} only in part: there is no config.json in {}", .directory.display())]
    Incomplete {
        /// The model.
        name: String,
        /// Where it is.
        directory: PathBuf,
    },
    /// The system says no.
    #[error("cannot read {}: {source}", .path.display())]
    Read {
        /// What.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
}
