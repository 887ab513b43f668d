use std::borrow::Cow;
use std::rc::Rc;

use headlight_record::MaskCell;

use crate::axis::{Labels, Places, Room, labels_across, labels_down};
use crate::colours::Shade;
use crate::figure::{Area, Figure, Panel};
use crate::page::check_size;
use crate::shrink::{Shared, shrink, shrink_mask};
use crate::style::{APART, AXIS, HEADER, NEAR, Style, TICK_LENGTH};
use crate::text::Text;
use crate::{PlotError, Values};

const PANEL_GAP: f64 = 14.0;
/// A panel of one row or column is not thinner than this.
const THINNEST: f64 = 24.0;
/// A cell so wide has room for its label.
const LABELLED: f64 = 14.0;
/// Frames need cells of so many pixels, whatever the scale.
const SMALLEST_FRAMED: i32 = 5;
const VALUE: f32 = 10.0;
/// Weights that would be written as 0.00 are not written.
const SMALLEST_WRITTEN: f32 = 0.005;

/// Matrices of one shape in rows and columns, with the labels of both axes beside them.
pub(crate) struct Block<'a> {
    /// `[rows of panels][panels in a row]`, each `[queries, keys]`, row-major.
    pub(crate) panels: Vec<Vec<Cow<'a, [f32]>>>,
    /// What stands before each row of panels and over each column of them; nothing where there is one panel.
    pub(crate) row_names: Vec<String>,
    pub(crate) column_names: Vec<String>,
    pub(crate) down: Axis<'a>,
    pub(crate) across: Axis<'a>,
    pub(crate) mask: Option<&'a [MaskCell]>,
    pub(crate) alignment: Option<&'a [Vec<usize>]>,
    pub(crate) shade: Shade,
    pub(crate) sizes: Sizes,
}

/// What an axis is called, and the name of each place on it.
#[derive(Clone, Copy)]
pub(crate) struct Axis<'a> {
    pub(crate) title: &'a str,
    pub(crate) labels: &'a [String],
    pub(crate) places: Places,
}

/// How large cells and labels become, in pixels at scale 1.
#[derive(Clone, Copy)]
pub(crate) struct Sizes {
    /// The longer side of a panel, if its cells can be so small and need not be larger.
    pub(crate) panel: f64,
    pub(crate) largest_cell: f64,
    /// Panels grow up to this before values share cells.
    pub(crate) largest_panel: f64,
    pub(crate) longest_label: f32,
    /// How far labels may reach beyond their panel.
    pub(crate) overhang: f64,
}

/// A block in its place: the first panel's corner is (0, 0).
pub(crate) struct Placed<'a> {
    pub(crate) figure: Figure<'a>,
    /// Around all panels.
    pub(crate) area: Area,
    pub(crate) shared: Shared,
    pub(crate) has_frames: bool,
}

impl Sizes {
    /// For one panel.
    pub(crate) const ONE: Self =
        Self { panel: 768.0, largest_cell: 56.0, largest_panel: 1024.0, longest_label: 130.0, overhang: f64::INFINITY };

    /// For `rows` × `columns` panels.
    pub(crate) fn grid(rows: usize, columns: usize) -> Self {
        let most = rows.max(columns) as f64;
        Self {
            panel: (1150.0 / most).clamp(96.0, 260.0),
            largest_cell: 40.0,
            largest_panel: (4000.0 / most).clamp(96.0, 768.0),
            longest_label: 90.0,
            overhang: PANEL_GAP / 2.0 - 2.0,
        }
    }
}

