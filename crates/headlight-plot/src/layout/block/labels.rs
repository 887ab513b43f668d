use crate::area::Area;
use crate::figure::Figure;
use crate::layout::axis::{Axis, Labels, Room, labels_across, labels_down};
use crate::layout::block::Block;
use crate::layout::shrink::Shared;
use crate::layout::style::{APART, AXIS, HEADER, NEAR, Style, TICK_LENGTH};
use crate::text::line::Text;

/// What the labels around panels have to go by.
pub(super) struct Labelling<'a, 'b> {
    pub(super) block: &'b Block<'a>,
    pub(super) style: &'b Style<'b>,
    pub(super) shared: Shared,
    /// Width and height of a cell, and of a panel.
    pub(super) cell: (i32, i32),
    pub(super) panel: (i32, i32),
    /// From one panel to the next, to the right and down.
    pub(super) steps: (i32, i32),
    /// Around all panels.
    pub(super) area: Area,
}

impl Labelling<'_, '_> {
    /// Under the panels the keys, over them the names of the columns.
    pub(super) fn add_columns(&self, figure: &mut Figure<'_>) {
        let Self { block, style, area, .. } = *self;
        let overhang = (block.sizes.overhang * style.scale) as f32;
        let pitch = self.cell.0 as f32 / self.shared.columns as f32;
        let labels = labels_across(style.pen, block.across.labels, self.room(block.across, pitch, overhang));
        let (tick, text) = (style.px(TICK_LENGTH), style.px(TICK_LENGTH) + style.px(NEAR));
        for column in 0..block.panels[0].len() {
            let left = column as i32 * self.steps.0;
            for (middle, label) in self.placed(&labels, left, pitch) {
                let at = middle as i32;
                figure.fills.push(style.tick(Area {
                    left: at,
                    top: area.bottom,
                    right: at,
                    bottom: area.bottom + tick,
                }));
                figure.write(label.centred_at_x(middle).top_at(area.bottom + text));
            }
            if let Some(name) = block.column_names.get(column) {
                let middle = left as f32 + self.panel.0 as f32 / 2.0;
                figure.write(style.words(name, HEADER).centred_at_x(middle).bottom_at(-style.px(NEAR)));
            }
        }
        let below = figure.extent().bottom + style.px(APART);
        figure.write(style.words(block.across.title, AXIS).centred_at_x(area.middle().0).top_at(below));
    }

    /// Beside the panels the queries and the names of the rows.
    pub(super) fn add_rows(&self, figure: &mut Figure<'_>) {
        let Self { block, style, area, .. } = *self;
        let pitch = self.cell.1 as f32 / self.shared.rows as f32;
        let labels = labels_down(style.pen, block.down.labels, self.room(block.down, pitch, 0.0));
        let (tick, text) = (style.px(TICK_LENGTH), style.px(TICK_LENGTH) + style.px(NEAR));
        let mut leftmost = -text;
        for row in 0..block.panels.len() {
            for (middle, label) in self.placed(&labels, row as i32 * self.steps.1, pitch) {
                let at = middle as i32;
                figure.fills.push(style.tick(Area { left: -tick, top: at, right: 0, bottom: at }));
                leftmost = leftmost.min(figure.write(label.right_at(-text).centred_at_y(middle)).left);
            }
        }
        let beside = leftmost - style.px(APART);
        let middle = area.height() as f32 / 2.0;
        let title = figure.write(style.upright(block.down.title, AXIS).right_at(beside).centred_at_y(middle));
        for (row, name) in block.row_names.iter().enumerate() {
            let middle = (row as i32 * self.steps.1) as f32 + self.panel.1 as f32 / 2.0;
            let name = style.words(name, HEADER).centred_at_y(middle).right_at(title.left - style.px(APART));
            figure.write(name);
        }
    }

    /// `pitch` is from one token to the next.
    fn room(&self, axis: Axis<'_>, pitch: f32, overhang: f32) -> Room {
        let longest = self.style.size(self.block.sizes.longest_label);
        Room { pitch, longest, overhang, scale: self.style.size(1.0), kind: axis.kind }
    }

    /// Every label shown, and the middle of its token.
    fn placed(&self, labels: &Labels, first: i32, pitch: f32) -> Vec<(f32, Text)> {
        let placed = |(at, words): &(usize, String)| {
            let text = self.style.pen.text(words, labels.size, self.style.palette.ink, labels.direction);
            (first as f32 + (*at as f32 + 0.5) * pitch, text)
        };
        labels.shown.iter().map(placed).collect()
    }
}
