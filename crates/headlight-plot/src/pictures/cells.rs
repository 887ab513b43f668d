//! One number for each pair of settings, on its colour, with a few words under it.

use std::borrow::Cow;
use std::rc::Rc;

use headlight_record::MaskCell;
use headlight_record::findings::{Axis, Bright, Cells, Numbered};

use crate::area::Area;
use crate::colours::shade::Shade;
use crate::error::PlotError;
use crate::figure::Figure;
use crate::figure::page::check_size;
use crate::figure::panel::Panel;
use crate::layout::axis::{LabelKind, Room, labels_across, labels_down};
use crate::layout::colour_bar::ColourBar;
use crate::layout::headline::add_long_title;
use crate::layout::legend::{Marks, add_legend};
use crate::layout::names::shortened;
use crate::layout::style::{APART, AXIS, MARGIN, NEAR, SECTION, Style, TICK_LABEL};
use crate::options::Values;
use crate::pictures::captions::changes;
use crate::text::pen::Pen;

/// Lengths in pixels at scale 1: cells with words in them, and those of a table so large that they have no room.
const CELL: (f64, f64) = (96.0, 62.0);
const SMALL: (f64, f64) = (30.0, 22.0);
/// A table that is larger has small cells.
const MOST: (usize, usize) = (24, 24);
/// The room of a label beside the cells.
const LONGEST: f32 = 160.0;
/// From the middle of a number to its first words, and from those to the next.
const LINE: f64 = 14.0;

/// # Errors
///
/// When there is no cell, or a number is none or below 0.
pub(super) fn check_cells(cells: &Cells) -> Result<(), PlotError> {
    let count = cells.down.labels.len() * cells.across.labels.len();
    let is_good = |cell: &Numbered| (cell.number as f32).is_finite() && cell.number >= 0.0;
    let has_scale = (cells.most as f32).is_finite() && cells.most > 0.0;
    let fits = count > 0 && cells.cells.len() == count && cells.cells.iter().flatten().all(is_good);
    if fits && has_scale { Ok(()) } else { Err(PlotError::Numbers) }
}

pub(super) fn cells_figure<'a>(style: &Style<'_>, cells: &'a Cells) -> Result<Figure<'a>, PlotError> {
    // 1. The cells.
    let (rows, columns) = (cells.down.labels.len(), cells.across.labels.len());
    let has_words = rows <= MOST.0 && columns <= MOST.1;
    let (width, height) = if has_words { CELL } else { SMALL };
    let cell = (style.px(width).max(1), style.px(height).max(1));
    let whole = [(cell.0, columns), (cell.1, rows)].map(|(side, count)| i64::from(side).saturating_mul(count as i64));
    check_size(style.options.format, whole[0], whole[1])?;
    let area = Area { left: 0, top: 0, right: whole[0] as i32, bottom: whole[1] as i32 };
    let values: Vec<f32> =
        cells.cells.iter().map(|cell| cell.as_ref().map_or(0.0, |cell| cell.number as f32)).collect();
    let most = values.iter().copied().fold(0.0, f32::max);
    let shade = Shade::up_to(style.options, cells.most as f32).reaching([0.0, most]);
    let shade = if cells.bright == Bright::Much { shade } else { shade.reversed() };
    let absent = |cell: &Option<Numbered>| if cell.is_none() { MaskCell::Padding } else { MaskCell::Visible };
    let panel = Panel {
        shade: shade.of_panel(&values, style.options.full_colour),
        values: Cow::Owned(values),
        columns,
        cell,
        area,
        opacity: 1.0,
        mask: Some(cells.cells.iter().map(absent).collect::<Rc<[MaskCell]>>()),
        outlined: Rc::new([]),
        outline: style.palette.outline,
        frame: 0,
    };
    let mut figure = Figure::default();
    let is_written = has_words && style.options.values == Values::WhereTheyFit;
    if is_written {
        add_words(&mut figure, style, &panel, &cells.cells);
    }
    figure.fills.extend(style.hairline(area));
    figure.panels.push(panel);

    // 2. The axes.
    add_labels(&mut figure, style, cells, cell, area);

    // 3. What it says.
    let has_numbers = cells.cells.iter().any(Option::is_some);
    if has_numbers {
        ColourBar::titled(&cells.quantity).add(&mut figure, style, area, &shade);
    }
    let hatched = cells.cells.iter().any(Option::is_none).then(|| format!("hatched: {}", cells.absent));
    let below = (is_written && has_numbers).then(|| cells.below.clone());
    let notes = below
        .into_iter()
        .chain(cells.notes.iter().cloned())
        .chain(hatched)
        .chain(changes(style.options, &[]))
        .collect();
    add_legend(&mut figure, style, &Marks { changes: notes, ..Marks::default() });
    add_long_title(&mut figure, style, area.middle().0, style.title(&cells.title));
    Ok(figure.framed(style.px(MARGIN)))
}

