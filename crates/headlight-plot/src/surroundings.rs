//! What stands around panels: the colour bar, the headline, and what hatching, frames and unusual colours mean.

use colorous::Color;
use headlight_record::MaskCell;

use crate::colours::Shade;
use crate::figure::{Area, Figure, Fill, Paint};
use crate::style::{APART, AXIS, NEAR, SUBTITLE, Style, TICK_LABEL, TICK_LENGTH, TITLE};

const BAR_GAP: f64 = 24.0;
const BAR_WIDTH: f64 = 16.0;
/// The title "attention weight" is as long.
const LOWEST_BAR: f64 = 130.0;
/// The longest bar; beside a tall sheet a longer one would say no more.
const HIGHEST_BAR: f64 = 800.0;
/// A headline may at least be this long.
const HEADLINE_ROOM: f64 = 520.0;

/// What the reader must be told about the marks of a picture.
#[derive(Default)]
pub(crate) struct Marks {
    pub(crate) causal: bool,
    pub(crate) padding: bool,
    pub(crate) frames: bool,
    /// In words: what was done to the values.
    pub(crate) changes: Vec<String>,
}

/// On the right, the colours with their numbers, beside `area`.
pub(crate) fn add_colour_bar(figure: &mut Figure<'_>, style: &Style<'_>, area: Area, shade: &Shade, title: &str) {
    let height = area.height().clamp(style.px(LOWEST_BAR), style.px(HIGHEST_BAR));
    let top = area.top + (area.height() - height) / 2;
    // Labels may reach further right than the panels.
    let left = figure.extent().right + style.px(BAR_GAP);
    let right = left + style.px(BAR_WIDTH);
    for row in 0..height {
        let area = Area { left, top: top + row, right, bottom: top + row + 1 };
        let colour = shade.on_bar(1.0 - row as f32 / (height - 1).max(1) as f32);
        figure.fills.push(Fill { area, paint: Paint::Solid(colour) });
    }
    figure.fills.extend(style.hairline(Area { left, top, right, bottom: top + height }));
    let (tick, text) = (right + style.px(TICK_LENGTH), right + style.px(TICK_LENGTH) + style.px(NEAR));
    let mut rightmost = text;
    for (words, part) in shade.ticks() {
        let y = top as f32 + (1.0 - part) * (height - 1) as f32;
        figure.fills.push(style.tick(Area { left: right, top: y as i32, right: tick, bottom: y as i32 }));
        let label = figure.write(style.words(&words, TICK_LABEL).left_at(text).centred_at_y(y));
        rightmost = rightmost.max(label.right);
    }
    let (beside, middle) = (rightmost + style.px(APART), top as f32 + height as f32 / 2.0);
    figure.write(style.upright(title, AXIS).left_at(beside).centred_at_y(middle));
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
            Some(why) => figure.fills.push(Fill { area: swatch, paint: Paint::Hidden(why) }),
            None => figure.fills.extend(
                swatch
                    .frame(style.px(1.5).max(1))
                    .map(|area| Fill { area, paint: Paint::Solid(style.palette.outline) }),
            ),
        }
        let middle = (swatch.top + swatch.bottom) as f32 / 2.0;
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

/// On top, in the middle of the panels, what this is, and below that where it came from.
pub(crate) fn add_headline(figure: &mut Figure<'_>, style: &Style<'_>, title: &str, subtitle: &str) {
    let panels = figure.panels.iter().map(|panel| panel.area).reduce(Area::around);
    let Area { left, right, .. } = panels.unwrap_or_else(|| figure.extent());
    add_headline_over(figure, style, (left + right) as f32 / 2.0, title, subtitle);
}

/// A headline with its middle at `middle`, or as near as it can be without making the figure wider.
pub(crate) fn add_headline_over(figure: &mut Figure<'_>, style: &Style<'_>, middle: f32, title: &str, subtitle: &str) {
    let content = figure.extent();
    let room = content.width().max(style.px(HEADLINE_ROOM)) as f32;
    let mut bottom = content.top - style.px(APART);
    let mut line = |words: &str, size: f32, ink: Color, bottom: i32| {
        let text = style.coloured(&style.pen.shorten(&style.shown(words), style.size(size), room), size, ink);
        let half = text.length as f32 / 2.0;
        let (first, last) = (content.left as f32 + half, content.right as f32 - half);
        let middle = if first < last { middle.clamp(first, last) } else { (first + last) / 2.0 };
        figure.write(text.centred_at_x(middle).bottom_at(bottom))
    };
    if !subtitle.is_empty() {
        let near = style.px(NEAR);
        bottom = line(subtitle, SUBTITLE, style.palette.faint, bottom - near).top - near;
    }
    line(title, TITLE, style.palette.ink, bottom);
}
