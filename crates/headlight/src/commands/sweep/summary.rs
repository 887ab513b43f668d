//! How the runs of a sweep went, a line a combination.

use comfy_table::{CellAlignment, Table, presets};
use headlight_record::sweep::{SEED, quartiles};
use headlight_runs::{PlannedRun, RunState, SweepPlan};

use crate::output::counted;

/// More combinations than anyone reads in a terminal.
const MOST_ROWS: usize = 40;

/// The runs that differ in their seeds alone.
struct Row<'a> {
    /// Their values on the other axes.
    settings: Vec<&'a str>,
    runs: usize,
    diverged: usize,
    solved: usize,
    /// Steps of each run that has an outcome: of one that was not solved, more than any number.
    steps: Vec<f64>,
}

/// The lines of the summary; a plan's runs that differ in their seeds alone stand side by side.
pub(super) fn lines(plan: &SweepPlan, states: &[RunState]) -> Vec<String> {
    let rows = rows(plan, states);
    let mut lines = Vec::new();
    if rows.len() <= MOST_ROWS {
        lines.extend(table(plan, &rows).lines().map(|line| line.trim_end().to_string()));
    } else {
        lines.push(format!("{}: 'headlight collect' lists them", counted(rows.len(), "combination")));
    }
    let count = |is_one: fn(&RunState) -> bool| states.iter().filter(|state| is_one(state)).count();
    let solved = count(|state| matches!(state, RunState::Ended(result) if result.solved));
    let diverged = count(|state| matches!(state, RunState::Diverged(_)));
    let mut total = format!("{solved} of {} solved", counted(states.len(), "run"));
    if diverged > 0 {
        total += &format!(", {diverged} diverged");
    }
    let without = count(|state| !state.has_outcome());
    if without > 0 {
        total += &format!(", {without} without an outcome yet");
    }
    lines.push(total);
    lines
}

fn rows<'a>(plan: &'a SweepPlan, states: &[RunState]) -> Vec<Row<'a>> {
    let names: Vec<&str> = plan.axes.iter().map(|axis| &axis.name[..]).filter(|name| *name != SEED).collect();
    let mut rows: Vec<Row<'_>> = Vec::new();
    for (run, state) in plan.runs.iter().zip(states) {
        let settings: Vec<&str> = names.iter().map(|name| value(run, name)).collect();
        if rows.last().is_none_or(|row| row.settings != settings) {
            rows.push(Row { settings, runs: 0, solved: 0, diverged: 0, steps: Vec::new() });
        }
        let Some(row) = rows.last_mut() else { continue };
        row.runs += 1;
        row.diverged += usize::from(matches!(state, RunState::Diverged(_)));
        match state {
            RunState::Ended(result) if result.solved => {
                row.solved += 1;
                row.steps.push(result.steps as f64);
            }
            RunState::Ended(_) | RunState::Diverged(_) => row.steps.push(f64::INFINITY),
            RunState::Waiting | RunState::Begun { .. } => {}
        }
    }
    rows
}

fn value<'a>(run: &'a PlannedRun, name: &str) -> &'a str {
    run.settings.get(name).map(String::as_str).unwrap_or_default()
}

fn table(plan: &SweepPlan, rows: &[Row<'_>]) -> String {
    let mut table = Table::new();
    let names = plan.axes.iter().map(|axis| axis.name.clone()).filter(|name| name != SEED);
    let counted = ["solved", "diverged", "median steps"].map(str::to_string);
    table.load_style(presets::NOTHING).set_header(names.chain(counted));
    for Row { settings, runs, solved, diverged, steps } in rows {
        let median = match quartiles(steps.clone()) {
            None => "–".to_string(),
            Some(steps) if steps.median.is_infinite() => "not solved".to_string(),
            Some(steps) => format!("{:.0}", steps.median),
        };
        let counts = [format!("{solved} of {runs}"), diverged.to_string(), median];
        table.add_row(settings.iter().map(|value| (*value).to_string()).chain(counts));
    }
    for column in table.column_iter_mut() {
        column.set_padding((0, 2)).set_cell_alignment(CellAlignment::Right);
    }
    table.trim_fmt()
}
