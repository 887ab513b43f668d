//! One run at a time trains in a directory.

use std::fs::{File, TryLockError};
use std::io::ErrorKind;
use std::path::Path;

use crate::RunError;
use crate::layout::Layout;

/// Holds a directory for as long as it lives: the system lets go of it when the process ends, however it ends.
pub(crate) struct Lock {
    /// The directory itself, where the system can lock one.
    _directory: Option<File>,
    /// The file in it, where there is one.
    _file: Option<File>,
}

/// Locks a directory: itself, so that nothing is left behind, and the file in it that [`share`] made, if it did.
///
/// # Errors
///
/// When another run holds it, or it cannot be opened.
pub(crate) fn lock(directory: &Path) -> Result<Lock, RunError> {
    let own = match File::open(directory).map(|file| (file.try_lock(), file)) {
        Ok((Ok(()), file)) => Some(file),
        Ok((Err(TryLockError::WouldBlock), _)) => return Err(RunError::InUse { path: directory.to_owned() }),
        // Windows and some file systems lock files only.
        _ => None,
    };
    let has_file = own.is_none() || directory.join(Layout::LOCK).exists();
    Ok(Lock { _file: has_file.then(|| lock_file(directory)).transpose()?, _directory: own })
}

/// Makes a directory, and in it the file that other machines see locked: of a directory on NFS or Lustre, each of them has a lock of
/// its own. Whoever locks the directory from here on locks the file too.
///
/// # Errors
///
/// When they cannot be made.
pub(crate) fn share(directory: &Path) -> Result<(), RunError> {
    if directory.exists() && !directory.is_dir() {
        return Err(RunError::NotADirectory { path: directory.to_owned() });
    }
    std::fs::create_dir_all(directory).map_err(RunError::io(directory))?;
    open_file(directory).map(drop)
}

/// The file stays: removed by one run, it could be locked by two others, each its own.
fn lock_file(directory: &Path) -> Result<File, RunError> {
    let file = open_file(directory)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(RunError::InUse { path: directory.to_owned() }),
        Err(TryLockError::Error(source)) if source.kind() == ErrorKind::Unsupported => {
            Err(RunError::NoLocks { path: directory.to_owned(), source })
        }
        Err(TryLockError::Error(error)) => Err(RunError::io(&directory.join(Layout::LOCK))(error)),
    }
}

/// To be written: NFS locks no other for one alone.
fn open_file(directory: &Path) -> Result<File, RunError> {
    let path = directory.join(Layout::LOCK);
    File::options().create(true).truncate(false).write(true).open(&path).map_err(RunError::io(&path))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_in_use(directory: &Path) -> bool {
        matches!(lock(directory), Err(RunError::InUse { .. }))
    }

    #[test]
    fn a_directory_is_held_by_one_and_let_go() {
        let directory = tempfile::tempdir().expect("a temporary directory");
        let path = directory.path();
        for shared in [false, true] {
            if shared {
                share(path).expect("room");
            }
            let held = lock(path).expect("nobody holds it");
            assert!(is_in_use(path));
            drop(held);
            drop(lock(path).expect("nobody holds it any more"));
            assert_eq!(path.join(Layout::LOCK).exists(), shared, "nothing is left behind by itself");
        }
    }

    /// Another machine sees the lock of the file alone.
    #[test]
    fn the_file_of_a_shared_directory_is_enough_to_keep_others_out() {
        let directory = tempfile::tempdir().expect("a temporary directory");
        let path = directory.path().join("not/there/yet");
        share(&path).expect("room");
        let held = lock_file(&path).expect("nobody holds it");
        assert!(is_in_use(&path));
        drop(held);
        let held = lock(&path).expect("nobody holds it any more");
        assert!(matches!(lock_file(&path), Err(RunError::InUse { .. })));
        drop(held);
    }
}
