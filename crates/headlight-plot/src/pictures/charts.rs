//! What a lens found, drawn.

use headlight_record::findings::Chart;

use crate::error::PlotError;
use crate::figure::Figure;
use crate::layout::style::Style;
use crate::pictures::bars::{bars_figure, check_bars};
use crate::pictures::cells::{cells_figure, check_cells};
use crate::pictures::curves::{check_curves, curves_figure};
use crate::pictures::grid::{check_grid, grid_figure};

pub(super) fn chart_figure<'a>(style: &Style<'_>, chart: &'a Chart) -> Result<Figure<'a>, PlotError> {
    match chart {
        Chart::Grid(grid) => grid_figure(style, grid),
        Chart::Bars(bars) => bars_figure(style, bars),
        Chart::Curves(curves) => Ok(curves_figure(style, curves)),
        Chart::Cells(cells) => cells_figure(style, cells),
    }
}

/// # Errors
///
/// When it shows no number, or one that is not finite.
pub(super) fn check_chart(chart: &Chart) -> Result<(), PlotError> {
    match chart {
        Chart::Grid(grid) => check_grid(grid),
        Chart::Bars(bars) => check_bars(bars),
        Chart::Curves(curves) => check_curves(curves),
        Chart::Cells(cells) => check_cells(cells),
    }
}

pub(super) fn title(chart: &Chart) -> &str {
    match chart {
        Chart::Grid(grid) => &grid.title,
        Chart::Bars(bars) => &bars.title,
        Chart::Curves(curves) => &curves.title,
        Chart::Cells(cells) => &cells.title,
    }
}

/// Every word in it.
pub(super) fn words(chart: &Chart) -> Vec<&str> {
    let labels: Vec<&String> = match chart {
        Chart::Grid(grid) => {
            let axes = [&grid.down, &grid.across].into_iter().flat_map(|axis| axis.labels.iter().chain([&axis.title]));
            axes.chain(grid.panels.iter().map(|(name, _)| name)).chain([&grid.quantity]).collect()
        }
        Chart::Bars(bars) => bars.bars.iter().map(|bar| &bar.label).chain([&bars.quantity]).collect(),
        Chart::Curves(curves) => {
            curves.curves.iter().map(|curve| &curve.label).chain([&curves.across, &curves.quantity]).collect()
        }
        Chart::Cells(cells) => {
            let axes =
                [&cells.down, &cells.across].into_iter().flat_map(|axis| axis.labels.iter().chain([&axis.title]));
            let below = cells.cells.iter().flatten().flat_map(|cell| &cell.words);
            axes.chain(below).chain(&cells.notes).chain([&cells.quantity, &cells.absent]).collect()
        }
    };
    labels.into_iter().map(String::as_str).chain([title(chart)]).collect()
}
