//! Files of pairs: where the pairs of the task `file` come from.

use std::fs::File;
use std::io::{Error, Read};
use std::path::Path;

use crate::{PairFile, Spelling, TrainError};

/// Reads a file of pairs.
///
/// # Errors
///
/// When the file cannot be read, or a line of it is not what it should be; says which.
pub fn read_pairs(path: &Path, spelling: Spelling) -> Result<PairFile, TrainError> {
    // So that the run finds it from any folder; JSON has no place for a path that is not text.
    let absolute = std::path::absolute(path).ok().filter(|path| path.to_str().is_some());
    Ok(PairFile::from_bytes(absolute.as_deref().unwrap_or(path), spelling, &read_some(path)?)?)
}

/// Reads the pairs of a run's configuration again.
///
/// # Errors
///
/// As [`read_pairs`], and when the file has changed.
pub fn load_pairs(pairs: &mut PairFile) -> Result<(), TrainError> {
    Ok(pairs.load(&read_some(pairs.path())?)?)
}

/// Reads a file, but hardly more of it than would be taken.
fn read_some(path: &Path) -> Result<Vec<u8>, TrainError> {
    let read = || {
        if !std::fs::metadata(path)?.is_file() {
            return Err(Error::other("not a file"));
        }
        let mut bytes = Vec::new();
        File::open(path)?.take(PairFile::MAX_BYTES + 1).read_to_end(&mut bytes)?;
        Ok(bytes)
    };
    read().map_err(|source| TrainError::PairFile { path: path.to_owned(), source })
}
