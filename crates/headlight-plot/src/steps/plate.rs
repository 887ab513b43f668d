use std::borrow::Cow;

use headlight_record::MaskCell;

use crate::block::{Axis, Block, Placed, Sizes};
use crate::colours::Shade;
use crate::figure::{Area, Figure, Fill, Paint, Panel};
use crate::shrink::Shared;
use crate::style::{APART, AXIS, NEAR, SUBTITLE, Style, TICK_LABEL, TICK_LENGTH};
use crate::{PlotError, PlotOptions, Values};

/// A cell that holds a number of any sign.
const LARGEST_CELL: f64 = 46.0;
/// Sizes of the numbers on the cells: the first in which all fit.
const NUMBERS: [f32; 2] = [10.0, 9.0];
const BAR_WIDTH: f64 = 9.0;
/// Frames and numbers need cells of their own.
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
    /// Not here: several matrices share one.
    Elsewhere,
}

/// A matrix in its place: the middle of its left side is (0, 0).
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
        // Numbers are ours: all of a matrix, or none.
        let options = PlotOptions { values: Values::Never, ..style.options.clone() };
        let quiet = Style { options: &options, palette: style.palette, ..*style };
        let block = Block {
            panels: vec![vec![Cow::Borrowed(&self.values)]],
            row_names: Vec::new(),
            column_names: Vec::new(),
            down: self.down,
            across: self.across,
            mask: self.mask,
            alignment: None,
            shade: self.shade.clone(),
            sizes: Sizes {
                panel: self.panel,
                largest_cell: LARGEST_CELL,
                largest_panel: 2.0 * self.panel,
                longest_label: LONGEST_LABEL,
                overhang: 12.0,
            },
        };
        let Placed { figure, area, shared, .. } = block.place(&quiet)?;
        let mut figure = owned(figure);
        if shared.is_one() && style.options.values != Values::Never {
            self.write_numbers(&mut figure, style);
        }
        if let Some(row) = self.followed.filter(|_| shared.is_one()) {
            self.frame_row(&mut figure, style, row);
        }
        let labels = figure.extent();
        if self.bar == Bar::Beside {
            let shade = figure.panels[0].shade.clone(); // it may end at the largest of its own values
            add_slim_bar(&mut figure, style, area, &shade);
        }
        let middle = (area.left + area.right) as f32 / 2.0;
        let subtitle = style.coloured(&self.subtitle, SUBTITLE, style.palette.faint);
        let subtitle = subtitle.centred_at_x(middle).bottom_at(labels.top.min(area.top) - style.px(NEAR));
        let top = figure.write(subtitle).top;
        figure.write(style.words(&self.title, AXIS).centred_at_x(middle).bottom_at(top - style.px(2.0)));
        let up = area.height() / 2;
        figure.shift(0, -up);
        Ok(PlacedPlate { figure, area: area.moved(0, -up), shared })
    }

    /// All numbers of the matrix on their cells, if all fit.
    fn write_numbers(&self, figure: &mut Figure<'_>, style: &Style<'_>) {
        let panel = &figure.panels[0];
        let cells =
            || panel.values.iter().enumerate().map(|(at, value)| (at / panel.columns, at % panel.columns, *value));
        let shown = || cells().filter(|(row, column, _)| panel.hidden(*row, *column).is_none());
        let room = [panel.cell.0 - style.px(4.0), panel.cell.1 - style.px(5.0)];
        let fits = |size: &&f32| {
            let widest =
                shown().map(|(.., value)| style.pen.length(&written(value), style.size(**size))).fold(0.0, f32::max);
            widest <= room[0] as f32 && style.size(**size) <= room[1] as f32
        };
        let Some(size) = NUMBERS.iter().find(fits) else { return };
        let numbers: Vec<_> = shown()
            .filter_map(|(row, column, value)| {
                let ink = panel.shade.ink_on(panel.shade.index(value)?);
                let cell = panel.cell(row, column);
                let middle = ((cell.left + cell.right) as f32 / 2.0, (cell.top + cell.bottom) as f32 / 2.0);
                Some(style.coloured(&written(value), *size, ink).centred_at_x(middle.0).centred_at_y(middle.1))
            })
            .collect();
        figure.values.extend(numbers);
    }

    fn frame_row(&self, figure: &mut Figure<'_>, style: &Style<'_>, row: usize) {
        let panel = &figure.panels[0];
        let area = panel.cell(row, 0).around(panel.cell(row, panel.columns - 1));
        let thick = style.px(2.0).max(1).min(area.height() / 2);
        let frame = area.frame(thick).map(|area| Fill { area, paint: Paint::Solid(style.palette.outline) });
        figure.fills.extend(frame);
    }
}

/// A number on its cell: two digits after the point, and none for large ones.
pub(super) fn written(value: f32) -> String {
    let text = if value.abs() < 99.5 { format!("{value:.2}") } else { format!("{value:.0}") };
    let is_zero = text.bytes().all(|byte| !(b'1'..=b'9').contains(&byte));
    if is_zero { text.replace('-', "") } else { text.replace('-', "−") }
}

/// The colours with their numbers, as high as the matrix.
fn add_slim_bar(figure: &mut Figure<'_>, style: &Style<'_>, area: Area, shade: &Shade) {
    let left = figure.extent().right.max(area.right) + style.px(APART);
    let right = left + style.px(BAR_WIDTH);
    let height = area.height();
    for row in 0..height {
        let area = Area { left, top: area.top + row, right, bottom: area.top + row + 1 };
        let colour = shade.on_bar(1.0 - row as f32 / (height - 1).max(1) as f32);
        figure.fills.push(Fill { area, paint: Paint::Solid(colour) });
    }
    figure.fills.extend(style.hairline(Area { left, top: area.top, right, bottom: area.bottom }));
    let (tick, text) = (right + style.px(TICK_LENGTH), right + style.px(TICK_LENGTH) + style.px(NEAR));
    // As many numbers as have room: all, every second, every fourth (of weights, 0 and 1), or one.
    let ticks = shade.ticks();
    let apart = ticks.windows(2).map(|pair| (pair[1].1 - pair[0].1) * height as f32).fold(f32::INFINITY, f32::min);
    let fits = |step: &usize| *step as f32 * apart >= style.size(TICK_LABEL + 2.0);
    let step = [1, 2, 4].into_iter().find(fits).unwrap_or(ticks.len());
    for (words, part) in ticks.into_iter().step_by(step) {
        let y = area.top as f32 + (1.0 - part) * (height - 1) as f32;
        figure.fills.push(style.tick(Area { left: right, top: y as i32, right: tick, bottom: y as i32 }));
        figure.write(style.words(&words, TICK_LABEL).left_at(text).centred_at_y(y));
    }
}

/// The same figure, which no longer borrows its numbers.
fn owned(figure: Figure<'_>) -> Figure<'static> {
    let Figure { panels, fills, strokes, texts, values, page } = figure;
    let panels = panels.into_iter().map(|panel| Panel { values: Cow::Owned(panel.values.into_owned()), ..panel });
    Figure { panels: panels.collect(), fills, strokes, texts, values, page }
}
