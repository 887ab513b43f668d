//! One number a cell, over two axes.

use crate::findings::{Axis, Bright, Cells, Chart, Numbered};
use crate::sweep::words::{counted, steps, title};
use crate::sweep::{Quartiles, SweepAxis, SweepCell, SweepGrid, SweepResults};

/// What a picture of cells is of.
struct Quantity {
    name: &'static str,
    title: &'static str,
    /// What stands under a number.
    below: &'static str,
    /// Why there is no number.
    absent: &'static str,
    bright: Bright,
    most: f64,
}

/// Share of the seeds that were solved.
pub(super) fn share_solved(results: &SweepResults, grid: &SweepGrid<'_>) -> Chart {
    let number = |cell: &SweepCell| {
        let share = cell.share?;
        let words = vec![of(cell), format!("{:.2}–{:.2}", share.low, share.high)];
        Some(Numbered { number: share.share, text: format!("{:.2}", share.share), words })
    };
    let quantity = Quantity {
        name: "share_solved",
        title: "share of runs solved",
        below: "below a share: runs solved, and its 95 % Wilson interval",
        absent: "no outcome yet",
        bright: Bright::Much,
        most: 1.0,
    };
    chart(results, grid, quantity, number)
}

/// Steps to solve, of all seeds that have an outcome.
pub(super) fn steps_to_solve(results: &SweepResults, grid: &SweepGrid<'_>) -> Chart {
    let number = |cell: &SweepCell| {
        let Quartiles { low, median, high } = cell.steps?;
        let words = vec![of(cell), format!("{}–{}", steps(low), steps(high))];
        median.is_finite().then(|| Numbered { number: median, text: steps(median), words })
    };
    let medians = grid.cells.iter().filter_map(|cell| Some(number(cell)?.number));
    let quantity = Quantity {
        name: "steps_to_solve",
        title: "steps to solve",
        below: "below a median: runs solved, and the quartiles (∞: not solved)",
        absent: "fewer than half of the runs solved, or no outcome yet",
        bright: Bright::Little,
        most: round_up(medians.fold(0.0, f64::max)),
    };
    chart(results, grid, quantity, number)
}

/// The end of a scale: the first of 1, 2, 3, 4, 6, 8 and 10 times a power of ten that is not below a number. Its quarters are short.
fn round_up(number: f64) -> f64 {
    let power = 10.0_f64.powf(number.max(1.0).log10().floor());
    [1.0, 2.0, 3.0, 4.0, 6.0, 8.0]
        .map(|times| times * power)
        .into_iter()
        .find(|end| *end >= number)
        .unwrap_or(10.0 * power)
}

fn chart(
    results: &SweepResults,
    grid: &SweepGrid<'_>,
    quantity: Quantity,
    number: impl Fn(&SweepCell) -> Option<Numbered>,
) -> Chart {
    let axis = |axis: Option<&SweepAxis>| match axis {
        Some(axis) => Axis { title: axis.name.clone(), labels: axis.values.clone() },
        None => Axis { title: String::new(), labels: vec![String::new()] },
    };
    let pooled: Vec<&str> = grid.pooled.iter().map(|axis| axis.name.as_str()).collect();
    let over = if pooled.is_empty() { String::new() } else { format!(", over all {}", pooled.join(" and ")) };
    Chart::Cells(Cells {
        name: quantity.name.to_string(),
        title: title(results, &format!("{}{over}", quantity.title)),
        quantity: quantity.title.to_string(),
        most: quantity.most,
        bright: quantity.bright,
        down: axis(grid.rows),
        across: axis(grid.columns),
        cells: grid.cells.iter().map(number).collect(),
        below: quantity.below.to_string(),
        absent: quantity.absent.to_string(),
        notes: open(grid).into_iter().collect(),
    })
}

fn of(cell: &SweepCell) -> String {
    format!("{} of {}", cell.solved, cell.outcomes)
}

/// How many runs are missing from the numbers, which makes these too good.
fn open(grid: &SweepGrid<'_>) -> Option<String> {
    let count = |number: fn(&SweepCell) -> usize| grid.cells.iter().map(number).sum::<usize>();
    let (all, outcomes) = (count(|cell| cell.runs.len()), count(|cell| cell.outcomes));
    let open = all - outcomes;
    let has = if open == 1 { "has" } else { "have" };
    (open > 0).then(|| {
        format!(
            "{open} of {} {has} no outcome yet; solved runs finish first, so shares are too high now",
            counted(all, "run")
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scale_ends_at_a_short_number() {
        let ends = [0.0, 1.0, 7.0, 25.0, 300.0, 425.0, 2675.0, 9001.0].map(round_up);
        assert_eq!(ends, [1.0, 1.0, 8.0, 30.0, 300.0, 600.0, 3000.0, 10000.0]);
    }
}
