//! The reports of a sweep's runs.

use std::path::Path;
use std::time::SystemTime;

use headlight_runs::{Layout, PlannedRun, RunState, Sweep, read_records, refuse_changed};
use rayon::iter::{IntoParallelRefIterator, ParallelIterator};

use crate::commands::write_report;
use crate::output::{counted, note, note_all};

/// Writes the report of each run that has ended and has none, or one that is older than its result. One that cannot be written is named in
/// a line.
pub(super) fn write(sweep: &Sweep) -> anyhow::Result<()> {
    let runs = &sweep.plan().runs;
    let written: Vec<Result<bool, String>> = runs
        .par_iter()
        .map(|run| write_one(sweep, run).map_err(|error| format!("note: no report of {}: {error}", run.directory)))
        .collect();
    let count = written.iter().filter(|written| **written == Ok(true)).count();
    note_all(&written.into_iter().filter_map(Result::err).collect::<Vec<_>>());
    note(format_args!("{} written", counted(count, "report")));
    Ok(())
}

/// Whether one was written.
fn write_one(sweep: &Sweep, run: &PlannedRun) -> anyhow::Result<bool> {
    let path = sweep.path_of(run);
    let layout = Layout::of(&path);
    if !matches!(sweep.state(run), RunState::Ended(_)) {
        return Ok(false);
    }
    refuse_changed(&path, &["report.html"])?; // also where it is new: it is not the run's
    if layout.report().is_file() && modified(&layout.report()) >= modified(&layout.result()) {
        return Ok(false);
    }
    write_report(&path, read_records(&layout.attention())?)?;
    Ok(true)
}

fn modified(path: &Path) -> Option<SystemTime> {
    path.metadata().and_then(|file| file.modified()).ok()
}
