//! What hatching, frames and unusual colours mean.

use headlight_record::MaskCell;

use crate::area::Area;
use crate::figure::{Figure, Fill, Paint};
use crate::layout::style::{APART, HEADLINE_ROOM, SUBTITLE, Style};

/// What hatching means, in the order of the legend.
const HATCHED: [(MaskCell, &str); 4] = [
    (MaskCell::Causal, "hidden: a later token"),
    (MaskCell::Padding, "hidden: padding"),
    (MaskCell::Window, "hidden: outside the window"),
    (MaskCell::Masked, "hidden by the mask"),
];

/// What the reader must be told about the marks of a picture.
#[derive(Default)]
pub(crate) struct Marks {
    /// The reasons for which cells are hatched.
    pub(crate) hatched: Vec<MaskCell>,
    pub(crate) frames: bool,
    /// In words: what was done to the values.
    pub(crate) changes: Vec<String>,
}

impl Marks {
    /// The hatchings that a mask brings.
    pub(crate) fn add_mask(&mut self, mask: Option<&[MaskCell]>) {
        let mask = mask.unwrap_or_default();
        let new = HATCHED.iter().map(|(why, _)| why).filter(|why| !self.hatched.contains(why) && mask.contains(why));
        let new: Vec<MaskCell> = new.copied().collect();
        self.hatched.extend(new);
    }
}

/// Below everything, what the marks mean: one line for the swatches, one for each change.
pub(crate) fn add_legend(figure: &mut Figure<'_>, style: &Style<'_>, marks: &Marks) {
    let extent = figure.extent();
    let mut top = extent.bottom + style.px(2.0 * APART);
    let side = style.px(12.0);
    let mut left = extent.left;
    let hatched = HATCHED.into_iter().filter(|(why, _)| marks.hatched.contains(why));
    let frames = marks.frames.then_some((None, "the key that the task needs"));
    for (hatching, words) in hatched.map(|(why, words)| (Some(why), words)).chain(frames) {
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
