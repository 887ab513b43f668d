use std::ops::Range;

use headlight_record::{AttentionRecord, Origin};
use plotters::prelude::RGBColor;

use crate::axis::{Labels, Room, labels_across, labels_down};
use crate::figure::{Area, Figure, Fill, Panel, colour};
use crate::text::{Direction, Pen, Text};
use crate::token::visible;

/// What of a record to show.
#[derive(Clone, Copy, Debug)]
pub(crate) enum View {
    Head { layer: usize, head: usize },
    Grid,
}

const BLACK: RGBColor = RGBColor(0x1a, 0x1a, 0x1a);
const GREY: RGBColor = RGBColor(0x66, 0x66, 0x66);
const TICK: RGBColor = RGBColor(0x99, 0x99, 0x99);

/// All lengths below are pixels at scale 1.
const TITLE: f32 = 16.0;
const SUBTITLE: f32 = 12.0;
const AXIS: f32 = 13.0;
const HEADER: f32 = 12.0;
const TICK_LABEL: f32 = 11.0;
const MARGIN: f64 = 18.0;
const TICK_LENGTH: f64 = 4.0;
/// Between a tick and its label.
const NEAR: f64 = 4.0;
/// Between labels and the title of their axis.
const APART: f64 = 9.0;
/// A panel of one row or column is not thinner than this.
const THINNEST: f64 = 24.0;
const PANEL_GAP: f64 = 14.0;
const BAR_GAP: f64 = 24.0;
const BAR_WIDTH: f64 = 16.0;
/// The title "attention weight" is as long.
const LOWEST_BAR: f64 = 130.0;
/// A subtitle may at least be this long.
const SUBTITLE_ROOM: i32 = 520;

/// Places everything. A head is a grid of one panel without headers.
pub(crate) fn lay_out<'a>(pen: &Pen, record: &'a AttentionRecord, view: View, scale: f64) -> Figure<'a> {
    let page = Area { left: 0, top: 0, right: 0, bottom: 0 };
    let mut layout = Layout {
        pen,
        record,
        view,
        scale,
        figure: Figure { panels: Vec::new(), fills: Vec::new(), texts: Vec::new(), page },
    };
    let steps = layout.panels();
    layout.column_labels(steps);
    layout.row_labels(steps);
    layout.colour_bar(steps.block);
    layout.headline();
    let margin = layout.px(MARGIN);
    layout.figure.framed(margin)
}

struct Layout<'a, 'p> {
    pen: &'p Pen,
    record: &'a AttentionRecord,
    view: View,
    scale: f64,
    figure: Figure<'a>,
}

/// How panels and cells repeat.
#[derive(Clone, Copy)]
struct Steps {
    cell: (i32, i32),
    /// From one panel to the next.
    panel: (i32, i32),
    /// All panels together.
    block: Area,
}

