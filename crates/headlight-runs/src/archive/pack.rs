use std::io::{Cursor, Write};
use std::path::Path;

use headlight_model::parameters_to_safetensors;
use headlight_record::{StepMetrics, records_to_bytes, without_clock};
use headlight_train::Training;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, ZipWriter};

use crate::config_file::to_json;
use crate::contents::Contents;
use crate::layout::Layout;
use crate::list::line;
use crate::{ArchiveError, Checkpoint, RunConfig, RunConfigError, RunError, RunResult};

/// The files that a run's directory would have, as bytes.
#[derive(Clone, Debug, PartialEq)]
pub struct RunArchive {
    /// The folder in which they lie.
    folder: String,
    /// By their names, in the order in which a run writes them.
    files: Vec<(&'static str, Vec<u8>)>,
    list: String,
}

impl RunArchive {
    /// What the file of pairs is called in a run that was given their text, and so in its configuration.
    pub const PAIRS: &'static str = Layout::PAIRS;
    /// The bytes of pairs that an archive may hold: each line is kept as text and as tokens.
    pub const MOST_PAIRS: usize = 1 << 20;

    /// What a training can be resumed from: its configuration, `metrics.jsonl` as it is, and a checkpoint. `pairs` is the
    /// text of the task `file`, where the run was given one; the configuration names it where it lies in the archive.
    ///
    /// # Errors
    ///
    /// When the parameters are no numbers any more, or a number of the configuration has more digits than its file can hold.
    pub fn of_checkpoint(
        training: &Training,
        config: &RunConfig,
        metrics: &str,
        pairs: Option<&str>,
    ) -> Result<Self, RunError> {
        config.check_digits()?;
        let config = &config.clone().with_pairs_at(Path::new(Layout::PAIRS));
        let mut metrics_crc32 = crc32fast::Hasher::new();
        metrics.lines().for_each(|line| metrics_crc32.update(without_clock(line).as_bytes()));
        let checkpoint = Checkpoint::of(training, config, metrics_crc32.finalize())?;

        let folder = format!("{}-seed-{}", config.task.spec.name, config.training.seed);
        let mut archive = Self { folder, files: Vec::new(), list: String::new() };
        archive.add(Layout::CONFIG, to_json(config)?.into_bytes())?;
        if let Some(pairs) = pairs {
            archive.add(Layout::PAIRS, pairs.as_bytes().to_vec())?;
        }
        // It grows line by line in a directory: nothing but its name is known of it.
        archive.list += &line(Layout::METRICS, None).map_err(RunConfigError::Json)?;
        archive.files.push((Layout::METRICS, metrics.as_bytes().to_vec()));
        let bytes = checkpoint.to_bytes().map_err(|damage| RunError::damaged(Layout::CHECKPOINT.as_ref(), damage))?;
        archive.add(Layout::CHECKPOINT, bytes)?;
        Ok(archive)
    }

    /// All that a run leaves when it ends here: a checkpoint, the model, what it attends to, and the result.
    ///
    /// # Errors
    ///
    /// As [`of_checkpoint`](Self::of_checkpoint).
    pub fn of_run(
        training: &Training,
        config: &RunConfig,
        metrics: &str,
        pairs: Option<&str>,
    ) -> Result<Self, RunError> {
        let mut archive = Self::of_checkpoint(training, config, metrics, pairs)?;
        archive.add(Layout::MODEL, parameters_to_safetensors(&training.model())?)?;
        archive.add(Layout::ATTENTION, records_to_bytes(&training.records()?)?)?;
        let last = metrics.lines().next_back().and_then(|line| serde_json::from_str::<StepMetrics>(line).ok());
        let seconds = last.map_or(0.0, |line| line.seconds);
        let result = RunResult::of(training, training.exact_match(), seconds);
        archive.add(Layout::RESULT, to_json(&result)?.into_bytes())?;
        Ok(archive)
    }

    fn add(&mut self, name: &'static str, bytes: Vec<u8>) -> Result<(), RunError> {
        self.list += &line(name, Some(Contents::of(&bytes))).map_err(RunConfigError::Json)?;
        self.files.push((name, bytes));
        Ok(())
    }

    /// The archive's bytes; equal runs give equal bytes.
    ///
    /// # Errors
    ///
    /// When a file is larger than 4 GiB.
    pub fn to_zip(&self) -> Result<Vec<u8>, RunError> {
        let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
        let mut add = |name: &str, bytes: &[u8]| -> zip::result::ZipResult<()> {
            // Numbers hardly get smaller by packing, and a page saves them often.
            let is_text = !name.ends_with(".safetensors");
            let method = if is_text { CompressionMethod::Deflated } else { CompressionMethod::Stored };
            let options = SimpleFileOptions::default()
                .compression_method(method)
                .last_modified_time(DateTime::default())
                .unix_permissions(0o644);
            zip.start_file(format!("{}/{name}", self.folder), options)?;
            Ok(zip.write_all(bytes)?)
        };
        let packed = self.files.iter().try_for_each(|(name, bytes)| add(name, bytes));
        let packed = packed.and_then(|()| add(Layout::LIST, self.list.as_bytes())).and_then(|()| zip.finish());
        Ok(packed.map_err(ArchiveError::from)?.into_inner())
    }
}
