//! A sweep's results for other programs.

use std::collections::BTreeMap;

use serde::Serialize;

use super::{SEED, SweepAxis, SweepCell, SweepResults};
use crate::findings::Chart;
use crate::{Findings, Origin};

/// The layout of the file.
const VERSION: u32 = 1;

#[derive(Serialize)]
struct File<'a> {
    version: u32,
    /// With the next three the file is one of [`Findings`], too, whose charts are drawn like any others.
    lens: &'static str,
    origin: Origin,
    charts: &'a [Chart],
    notes: &'a [String],
    #[serde(flatten)]
    results: &'a SweepResults,
    /// How many runs there are of each state.
    counts: BTreeMap<&'static str, usize>,
    /// Over all axes with several values but the seed.
    cells: Vec<SweepCell>,
}

/// The results as JSON: every run, the numbers of runs that differ in their seeds alone, and the charts of `findings`.
///
/// # Errors
///
/// Never, for results that were made of files.
pub fn results_json(results: &SweepResults, findings: &Findings) -> Result<String, serde_json::Error> {
    let axes: Vec<&SweepAxis> = results.varied().filter(|axis| axis.name != SEED).collect();
    let file = File {
        version: VERSION,
        lens: "sweep",
        origin: Origin { task: results.task.clone(), ..Origin::default() },
        charts: &findings.charts,
        notes: &findings.notes,
        results,
        counts: results.counts().into_iter().map(|(state, count)| (state.name(), count)).collect(),
        cells: results.cells(&axes),
    };
    Ok(serde_json::to_string_pretty(&file)? + "\n")
}
