use std::rc::Rc;

use crate::area::Area;
use crate::error::PlotError;
use crate::figure::Figure;
use crate::figure::page::check_size;
use crate::figure::panel::Panel;
use crate::layout::block::labels::Labelling;
use crate::layout::block::{Block, PANEL_GAP, Placed};
use crate::layout::shrink::{Shared, shrink, shrink_mask};
use crate::layout::style::{HEADER, Style};

/// A panel of one row or column is not thinner than this.
const THINNEST: f64 = 24.0;
/// A cell so wide has room for its label.
const LABELLED: f64 = 14.0;
/// Frames need cells of so many pixels, whatever the scale.
const SMALLEST_FRAMED: i32 = 5;

impl<'a> Block<'a> {
    /// # Errors
    ///
    /// When all panels together are too large.
    pub(crate) fn place(&self, style: &Style<'_>) -> Result<Placed<'a>, PlotError> {
        // 1. How large a cell and a panel are, and how far apart panels stand.
        let (queries, keys) = (self.down.labels.len(), self.across.labels.len());
        let most = (self.sizes.largest_panel * style.scale) as usize;
        let shared = Shared::of(queries, keys, most);
        let (rows, columns) = (queries.div_ceil(shared.rows), keys.div_ceil(shared.columns));
        let cell = self.cell(style, rows, columns, shared);
        let panel = (cell.0 * columns as i32, cell.1 * rows as i32);
        let steps = self.steps(style, panel)?;

        // 2. The panels, with their numbers, and a line around each, outside it: where cells are as light as the paper, it
        //    says where the panel ends.
        let panels = self.panels(style, shared, cell, steps);
        let mut figure = Figure { panels, ..Figure::default() };
        if shared.is_one() {
            figure.values = self.numbers.on_cells(style, &figure.panels);
        }
        let area = figure.extent();
        let hairlines = figure.panels.iter().flat_map(|panel| style.hairline(panel.area));
        figure.fills = hairlines.collect();

        // 3. The labels.
        let labelling = Labelling { block: self, style, shared, cell, panel, steps, area };
        labelling.add_columns(&mut figure);
        labelling.add_rows(&mut figure);
        let has_frames = figure.panels.iter().any(|panel| !panel.outlined.is_empty());
        Ok(Placed { figure, area, shared, has_frames })
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

    /// Cells of one whole number of pixels, panels at even steps.
    fn panels(&self, style: &Style<'_>, shared: Shared, cell: (i32, i32), steps: (i32, i32)) -> Vec<Panel<'a>> {
        let columns = self.across.labels.len();
        let mask = self.mask.map(|mask| shrink_mask(mask, columns, shared));
        let frames = shared.is_one() && cell.0.min(cell.1) >= SMALLEST_FRAMED;
        let outlined: Rc<[(usize, usize)]> = match self.alignment {
            Some(alignment) if frames => {
                let cells = |(row, keys): (usize, &'a Vec<usize>)| keys.iter().map(move |key| (row, *key));
                alignment.iter().enumerate().flat_map(cells).collect()
            }
            _ => Rc::new([]),
        };
        let mut placed = Vec::new();
        for (row, panels) in self.panels.iter().enumerate() {
            for (column, values) in panels.iter().enumerate() {
                let shade = self.shade.of_panel(values, style.options.full_colour);
                let values = shrink(values.clone(), columns, shared);
                let columns = columns.div_ceil(shared.columns);
                let (width, height) = (cell.0 * columns as i32, cell.1 * (values.len() / columns) as i32);
                let (left, top) = (column as i32 * steps.0, row as i32 * steps.1);
                placed.push(Panel {
                    values,
                    columns,
                    cell,
                    area: Area { left, top, right: left + width, bottom: top + height },
                    shade,
                    opacity: 1.0,
                    mask: mask.clone(),
                    outlined: outlined.clone(),
                    outline: style.palette.outline,
                    frame: (cell.0.min(cell.1) / 12).max(style.stroke()),
                });
            }
        }
        placed
    }
}
