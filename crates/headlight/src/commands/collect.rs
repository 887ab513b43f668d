//! `headlight collect`: what a sweep's runs have come to, as tables, pictures and one page.

mod reading;
mod reports;

use std::path::{Path, PathBuf};

use clap::Args;
use headlight_lens::Thresholds;
use headlight_plot::PlotOptions;
use headlight_record::Findings;
use headlight_record::sweep::{
    CellChoice, SweepAxis, SweepCell, SweepCharts, SweepError, SweepGrid, SweepResults, results_json, sweep_charts,
    table_of_cells, table_of_runs,
};
use headlight_report::{SweepPage, sweep_html};
use headlight_runs::{Sweep, SweepPlan, refuse_changed};

use self::reading::read_runs;
use super::lens::output::{sheet, table};
use super::model;
use super::plot::charts::drawn;
use super::plot::note_missing;
use crate::output::{counted, name_of, say};
use crate::shell_words::on_one_line;

/// The files, but for the pictures.
const CSV: &str = "results.csv";
const JSON: &str = "results.json";
const PAGE: &str = "sweep.html";
const PICTURES: &str = "pictures";

#[derive(Args)]
pub(crate) struct CollectArguments {
    /// Directory of the sweep
    #[arg(value_name = "DIR")]
    directory: PathBuf,
    /// Axis that runs down the tables: a varied option's name, such as heads [default: the first]
    #[arg(long, value_name = "AXIS")]
    rows: Option<String>,
    /// Axis that runs across [default: the next]
    #[arg(long, value_name = "AXIS")]
    columns: Option<String>,
    /// Draw curves and roles of these runs: heads=2,d-model=32; may be given several times [default: of the tables' cells]
    #[arg(long, value_name = "SETTINGS")]
    cell: Vec<String>,
    /// Also write the report of each run that has ended, where it is not up to date
    #[arg(long)]
    reports: bool,
}

/// Reads whatever has finished, also while the sweep runs.
pub(crate) fn collect(arguments: &CollectArguments) -> anyhow::Result<()> {
    let path = &arguments.directory;
    let sweep = Sweep::open(path).map_err(model::failed)?;
    let SweepPlan { task, axes, .. } = sweep.plan();
    let mut results = SweepResults { title: name_of(path), task: task.clone(), axes: axes.clone(), runs: Vec::new() };
    // What is asked for must be there before anything is read or written.
    let grid_of = |results: &SweepResults| -> Result<(), SweepError> {
        results.grid(arguments.rows.as_deref(), arguments.columns.as_deref()).map(|_| ())
    };
    let choices: Vec<CellChoice> = arguments.cell.iter().map(|cell| cell.parse()).collect::<Result<_, _>>()?;
    grid_of(&results)?;
    choices.iter().try_for_each(|choice| results.chosen(choice).map(|_| ()))?;
    refuse_changed(path, &[CSV, JSON, PAGE]).map_err(model::failed)?;

    if arguments.reports {
        reports::write(&sweep)?;
    }
    let thresholds = Thresholds::default();
    results.runs = read_runs(&sweep, &thresholds);
    let grid = results.grid(arguments.rows.as_deref(), arguments.columns.as_deref())?;
    let chosen: Vec<SweepCell> = choices.iter().map(|choice| results.chosen(choice)).collect::<Result<_, _>>()?;
    let SweepCharts { charts, left_out } = sweep_charts(&results, &grid, &chosen);
    let mut notes = notes(&results, &thresholds);
    notes.extend(left_out.into_iter().map(|line| format!("{line} (--cell draws others)")));
    let findings = Findings { tables: vec![table_of_cells(&grid)], charts, notes, ..Findings::default() };
    let files = files(&results, &grid, &findings, path)?;
    sweep.write(&files, &old_pictures(path)).map_err(model::failed)?;

    say(table::text(&findings, "in results.json").trim_end())?;
    for name in [CSV, JSON] {
        say(path.join(name).display())?;
    }
    let pictures = files.iter().filter(|(name, _)| name.starts_with(PICTURES)).count();
    say(format_args!("{} ({})", path.join(PICTURES).display(), counted(pictures, "picture")))?;
    say(path.join(PAGE).display())
}

/// All that is written, by its name in the sweep's directory.
fn files(
    results: &SweepResults,
    grid: &SweepGrid<'_>,
    findings: &Findings,
    path: &Path,
) -> anyhow::Result<Vec<(String, Vec<u8>)>> {
    let name = |axis: Option<&SweepAxis>| axis.map(|axis| axis.name.clone());
    let (rows, columns) = (name(grid.rows), name(grid.columns));
    // Without the slash that a shell completes a directory by: however it was typed, the page is the same.
    let typed = on_one_line(&path.components().collect::<PathBuf>().to_string_lossy());
    let one = format!("headlight report {typed}/");
    let all = format!("headlight collect {typed} --reports");
    let page = SweepPage { results, rows: rows.as_deref(), columns: columns.as_deref(), commands: [&one, &all] };
    let mut files = vec![
        (CSV.to_string(), sheet::csv(&table_of_runs(results)).into_bytes()),
        (JSON.to_string(), results_json(results, findings)?.into_bytes()),
        (PAGE.to_string(), sweep_html(&page).into_bytes()),
    ];
    let pictures = drawn(&findings.charts, &PlotOptions::default(), "")?;
    note_missing(&pictures);
    files.extend(pictures.into_iter().map(|(name, drawn)| (format!("{PICTURES}/{name}"), drawn.bytes)));
    Ok(files)
}

/// The pictures that an earlier time made: those that may be gone this time. What was drawn there by other commands is not among them.
fn old_pictures(path: &Path) -> Vec<String> {
    let bytes = std::fs::read(path.join(JSON)).unwrap_or_default();
    let charts = Findings::from_json(&bytes).ok().flatten().map(|findings| findings.charts).unwrap_or_default();
    charts.iter().map(|chart| format!("{PICTURES}/{}.png", chart.name())).collect()
}

/// What a reader must know of the numbers.
fn notes(results: &SweepResults, thresholds: &Thresholds) -> Vec<String> {
    let counts = results.counts().into_iter().map(|(state, count)| format!("{count} {}", state.name()));
    let read = results.runs.iter().filter(|run| !run.heads.is_empty()).count();
    let mut notes = vec![format!("{}: {}", counted(results.runs.len(), "run"), counts.collect::<Vec<_>>().join(", "))];
    notes.push(
        "Shares are of the runs with an outcome, with 95 % Wilson intervals. Steps are the median and the quartiles of the same runs; ∞: a run \
         that was not solved."
            .to_string(),
    );
    if results.runs.iter().any(|run| run.solved.is_none()) {
        notes.push("Some runs have no outcome yet. Solved runs finish first, so shares are too high now.".to_string());
    }
    if read > 0 {
        notes.push(format!(
            "A head has a role where its score on the one example that its run recorded is at least {} and above that of uniform \
             attention ({} read). Heads of different seeds have no common order.",
            thresholds.in_words(&[]),
            counted(read, "record")
        ));
    }
    notes
}
