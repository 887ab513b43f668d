//! Files that appear whole or not at all: written to a temporary name in the same directory, which then takes the file's place.

use std::io::Write;
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

use crate::RunError;
use crate::layout::Layout;

/// Writes a file whole or not at all.
///
/// # Errors
///
/// When the directory does not take the file; the old file, if any, is then still there.
pub fn write_whole(path: &Path, bytes: &[u8]) -> Result<(), RunError> {
    write_beside(path, bytes).and_then(|file| Ok(file.persist(path)?)).map_err(RunError::io(path))?;
    Ok(())
}

/// Writes files whole: all of them, or none where the directory of one does not take it.
///
/// # Errors
///
/// Names the file that cannot be written.
pub fn write_all_or_none(files: &[(PathBuf, Vec<u8>)]) -> Result<(), RunError> {
    let mut written = Vec::new();
    for (path, bytes) in files {
        if path.is_dir() {
            return Err(RunError::io(path)(std::io::ErrorKind::IsADirectory.into()));
        }
        written.push(write_beside(path, bytes).map_err(RunError::io(path))?);
    }
    for (file, (path, _)) in written.into_iter().zip(files) {
        file.persist(path).map_err(|error| RunError::io(path)(error.error))?;
    }
    Ok(())
}

/// As [`write_whole`], and the bytes are on the disk before they take the old file's place, and the name of the new one after
/// it, so that a machine that loses its power has one of the two until this returns, and the new one from then on. That takes
/// a millisecond or many, by the disk.
pub(crate) fn write_durably(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let file = write_beside(path, bytes)?;
    file.as_file().sync_all()?;
    file.persist(path)?;
    sync_directory(directory_of(path))
}

/// Brings a directory's names to the disk.
#[cfg(unix)]
fn sync_directory(directory: &Path) -> std::io::Result<()> {
    match std::fs::File::open(directory)?.sync_all() {
        // Some network file systems have no way to.
        Err(error) if error.kind() == std::io::ErrorKind::InvalidInput => Ok(()),
        synced => synced,
    }
}

/// Other systems open files only, and keep their names by themselves.
#[cfg(not(unix))]
fn sync_directory(_directory: &Path) -> std::io::Result<()> {
    Ok(())
}

/// The directory in which a file is.
pub(crate) fn directory_of(path: &Path) -> &Path {
    path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

fn write_beside(path: &Path, bytes: &[u8]) -> std::io::Result<NamedTempFile> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(Layout::UNFINISHED);
    // Temporary files are private by default; this one becomes an ordinary file.
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    let mut file = builder.tempfile_in(directory_of(path))?;
    file.write_all(bytes)?;
    Ok(file)
}
