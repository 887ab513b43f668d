//! The list of the files that were written into a run, `files.jsonl`: a line for each time, with the file's name, size and CRC-32.
//!
//! The line is written before the file takes its place. So at every moment, whenever the process is killed, each file of the run
//! stands in the list, and its contents are those of one of its lines: the last, or, where the kill came between the two, an
//! earlier one. From the list a damaged file is known, and what is part of the run and what is not. Nothing is taken from it.

use std::collections::{HashMap, HashSet};
use std::fs::File;
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use headlight_record::{AttentionRecord, StepMetrics, metrics_from_text, records_from_bytes};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::contents::Contents;
use crate::layout::Layout;
use crate::version::{is_config, is_header, is_plan};
use crate::whole::{directory_of, write_durably, write_whole};
use crate::{Damage, RunError};

/// One line. Of a file that grows line by line, nothing but the name is known.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    /// The file's path below the run, with `/` between folders.
    file: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    bytes: Option<usize>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    crc32: Option<u32>,
}

/// How every line begins.
const BEGINNING: &[u8] = b"{\"file\":";

/// A run's list, read.
#[derive(Default)]
pub(crate) struct FileList {
    files: HashMap<String, Vec<Contents>>,
}

impl FileList {
    /// Reads the list of a run; a directory without one has an empty one.
    pub(crate) fn read(run: &Path) -> Result<Self, RunError> {
        let path = run.join(Layout::LIST);
        match std::fs::read(&path) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Self::default()),
            read => Self::from_bytes(&path, &read.map_err(RunError::io(&path))?),
        }
    }

    /// The list in a file's bytes; `path` names it in errors.
    pub(crate) fn from_bytes(path: &Path, bytes: &[u8]) -> Result<Self, RunError> {
        let mut list = Self::default();
        // A line without an end was being written when the power failed: its file did not take its place.
        let lines = bytes.split_inclusive(|byte| *byte == b'\n').filter(|line| line.ends_with(b"\n"));
        for (at, line) in lines.enumerate() {
            let damaged = |source| RunError::damaged(path, Damage::Line { line: at + 1, source });
            let (file, contents) = contents_in(line).map_err(damaged)?;
            list.files.entry(file).or_default().extend(contents);
        }
        Ok(list)
    }

    /// Whether a directory's list is one of ours that was only begun: each line names what is written first of all, and the
    /// part of a line at its end, if any, begins as ours do. A list that is anyone else's is not.
    pub(crate) fn is_begun(run: &Path) -> bool {
        let Ok(bytes) = std::fs::read(run.join(Layout::LIST)) else { return false };
        bytes.split_inclusive(|byte| *byte == b'\n').all(|line| match line.strip_suffix(b"\n") {
            Some(line) => contents_in(line)
                .is_ok_and(|(file, _)| [Layout::CONFIG, Layout::SEEDS, Layout::SWEEP].contains(&&file[..])),
            None => BEGINNING.starts_with(line) || line.starts_with(BEGINNING),
        })
    }

    /// Counts a file that has no line as one of the run's all the same.
    pub(crate) fn with(mut self, name: &str) -> Self {
        self.files.entry(name.to_string()).or_default();
        self
    }

    /// Whether the file was written into the run.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.files.contains_key(name)
    }

    /// Whether a file in this folder was.
    pub(crate) fn has_folder(&self, name: &str) -> bool {
        self.files.keys().any(|file| file.strip_prefix(name).is_some_and(|rest| rest.starts_with('/')))
    }

    /// Forgets all files of a run but this one, whose lines stay.
    pub(crate) fn keep_only(self, run: &Path, name: &str) -> Result<(), RunError> {
        let path = run.join(Layout::LIST);
        if !path.exists() {
            return Ok(());
        }
        let written = self.files.get(name).map(Vec::as_slice).unwrap_or_default();
        let lines = written.iter().map(|contents| line(name, Some(*contents)));
        let text = lines.collect::<Result<String, _>>().map_err(|error| RunError::damaged(&path, error))?;
        write_durably(&path, text.as_bytes()).map_err(RunError::io(&path))
    }

    /// Whether contents are what was written; of a file that is not in the list, nothing is known.
    pub(crate) fn check(&self, name: &str, bytes: &[u8]) -> Result<(), Damage> {
        match self.files.get(name) {
            // Of a file that grows line by line, nothing is known.
            Some(written) if !written.is_empty() && !written.contains(&Contents::of(bytes)) => Err(Damage::Checksum),
            _ => Ok(()),
        }
    }
}

/// Writes a file of a run whole, and on the disk before this returns; the line in the list goes before it.
pub(crate) fn write(run: &Path, name: &str, bytes: &[u8]) -> Result<(), RunError> {
    append(run, name, Some(Contents::of(bytes)))?.sync_data().map_err(RunError::io(&run.join(Layout::LIST)))?;
    let path = run.join(name);
    write_durably(&path, bytes).map_err(RunError::io(&path))
}

/// Puts a file that grows line by line into the list.
pub(crate) fn add(run: &Path, name: &str) -> Result<(), RunError> {
    append(run, name, None).map(|_| ())
}

/// Writes files whole, such as pictures, in a run's directory or anywhere else, and makes the directories that they need. Of those
/// that lie in a run's directory, or in a folder of it, the run knows afterwards that they are its own: a new run in its place
/// removes them.
///
/// # Errors
///
/// When a directory does not take one, or the list of the run in which it would lie is damaged.
pub fn write_into_run(files: &[(PathBuf, Vec<u8>)]) -> Result<(), RunError> {
    let mut checked = HashSet::new();
    for (path, bytes) in files {
        let directory = directory_of(path);
        std::fs::create_dir_all(directory).map_err(RunError::io(directory))?;
        if let Some((run, name)) = run_of(path) {
            if checked.insert(run.clone()) {
                FileList::read(&run)?; // nothing is added to a list that is not ours
            }
            append(&run, &name, Some(Contents::of(bytes)))?;
        }
        write_whole(path, bytes)?;
    }
    Ok(())
}

