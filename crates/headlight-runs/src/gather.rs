//! What the runs of a sweep have come to, read while others may be training them; and what is made of it, written beside them.

use std::path::Path;

use headlight_record::{AttentionRecord, StepMetrics, records_from_bytes};

use crate::files::Files;
use crate::layout::{Layout, entries};
use crate::list::{FileList, write_of_step};
use crate::run::read_result;
use crate::sweep::{PlannedRun, RunState, Sweep};
use crate::{Damage, Replacing, RunError};

/// The folder for a sweep's pictures.
const PICTURES: &str = "pictures";

/// What there is of one run.
pub struct GatheredRun {
    /// What became of it.
    pub state: RunState,
    /// The first logged step, the last, and some between them.
    pub metrics: Vec<StepMetrics>,
    /// What it attended to when it ended; empty where it has not, or the file is damaged.
    pub records: Vec<AttentionRecord>,
    /// Whether its page is there.
    pub has_report: bool,
    /// Files that are there and cannot be read.
    pub damaged: Vec<RunError>,
}

impl Sweep {
    /// Reads what there is of a run, of its metrics at most `most` steps. Nothing is locked, and a file that is damaged hides no other.
    /// The result and the record are compared with the run's list of files; the metrics, which grow line by line, cannot be, but for
    /// the form of the lines that are read.
    ///
    /// # Panics
    ///
    /// When `most` is less than 2.
    pub fn gather(&self, run: &PlannedRun, most: usize) -> GatheredRun {
        assert!(most >= 2, "the first and the last step");
        let path = self.path_of(run);
        let (layout, state) = (Layout::of(&path), self.state(run));
        let mut damaged = Vec::new();
        // A damaged result is none to a run that is to be resumed; who asks how it ended must know.
        if let RunState::Begun { .. } = state
            && layout.result().exists()
        {
            damaged.extend(read_result(&path).err().filter(|_| layout.result().exists()));
        }
        let mut read = |bytes: Result<Vec<u8>, RunError>| bytes.map_err(|error| damaged.push(error)).ok();
        let metrics = match state {
            RunState::Waiting => None,
            _ => read(Files::In(&path).read_unchecked(Layout::METRICS).map(|bytes| bytes.into_owned())),
        };
        let record = match state {
            RunState::Ended(_) => read(Files::In(&path).read(Layout::ATTENTION).map(|bytes| bytes.into_owned())),
            _ => None,
        };
        let mut parse = |found: Result<_, RunError>| found.map_err(|error| damaged.push(error)).ok();
        let metrics = metrics.and_then(|bytes| {
            parse(thinned(&bytes, most).map_err(|damage| RunError::damaged(&layout.metrics(), damage)))
        });
        let records = record.and_then(|bytes| {
            let records = records_from_bytes(&bytes).map_err(|error| RunError::damaged(&layout.attention(), error));
            records.map_err(|error| damaged.push(error)).ok()
        });
        GatheredRun {
            state,
            metrics: metrics.unwrap_or_default(),
            records: records.unwrap_or_default(),
            has_report: layout.report().is_file(),
            damaged,
        }
    }

    /// Writes files that are made from the runs, by their names in the sweep's directory, each whole; and removes pictures that an earlier
    /// time made and this one does not. All of them are the sweep's own from then on.
    ///
    /// # Errors
    ///
    /// When there is a file of such a name that was not written so, or was changed since: then nothing was written. Or when the directory
    /// does not take a file.
    pub fn write(&self, files: &[(String, Vec<u8>)]) -> Result<(), RunError> {
        let list = FileList::read(self.path())?;
        for (name, _) in files {
            refuse_others(self.path(), name, &list)?;
        }
        for (name, bytes) in files {
            let path = self.path().join(name);
            if std::fs::read(&path).is_ok_and(|old| old == *bytes) {
                continue; // it needs no new line in the list
            }
            write_of_step(self.path(), name, bytes)?;
        }
        let pictures = self.path().join(PICTURES);
        let old = if pictures.is_dir() { entries(&pictures)? } else { Vec::new() };
        for path in old {
            let Some(name) = path.file_name().and_then(|name| name.to_str()).map(|name| format!("{PICTURES}/{name}"))
            else {
                continue;
            };
            let is_ours = list.has(&name) && refuse_others(self.path(), &name, &list).is_ok();
            if is_ours && !files.iter().any(|(new, _)| *new == name) {
                std::fs::remove_file(&path).map_err(RunError::io(&path))?;
            }
        }
        Ok(())
    }
}

/// Refuses to replace a file of a run, or of a sweep, that Headlight did not write, or that was changed since.
///
/// # Errors
///
/// When it is there and is not as the list of the directory's files has it, or the list is damaged.
pub fn refuse_changed(directory: &Path, name: &str) -> Result<(), RunError> {
    refuse_others(directory, name, &FileList::read(directory)?)
}

