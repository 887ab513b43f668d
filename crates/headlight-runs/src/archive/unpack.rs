use std::collections::BTreeMap;
use std::io::{Cursor, Read};

use headlight_train::TrainingState;
use zip::ZipArchive;
use zip::result::ZipError;

use crate::at_rest::AtRest;
use crate::config_file::read_config;
use crate::files::Files;
use crate::layout::Layout;
use crate::{ArchiveError, RunArchive, RunConfig, RunError};

/// More files than a run keeps: their names alone would fill the memory of a page.
const MOST_FILES: u64 = u16::MAX as u64;
/// What the configuration and the list of files have at most, in bytes each.
const MOST_TEXT: u64 = 4 << 20;
/// What the lines of metrics have at most, all together and each, in bytes.
const MOST_METRICS: u64 = 64 << 20;
const MOST_LINE: u64 = 1 << 10;
/// A file of so many bytes may have been packed into any few; a larger one,
const ANY_RATIO: u64 = 1 << 20;
/// into no fewer than one byte for so many. Lines of metrics get a sixth of their size.
const MOST_RATIO: u64 = 40;
/// Where the end of the directory of a large archive says how many files it has.
const LARGE_END: [u8; 4] = *b"PK\x06\x06";

/// An archive of which no more is unpacked yet than says what the run was asked to do.
pub struct PackedRun<'a> {
    archive: ZipArchive<Cursor<&'a [u8]>>,
    folder: String,
    files: BTreeMap<String, Vec<u8>>,
    config: RunConfig,
}

/// A run out of an archive.
pub struct ArchivedRun {
    /// What it was asked to do.
    pub config: RunConfig,
    /// Where it stood; `None` where it had not begun.
    pub state: Option<TrainingState>,
    /// The lines of `metrics.jsonl` up to there, each a [`StepMetrics`](headlight_record::StepMetrics).
    pub metrics: String,
    /// The text of the task `file`, where the task is one.
    pub pairs: Option<String>,
}

impl<'a> PackedRun<'a> {
    /// Finds the run in a zip archive of its directory, with a folder around it or without, and reads its configuration.
    ///
    /// # Errors
    ///
    /// When it is no archive of a run, or the configuration is damaged or was written by another Headlight.
    pub fn from_zip(bytes: &'a [u8]) -> Result<Self, RunError> {
        check_count(bytes)?;
        let mut archive = ZipArchive::new(Cursor::new(bytes)).map_err(ArchiveError::from)?;
        let folder = folder_of(&archive)?;
        let mut files = BTreeMap::new();
        for name in [Layout::CONFIG, Layout::LIST] {
            unpack(&mut archive, &folder, name, MOST_TEXT, &mut files)?;
        }
        let config = read_config(Files::Unpacked(&files))?;
        Ok(Self { archive, folder, files, config })
    }

    /// What the run was asked to do; of pairs only what a model must know.
    pub fn config(&self) -> &RunConfig {
        &self.config
    }

    /// Unpacks what a training is resumed from, as large as its configuration makes it at most, and trusts none of it: the files are
    /// checked as when a stopped run is resumed. `pairs` is the text of the task `file`, for an archive without it.
    ///
    /// # Errors
    ///
    /// When a file is too large, damaged or was written by another Headlight, or files do not belong together.
    pub fn unpack(self, pairs: Option<&str>) -> Result<ArchivedRun, RunError> {
        let Self { mut archive, folder, mut files, mut config } = self;
        let most_lines = MOST_METRICS.min(MOST_LINE.saturating_mul(config.training.max_steps as u64));
        let most_state = u64::try_from(config.most_checkpoint_bytes()).unwrap_or(u64::MAX);
        unpack(&mut archive, &folder, Layout::METRICS, most_lines, &mut files)?;
        unpack(&mut archive, &folder, Layout::CHECKPOINT, most_state, &mut files)?;
        match pairs {
            Some(pairs) => config.load_pairs_from(pairs.as_bytes())?,
            None => {
                unpack(&mut archive, &folder, Layout::PAIRS, RunArchive::MOST_PAIRS as u64, &mut files)?;
                config.load_pairs(Files::Unpacked(&files))?;
            }
        }
        let at_rest = AtRest::read(Files::Unpacked(&files), &config)?;
        let (state, kept) = match at_rest {
            Some(AtRest { checkpoint, kept_bytes, .. }) => (Some(checkpoint.state), kept_bytes as usize),
            None => (None, 0),
        };
        // They were read as text once already.
        let lines = files.remove(Layout::METRICS).unwrap_or_default();
        let metrics = lines.get(..kept).and_then(|lines| str::from_utf8(lines).ok()).unwrap_or_default().to_string();
        let packed_pairs = files.remove(Layout::PAIRS).and_then(|bytes| String::from_utf8(bytes).ok());
        let pairs = config.task.file.as_ref().and_then(|_| pairs.map(str::to_string).or(packed_pairs));
        Ok(ArchivedRun { config, state, metrics, pairs })
    }
}

/// Unpacks a file, if the archive has it.
fn unpack(
    archive: &mut ZipArchive<Cursor<&[u8]>>,
    folder: &str,
    name: &'static str,
    max: u64,
    files: &mut BTreeMap<String, Vec<u8>>,
) -> Result<(), ArchiveError> {
    let Some(at) = archive.index_for_name(&format!("{folder}{name}")) else { return Ok(()) };
    let file = archive.by_index(at)?;
    let (packed, unpacked) = (file.compressed_size(), file.size());
    if unpacked > ANY_RATIO && unpacked / MOST_RATIO > packed {
        return Err(ArchiveError::Bomb { packed, unpacked });
    }
    if unpacked > max {
        return Err(ArchiveError::LargeFile { name, bytes: unpacked, max });
    }
    // Not as many as it claims at once, and no more.
    let mut contents = Vec::new();
    file.take(unpacked + 1).read_to_end(&mut contents).map_err(ZipError::from)?;
    files.insert(name.to_string(), contents);
    Ok(())
}

/// Refuses an archive that says of itself that it has more files than a run. A small archive counts them in 16 bits; a large one has a
/// record for it, from whose count on memory would be taken.
fn check_count(bytes: &[u8]) -> Result<(), ArchiveError> {
    let number = |record: &[u8], at: usize| {
        let bytes = record.get(at..)?.first_chunk()?;
        Some(u64::from_le_bytes(*bytes))
    };
    let ends = bytes.windows(LARGE_END.len()).enumerate().filter(|(_, signature)| *signature == LARGE_END);
    let mut counts = ends.filter_map(|(at, _)| {
        let record = &bytes[at..];
        // Other numbers may happen to begin like one.
        let is_record = number(record, 4)? < record.len() as u64;
        is_record.then(|| number(record, 32))?
    });
    match counts.find(|count| *count > MOST_FILES) {
        Some(_) => Err(ArchiveError::ManyFiles { max: MOST_FILES }),
        None => Ok(()),
    }
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
