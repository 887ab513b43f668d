//! Making room in a directory with several runs, without losing anything that is none of them.

use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::layout::{Layout, entries};
use crate::list::FileList;
use crate::lock::{Lock, lock};
use crate::replace::{RunFiles, collect_entry, contents_of_run, is_leftover, remove, remove_leftovers, remove_run};
use crate::version::{is_header, is_plan, layout_of};
use crate::{Replace, Replacing, RunError};

/// What several runs in a directory are.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Several {
    /// One for each seed, side by side.
    Seeds,
    /// Those of a sweep, in a folder of their own.
    Sweep,
}

/// The layout of the lists of seeds that this Headlight writes and reads.
pub(crate) const SEEDS_VERSION: u32 = 2;
/// That of plans.
pub(crate) const SWEEP_VERSION: u32 = 1;

/// The folder with the runs of a sweep.
const RUNS: &str = "runs";

/// What is found in a directory that room is made in.
#[derive(Default)]
struct Found {
    /// Each with its lock.
    runs: Vec<(Lock, PathBuf, RunFiles)>,
    others: RunFiles,
}

/// Removes the runs of a directory, and what was made from them, as far as `replace` allows: all of it, or where there is
/// anything else, nothing. The file that says what the runs are stays, until the new one takes its place.
pub(crate) fn make_room(path: &Path, several: Several, replace: Replace) -> Result<(), RunError> {
    let entries: Vec<PathBuf> = entries(path)?.into_iter().filter(|entry| !is_leftover(entry)).collect();
    if entries.is_empty() {
        return remove_leftovers(path);
    }
    if replace == Replace::Nothing {
        return Err(RunError::NotEmpty { path: path.to_owned() });
    }
    let refused = |reason| RunError::NotReplaced { path: path.to_owned(), reason };
    // Without the file that says what the runs are, the list of files may be a run's, and what it names is not to be removed.
    let has_header = several.check_header(path).map_err(refused)?;
    let list = if has_header { FileList::read(path)? } else { FileList::default() };
    let mut found = Found::default();
    for entry in entries {
        let name = name_of(&entry);
        let metadata = entry.symlink_metadata().map_err(RunError::io(&entry))?;
        if name == several.header() && metadata.is_file() {
            // It stays.
        } else if several == Several::Seeds && is_seed(name) && metadata.is_dir() {
            found.add_run(entry, replace)?;
        } else if several == Several::Sweep && has_header && name == RUNS && metadata.is_dir() {
            found.add_folder(path, entry, replace)?;
        } else if name == Layout::LIST && !has_header {
            return Err(refused(Replacing::Stranger { path: name.into() }));
        } else {
            collect_entry(path, entry, &list, &mut found.others)?;
        }
    }
    for (_lock, run, contents) in &found.runs {
        remove_run(run, contents)?;
    }
    remove(&found.others.files, &found.others.folders)?;
    remove_leftovers(path)?;
    FileList::read(path)?.keep_only(path, several.header())
}

impl Found {
    fn add_run(&mut self, run: PathBuf, replace: Replace) -> Result<(), RunError> {
        let lock = lock(&run)?;
        let contents = contents_of_run(&run, replace)?;
        self.runs.push((lock, run, contents));
        Ok(())
    }

    /// Adds the folder with the runs of a sweep.
    fn add_folder(&mut self, sweep: &Path, folder: PathBuf, replace: Replace) -> Result<(), RunError> {
        for entry in entries(&folder)? {
            let is_dir = entry.symlink_metadata().map_err(RunError::io(&entry))?.is_dir();
            if !is_dir || !is_number(name_of(&entry)) {
                let path = entry.strip_prefix(sweep).unwrap_or(&entry).to_owned();
                return Err(RunError::NotReplaced { path: sweep.to_owned(), reason: Replacing::Stranger { path } });
            }
            self.add_run(entry, replace)?;
        }
        self.others.folders.push(folder);
        Ok(())
    }
}

impl Several {
    /// The file that says what the runs are.
    fn header(self) -> &'static str {
        match self {
            Self::Seeds => Layout::SEEDS,
            Self::Sweep => Layout::SWEEP,
        }
    }

    /// Whether there is that file, if it is one that may be replaced.
    fn check_header(self, path: &Path) -> Result<bool, Replacing> {
        let file = path.join(self.header());
        if file.symlink_metadata().is_err() {
            return Ok(false);
        }
        let text = std::fs::read(&file).unwrap_or_default();
        let value: Value = serde_json::from_slice(&text).unwrap_or_default();
        let (newest, may_be_newer, is_ours) = match self {
            Self::Seeds => (SEEDS_VERSION, value["seeds"].is_object(), is_header(&value)),
            Self::Sweep => (SWEEP_VERSION, value["runs"].is_array(), is_plan(&text)),
        };
        match layout_of(&value) {
            Some(version) if version > u64::from(newest) && may_be_newer => {
                Err(Replacing::Newer { file: self.header(), version })
            }
            Some(_) if is_ours => Ok(true),
            _ => Err(Replacing::Stranger { path: self.header().into() }),
        }
    }
}

fn name_of(entry: &Path) -> &str {
    entry.file_name().and_then(|name| name.to_str()).unwrap_or_default()
}

/// Whether a folder is called as a seed's run is.
fn is_seed(name: &str) -> bool {
    is_number(name.strip_prefix("seed_").unwrap_or_default())
}

fn is_number(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_digit())
}
