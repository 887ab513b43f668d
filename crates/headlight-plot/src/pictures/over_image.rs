//! What heads look at in a picture: one query's weights over the patches that it was cut into.

use std::borrow::Cow;
use std::rc::Rc;

use headlight_record::AttentionRecord;

use crate::area::Area;
use crate::error::PlotError;
use crate::figure::photo::{Photo, Raster};
use crate::figure::{Figure, Fill, Paint};
use crate::layout::axis::{Axis, LabelKind};
use crate::layout::block::{Block, Placed, Sizes};
use crate::layout::cell_numbers::CellNumbers;
use crate::layout::colour_bar::ColourBar;
use crate::layout::headline::add_headline_over;
use crate::layout::legend::{Marks, add_legend};
use crate::layout::reach::Reach;
use crate::layout::style::{HEADER, MARGIN, NEAR, Style};
use crate::numbers::rounded;
use crate::pictures::captions::{bar_title, changes, with_origin};
use crate::pictures::heads::{head_names, heads_title};
use crate::pictures::plate::owned;

/// How much of what is seen of a cell is its colour; the rest is the picture.
const OPACITY: f64 = 0.6;
/// The longer side of one head's picture, and the shortest of the picture that the model sees, in pixels at scale 1.
const LARGE: f64 = 480.0;
const SMALL: f64 = 180.0;
/// Between the picture that the model sees and the heads.
const GAP: f64 = 36.0;

/// A picture that was cut into patches, each of which is a key.
#[derive(Clone, Copy, Debug)]
pub struct PatchedImage<'a> {
    /// `[height, width, 3]`: red, green and blue of the picture that the model saw.
    pub rgb: &'a [u8],
    /// In pixels.
    pub width: usize,
    /// In pixels.
    pub height: usize,
    /// Rows and columns of patches, which cover the whole picture.
    pub grid: [usize; 2],
    /// The first patch's position among the keys: 1 behind a class token.
    pub first_patch: usize,
}

/// The heads to draw, and the query whose rows of them.
#[derive(Clone, Copy)]
pub(super) struct Rows<'a> {
    pub(super) record: &'a AttentionRecord,
    pub(super) layers: &'a [usize],
    pub(super) heads: &'a [usize],
    pub(super) query: usize,
}

impl<'a> Rows<'a> {
    /// Layer and head of each row, and its weights on all keys.
    fn each(self) -> impl Iterator<Item = (usize, usize, &'a [f32])> {
        let pairs = self.layers.iter().flat_map(move |layer| self.heads.iter().map(move |head| (*layer, *head)));
        pairs.map(move |(layer, head)| (layer, head, self.record.row(layer, head, self.query)))
    }
}

impl PatchedImage<'_> {
    /// # Errors
    ///
    /// When there is no picture, or the record has too few keys for it.
    pub(super) fn check(&self, record: &AttentionRecord, query: usize) -> Result<(), PlotError> {
        let [.., queries, keys] = record.shape();
        if query >= queries {
            return Err(PlotError::Query { query, queries });
        }
        let bytes = self.width.checked_mul(self.height).and_then(|count| count.checked_mul(3));
        if self.rgb.is_empty() || bytes != Some(self.rgb.len()) {
            return Err(PlotError::Photo { width: self.width, height: self.height, bytes: self.rgb.len() });
        }
        let [rows, columns] = self.grid;
        let end = rows.checked_mul(columns).and_then(|count| count.checked_add(self.first_patch));
        if rows == 0 || columns == 0 || end.is_none_or(|end| end > keys) {
            return Err(PlotError::Patches { grid: self.grid, first: self.first_patch, keys });
        }
        Ok(())
    }

    /// The part of a row that belongs to the patches.
    fn patches<'r, T>(&self, row: &'r [T]) -> &'r [T] {
        &row[self.first_patch..self.first_patch + self.grid[0] * self.grid[1]]
    }

    /// Row and column of the patch at this position, if there is one.
    fn patch(&self, position: usize) -> Option<(usize, usize)> {
        let [rows, columns] = self.grid;
        let at = position.checked_sub(self.first_patch).filter(|at| *at < rows * columns)?;
        Some((at / columns, at % columns))
    }
}

