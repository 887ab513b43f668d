//! The one path on which every picture is drawn, whatever it is drawn on.

use colorous::Color;
use headlight_record::MaskCell;
use plotters::style::{RGBAColor, ShapeStyle};
use plotters_backend::DrawingBackend;

use crate::area::Area;
use crate::colours::palette::Palette;
use crate::error::PlotError;
use crate::figure::panel::Panel;
use crate::figure::photo::Photo;
use crate::figure::{Band, Figure, Paint};
use crate::text::line::Text;

/// A drawing backend of plotters that can also hatch, and that sets text in our fonts.
///
/// plotters' own text is not used: it drops the left bearing of glyphs and cannot say which a font lacks.
pub(crate) trait Canvas: DrawingBackend<ErrorType: 'static> {
    /// What is drawn from now on may lie over what was drawn before; within a layer nothing overlaps.
    fn new_layer(&mut self);

    /// Fills a rectangle with the hatching of cells that are masked for this reason.
    fn hatch(&mut self, area: Area, why: MaskCell) -> Result<(), PlotError>;

    /// Fills what lies between two lines.
    fn band(&mut self, band: &Band) -> Result<(), PlotError>;

    /// Shows a picture from outside.
    fn photo(&mut self, photo: &Photo) -> Result<(), PlotError>;

    /// Draws a line of text.
    fn write(&mut self, text: &Text) -> Result<(), PlotError>;
}

/// Draws a figure: photos lowest, then panels, fills, bands, lines and texts.
pub(crate) fn paint(figure: &Figure<'_>, canvas: &mut impl Canvas, palette: &Palette) -> Result<(), PlotError> {
    fill(canvas, figure.page, palette.paper)?;
    canvas.new_layer();
    for photo in &figure.photos {
        canvas.photo(photo)?;
    }
    for panel in &figure.panels {
        canvas.new_layer();
        paint_panel(panel, canvas)?;
    }
    canvas.new_layer();
    for part in &figure.fills {
        match part.paint {
            Paint::Solid(colour) => fill(canvas, part.area, colour)?,
            Paint::Masked(why) => canvas.hatch(part.area, why)?,
        }
    }
    canvas.new_layer();
    for band in &figure.bands {
        canvas.band(band)?;
    }
    for stroke in &figure.strokes {
        let style = shape(stroke.colour, stroke.opacity).stroke_width(stroke.width);
        canvas.draw_path(stroke.points.iter().copied(), &style).map_err(PlotError::draw)?;
    }
    for text in figure.texts.iter().chain(&figure.values) {
        canvas.write(text)?;
    }
    canvas.present().map_err(PlotError::draw)
}

/// The commonest colour fills the panel, unless cells are left blank or something shows through; then come the runs of other colours, and the frames.
fn paint_panel(panel: &Panel<'_>, canvas: &mut impl Canvas) -> Result<(), PlotError> {
    let runs = runs(panel);
    let mut cells = [0; 256];
    for run in &runs {
        if let Look::Coloured(index) = run.look {
            cells[usize::from(index)] += run.cells;
        }
    }
    let commonest = (0..=u8::MAX).max_by_key(|index| cells[usize::from(*index)]).map(Look::Coloured);
    let base = commonest.filter(|_| panel.opacity == 1.0 && runs.iter().all(|run| run.look != Look::Blank));
    if let Some(Look::Coloured(index)) = base {
        fill(canvas, panel.area, panel.shade.numbered(index))?;
        canvas.new_layer();
    }
    for run in runs.iter().filter(|run| Some(run.look) != base) {
        match run.look {
            Look::Coloured(index) => tint(canvas, run.area, panel.shade.numbered(index), panel.opacity)?,
            Look::Masked(why) => canvas.hatch(run.area, why)?,
            Look::Blank => {}
        }
    }
    canvas.new_layer();
    for cell in panel.outlined.iter() {
        for side in panel.frame_of(*cell) {
            fill(canvas, side, panel.outline)?;
        }
    }
    Ok(())
}

/// Cells beside each other that look the same.
struct Run {
    area: Area,
    cells: usize,
    look: Look,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Look {
    Coloured(u8),
    Masked(MaskCell),
    Blank,
}

fn runs(panel: &Panel<'_>) -> Vec<Run> {
    let mut runs: Vec<Run> = Vec::new();
    for (row, values) in panel.values.chunks_exact(panel.columns).enumerate() {
        for (column, value) in values.iter().enumerate() {
            let look = match (panel.masked(row, column), panel.shade.index(*value)) {
                (Some(why), _) => Look::Masked(why),
                (None, Some(index)) => Look::Coloured(index),
                (None, None) => Look::Blank,
            };
            let area = panel.cell(row, column);
            match runs.last_mut() {
                Some(run) if run.look == look && column > 0 => {
                    run.area = run.area.around(area);
                    run.cells += 1;
                }
                _ => runs.push(Run { area, cells: 1, look }),
            }
        }
    }
    runs
}

/// plotters leaves out the right and the bottom of a filled rectangle, as [`Area`] does.
pub(crate) fn fill(
    canvas: &mut impl DrawingBackend<ErrorType: 'static>,
    area: Area,
    colour: Color,
) -> Result<(), PlotError> {
    tint(canvas, area, colour, 1.0)
}

/// The same, but what was there before shows through.
fn tint(
    canvas: &mut impl DrawingBackend<ErrorType: 'static>,
    area: Area,
    colour: Color,
    opacity: f64,
) -> Result<(), PlotError> {
    canvas
        .draw_rect((area.left, area.top), (area.right, area.bottom), &shape(colour, opacity), true)
        .map_err(PlotError::draw)
}

pub(super) fn shape(colour: Color, opacity: f64) -> ShapeStyle {
    ShapeStyle { color: RGBAColor(colour.r, colour.g, colour.b, opacity), filled: true, stroke_width: 1 }
}
