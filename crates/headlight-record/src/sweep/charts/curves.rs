//! Loss and exact match over the steps of training: medians over seeds, with the quartiles around them.

use crate::findings::{Bands, Chart, Curve, Curves};
use crate::sweep::words::title;
use crate::sweep::{CollectedRun, CurvePoint, SweepCell, SweepResults, quartiles};

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
    let runs: Vec<Vec<(usize, f64)>> =
        runs.map(|run| measurements(run, measured)).filter(|run| !run.is_empty()).collect();
    // The steps that are kept are the same in all runs, but for each one's last. So at those of the longest run every other has a number
    // of its own, or has ended. Runs that are solved early stop early: without their last values the median would become that of the runs
    // which are not.
    let longest = runs.iter().max_by_key(|run| run.last().map(|last| last.0))?;
    let first = runs.iter().filter_map(|run| Some(run.first()?.0)).max()?;
    let of_step = |step: usize| {
        let numbers = runs.iter().map(|run| run[run.partition_point(|(at, _)| *at <= step) - 1].1);
        let found = quartiles(numbers.collect())?;
        // A loss that is no number any more cannot be drawn.
        found.high.is_finite().then_some((step as f64, found.median, [found.low, found.high]))
    };
    let points: Vec<_> =
        longest.iter().filter(|(step, _)| *step >= first).filter_map(|(step, _)| of_step(*step)).collect();
    let label = format!("{} (n {})", cell.title(&results.axes), runs.len());
    (!points.is_empty()).then_some(Curve { label, head: None, points })
}

fn measurements(run: &CollectedRun, measured: Measured) -> Vec<(usize, f64)> {
    run.curve.iter().filter_map(|point| Some((point.step, measured(point)?))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sweep::SweepAxis;

    /// A run that was solved, or not, with its losses; its exact match is a hundredth of the step, measured from step 2 on.
    fn run(number: usize, solved: bool, losses: &[(usize, f64)]) -> CollectedRun {
        let point = |(step, loss): &(usize, f64)| CurvePoint {
            step: *step,
            loss: *loss,
            exact_match: (*step > 1).then_some(*step as f64 / 100.0),
        };
        let curve: Vec<CurvePoint> = losses.iter().map(point).collect();
        CollectedRun { solved: Some(solved), curve, ..CollectedRun::example(number) }
    }

    #[test]
    fn a_curve_is_the_median_of_numbers_of_the_same_step() {
        let early = run(0, true, &[(1, 3.0), (2, 0.5)]);
        let late = run(1, true, &[(1, 5.0), (2, 4.0), (10, 2.0), (13, 1.0)]);
        let unsolved = run(2, false, &[(1, 4.0), (2, 4.5), (10, 4.25), (20, 3.75)]);
        let open = CollectedRun { solved: None, ..run(3, false, &[(1, 99.0)]) };
        let seed = SweepAxis { name: "seed".to_string(), values: (0..4).map(|seed| seed.to_string()).collect() };
        let results =
            SweepResults { axes: vec![seed], runs: vec![early, late, unsolved, open], ..SweepResults::default() };
        let grid = results.grid(None, None).expect("one cell");
        let charts = curves(&results, &[grid.cells.iter().collect()]);
        let [Chart::Curves(loss), Chart::Curves(exact_match)] = &charts[..] else { panic!("{charts:?}") };
        let [loss, exact_match] = [loss, exact_match].map(|chart| chart.curves[0].clone());
        assert_eq!(loss.label, "all runs (n 3)");
        // 0.5 is held from step 2 on, and 1 from step 13 on.
        let medians: Vec<(f64, f64)> = loss.points.iter().map(|point| (point.0, point.1)).collect();
        assert_eq!(medians, [(1.0, 4.0), (2.0, 4.0), (10.0, 2.0), (20.0, 1.0)]);
        assert_eq!(loss.points[2].2, [1.25, 3.125]);
        let medians: Vec<(f64, f64)> = exact_match.points.iter().map(|point| (point.0, point.1)).collect();
        assert_eq!(medians, [(2.0, 0.02), (10.0, 0.1), (20.0, 0.13)]);
    }
}