impl<'a> Layout<'a, '_> {
    /// 1. The panels: cells of one whole number of pixels, panels at even steps.
    fn panels(&mut self) -> Steps {
        let [.., queries, keys] = self.record.shape();
        let (layers, heads) = (self.layers(), self.heads());
        let cell = self.cell();
        let (width, height) = (cell.0 * keys as i32, cell.1 * queries as i32);
        let gap = self.px(PANEL_GAP);
        let header = heads.clone().map(|head| self.header("head", head).area().width()).max().unwrap_or(0);
        let panel = (width.max(header) + gap, height + gap);
        for (row, layer) in layers.clone().enumerate() {
            for (column, head) in heads.clone().enumerate() {
                let (left, top) = (column as i32 * panel.0, row as i32 * panel.1);
                let area = Area { left, top, right: left + width, bottom: top + height };
                self.figure.panels.push(Panel { weights: self.record.head(layer, head), keys, cell, area });
            }
        }
        Steps { cell, panel, block: self.figure.extent() }
    }

    /// 2. Under the panels the keys, over them the numbers of the heads.
    fn column_labels(&mut self, steps: Steps) {
        let overhang = match self.view {
            View::Head { .. } => f32::INFINITY,
            View::Grid => self.px(PANEL_GAP) as f32 / 2.0 - 2.0,
        };
        let labels = labels_across(self.pen, self.record.key_tokens(), self.room(steps.cell.0, overhang));
        let (tick, text) = (self.px(TICK_LENGTH), self.px(TICK_LENGTH) + self.px(NEAR));
        for (column, head) in self.heads().enumerate() {
            let left = column as i32 * steps.panel.0;
            let bottom = steps.block.bottom;
            for (middle, label) in self.labels(&labels, left, steps.cell.0) {
                self.tick(Area { left: middle as i32, top: bottom, right: middle as i32, bottom: bottom + tick });
                self.figure.texts.push(label.centred_at_x(middle).top_at(bottom + text));
            }
            if matches!(self.view, View::Grid) {
                let middle = left as f32 + (steps.cell.0 * self.record.shape()[3] as i32) as f32 / 2.0;
                let header = self.header("head", head).centred_at_x(middle).bottom_at(-self.px(NEAR));
                self.figure.texts.push(header);
            }
        }
        let below = self.figure.extent().bottom + self.px(APART);
        let middle = (steps.block.left + steps.block.right) as f32 / 2.0;
        self.write("key", AXIS, BLACK, Direction::Right, |text| text.centred_at_x(middle).top_at(below));
    }

    /// 3. Beside the panels the queries and the numbers of the layers.
    fn row_labels(&mut self, steps: Steps) {
        let labels = labels_down(self.pen, self.record.query_tokens(), self.room(steps.cell.1, 0.0));
        let (tick, text) = (self.px(TICK_LENGTH), self.px(TICK_LENGTH) + self.px(NEAR));
        let mut leftmost = -text;
        for row in 0..self.layers().len() {
            for (middle, label) in self.labels(&labels, row as i32 * steps.panel.1, steps.cell.1) {
                self.tick(Area { left: -tick, top: middle as i32, right: 0, bottom: middle as i32 });
                let label = label.right_at(-text).centred_at_y(middle);
                leftmost = leftmost.min(label.area().left);
                self.figure.texts.push(label);
            }
        }
        let beside = leftmost - self.px(APART);
        let middle = steps.block.height() as f32 / 2.0;
        let title = self.write("query", AXIS, BLACK, Direction::Up, |text| text.right_at(beside).centred_at_y(middle));
        if matches!(self.view, View::Grid) {
            for (row, layer) in self.layers().enumerate() {
                let height = steps.cell.1 * self.record.shape()[2] as i32;
                let middle = (row as i32 * steps.panel.1) as f32 + height as f32 / 2.0;
                let header = self.header("layer", layer).centred_at_y(middle).right_at(title.left - self.px(APART));
                self.figure.texts.push(header);
            }
        }
    }

    /// 4. On the right, the colours from 0 to 1.
    fn colour_bar(&mut self, block: Area) {
        let height = block.height().max(self.px(LOWEST_BAR));
        let top = block.top + (block.height() - height) / 2;
        // Labels may reach further right than the panels.
        let left = self.figure.extent().right + self.px(BAR_GAP);
        let right = left + self.px(BAR_WIDTH);
        for row in 0..height {
            let area = Area { left, top: top + row, right, bottom: top + row + 1 };
            let weight = 1.0 - row as f32 / (height - 1).max(1) as f32;
            self.figure.fills.push(Fill { area, colour: colour(weight) });
        }
        let (tick, text) = (right + self.px(TICK_LENGTH), right + self.px(TICK_LENGTH) + self.px(NEAR));
        let mut rightmost = text;
        for (words, weight) in [("1", 1.0), ("0.75", 0.75), ("0.5", 0.5), ("0.25", 0.25), ("0", 0.0)] {
            let y = top as f32 + (1.0 - weight) * (height - 1) as f32;
            self.tick(Area { left: right, top: y as i32, right: tick, bottom: y as i32 });
            let area =
                self.write(words, TICK_LABEL, BLACK, Direction::Right, |label| label.left_at(text).centred_at_y(y));
            rightmost = rightmost.max(area.right);
        }
        let (beside, middle) = (rightmost + self.px(APART), top as f32 + height as f32 / 2.0);
        self.write("attention weight", AXIS, BLACK, Direction::Up, |text| text.left_at(beside).centred_at_y(middle));
    }

    /// 5. On top, what this is and where it came from.
    fn headline(&mut self) {
        let content = self.figure.extent();
        let middle = (content.left + content.right) as f32 / 2.0;
        let mut bottom = content.top - self.px(APART);
        let origin = origin_words(self.record.origin());
        if !origin.is_empty() {
            let room = content.width().max((SUBTITLE_ROOM as f64 * self.scale) as i32) as f32;
            let origin = visible(&origin, |character| self.pen.has_ink(character));
            let origin = self.pen.shorten(&origin, self.size(SUBTITLE), room);
            let near = self.px(NEAR);
            let area = self.write(&origin, SUBTITLE, GREY, Direction::Right, |text| {
                text.centred_at_x(middle).bottom_at(bottom - near)
            });
            bottom = area.top - near;
        }
        let title = self.title();
        self.write(&title, TITLE, BLACK, Direction::Right, |text| text.centred_at_x(middle).bottom_at(bottom));
    }

    fn title(&self) -> String {
        let kind = self.record.kind().title();
        match self.view {
            View::Head { layer, head } => format!("{kind} · layer {layer} · head {head}"),
            View::Grid => {
                let [layers, heads, ..] = self.record.shape();
                format!("{kind} · {} × {}", counted(layers, "layer"), counted(heads, "head"))
            }
        }
    }

    fn layers(&self) -> Range<usize> {
        match self.view {
            View::Head { layer, .. } => layer..layer + 1,
            View::Grid => 0..self.record.shape()[0],
        }
    }

    fn heads(&self) -> Range<usize> {
        match self.view {
            View::Head { head, .. } => head..head + 1,
            View::Grid => 0..self.record.shape()[1],
        }
    }

    /// Square cells, unless the panel is so long that squares would leave a mere line.
    fn cell(&self) -> (i32, i32) {
        let [layers, heads, queries, keys] = self.record.shape();
        let (longest, largest) = match self.view {
            View::Head { .. } => (768.0, 56.0),
            View::Grid => ((1150.0 / layers.max(heads) as f64).clamp(96.0, 260.0), 40.0),
        };
        let square = (longest / queries.max(keys) as f64).round().clamp(1.0, largest);
        let side = |cells: usize| self.px(square.max((THINNEST / cells as f64).ceil())).max(1);
        (side(keys), side(queries))
    }

    fn room(&self, cell: i32, overhang: f32) -> Room {
        let longest = match self.view {
            View::Head { .. } => 130.0,
            View::Grid => 90.0,
        };
        Room { cell, longest: self.size(longest), overhang, scale: self.size(1.0) }
    }

    /// Every label shown, and the middle of its cell.
    fn labels(&self, labels: &Labels, first: i32, cell: i32) -> Vec<(f32, Text)> {
        let place = |(at, words): &(usize, String)| {
            let middle = first as f32 + (*at as f32 + 0.5) * cell as f32;
            (middle, self.pen.text(words, labels.size, BLACK, labels.direction))
        };
        labels.shown.iter().map(place).collect()
    }

    /// A line along `area`, which has no width or no height, and gets the width of a stroke.
    fn tick(&mut self, mut area: Area) {
        let stroke = self.px(1.0).max(1);
        let side =
            if area.left == area.right { (&mut area.left, &mut area.right) } else { (&mut area.top, &mut area.bottom) };
        *side.0 -= stroke / 2;
        *side.1 = *side.0 + stroke;
        self.figure.fills.push(Fill { area, colour: TICK });
    }

    fn header(&self, what: &str, number: usize) -> Text {
        self.pen.text(&format!("{what} {number}"), self.size(HEADER), BLACK, Direction::Right)
    }

    /// Adds a text where `place` puts it.
    fn write(
        &mut self,
        words: &str,
        size: f32,
        ink: RGBColor,
        direction: Direction,
        place: impl FnOnce(Text) -> Text,
    ) -> Area {
        let text = place(self.pen.text(words, self.size(size), ink, direction));
        let area = text.area();
        self.figure.texts.push(text);
        area
    }

    fn px(&self, length: f64) -> i32 {
        (length * self.scale).round() as i32
    }

    fn size(&self, size: f32) -> f32 {
        size * self.scale as f32
    }
}

fn origin_words(origin: &Origin) -> String {
    let step = origin.step.map(|step| format!("step {step}"));
    let parts = [Some(origin.task.clone()), step, Some(origin.model.clone())];
    parts.into_iter().flatten().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" · ")
}

fn counted(count: usize, thing: &str) -> String {
    if count == 1 { format!("1 {thing}") } else { format!("{count} {thing}s") }
}

#[cfg(test)]
mod tests;
