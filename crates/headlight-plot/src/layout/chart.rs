//! The frame of a line chart: its axes, with round numbers on them.

use crate::area::Area;
use crate::figure::{Figure, Fill, Paint};
use crate::layout::style::{APART, AXIS, NEAR, Style, TICK_LABEL, TICK_LENGTH};

/// A chart without its lines. Its plot's upper left corner is (0, 0).
pub(crate) struct Chart<'t> {
    /// Width and height of the plot, in pixels.
    pub(crate) size: (i32, i32),
    pub(crate) down: ChartAxis<'t>,
    pub(crate) across: ChartAxis<'t>,
    /// The title on the left stands at least so far from the plot, so that charts under each other begin equally far left.
    pub(crate) least_beside: i32,
}

/// What an axis is called, and its numbers with their pixels. An empty title or number is not written.
pub(crate) struct ChartAxis<'t> {
    pub(crate) title: &'t str,
    pub(crate) ticks: Vec<(i32, String)>,
}

impl Chart<'_> {
    pub(crate) fn place(&self, style: &Style<'_>) -> Figure<'static> {
        let mut figure = Figure::default();
        let (width, height) = self.size;
        let (tick, text) = (style.px(TICK_LENGTH), style.px(TICK_LENGTH) + style.px(NEAR));
        let frame = Area { left: 0, top: 0, right: width, bottom: height }.frame(style.stroke());
        figure.fills.extend(frame.map(|area| Fill { area, paint: Paint::Solid(style.palette.tick) }));
        let mut leftmost = -text;
        for (at, number) in &self.down.ticks {
            figure.fills.push(style.tick(Area { left: -tick, top: *at, right: 0, bottom: *at }));
            let label = style.words(number, TICK_LABEL).right_at(-text).centred_at_y(*at as f32);
            leftmost = leftmost.min(figure.write(label).left);
        }
        for (at, number) in &self.across.ticks {
            figure.fills.push(style.tick(Area { left: *at, top: height, right: *at, bottom: height + tick }));
            figure.write(style.words(number, TICK_LABEL).centred_at_x(*at as f32).top_at(height + text));
        }
        let beside = leftmost.min(-self.least_beside) - style.px(APART);
        figure.write(style.upright(self.down.title, AXIS).right_at(beside).centred_at_y(height as f32 / 2.0));
        let below = figure.extent().bottom + style.px(APART);
        figure.write(style.words(self.across.title, AXIS).centred_at_x(width as f32 / 2.0).top_at(below));
        figure
    }
}
