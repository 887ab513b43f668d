//! Where a run's files are read from, and how they are compared with its list.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::layout::Layout;
use crate::list::FileList;
use crate::{Damage, RunError};

/// A run's files.
#[derive(Clone, Copy)]
pub(crate) enum Files<'a> {
    /// In a directory.
    In(&'a Path),
    /// Out of an archive, by their names.
    Unpacked(&'a BTreeMap<String, Vec<u8>>),
}

impl<'a> Files<'a> {
    /// As an error names a file.
    pub(crate) fn path(self, name: &str) -> PathBuf {
        self.place().join(name)
    }

    fn place(self) -> PathBuf {
        match self {
            Self::In(run) => run.to_owned(),
            Self::Unpacked(_) => PathBuf::from("the archive"),
        }
    }

    /// Whether there is such a file.
    pub(crate) fn has(self, name: &str) -> bool {
        match self {
            Self::In(run) => run.join(name).exists(),
            Self::Unpacked(files) => files.contains_key(name),
        }
    }

    /// Reads a file, and compares it with the list.
    pub(crate) fn read(self, name: &'static str) -> Result<Cow<'a, [u8]>, RunError> {
        let bytes = self.read_unchecked(name)?;
        self.check(name, &bytes)?;
        Ok(bytes)
    }

    /// Reads a file of which the layout is to be known first.
    pub(crate) fn read_unchecked(self, name: &'static str) -> Result<Cow<'a, [u8]>, RunError> {
        let missing = || RunError::NoRun { path: self.place(), missing: name };
        match self {
            Self::In(run) => {
                let path = run.join(name);
                let bytes = std::fs::read(&path).map_err(|error| match error.kind() {
                    std::io::ErrorKind::NotFound | std::io::ErrorKind::NotADirectory => missing(),
                    _ => RunError::io(&path)(error),
                });
                Ok(Cow::Owned(bytes?))
            }
            Self::Unpacked(files) => files.get(name).map(|bytes| Cow::Borrowed(&bytes[..])).ok_or_else(missing),
        }
    }

    /// Compares the contents of a file with the list.
    pub(crate) fn check(self, name: &str, bytes: &[u8]) -> Result<(), RunError> {
        self.list()?.check(name, bytes).map_err(|damage| RunError::damaged(&self.path(name), damage))
    }

    /// As [`read`](Self::read); a file that is not in the list is refused.
    pub(crate) fn read_listed(self, name: &'static str) -> Result<Cow<'a, [u8]>, RunError> {
        let bytes = self.read_unchecked(name)?;
        let list = self.list()?;
        let listed =
            list.check(name, &bytes).and_then(|()| if list.has(name) { Ok(()) } else { Err(Damage::Unlisted) });
        listed.map_err(|damage| RunError::damaged(&self.path(name), damage))?;
        Ok(bytes)
    }

    fn list(self) -> Result<FileList, RunError> {
        match self {
            Self::In(run) => FileList::read(run),
            Self::Unpacked(files) => match files.get(Layout::LIST) {
                Some(bytes) => FileList::from_bytes(&self.path(Layout::LIST), bytes),
                None => Ok(FileList::default()),
            },
        }
    }
}
