use std::collections::BTreeMap;
use std::io::{Cursor, Read};

use headlight_train::TrainingState;
use zip::ZipArchive;
use zip::result::ZipError;

use crate::at_rest::AtRest;
use crate::config_file::read_config;
use crate::files::Files;
use crate::layout::Layout;
use crate::{ArchiveError, RunConfig, RunError};

/// The files that a training is resumed from; others in an archive are not unpacked.
const FILES: [&str; 5] = [Layout::CONFIG, Layout::LIST, Layout::METRICS, Layout::CHECKPOINT, Layout::PAIRS];
/// More than this is not unpacked, all files together.
const MOST_BYTES: u64 = 1 << 29;
/// A file of so many bytes may have been packed into any few; a larger one,
const ANY_RATIO: u64 = 1 << 20;
/// into no fewer than one byte for so many. Lines of metrics get a sixth of their size.
const MOST_RATIO: u64 = 40;

/// A run out of an archive.
pub struct ArchivedRun {
    /// What it was asked to do.
    pub config: RunConfig,
    /// Where it stood; `None` where it had not begun.
    pub state: Option<TrainingState>,
    /// The lines of `metrics.jsonl` up to there, each a [`StepMetrics`](headlight_record::StepMetrics).
    pub metrics: String,
    /// The text of the task `file`, where the archive has it.
    pub pairs: Option<String>,
}

impl ArchivedRun {
    /// Reads a zip archive of a run's directory, with a folder around it or without, and trusts none of it: the files are checked as when
    /// a stopped run is resumed. `pairs` is the text of the task `file`, for an archive without it.
    ///
    /// # Errors
    ///
    /// When it is no archive of a run, a file is damaged or was written by another Headlight, or files do not belong together.
    pub fn from_zip(bytes: &[u8], pairs: Option<&str>) -> Result<Self, RunError> {
        let mut files = unpacked(bytes)?;
        if let Some(pairs) = pairs {
            files.insert(Layout::PAIRS.to_string(), pairs.as_bytes().to_vec());
        }
        let run = Files::Unpacked(&files);
        let mut config = read_config(run)?;
        config.load_pairs(run)?;
        let at_rest = AtRest::read(run, &config)?;
        let (state, kept) = match at_rest {
            Some(AtRest { checkpoint, kept_bytes, .. }) => (Some(checkpoint.state), kept_bytes as usize),
            None => (None, 0),
        };
        // They were read as text once already.
        let lines = files.remove(Layout::METRICS).unwrap_or_default();
        let metrics = lines.get(..kept).and_then(|lines| str::from_utf8(lines).ok()).unwrap_or_default().to_string();
        let pairs = config.task.file.is_some().then(|| files.remove(Layout::PAIRS)).flatten();
        let pairs = pairs.and_then(|bytes| String::from_utf8(bytes).ok());
        Ok(Self { config, state, metrics, pairs })
    }
}

/// The files of the run in an archive.
fn unpacked(bytes: &[u8]) -> Result<BTreeMap<String, Vec<u8>>, ArchiveError> {
    let mut archive = ZipArchive::new(Cursor::new(bytes))?;
    let folder = folder_of(&archive)?;
    let mut files = BTreeMap::new();
    let mut sum = 0;
    for name in FILES {
        let Some(at) = archive.index_for_name(&format!("{folder}{name}")) else { continue };
        let file = archive.by_index(at)?;
        let (packed, unpacked) = (file.compressed_size(), file.size());
        sum += unpacked.min(MOST_BYTES + 1);
        if sum > MOST_BYTES || unpacked > ANY_RATIO && unpacked / MOST_RATIO > packed {
            return Err(ArchiveError::Bomb { packed, unpacked });
        }
        // Not as many as it claims at once, and no more.
        let mut contents = Vec::new();
        file.take(unpacked + 1).read_to_end(&mut contents).map_err(ZipError::from)?;
        files.insert(name.to_string(), contents);
    }
    Ok(files)
}

/// Where the run lies: at the top, or in one folder there.
fn folder_of<R: Read + std::io::Seek>(archive: &ZipArchive<R>) -> Result<String, ArchiveError> {
    let names = archive.file_names().filter_map(Result::ok);
    let folder = |name: &str| {
        let folder = name.strip_suffix(Layout::CONFIG)?;
        let is_one = folder.is_empty() || folder.strip_suffix('/').is_some_and(|folder| !folder.contains('/'));
        is_one.then(|| folder.to_string())
    };
    let mut folders = names.filter_map(|name| folder(&name));
    match (folders.next(), folders.next()) {
        (None, _) => Err(ArchiveError::NoRun),
        (Some(folder), None) => Ok(folder),
        (Some(_), Some(_)) => Err(ArchiveError::SeveralRuns),
    }
}