impl<'a> Block<'a> {
    /// # Errors
    ///
    /// When all panels together are too large.
    pub(crate) fn place(&self, style: &Style<'_>) -> Result<Placed<'a>, PlotError> {
        let (queries, keys) = (self.down.labels.len(), self.across.labels.len());
        let most = (self.sizes.largest_panel * style.scale) as usize;
        let shared = Shared::of(queries, keys, most);
        let (rows, columns) = (queries.div_ceil(shared.rows), keys.div_ceil(shared.columns));
        let cell = self.cell(style, rows, columns, shared);
        let panel = (cell.0 * columns as i32, cell.1 * rows as i32);
        let steps = self.steps(style, panel)?;
        let mut layout = Layout { block: self, style, shared, cell, panel, figure: Figure::default() };
        layout.panels(steps);
        let area = layout.figure.extent();
        layout.hairlines();
        layout.column_labels(steps.0, area);
        layout.row_labels(steps.1, area);
        let has_frames = layout.figure.panels.iter().any(|panel| !panel.outlined.is_empty());
        Ok(Placed { figure: layout.figure, area, shared, has_frames })
    }

    /// From one panel to the next, to the right and down: room for a panel, or for a name over it.
    fn steps(&self, style: &Style<'_>, panel: (i32, i32)) -> Result<(i32, i32), PlotError> {
        let gap = style.px(PANEL_GAP);
        let check = |step: i32| {
            let all = |step: i32, count: usize| i64::from(step).saturating_mul(count as i64);
            check_size(style.options.format, all(step, self.panels[0].len()), all(panel.1 + gap, self.panels.len()))
        };
        check(panel.0 + gap)?;
        let header = |name: &String| style.words(name, HEADER).area().width();
        let widest = self.column_names.iter().map(header).max().unwrap_or(0);
        let steps = (panel.0.max(widest).saturating_add(gap), panel.1 + gap);
        check(steps.0)?;
        Ok(steps)
    }

    /// Square cells, unless the panel is so long that squares would leave a mere line.
    fn cell(&self, style: &Style<'_>, rows: usize, columns: usize, shared: Shared) -> (i32, i32) {
        let square = (self.sizes.panel / rows.max(columns) as f64).round().clamp(1.0, self.sizes.largest_cell);
        // Where values share cells, there are as many cells as pixels, at any scale. Beside so long an axis the other is
        // given room for its labels.
        let square = if shared.is_one() { style.px(square) } else { 1 };
        let thinnest = |cells: usize, other: usize| {
            let labelled = (LABELLED * cells as f64).min(self.sizes.panel / 3.0);
            if other > 1 { labelled.max(THINNEST) } else { THINNEST }
        };
        let side =
            |cells: usize, other: usize| square.max(style.px((thinnest(cells, other) / cells as f64).ceil())).max(1);
        (side(columns, shared.rows), side(rows, shared.columns))
    }
}

struct Layout<'a, 'b, 's> {
    block: &'b Block<'a>,
    style: &'s Style<'s>,
    shared: Shared,
    cell: (i32, i32),
    /// Width and height of a panel.
    panel: (i32, i32),
    figure: Figure<'a>,
}

