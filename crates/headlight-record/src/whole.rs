use std::io::Write;
use std::path::{Path, PathBuf};

/// Writes a file whole or not at all: to a temporary name in the same directory, which then takes the file's place.
///
/// # Errors
///
/// When the directory does not take the file; the old file, if any, is then still there.
pub fn write_whole(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    write_beside(path, bytes)?.persist(path)?;
    Ok(())
}

/// As [`write_whole`], and the bytes are on the disk before they take the old file's place, and the name of the new one after
/// it, so that a machine that loses its power has one of the two until this returns, and the new one from then on. That takes
/// a millisecond or many, by the disk.
///
/// # Errors
///
/// As [`write_whole`].
pub fn write_durably(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
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

/// A file that is written, but not yet in its place: with several of these, all of them appear or none.
pub struct WrittenFile {
    file: tempfile::NamedTempFile,
    path: PathBuf,
}

impl WrittenFile {
    /// Writes the bytes beside `path`. Dropped without [`place`](Self::place), they are gone.
    ///
    /// # Errors
    ///
    /// When the directory does not take the file, or `path` is a directory.
    pub fn new(path: &Path, bytes: &[u8]) -> std::io::Result<Self> {
        if path.is_dir() {
            return Err(std::io::ErrorKind::IsADirectory.into());
        }
        Ok(Self { file: write_beside(path, bytes)?, path: path.to_owned() })
    }

    /// Puts the file in its place.
    ///
    /// # Errors
    ///
    /// When the directory does not take the name; the old file, if any, is then still there.
    pub fn place(self) -> std::io::Result<()> {
        self.file.persist(self.path)?;
        Ok(())
    }
}

fn directory_of(path: &Path) -> &Path {
    path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

fn write_beside(path: &Path, bytes: &[u8]) -> std::io::Result<tempfile::NamedTempFile> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(".headlight-");
    // Temporary files are private by default; this one becomes an ordinary file.
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    let mut file = builder.tempfile_in(directory_of(path))?;
    file.write_all(bytes)?;
    Ok(file)
}
