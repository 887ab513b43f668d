//! What the runs of a sweep have come to, read while others may be training them; and what is made of it, written beside them.

use std::path::Path;

use headlight_record::{AttentionRecord, StepMetrics, records_from_bytes};

use crate::files::Files;
use crate::layout::Layout;
use crate::list::{FileList, write_of_step};
use crate::run::read_result;
use crate::sweep::{PlannedRun, RunState, Sweep};
use crate::{Damage, Replacing, RunError};

/// What there is of one run.
pub struct GatheredRun {
    /// What became of it.
    pub state: RunState,
    /// The logged steps that were asked for, and the last.
    pub metrics: Vec<StepMetrics>,
    /// What it attended to when it ended; empty where it has not, or the file is damaged.
    pub records: Vec<AttentionRecord>,
    /// Whether its page is there.
    pub has_report: bool,
    /// Files that are there and cannot be read.
    pub damaged: Vec<RunError>,
}

impl Sweep {
    /// Reads what there is of a run in this state, of its metrics the lines of these steps, in ascending order, and the last, each with the exact match that
    /// was measured last. Nothing is locked, and a file that is damaged hides no other. The result and the record are compared with the
    /// run's list of files; the metrics, which grow line by line, cannot be, but for the form of the lines that are read.
    pub fn gather(&self, run: &PlannedRun, state: RunState, steps: &[usize]) -> GatheredRun {
        let path = self.path_of(run);
        let layout = Layout::of(&path);
        let mut gathered = GatheredRun {
            state,
            metrics: Vec::new(),
            records: Vec::new(),
            has_report: layout.report().is_file(),
            damaged: Vec::new(),
        };
        // A damaged result is none to a run that is to be resumed; who asks how it ended must know.
        if matches!(gathered.state, RunState::Begun { .. }) && layout.result().exists() {
            gathered.damaged.extend(read_result(&path).err().filter(|_| layout.result().exists()));
        }
        // The configuration is there first, and the metrics come after it.
        if !matches!(gathered.state, RunState::Waiting) && layout.metrics().exists() {
            match metrics_of(&path, steps) {
                Ok(metrics) => gathered.metrics = metrics,
                Err(error) => gathered.damaged.push(error),
            }
        }
        if matches!(gathered.state, RunState::Ended(_)) {
            match records_of(&path) {
                Ok(records) => gathered.records = records,
                Err(error) => gathered.damaged.push(error),
            }
        }
        gathered
    }

    /// Writes files that are made from the runs, by their names in the sweep's directory, each whole; and removes those of `old`, names that an
    /// earlier time gave, which this one does not. All of them are the sweep's own from then on.
    ///
    /// # Errors
    ///
    /// When there is a file of such a name that was not written so, or was changed since: then nothing was written. Or when the directory
    /// does not take a file.
    pub fn write(&self, files: &[(String, Vec<u8>)], old: &[String]) -> Result<(), RunError> {
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
        for name in old {
            let path = self.path().join(name);
            let is_ours = list.has(name) && refuse_others(self.path(), name, &list).is_ok();
            if is_ours && path.is_file() && !files.iter().any(|(new, _)| new == name) {
                std::fs::remove_file(&path).map_err(RunError::io(&path))?;
            }
        }
        Ok(())
    }
}

/// Refuses to replace files of a run, or of a sweep, of which Headlight did not write one, or one was changed since.
///
/// # Errors
///
/// When one is there and is not as the list of the directory's files has it, or the list is damaged.
pub fn refuse_changed(directory: &Path, names: &[&str]) -> Result<(), RunError> {
    let list = FileList::read(directory)?;
    names.iter().try_for_each(|name| refuse_others(directory, name, &list))
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

fn metrics_of(run: &Path, steps: &[usize]) -> Result<Vec<StepMetrics>, RunError> {
    let bytes = Files::In(run).read_unchecked(Layout::METRICS)?;
    lines_of(&bytes, steps).map_err(|damage| RunError::damaged(&Layout::of(run).metrics(), damage))
}

fn records_of(run: &Path) -> Result<Vec<AttentionRecord>, RunError> {
    let bytes = Files::In(run).read(Layout::ATTENTION)?;
    records_from_bytes(&bytes).map_err(|error| RunError::damaged(&Layout::of(run).attention(), error))
}

/// The lines of these steps, a line a step from 1, and the last. A last line without an end is still being written.
fn lines_of(bytes: &[u8], steps: &[usize]) -> Result<Vec<StepMetrics>, Damage> {
    let whole = bytes.iter().rposition(|byte| *byte == b'\n').map_or(0, |end| end + 1);
    let lines: Vec<&[u8]> = bytes[..whole].split_inclusive(|byte| *byte == b'\n').collect();
    let read = |step: usize| -> Result<StepMetrics, Damage> {
        let text = str::from_utf8(lines[step - 1]).map_err(|_| Damage::NotText { line: step })?;
        let metrics: StepMetrics = serde_json::from_str(text).map_err(|source| Damage::Line { line: step, source })?;
        if metrics.step == step { Ok(metrics) } else { Err(Damage::OtherStep { line: step }) }
    };
    // To read every line would cost more than all the rest.
    let has_match = |line: &&[u8]| line.windows(EXACT_MATCH.len()).any(|window| window == EXACT_MATCH);
    let mut found: Vec<StepMetrics> = Vec::new();
    for step in
        steps.iter().copied().filter(|step| *step < lines.len()).chain((!lines.is_empty()).then_some(lines.len()))
    {
        let mut metrics = read(step)?;
        if metrics.exact_match.is_none() {
            let before = found.last().map_or(0, |last| last.step);
            let measured = lines[before..step - 1].iter().rposition(has_match);
            metrics.exact_match = match measured {
                Some(at) => read(before + at + 1)?.exact_match,
                None => found.last().and_then(|last| last.exact_match),
            };
        }
        found.push(metrics);
    }
    Ok(found)
}

/// How a line with an exact match tells itself.
const EXACT_MATCH: &[u8] = b"\"exact_match\":";

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
    fn the_steps_asked_for_and_the_last_are_read() {
        let read = |count: usize, steps: &[usize]| lines_of(lines(count).as_bytes(), steps).expect("metrics");
        assert_eq!(read(0, &[1, 5]), []);
        let found = read(90, &[1, 19, 20, 30, 59, 90, 200]);
        let shown: Vec<(usize, f64, Option<f64>)> =
            found.iter().map(|line| (line.step, line.loss, line.exact_match)).collect();
        let at = |step: usize, exact_match| (step, 1.0 / step as f64, exact_match);
        let expected =
            [at(1, None), at(19, None), at(20, Some(0.02)), at(30, Some(0.02)), at(59, Some(0.04)), at(90, Some(0.08))];
        assert_eq!(shown, expected);
    }

    #[test]
    fn a_line_that_is_being_written_is_none_and_a_wrong_one_is_named() {
        let text = lines(5);
        let all = [1, 2, 3, 4, 5];
        let torn = &text[..text.len() - 9];
        assert_eq!(lines_of(torn.as_bytes(), &all).expect("metrics").len(), 4);
        let wrong = text.replacen("\"step\":3", "\"step\":4", 1);
        assert!(matches!(lines_of(wrong.as_bytes(), &all), Err(Damage::OtherStep { line: 3 })));
        let no_json = text.replacen("{\"step\":2", "{\"step\"2", 1);
        assert!(matches!(lines_of(no_json.as_bytes(), &all), Err(Damage::Line { line: 2, .. })));
    }
}