/// The picture that the model sees, and beside it each chosen head's weights over it.
pub(super) fn over_image_figure(
    style: &Style<'_>,
    shown: Rows<'_>,
    image: &PatchedImage<'_>,
) -> Result<Figure<'static>, PlotError> {
    let Rows { record, layers, heads, query } = shown;
    // 1. A panel a head.
    let numbers = |count: usize| (0..count).map(|at| at.to_string()).collect::<Vec<_>>();
    let [down, across] = image.grid.map(numbers);
    let keys = record.key_tokens().len();
    let mask = record.mask().map(|mask| image.patches(&mask[query * keys..][..keys]));
    let [row_names, column_names] = head_names(record, layers, heads);
    let reach = shown.each().fold(Reach::default(), |reach, (.., row)| reach.and(Reach::of_rows(row, keys)));
    let panel = |layer: &usize, head: &usize| Cow::Borrowed(image.patches(record.row(*layer, *head, query)));
    let block = Block {
        panels: layers.iter().map(|layer| heads.iter().map(|head| panel(layer, head)).collect()).collect(),
        row_names,
        column_names,
        down: Axis { title: "row of patches", labels: &down, kind: LabelKind::Counted },
        across: Axis { title: "column of patches", labels: &across, kind: LabelKind::Counted },
        mask,
        alignment: None,
        shade: reach.shade(style.options),
        numbers: CellNumbers::Never,
        sizes: match (layers.len(), heads.len()) {
            (1, 1) => Sizes { panel: LARGE, ..Sizes::ONE },
            (rows, columns) => Sizes::grid(rows, columns),
        },
    };
    let Placed { figure, area, shared, .. } = block.place(style)?;
    let mut figure = owned(figure);

    // 2. The picture under each and beside them, with the query's own patch.
    let seen = Rc::new(Raster { width: image.width, height: image.height, bytes: image.rgb.to_vec() });
    let grey = Rc::new(seen.grey());
    let framed = image.patch(query).filter(|_| shared.is_one());
    for panel in &mut figure.panels {
        panel.opacity = OPACITY;
        panel.outlined = framed.into_iter().collect();
        figure.photos.push(Photo { area: panel.area, raster: grey.clone() });
    }
    let area_seen = beside(style, &figure);
    figure.photos.push(Photo { area: area_seen, raster: seen });
    figure.fills.extend(style.hairline(area_seen));
    if let Some(patch) = framed {
        let frame = cell(area_seen, image.grid, patch).frame(style.px(2.0).max(1));
        figure.fills.extend(frame.map(|area| Fill { area, paint: Paint::Solid(style.palette.outline) }));
    }
    let name = style.words("what the model sees", HEADER).centred_at_x(area_seen.middle().0);
    figure.write(name.bottom_at(area_seen.top - style.px(NEAR)));

    // 3. What the colours say, and what they cannot.
    let shade = reach.shade(style.options).over_grey(OPACITY);
    ColourBar::titled(bar_title(style.options)).add(&mut figure, style, area, &shade);
    let mut notes: Vec<String> = outside(style, shown, image).into_iter().collect();
    notes.extend(framed.map(|(row, column)| format!("framed: the query, the patch in row {row}, column {column}")));
    notes.push("colours are mixed with the picture's greys: the bar shows them over a middle grey".to_string());
    notes.extend([changes(style.options, &[shared]), reach.words(style.options)].concat());
    let mut marks = Marks { changes: notes, ..Marks::default() };
    marks.add_mask(mask);
    add_legend(&mut figure, style, &marks);
    let title = heads_title(record, layers, heads);
    let from = format!("from {} to each patch", style.shown(&record.query_tokens()[query]));
    let subtitle = with_origin(&from, record.origin());
    add_headline_over(&mut figure, style, area.middle().0, style.title(&title), &subtitle);
    Ok(figure.framed(style.px(MARGIN)))
}

/// Where the picture itself stands: left of all there is, as large as a panel or larger where those are small.
fn beside(style: &Style<'_>, figure: &Figure<'_>) -> Area {
    let panel = figure.panels[0].area;
    let longer = f64::from(panel.width().max(panel.height()));
    let larger = (f64::from(style.px(SMALL)) / longer).max(1.0);
    let [width, height] = [panel.width(), panel.height()].map(|side| (f64::from(side) * larger).round() as i32);
    let right = figure.extent().left - style.px(GAP);
    Area { left: right - width, top: panel.top, right, bottom: panel.top + height }
}

/// A patch of a picture that covers this area.
fn cell(area: Area, [rows, columns]: [usize; 2], (row, column): (usize, usize)) -> Area {
    let part = |length: i32, at: usize, of: usize| (i64::from(length) * at as i64 / of as i64) as i32;
    Area {
        left: area.left + part(area.width(), column, columns),
        top: area.top + part(area.height(), row, rows),
        right: area.left + part(area.width(), column + 1, columns),
        bottom: area.top + part(area.height(), row + 1, rows),
    }
}

/// How much weight lies on keys that are no patches, such as the class token.
fn outside(style: &Style<'_>, shown: Rows<'_>, image: &PatchedImage<'_>) -> Option<String> {
    let others: Vec<usize> = (0..shown.record.key_tokens().len()).filter(|key| image.patch(*key).is_none()).collect();
    let names = match others.len() {
        0 => return None,
        1..=3 => others.iter().map(|key| style.shown(&shown.record.key_tokens()[*key])).collect::<Vec<_>>().join(", "),
        count => format!("{count} keys that are no patches"),
    };
    let weight = |(layer, head, row): (usize, usize, &[f32])| {
        (others.iter().map(|key| f64::from(row[*key])).sum::<f64>(), shown.record.layer_number(layer), head)
    };
    let mut weights: Vec<_> = shown.each().map(weight).collect();
    weights.sort_by(|a, b| a.0.total_cmp(&b.0));
    let said =
        |(weight, layer, head): &(f64, usize, usize)| format!("{} (layer {layer}, head {head})", rounded(*weight));
    let amount = match &weights[..] {
        [(weight, ..)] => rounded(*weight),
        [least, .., most] => format!("{} to {}", said(least), said(most)),
        [] => return None,
    };
    Some(format!("weight on {names}, outside the picture: {amount}"))
}
