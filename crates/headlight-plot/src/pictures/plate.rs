use std::borrow::Cow;

use headlight_record::MaskCell;

use crate::area::Area;
use crate::colours::shade::Shade;
use crate::error::PlotError;
use crate::figure::panel::Panel;
use crate::figure::{Figure, Fill, Paint};
use crate::layout::axis::Axis;
use crate::layout::block::{Block, Placed, Sizes};
use crate::layout::cell_numbers::CellNumbers;
use crate::layout::colour_bar::ColourBar;
use crate::layout::shrink::Shared;
use crate::layout::style::{AXIS, NEAR, SUBTITLE, Style};

/// A cell that holds a number of any sign.
const LARGEST_CELL: f64 = 46.0;
const LONGEST_LABEL: f32 = 90.0;

/// One matrix with its name, its shape, the labels of both axes, its numbers where they fit, and its colours.
pub(super) struct Plate<'a> {
    pub(super) title: String,
    /// In smaller letters below it.
    pub(super) subtitle: String,
    /// `[rows, columns]`, row-major, all finite.
    pub(super) values: Vec<f32>,
    pub(super) down: Axis<'a>,
    pub(super) across: Axis<'a>,
    pub(super) mask: Option<&'a [MaskCell]>,
    pub(super) shade: Shade,
    /// The row with a frame.
    pub(super) followed: Option<usize>,
    pub(super) bar: Bar,
    /// The longer side, in pixels at scale 1.
    pub(super) panel: f64,
}

/// Where the colours are explained.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Bar {
    /// Beside the matrix.
    Beside,
    /// Once for several matrices, not here.
    Shared,
}

/// A matrix at its position: the middle of its left side is (0, 0).
pub(super) struct PlacedPlate {
    pub(super) figure: Figure<'static>,
    pub(super) area: Area,
    pub(super) shared: Shared,
}

impl Plate<'_> {
    /// # Errors
    ///
    /// When the matrix is too large for a picture.
    pub(super) fn place(&self, style: &Style<'_>) -> Result<PlacedPlate, PlotError> {
        let block = Block {
            panels: vec![vec![Cow::Borrowed(&self.values)]],
            row_names: Vec::new(),
            column_names: Vec::new(),
            down: self.down,
            across: self.across,
            mask: self.mask,
            alignment: None,
            shade: self.shade.clone(),
            numbers: CellNumbers::All,
            sizes: Sizes {
                panel: self.panel,
                largest_cell: LARGEST_CELL,
                largest_panel: 2.0 * self.panel,
                longest_label: LONGEST_LABEL,
                overhang: 12.0,
            },
        };
        let Placed { figure, area, shared, .. } = block.place(style)?;
        let mut figure = owned(figure);
        // A frame needs cells with one value each.
        if let Some(row) = self.followed.filter(|_| shared.is_one()) {
            self.frame_row(&mut figure, style, row);
        }
        let labels = figure.extent();
        if self.bar == Bar::Beside {
            let shade = figure.panels[0].shade.clone(); // it may end at the largest of its own values
            ColourBar::SLIM.add(&mut figure, style, area, &shade);
        }
        let middle = area.middle().0;
        let subtitle = style.coloured(&self.subtitle, SUBTITLE, style.palette.faint);
        let subtitle = subtitle.centred_at_x(middle).bottom_at(labels.top.min(area.top) - style.px(NEAR));
        let top = figure.write(subtitle).top;
        figure.write(style.words(&self.title, AXIS).centred_at_x(middle).bottom_at(top - style.px(2.0)));
        let up = area.height() / 2;
        figure.shift(0, -up);
        Ok(PlacedPlate { figure, area: area.moved(0, -up), shared })
    }

    fn frame_row(&self, figure: &mut Figure<'_>, style: &Style<'_>, row: usize) {
        let panel = &figure.panels[0];
        let area = panel.cell(row, 0).around(panel.cell(row, panel.columns - 1));
        let thick = style.px(2.0).max(1).min(area.height() / 2);
        let frame = area.frame(thick).map(|area| Fill { area, paint: Paint::Solid(style.palette.outline) });
        figure.fills.extend(frame);
    }
}

/// The same figure, which no longer borrows its numbers.
pub(super) fn owned(figure: Figure<'_>) -> Figure<'static> {
    let Figure { photos, panels, fills, bands, strokes, texts, values, page } = figure;
    let panels = panels.into_iter().map(|panel| Panel { values: Cow::Owned(panel.values.into_owned()), ..panel });
    Figure { photos, panels: panels.collect(), fills, bands, strokes, texts, values, page }
}

/// Scores as they can be coloured: where the mask left −∞, the hatching covers a 0.
pub(super) fn without_infinities(scores: &[f32]) -> Vec<f32> {
    scores.iter().map(|score| if score.is_finite() { *score } else { 0.0 }).collect()
}