/// Writes the file of a step whole. After a loss of power it may be gone: the step is then trained again.
pub(crate) fn write_of_step(run: &Path, name: &str, bytes: &[u8]) -> Result<(), RunError> {
    let path = run.join(name);
    let directory = directory_of(&path);
    std::fs::create_dir_all(directory).map_err(RunError::io(directory))?;
    append(run, name, Some(Contents::of(bytes)))?;
    write_whole(&path, bytes)
}

/// Reads a file of records, and compares it with the list of the run that it lies in, if any.
///
/// # Errors
///
/// When the file cannot be read, is damaged, or was written by a newer Headlight.
pub fn read_records(path: &Path) -> Result<Vec<AttentionRecord>, RunError> {
    match run_of(path) {
        Some((run, name)) => read_compared(path, Some((&FileList::read(&run)?, &name))),
        None => read_compared(path, None),
    }
}

/// Reads the records that a run kept of these steps, as [`read_records`] does, but its list only once for all of them.
///
/// # Errors
///
/// As [`read_records`].
pub fn read_records_of_steps(
    run: &Path,
    steps: impl IntoIterator<Item = usize>,
) -> Result<Vec<Vec<AttentionRecord>>, RunError> {
    let list = FileList::read(run)?;
    let read = |step| read_compared(&Layout::of(run).record(step), Some((&list, &Layout::name_of_record(step))));
    steps.into_iter().map(read).collect()
}

fn read_compared(path: &Path, listed: Option<(&FileList, &str)>) -> Result<Vec<AttentionRecord>, RunError> {
    let bytes = std::fs::read(path).map_err(RunError::io(path))?;
    let damaged = |damage| RunError::damaged(path, damage);
    if let Some((list, name)) = listed {
        list.check(name, &bytes).map_err(damaged)?;
    }
    records_from_bytes(&bytes).map_err(|error| damaged(error.into()))
}

/// Reads the metrics of a run.
///
/// # Errors
///
/// When the file cannot be read, or a line is no metrics; the line's number is named.
pub fn read_metrics(run: &Path) -> Result<Vec<StepMetrics>, RunError> {
    let path = Layout::of(run).metrics();
    let text = std::fs::read_to_string(&path).map_err(RunError::io(&path))?;
    metrics_from_text(&text).map_err(|error| RunError::damaged(&path, error))
}

/// The run, or the directory of several seeds, in which, or in a folder of which, a file lies, and its name there. Links on the
/// way are followed. A list alone makes no run: other programs have files of that name too.
pub(crate) fn run_of(path: &Path) -> Option<(PathBuf, String)> {
    let path = directory_of(path).canonicalize().ok()?.join(path.file_name()?);
    let run =
        path.ancestors().skip(1).find(|directory| directory.join(Layout::LIST).is_file() && has_run(directory))?;
    let name: Option<Vec<&str>> = path.strip_prefix(run).ok()?.iter().map(|part| part.to_str()).collect();
    Some((run.to_owned(), name?.join("/")))
}

/// Whether a directory has the configuration of a run, or of several, or the plan of a sweep.
fn has_run(directory: &Path) -> bool {
    let text = |name| std::fs::read(directory.join(name)).unwrap_or_default();
    let file = |name| -> Value { serde_json::from_slice(&text(name)).unwrap_or_default() };
    is_config(&file(Layout::CONFIG)) || is_header(&file(Layout::SEEDS)) || is_plan(&text(Layout::SWEEP))
}

fn append(run: &Path, name: &str, contents: Option<Contents>) -> Result<File, RunError> {
    let path = run.join(Layout::LIST);
    let line = line(name, contents).map_err(|error| RunError::damaged(&path, error))?;
    let append = || {
        let mut list = File::options().create(true).read(true).append(true).open(&path)?;
        remove_unfinished_line(&mut list)?;
        list.write_all(line.as_bytes())?;
        Ok(list)
    };
    append().map_err(RunError::io(&path))
}

/// A line of the list, with its end.
pub(crate) fn line(name: &str, contents: Option<Contents>) -> serde_json::Result<String> {
    let line = Line {
        file: name.to_string(),
        bytes: contents.map(|contents| contents.bytes),
        crc32: contents.map(|contents| contents.crc32),
    };
    Ok(serde_json::to_string(&line)? + "\n")
}

/// The file that a line names, and what was written into it.
fn contents_in(line: &[u8]) -> serde_json::Result<(String, Option<Contents>)> {
    let Line { file, bytes, crc32 } = serde_json::from_slice(line)?;
    match (bytes, crc32) {
        (Some(bytes), Some(crc32)) => Ok((file, Some(Contents { bytes, crc32 }))),
        (None, None) => Ok((file, None)),
        _ => Err(serde::de::Error::custom("it has only one of bytes and crc32")),
    }
}

/// Shortens the list by a line that has no end, so that the next one is a line of its own.
fn remove_unfinished_line(list: &mut File) -> std::io::Result<()> {
    let mut last = [0];
    if list.seek(SeekFrom::End(0))? == 0 {
        return Ok(());
    }
    list.seek(SeekFrom::End(-1))?;
    list.read_exact(&mut last)?;
    if last != *b"\n" {
        let mut bytes = Vec::new();
        list.rewind()?;
        list.read_to_end(&mut bytes)?;
        let end = bytes.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
        list.set_len(end as u64)?;
    }
    Ok(())
}
