//! The files of a directory, none of them longer than such files are.

use std::fs::File;
use std::io::{ErrorKind, Read};
use std::path::Path;

use serde::de::DeserializeOwned;

use super::error::CheckpointError;

/// Configurations are a hundredth of it, but not that of a model with names for 21,843 classes.
const LONGEST_CONFIG: u64 = 1 << 22;
/// Configurations have some dozens. An object that takes seven bytes in a file takes seven hundred in memory.
const MOST_LISTS: usize = 1 << 12;

/// What a configuration says, where there is one of this name.
pub(crate) fn json<T: DeserializeOwned>(directory: &Path, name: &str) -> Result<Option<T>, CheckpointError> {
    let Some(bytes) = read(directory, name, LONGEST_CONFIG)? else { return Ok(None) };
    if bytes.iter().filter(|byte| matches!(byte, b'{' | b'[')).count() > MOST_LISTS {
        return Err(CheckpointError::Lists { file: directory.join(name), most: MOST_LISTS });
    }
    let value = serde_json::from_slice(&bytes);
    value.map(Some).map_err(|source| CheckpointError::Json { file: directory.join(name), source })
}

/// A file's bytes, where there is one of this name.
pub(super) fn read(directory: &Path, name: &str, longest: u64) -> Result<Option<Vec<u8>>, CheckpointError> {
    let Some(file) = open(directory, name)? else { return Ok(None) };
    let path = directory.join(name);
    let mut bytes = Vec::new();
    // A byte more tells whether it is longer.
    if let Err(source) = file.take(longest + 1).read_to_end(&mut bytes) {
        return Err(CheckpointError::Read { file: path, source });
    }
    if bytes.len() as u64 > longest { Err(CheckpointError::Long { file: path, longest }) } else { Ok(Some(bytes)) }
}

/// A file, where there is one of this name.
pub(super) fn open(directory: &Path, name: &str) -> Result<Option<File>, CheckpointError> {
    let path = directory.join(name);
    match File::open(&path) {
        Ok(file) => Ok(Some(file)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(source) => Err(CheckpointError::Read { file: path, source }),
    }
}