fn refuse_others(directory: &Path, name: &str, list: &FileList) -> Result<(), RunError> {
    let path = directory.join(name);
    let not_ours = || RunError::NotReplaced { path: path.clone(), reason: Replacing::NotOurs };
    // A link, also to a folder, leads to what is not ours.
    if let Some((folder, _)) = name.split_once('/')
        && directory.join(folder).symlink_metadata().is_ok_and(|folder| !folder.is_dir())
    {
        return Err(not_ours());
    }
    match path.symlink_metadata() {
        Err(_) => Ok(()),
        Ok(file) if !file.is_file() || !list.has(name) => Err(not_ours()),
        Ok(_) => {
            let bytes = std::fs::read(&path).map_err(RunError::io(&path))?;
            list.check(name, &bytes).map_err(|_| not_ours())
        }
    }
}

/// The first line of `metrics.jsonl`, the last, and so many between them that there are no more than `most`: half of them evenly spread, half
/// of them among the lines with an exact match. A last line without an end is still being written.
fn thinned(bytes: &[u8], most: usize) -> Result<Vec<StepMetrics>, Damage> {
    let whole = bytes.iter().rposition(|byte| *byte == b'\n').map_or(0, |end| end + 1);
    let text = |line, bytes| str::from_utf8(bytes).map_err(|_| Damage::NotText { line });
    let lines: Vec<&[u8]> = bytes[..whole].split_inclusive(|byte| *byte == b'\n').collect();
    let has_match = |at: &usize| {
        // What a line has of it stands near its middle; a search through text would cost more than reading it.
        lines[*at].windows(EXACT_MATCH.len()).any(|window| window == EXACT_MATCH)
    };
    let kept = if lines.len() <= most {
        (0..lines.len()).collect()
    } else {
        let measured: Vec<usize> = (0..lines.len()).filter(has_match).collect();
        let mut kept = spread(lines.len(), most - most / 2);
        kept.extend(spread(measured.len(), most / 2).into_iter().map(|at| measured[at]));
        kept.sort_unstable();
        kept.dedup();
        kept
    };
    let read = |at: usize| {
        let line = at + 1;
        let metrics: StepMetrics =
            serde_json::from_str(text(line, lines[at])?).map_err(|source| Damage::Line { line, source })?;
        if metrics.step == line { Ok(metrics) } else { Err(Damage::OtherStep { line }) }
    };
    kept.into_iter().map(read).collect()
}

/// How a line with an exact match tells itself.
const EXACT_MATCH: &[u8] = b"\"exact_match\":";

/// So many places among `count`, evenly spread, the first and the last among them.
fn spread(count: usize, most: usize) -> Vec<usize> {
    match (count, most) {
        (0, _) | (_, 0) => Vec::new(),
        _ if count <= most => (0..count).collect(),
        (_, 1) => vec![count - 1],
        _ => (0..most).map(|at| at * (count - 1) / (most - 1)).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(count: usize) -> String {
        let line = |step: usize| StepMetrics {
            step,
            loss: 1.0 / step as f64,
            token_accuracy: 0.5,
            exact_match: step.is_multiple_of(20).then_some(step as f64 / 1000.0),
            learning_rate: 0.1,
            tokens_per_second: 7.0,
            seconds: 0.5,
        };
        (1..=count).map(|step| line(step).to_line()).collect()
    }

    #[test]
    fn some_lines_stand_for_all() {
        let read = |count: usize, most| thinned(lines(count).as_bytes(), most).expect("metrics");
        assert_eq!(read(0, 4), []);
        assert_eq!(read(30, 30).len(), 30);
        for count in [31, 500, 999, 1000] {
            let found = read(count, 30);
            let steps: Vec<usize> = found.iter().map(|line| line.step).collect();
            assert_eq!((steps[0], steps[steps.len() - 1]), (1, count));
            assert!(steps.len() <= 30 && steps.windows(2).all(|pair| pair[0] < pair[1]), "{steps:?}");
            let measured = found.iter().filter(|line| line.exact_match.is_some()).count();
            assert!(measured >= (count / 20).min(15), "{measured} of {count}");
        }
    }

    #[test]
    fn a_line_that_is_being_written_is_none_and_a_wrong_one_is_named() {
        let text = lines(5);
        let torn = &text[..text.len() - 9];
        assert_eq!(thinned(torn.as_bytes(), 9).expect("metrics").len(), 4);
        let wrong = text.replacen("\"step\":3", "\"step\":4", 1);
        assert!(matches!(thinned(wrong.as_bytes(), 9), Err(Damage::OtherStep { line: 3 })));
        let no_json = text.replacen("{\"step\":2", "{\"step\"2", 1);
        assert!(matches!(thinned(no_json.as_bytes(), 9), Err(Damage::Line { line: 2, .. })));
    }
}
