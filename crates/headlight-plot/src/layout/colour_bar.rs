//! Colours with their numbers.

use crate::area::Area;
use crate::colours::shade::Shade;
use crate::figure::{Figure, Fill, Paint};
use crate::layout::style::{APART, AXIS, NEAR, Style, TICK_LABEL, TICK_LENGTH};

/// How large a bar is and how far from what it explains, in pixels at scale 1.
pub(crate) struct ColourBar<'t> {
    gap: f64,
    width: f64,
    /// As high as what it explains, but within these.
    lowest: f64,
    highest: f64,
    /// Runs up beside it; empty where it needs none.
    title: &'t str,
}

impl<'t> ColourBar<'t> {
    /// The bar of a whole picture. The title "attention weight" is as long as the lowest; beside a tall sheet a higher one would
    /// say no more.
    pub(crate) fn titled(title: &'t str) -> Self {
        Self { gap: 24.0, width: 16.0, lowest: 130.0, highest: 800.0, title }
    }

    /// The bar of one matrix among several.
    pub(crate) const SLIM: Self = Self { gap: APART, width: 9.0, lowest: 0.0, highest: f64::INFINITY, title: "" };

    /// Adds it on the right of all there is, in the middle of the height of `area`.
    pub(crate) fn add(&self, figure: &mut Figure<'_>, style: &Style<'_>, area: Area, shade: &Shade) {
        // 1. The colours.
        let height = area.height().clamp(style.px(self.lowest), style.px(self.highest));
        let top = area.top + (area.height() - height) / 2;
        // Labels may reach further right than the panels.
        let left = figure.extent().right.max(area.right) + style.px(self.gap);
        let right = left + style.px(self.width);
        for row in 0..height {
            let area = Area { left, top: top + row, right, bottom: top + row + 1 };
            let colour = shade.on_bar(1.0 - row as f32 / (height - 1).max(1) as f32);
            figure.fills.push(Fill { area, paint: Paint::Solid(colour) });
        }
        figure.fills.extend(style.hairline(Area { left, top, right, bottom: top + height }));

        // 2. As many numbers as have room: all, every second, every fourth (of weights, 0 and 1), or one.
        let (tick, text) = (right + style.px(TICK_LENGTH), right + style.px(TICK_LENGTH) + style.px(NEAR));
        let ticks = shade.ticks();
        let apart = ticks.windows(2).map(|pair| (pair[1].1 - pair[0].1) * height as f32).fold(f32::INFINITY, f32::min);
        let fits = |step: &usize| *step as f32 * apart >= style.size(TICK_LABEL + 2.0);
        let step = [1, 2, 4].into_iter().find(fits).unwrap_or(ticks.len());
        let mut rightmost = text;
        for (words, part) in ticks.into_iter().step_by(step) {
            let y = top as f32 + (1.0 - part) * (height - 1) as f32;
            figure.fills.push(style.tick(Area { left: right, top: y as i32, right: tick, bottom: y as i32 }));
            let label = figure.write(style.words(&words, TICK_LABEL).left_at(text).centred_at_y(y));
            rightmost = rightmost.max(label.right);
        }

        // 3. What they are.
        let (beside, middle) = (rightmost + style.px(APART), top as f32 + height as f32 / 2.0);
        figure.write(style.upright(self.title, AXIS).left_at(beside).centred_at_y(middle));
    }
}