impl<'a> Layout<'a, '_, '_> {
    /// 1. The panels: cells of one whole number of pixels, panels at even steps.
    fn panels(&mut self, steps: (i32, i32)) {
        let Self { block, style, shared, cell, panel: (width, height), .. } = *self;
        let columns = block.across.labels.len();
        let mask = block.mask.map(|mask| shrink_mask(mask, columns, shared));
        let value_size = self.value_size();
        let frames = shared.is_one() && cell.0.min(cell.1) >= SMALLEST_FRAMED;
        let outlined: Rc<[(usize, usize)]> = match block.alignment {
            Some(alignment) if frames => {
                let cells = |(row, keys): (usize, &'a Vec<usize>)| keys.iter().map(move |key| (row, *key));
                alignment.iter().enumerate().flat_map(cells).collect()
            }
            _ => Rc::new([]),
        };
        for (row, panels) in block.panels.iter().enumerate() {
            for (column, values) in panels.iter().enumerate() {
                let (left, top) = (column as i32 * steps.0, row as i32 * steps.1);
                let panel = Panel {
                    values: shrink(values.clone(), columns, shared),
                    columns: columns.div_ceil(shared.columns),
                    cell,
                    area: Area { left, top, right: left + width, bottom: top + height },
                    shade: block.shade.of_panel(values, style.options.full_colour),
                    mask: mask.clone(),
                    outlined: outlined.clone(),
                    outline: style.palette.outline,
                    frame: (cell.0.min(cell.1) / 12).max(style.stroke()),
                };
                if let Some(size) = value_size {
                    self.write_values(&panel, size);
                }
                self.figure.panels.push(panel);
            }
        }
    }

    /// A line around each panel, outside it: where cells are as light as the paper, it says where the panel ends.
    fn hairlines(&mut self) {
        let style = self.style;
        let lines = self.figure.panels.iter().flat_map(|panel| style.hairline(panel.area));
        self.figure.fills.extend(lines);
    }

    /// How large numbers stand on the cells: not at all where one of them has no room, since those that have would tell half
    /// the story.
    fn value_size(&self) -> Option<f32> {
        let (block, style) = (self.block, self.style);
        let size = VALUE.min(0.3 * self.cell.0 as f32 / style.scale as f32);
        if size < 9.0 || self.cell.1 < style.px(16.0) || !self.shared.is_one() || style.options.values == Values::Never
        {
            return None;
        }
        let room = (self.cell.0 - style.px(7.0)) as f32;
        let fits = |text: &str| style.pen.length(text, style.size(size)) <= room;
        let values = block.panels.iter().flatten().flat_map(|panel| panel.iter());
        // Digits are equally wide, so that all weights are as wide as one; other numbers are measured each.
        let mut others = values.filter(|value| !(0.0..1.0).contains(*value) && value.abs() >= SMALLEST_WRITTEN);
        (fits("0.00") && others.all(|value| fits(&written(*value)))).then_some(size)
    }

    /// Numbers on the cells of a panel.
    fn write_values(&mut self, panel: &Panel<'_>, size: f32) {
        let style = self.style;
        for (at, value) in panel.values.iter().enumerate() {
            let (row, column) = (at / panel.columns, at % panel.columns);
            let Some(index) = panel.shade.index(*value) else { continue };
            if value.abs() < SMALLEST_WRITTEN || panel.hidden(row, column).is_some() {
                continue;
            }
            let text = style.coloured(&written(*value), size, panel.shade.ink_on(index));
            let cell = panel.cell(row, column);
            let middle = ((cell.left + cell.right) as f32 / 2.0, (cell.top + cell.bottom) as f32 / 2.0);
            self.figure.values.push(text.centred_at_x(middle.0).centred_at_y(middle.1));
        }
    }

    /// 2. Under the panels the keys, over them the names of the columns.
    fn column_labels(&mut self, step: i32, area: Area) {
        let Self { block, style, .. } = *self;
        let overhang = (block.sizes.overhang * style.scale) as f32;
        let labels =
            labels_across(style.pen, block.across.labels, self.room(self.pitches().0, overhang, block.across.places));
        let (tick, text) = (style.px(TICK_LENGTH), style.px(TICK_LENGTH) + style.px(NEAR));
        for column in 0..block.panels[0].len() {
            let left = column as i32 * step;
            for (middle, label) in self.labels(&labels, left, self.pitches().0) {
                let at = middle as i32;
                let area_of_tick = Area { left: at, top: area.bottom, right: at, bottom: area.bottom + tick };
                self.figure.fills.push(style.tick(area_of_tick));
                self.figure.write(label.centred_at_x(middle).top_at(area.bottom + text));
            }
            if let Some(name) = block.column_names.get(column) {
                let middle = left as f32 + self.panel.0 as f32 / 2.0;
                self.figure.write(style.words(name, HEADER).centred_at_x(middle).bottom_at(-style.px(NEAR)));
            }
        }
        let below = self.figure.extent().bottom + style.px(APART);
        let middle = (area.left + area.right) as f32 / 2.0;
        self.figure.write(style.words(block.across.title, AXIS).centred_at_x(middle).top_at(below));
    }

    /// 3. Beside the panels the queries and the names of the rows.
    fn row_labels(&mut self, step: i32, area: Area) {
        let Self { block, style, .. } = *self;
        let labels = labels_down(style.pen, block.down.labels, self.room(self.pitches().1, 0.0, block.down.places));
        let (tick, text) = (style.px(TICK_LENGTH), style.px(TICK_LENGTH) + style.px(NEAR));
        let mut leftmost = -text;
        for row in 0..block.panels.len() {
            for (middle, label) in self.labels(&labels, row as i32 * step, self.pitches().1) {
                let at = middle as i32;
                self.figure.fills.push(style.tick(Area { left: -tick, top: at, right: 0, bottom: at }));
                leftmost = leftmost.min(self.figure.write(label.right_at(-text).centred_at_y(middle)).left);
            }
        }
        let beside = leftmost - style.px(APART);
        let middle = area.height() as f32 / 2.0;
        let title = style.upright(block.down.title, AXIS).right_at(beside).centred_at_y(middle);
        let title = self.figure.write(title);
        for (row, name) in block.row_names.iter().enumerate() {
            let middle = (row as i32 * step) as f32 + self.panel.1 as f32 / 2.0;
            let name = style.words(name, HEADER).centred_at_y(middle).right_at(title.left - style.px(APART));
            self.figure.write(name);
        }
    }

    /// From one token to the next, across and down.
    fn pitches(&self) -> (f32, f32) {
        (self.cell.0 as f32 / self.shared.columns as f32, self.cell.1 as f32 / self.shared.rows as f32)
    }

    fn room(&self, pitch: f32, overhang: f32, places: Places) -> Room {
        let longest = self.style.size(self.block.sizes.longest_label);
        Room { pitch, longest, overhang, scale: self.style.size(1.0), places }
    }

    /// Every label shown, and the middle of its token.
    fn labels(&self, labels: &Labels, first: i32, pitch: f32) -> Vec<(f32, Text)> {
        let place = |(at, words): &(usize, String)| {
            let text = self.style.pen.text(words, labels.size, self.style.palette.ink, labels.direction);
            (first as f32 + (*at as f32 + 0.5) * pitch, text)
        };
        labels.shown.iter().map(place).collect()
    }
}

/// A value on its cell: two digits after the point, and none for numbers that would not fit so.
fn written(value: f32) -> String {
    let text = if value.abs() < 99.5 { format!("{value:.2}") } else { format!("{value:.0}") };
    text.replace('-', "−")
}
