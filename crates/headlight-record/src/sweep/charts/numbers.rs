//! One number a cell, over two axes.

use super::words::{counted, title};
use crate::findings::{Axis, Cells, Chart, Numbered};
use crate::sweep::{Quartiles, SweepAxis, SweepCell, SweepGrid, SweepResults};

/// Share of the seeds that were solved.
pub(super) fn share_solved(results: &SweepResults, grid: &SweepGrid<'_>) -> Chart {
    let number = |cell: &SweepCell| {
        let share = cell.share?;
        let words = vec![of(cell), format!("{:.2}–{:.2}", share.low, share.high)];
        Some(Numbered { number: share.mean, words })
    };
    let mut notes = vec!["under a share: runs solved, and its 95 % Wilson interval".to_string()];
    notes.extend(open(grid));
    chart(
        results,
        grid,
        Cells { notes, ..cells("share_solved", "share of runs solved", "no outcome yet", 1.0) },
        number,
    )
}

/// Steps until a seed was solved.
pub(super) fn steps_to_solve(results: &SweepResults, grid: &SweepGrid<'_>) -> Chart {
    let number = |cell: &SweepCell| {
        let Quartiles { low, median, high, .. } = cell.steps?;
        Some(Numbered { number: median, words: vec![of(cell), format!("{low:.0}–{high:.0}")] })
    };
    let most = grid.cells.iter().filter_map(|cell| Some(cell.steps?.median)).fold(0.0, f64::max);
    let mut notes =
        vec!["median of the runs that were solved; under it how many these are, and their quartiles".to_string()];
    notes.extend(open(grid));
    let empty = cells("steps_to_solve", "steps to solve", "no run solved", if most > 0.0 { most } else { 1.0 });
    chart(results, grid, Cells { notes, ..empty }, number)
}

/// A chart that has no cells yet.
fn cells(name: &str, quantity: &str, absent: &str, most: f64) -> Cells {
    let axis = || Axis { title: String::new(), labels: vec![String::new()] };
    let (name, quantity, absent) = (name.to_string(), quantity.to_string(), absent.to_string());
    let (down, across) = (axis(), axis());
    Cells { name, title: String::new(), quantity, most, down, across, cells: Vec::new(), absent, notes: Vec::new() }
}

fn chart(
    results: &SweepResults,
    grid: &SweepGrid<'_>,
    empty: Cells,
    number: impl Fn(&SweepCell) -> Option<Numbered>,
) -> Chart {
    let axis = |axis: Option<&SweepAxis>, alone: &Axis| {
        axis.map_or(alone.clone(), |axis| Axis { title: axis.name.clone(), labels: axis.values.clone() })
    };
    let pooled: Vec<&str> = grid.pooled.iter().map(|axis| axis.name.as_str()).collect();
    let over = if pooled.is_empty() { String::new() } else { format!(", over all {}", pooled.join(" and ")) };
    Chart::Cells(Cells {
        title: title(results, &format!("{}{over}", empty.quantity)),
        down: axis(grid.rows, &empty.down),
        across: axis(grid.columns, &empty.across),
        cells: grid.cells.iter().map(number).collect(),
        ..empty
    })
}

fn of(cell: &SweepCell) -> String {
    format!("{} of {}", cell.solved, cell.outcomes)
}

/// How many runs are missing from the numbers.
fn open(grid: &SweepGrid<'_>) -> Option<String> {
    let count = |number: fn(&SweepCell) -> usize| grid.cells.iter().map(number).sum::<usize>();
    let (all, outcomes) = (count(|cell| cell.runs.len()), count(|cell| cell.outcomes));
    (outcomes < all)
        .then(|| format!("{} of {all} without an outcome yet, which count nowhere", counted(all - outcomes, "run")))
}
