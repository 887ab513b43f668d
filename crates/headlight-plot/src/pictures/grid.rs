//! Numbers in rows and columns: of any sign blue below zero and red above, shares in the colours of weights.

use std::borrow::Cow;

use headlight_record::findings::{Axis as GridAxis, Grid, Scale};

use crate::area::Area;
use crate::colours::shade::Shade;
use crate::error::PlotError;
use crate::figure::Figure;
use crate::layout::axis::{Axis, LabelKind};
use crate::layout::block::{Block, Placed, Sizes};
use crate::layout::cell_numbers::CellNumbers;
use crate::layout::colour_bar::ColourBar;
use crate::layout::headline::add_long_title;
use crate::layout::legend::{Marks, add_legend};
use crate::layout::shrink::shared_words;
use crate::layout::style::{APART, MARGIN, Style};
use crate::options::FullColour;
use crate::pictures::captions::changes;

/// Panels stand side by side while all together are at most so many times as wide as high.
const LONGEST_ROW: f64 = 4.5;
/// Where they do not, rows of them fill about such a picture, wider than high.
const WIDE: f64 = 1.6;

/// # Errors
///
/// When a number is missing or not finite, or there is none at all.
pub(super) fn check_grid(grid: &Grid) -> Result<(), PlotError> {
    let cells = grid.down.labels.len() * grid.across.labels.len();
    let good = |values: &Vec<f64>| values.len() == cells && values.iter().all(|value| (*value as f32).is_finite());
    let fits = cells > 0 && !grid.panels.is_empty() && grid.panels.iter().all(|(_, values)| good(values));
    if fits { Ok(()) } else { Err(PlotError::Numbers) }
}

pub(super) fn grid_figure<'a>(style: &Style<'_>, grid: &'a Grid) -> Result<Figure<'a>, PlotError> {
    let panels: Vec<Vec<f32>> =
        grid.panels.iter().map(|(_, values)| values.iter().map(|value| *value as f32).collect()).collect();
    let shade = shade(style, grid.scale, &panels);
    let (rows, columns) = (grid.down.labels.len(), grid.across.labels.len());
    let in_a_row = panels_in_a_row(panels.len(), columns as f64 / rows as f64);
    let name = |at: usize| grid.panels[at].0.clone();

    // Rows of panels under each other. The last says what runs across all.
    let mut figure = Figure::default();
    let (mut area, mut all_shared) = (Area::default(), Vec::new());
    for (at, row) in panels.chunks(in_a_row).enumerate() {
        let is_last = (at + 1) * in_a_row >= panels.len();
        let block = Block {
            panels: vec![row.iter().map(|values| Cow::Owned(values.clone())).collect()],
            row_names: Vec::new(),
            column_names: match panels.len() {
                1 => Vec::new(),
                _ => (0..row.len()).map(|column| name(at * in_a_row + column)).collect(),
            },
            down: axis(&grid.down, &grid.down.title),
            across: axis(&grid.across, if is_last { &grid.across.title } else { "" }),
            mask: None,
            alignment: None,
            shade: shade.clone(),
            numbers: CellNumbers::ButTheSmallest,
            sizes: match in_a_row {
                1 => Sizes::ONE,
                // Two have more room than two heads of a grid, whose rows are short as well.
                2 => Sizes { panel: 480.0, ..Sizes::grid(1, 2) },
                count => Sizes::grid(1, count),
            },
        };
        let Placed { figure: mut part, area: part_area, shared, .. } = block.place(style)?;
        let down = if at == 0 { 0 } else { figure.extent().bottom + style.px(APART) - part.extent().top };
        part.shift(0, down);
        area = if at == 0 { part_area } else { area.around(part_area.moved(0, down)) };
        all_shared.push(shared);
        figure.join(part);
        figure.check_size(style.options.format)?;
    }

    // What the colours say.
    let mut changes = match grid.scale {
        Scale::Share => changes(style.options, &all_shared),
        Scale::Signed => shared_words(&all_shared, "values").into_iter().collect(),
    };
    if shade.is_exceeded() {
        changes.push("values beyond 0 and 1 have the first and the last colour".to_string());
    }
    ColourBar::titled(&grid.quantity).add(&mut figure, style, area, &shade);
    add_legend(&mut figure, style, &Marks { changes, ..Marks::default() });
    add_long_title(&mut figure, style, area.middle().0, style.title(&grid.title));
    Ok(figure.framed(style.px(MARGIN)))
}

/// The colours of all panels.
fn shade(style: &Style<'_>, scale: Scale, panels: &[Vec<f32>]) -> Shade {
    let reach = |[least, most]: [f32; 2], value: &f32| [least.min(*value), most.max(*value)];
    let ends = panels.iter().flatten().fold([0.0; 2], reach);
    match (scale, style.options.full_colour) {
        (Scale::Signed, _) => Shade::signed(ends),
        (Scale::Share, FullColour::One) => Shade::weights(style.options).reaching(ends),
        (Scale::Share, FullColour::PanelMaximum) => Shade::weights(style.options),
    }
}

/// How many of `count` panels stand side by side, each so many times as wide as high.
fn panels_in_a_row(count: usize, aspect: f64) -> usize {
    if count as f64 * aspect <= LONGEST_ROW {
        return count;
    }
    let most = (WIDE * count as f64 / aspect).sqrt().round().clamp(1.0, count as f64) as usize;
    count.div_ceil(count.div_ceil(most)) // so that the last row is as full as can be
}

fn axis<'a>(axis: &'a GridAxis, title: &'a str) -> Axis<'a> {
    let is_counted = axis.labels.iter().enumerate().all(|(at, label)| *label == at.to_string());
    let kind = if is_counted { LabelKind::Counted } else { LabelKind::Tokens };
    Axis { title, labels: &axis.labels, kind }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_panels_make_rows_and_long_ones_stand_under_each_other() {
        for (count, aspect, in_a_row) in [
            (1, 20.0, 1),
            (2, 0.5, 2),
            (4, 1.0, 4),
            (5, 1.0, 3),
            (8, 1.0, 4),
            (16, 1.0, 4),
            (3, 10.0, 1),
            (16, 0.1, 16),
        ] {
            assert_eq!(panels_in_a_row(count, aspect), in_a_row, "{count} of aspect {aspect}");
        }
    }
}
