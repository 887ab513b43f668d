//! A sweep in pictures.

mod curves;
mod numbers;
mod roles;
mod some;

use self::curves::curves;
use self::numbers::{share_solved, steps_to_solve};
use self::roles::roles;
use self::some::some;
use super::{SweepCell, SweepGrid, SweepResults};
use crate::findings::Chart;

/// A picture of curves has at most so many lines, and there are at most so many pictures of them.
const MOST_LINES: usize = 8;

/// What is drawn of a sweep.
#[derive(Clone, Debug, PartialEq)]
pub struct SweepCharts {
    /// Share solved and steps to solve; curves; roles of heads.
    pub charts: Vec<Chart>,
    /// Which cells have no curves or roles among these, a line each.
    pub left_out: Vec<String>,
}

/// Share solved and steps to solve over a grid; of chosen cells the curves over their seeds and where the roles of heads are. Where none is
/// chosen, these are the grid's own cells, or as many of them as can be read.
pub fn sweep_charts(results: &SweepResults, grid: &SweepGrid<'_>, chosen: &[SweepCell]) -> SweepCharts {
    let rows: Vec<Vec<&SweepCell>> = match (chosen.is_empty(), &grid.columns) {
        (false, _) => chosen.chunks(MOST_LINES).map(|cells| cells.iter().collect()).collect(),
        (true, _) if grid.cells.len() <= MOST_LINES => vec![grid.cells.iter().collect()],
        (true, None) => vec![some(grid.cells.iter().collect(), MOST_LINES)],
        (true, Some(columns)) => {
            let rows = grid.cells.chunks(columns.values.len()).map(|row| some(row.iter().collect(), MOST_LINES));
            some(rows.collect(), MOST_LINES)
        }
    };
    let drawn = rows.concat();
    let mut left_out = Vec::new();
    if chosen.is_empty() && drawn.len() < grid.cells.len() {
        left_out.push(format!("curves and roles are drawn of {} of {} cells", drawn.len(), grid.cells.len()));
    }
    let mut charts = vec![share_solved(results, grid), steps_to_solve(results, grid)];
    charts.extend(curves(results, &rows));
    charts.extend(roles(results, &drawn, &mut left_out));
    SweepCharts { charts, left_out }
}
