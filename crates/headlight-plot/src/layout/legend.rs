//! What hatching, frames and unusual colours mean.

use headlight_record::MaskCell;

use crate::area::Area;
use crate::figure::{Figure, Fill, Paint};
use crate::layout::style::{APART, HEADLINE_ROOM, SUBTITLE, Style};

/// What the reader must be told about the marks of a picture.
#[derive(Default)]
pub(crate) struct Marks {
    pub(crate) causal: bool,
    pub(crate) padding: bool,
    pub(crate) frames: bool,
    /// In words: what was done to the values.
    pub(crate) changes: Vec<String>,
}

impl Marks {
    /// The hatchings that a mask brings.
    pub(crate) fn add_mask(&mut self, mask: Option<&[MaskCell]>) {
        let mask = mask.unwrap_or_default();
        self.causal |= mask.contains(&MaskCell::Causal);
        self.padding |= mask.contains(&MaskCell::Padding);
    }
}

/// Below everything, what the marks mean: one line for the swatches, one for each change.
pub(crate) fn add_legend(figure: &mut Figure<'_>, style: &Style<'_>, marks: &Marks) {
    let extent = figure.extent();
    let mut top = extent.bottom + style.px(2.0 * APART);
    let side = style.px(12.0);
    let mut left = extent.left;
    let entries = [
        (marks.causal, Some(MaskCell::Causal), "hidden: a later token"),
        (marks.padding, Some(MaskCell::Padding), "hidden: padding"),
        (marks.frames, None, "the key that the task needs"),
    ];
    for (_, hatching, words) in entries.into_iter().filter(|(there, ..)| *there) {
        let text = style.coloured(words, SUBTITLE, style.palette.faint);
        // A line that would be wider than the picture goes on below.
        let length = side + style.px(6.0) + text.length;
        if left > extent.left && left + length > extent.right.max(extent.left + style.px(HEADLINE_ROOM)) {
            left = extent.left;
            top += side + style.px(APART);
        }
        let swatch = Area { left, top, right: left + side, bottom: top + side };
        match hatching {
            Some(why) => figure.fills.push(Fill { area: swatch, paint: Paint::Masked(why) }),
            None => figure.fills.extend(
                swatch
                    .frame(style.px(1.5).max(1))
                    .map(|area| Fill { area, paint: Paint::Solid(style.palette.outline) }),
            ),
        }
        let middle = swatch.middle().1;
        let text = text.left_at(swatch.right + style.px(6.0)).centred_at_y(middle);
        left = figure.write(text).right + style.px(2.0 * APART);
    }
    for change in &marks.changes {
        let top = figure.extent().bottom + style.px(APART);
        let room = extent.width().max(style.px(HEADLINE_ROOM)) as f32;
        let change = style.pen.shorten(change, style.size(SUBTITLE), room);
        figure.write(style.coloured(&change, SUBTITLE, style.palette.faint).left_at(extent.left).top_at(top));
    }
}
