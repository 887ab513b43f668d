//! One run at a time trains in a directory.

use std::fs::{File, TryLockError};
use std::io::ErrorKind;
use std::path::Path;

use crate::RunError;
use crate::layout::Layout;

/// Holds the directory for as long as the returned file is open: the system lets go of it when the process ends, however it
/// ends.
///
/// # Errors
///
/// When another run holds it, or it cannot be opened.
pub(crate) fn lock(directory: &Path) -> Result<File, RunError> {
    // The directory itself, so that nothing is left behind.
    match File::open(directory).map(|file| (file.try_lock(), file)) {
        Ok((Ok(()), file)) => Ok(file),
        Ok((Err(TryLockError::WouldBlock), _)) => Err(RunError::InUse { path: directory.to_owned() }),
        // Windows and some network file systems lock files only.
        _ => lock_file(directory),
    }
}

/// The file stays: removed by one run, it could be locked by two others, each its own.
fn lock_file(directory: &Path) -> Result<File, RunError> {
    let path = directory.join(Layout::LOCK);
    let file = File::options().create(true).truncate(false).write(true).open(&path).map_err(RunError::io(&path))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(RunError::InUse { path: directory.to_owned() }),
        Err(TryLockError::Error(source)) if source.kind() == ErrorKind::Unsupported => {
            Err(RunError::NoLocks { path: directory.to_owned(), source })
        }
        Err(TryLockError::Error(error)) => Err(RunError::io(&path)(error)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_directory_is_held_by_one_and_let_go() {
        let directory = tempfile::tempdir().expect("a temporary directory");
        for lock in [lock, lock_file] {
            let held = lock(directory.path()).expect("nobody holds it");
            let error = lock(directory.path()).expect_err("it is held");
            assert!(matches!(error, RunError::InUse { .. }), "{error}");
            drop(held);
            lock(directory.path()).expect("nobody holds it any more");
        }
    }
}