/// On each cell its number, and under it its words.
fn add_words(figure: &mut Figure<'_>, style: &Style<'_>, panel: &Panel<'_>, cells: &[Option<Numbered>]) {
    let room = (panel.cell.0 - style.px(6.0)) as f32;
    for (at, found) in cells.iter().enumerate() {
        let Some(found) = found else { continue };
        let ink = panel.shade.index(panel.values[at]).map_or(style.palette.ink, |index| panel.shade.ink_on(index));
        let (x, y) = panel.cell(at / panel.columns, at % panel.columns).middle();
        let first = y - style.px(LINE * found.words.len() as f64 / 2.0) as f32;
        figure.values.push(style.coloured(&found.text, SECTION, ink).centred_at_x(x).centred_at_y(first));
        for (line, words) in found.words.iter().enumerate() {
            let words = style.pen.shorten(&style.shown(words), style.size(TICK_LABEL), room);
            let down = first + style.px(LINE * (line as f64 + 1.0) + 1.0) as f32;
            figure.values.push(style.coloured(&words, TICK_LABEL, ink).centred_at_x(x).centred_at_y(down));
        }
    }
}

/// What each row and each column is.
fn add_labels(figure: &mut Figure<'_>, style: &Style<'_>, cells: &Cells, cell: (i32, i32), area: Area) {
    let names = |pen: &Pen, axis: &Axis| {
        let names: Vec<&str> = axis.labels.iter().map(String::as_str).collect();
        shortened(pen, &names, style.size(TICK_LABEL), style.size(LONGEST))
    };
    let room = |pitch: i32, overhang: f32| Room {
        pitch: pitch as f32,
        longest: style.size(LONGEST),
        overhang,
        scale: style.size(1.0),
        kind: LabelKind::Tokens,
    };
    let middle = |side: i32, at: usize| (at as f32 + 0.5) * side as f32;
    let ink = style.palette.ink;
    let (down, across) = (names(style.pen, &cells.down), names(style.pen, &cells.across));
    let mut leftmost = -style.px(NEAR);
    if !is_blank(&cells.down) {
        let labels = labels_down(style.pen, &down, room(cell.1, 0.0));
        for (at, words) in &labels.shown {
            let label = style.pen.text(words, labels.size, ink, labels.direction);
            let label = label.right_at(-style.px(APART)).centred_at_y(middle(cell.1, *at));
            leftmost = leftmost.min(figure.write(label).left);
        }
        let title = style.upright(&cells.down.title, AXIS);
        figure.write(title.right_at(leftmost - style.px(APART)).centred_at_y(area.middle().1));
    }
    if !is_blank(&cells.across) {
        let labels = labels_across(style.pen, &across, room(cell.0, cell.0 as f32 / 2.0));
        for (at, words) in &labels.shown {
            let label = style.pen.text(words, labels.size, ink, labels.direction);
            figure.write(label.centred_at_x(middle(cell.0, *at)).top_at(area.bottom + style.px(APART)));
        }
        let below = figure.extent().bottom + style.px(APART);
        figure.write(style.words(&cells.across.title, AXIS).centred_at_x(area.middle().0).top_at(below));
    }
}

/// Whether an axis has a single position without a name: there is nothing to tell apart.
fn is_blank(axis: &Axis) -> bool {
    axis.labels.iter().all(String::is_empty)
}
