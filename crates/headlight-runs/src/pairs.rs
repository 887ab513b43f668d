use std::fs::File;
use std::io::Read;
use std::path::Path;

use headlight_train::{PairFile, PairFileError, Spelling, TrainError};

use crate::files::Files;
use crate::layout::Layout;
use crate::{RunConfig, RunError};

/// Reads a file of pairs.
///
/// # Errors
///
/// When the file cannot be read, or a line of it is not what it should be; says which.
pub fn read_pairs(path: &Path, spelling: Spelling) -> Result<PairFile, RunError> {
    // So that the run finds it from any folder; JSON has no place for a path that is no text.
    let absolute = std::path::absolute(path).ok().filter(|path| path.to_str().is_some());
    let bytes = read_some(path)?;
    Ok(PairFile::from_bytes(absolute.as_deref().unwrap_or(path), spelling, &bytes).map_err(in_training)?)
}

impl RunConfig {
    /// Reads the pairs of the task `file` again, of which the configuration holds only what a model must know. The
    /// run's own `pairs.txt` is looked for in the run.
    ///
    /// # Errors
    ///
    /// As [`read_pairs`], and when the file has changed.
    pub(crate) fn load_pairs(&mut self, run: Files<'_>) -> Result<(), RunError> {
        let Some(pairs) = &self.task.file else { return Ok(()) };
        let bytes = match (run, pairs.path() == Path::new(Layout::PAIRS)) {
            (Files::In(_), false) => read_some(pairs.path())?,
            (Files::In(run), true) => read_some(&run.join(Layout::PAIRS))?,
            (Files::Unpacked(_), _) => run.read(Layout::PAIRS)?.into_owned(),
        };
        self.load_pairs_from(&bytes)
    }

    /// The same run, with the pairs of the task `file` somewhere else.
    pub(crate) fn with_pairs_at(mut self, path: &Path) -> Self {
        self.task.file = self.task.file.map(|pairs| pairs.at(path));
        self
    }

    /// As [`load_pairs`](Self::load_pairs), out of the bytes that the file has now.
    ///
    /// # Errors
    ///
    /// When they are not the run's.
    pub(crate) fn load_pairs_from(&mut self, bytes: &[u8]) -> Result<(), RunError> {
        let Some(pairs) = &mut self.task.file else { return Ok(()) };
        Ok(pairs.load(bytes).map_err(in_training)?)
    }
}

/// Reads a file, but hardly more of it than would be taken.
fn read_some(path: &Path) -> Result<Vec<u8>, RunError> {
    let unreadable = |source| RunError::Pairs { path: path.to_owned(), source };
    if !std::fs::metadata(path).map_err(unreadable)?.is_file() {
        return Err(RunError::NotAFile { path: path.to_owned() });
    }
    let read = || {
        let mut bytes = Vec::new();
        File::open(path)?.take(PairFile::MAX_BYTES + 1).read_to_end(&mut bytes)?;
        Ok(bytes)
    };
    read().map_err(unreadable)
}

fn in_training(error: PairFileError) -> TrainError {
    TrainError::Task(error.into())
}
