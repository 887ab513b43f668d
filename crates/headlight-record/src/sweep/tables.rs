//! Runs and cells as tables.

use super::words::steps;
use super::{SEED, SweepGrid, SweepResults};
use crate::findings::{Cell, Column, Table};

/// A row for each run, with its value on each axis, whose columns have the axes' names.
pub fn table_of_runs(results: &SweepResults) -> Table {
    let axes = results.axes.iter().map(|axis| Column::new(&axis.name, &axis.name));
    let first = [Column::new("run", "run"), Column::new("directory", "directory")];
    let rest = [
        ("state", "state"),
        ("solved", "solved"),
        ("steps", "steps"),
        ("exact_match", "exact match"),
        ("held_out", "held-out examples"),
        ("loss", "loss of the last batch"),
        ("parameters", "parameters"),
        ("seconds", "seconds"),
        ("reason", "reason"),
    ];
    let rest = rest.into_iter().map(|(name, title)| Column::new(name, title));
    let rows = results.runs.iter().map(|run| {
        let settings = results.axes.iter().map(|axis| run.settings.get(&axis.name).cloned().into());
        let first: [Cell; 2] = [run.number.into(), run.directory.clone().into()];
        let rest: [Cell; 9] = [
            run.state.name().into(),
            run.solved.map(|solved| solved.to_string()).into(),
            run.steps.into(),
            run.exact_match.into(),
            run.held_out.into(),
            run.loss.filter(|loss| loss.is_finite()).into(),
            run.parameters.into(),
            run.seconds.into(),
            run.reason.clone().into(),
        ];
        first.into_iter().chain(settings).chain(rest).collect()
    });
    Table { title: String::new(), columns: first.into_iter().chain(axes).chain(rest).collect(), rows: rows.collect() }
}

/// A row for each cell.
pub fn table_of_cells(grid: &SweepGrid<'_>) -> Table {
    let axes = || grid.rows.into_iter().chain(grid.columns);
    let names = axes().map(|axis| Column::new(&axis.name, &axis.name));
    let numbers = [
        ("solved", "solved"),
        ("outcomes", "of"),
        ("share", "share solved"),
        ("steps", "median steps"),
        ("steps_low", "first quartile"),
        ("steps_high", "third quartile"),
        ("open", "still open"),
    ];
    let numbers = numbers.into_iter().map(|(name, title)| Column::new(name, title));
    let rows = grid.cells.iter().map(|cell| {
        let names = axes().map(|axis| cell.settings.get(&axis.name).cloned().into());
        let numbers: [Cell; 7] = [
            cell.solved.into(),
            cell.outcomes.into(),
            cell.share.map(|share| share.to_string()).into(),
            cell.steps.map(|of| steps(of.median)).into(),
            cell.steps.map(|of| steps(of.low)).into(),
            cell.steps.map(|of| steps(of.high)).into(),
            (cell.runs.len() - cell.outcomes).into(),
        ];
        names.chain(numbers).collect()
    });
    let first = if axes().next().is_none() { vec![Column::new(SEED, "runs")] } else { Vec::new() };
    let rows = rows.map(|row: Vec<Cell>| {
        let count: Vec<Cell> = first.iter().map(|_| "all".into()).collect();
        count.into_iter().chain(row).collect()
    });
    let rows = rows.collect();
    Table { title: String::new(), columns: first.into_iter().chain(names).chain(numbers).collect(), rows }
}
