//! Loss and exact match over the steps of training: medians over seeds, with the quartiles around them.

use super::words::title;
use crate::findings::{Bands, Chart, Curve, Curves};
use crate::sweep::{CurvePoint, SweepCell, SweepResults, SweepRun, quartiles};

/// A line has at most so many points.
const POINTS: usize = 60;

/// Two charts for each row of cells, with a line for each cell.
pub(super) fn curves(results: &SweepResults, rows: &[Vec<&SweepCell>]) -> Vec<Chart> {
    let loss: Measured = |point| Some(point.loss);
    let exact_match: Measured = |point| point.exact_match;
    let quantities = [("loss", "loss in nats per token", loss), ("exact_match", "exact match", exact_match)];
    let mut charts = Vec::new();
    for (name, quantity, measured) in quantities {
        for (at, row) in rows.iter().enumerate() {
            let lines = row.iter().filter_map(|cell| line(results, cell, measured));
            let number = if rows.len() > 1 { format!("_{}", at + 1) } else { String::new() };
            let chart = Curves {
                name: format!("curves_{name}{number}"),
                title: title(
                    results,
                    &format!("{quantity}, median of the runs; a run that has ended keeps its last value"),
                ),
                across: "training step".to_string(),
                quantity: quantity.to_string(),
                curves: lines.collect(),
                bands: Bands::Quartiles,
            };
            charts.extend((!chart.curves.is_empty()).then_some(Chart::Curves(chart)));
        }
    }
    charts
}

type Measured = fn(&CurvePoint) -> Option<f64>;

/// The median of a cell's runs that have an outcome; `None` where there is none.
fn line(results: &SweepResults, cell: &SweepCell, measured: Measured) -> Option<Curve> {
    let runs = cell.runs.iter().map(|at| &results.runs[*at]).filter(|run| run.solved.is_some());
    let points: Vec<Vec<(usize, f64)>> =
        runs.map(|run| measurements(run, measured)).filter(|run| !run.is_empty()).collect();
    let last = points.iter().filter_map(|run| Some(run.last()?.0)).max()?;
    // From the step at which all have a number. Runs that are solved early stop early: without their last values the median would
    // become that of the runs which are not.
    let first = points.iter().filter_map(|run| Some(run.first()?.0)).max()?;
    let count = POINTS.min(last - first + 1);
    let steps = (0..count).map(|at| first + if count > 1 { at * (last - first) / (count - 1) } else { 0 });
    let of_step = |step: usize| {
        let numbers = points.iter().map(|run| run[run.partition_point(|(at, _)| *at <= step) - 1].1);
        let found = quartiles(numbers.collect())?;
        // A loss that is no number any more cannot be drawn.
        found.high.is_finite().then_some((step as f64, found.median, [found.low, found.high]))
    };
    let points_of_line: Vec<_> = steps.filter_map(of_step).collect();
    let label = format!("{} (n {})", cell.title(&results.axes), points.len());
    (!points_of_line.is_empty()).then_some(Curve { label, head: None, points: points_of_line })
}

fn measurements(run: &SweepRun, measured: Measured) -> Vec<(usize, f64)> {
    run.curve.iter().filter_map(|point| Some((point.step, measured(point)?))).collect()
}
