use std::collections::HashMap;

use ab_glyph::{Font, GlyphId, PxScale, point};
use plotters_backend::{BackendColor, BackendCoord};

use crate::error::PlotError;
use crate::text::fonts::Fonts;
use crate::text::line::{Direction, Text};
use crate::text::pen::Pen;

/// Glyphs start at quarters of a pixel, so that one drawing of a glyph serves everywhere that it stands.
const PHASES: f32 = 4.0;

/// Draws text with soft edges.
pub(crate) struct Ink<'p> {
    pen: &'p Pen,
    glyphs: HashMap<GlyphKey, Option<Stamp>>,
}

#[derive(PartialEq, Eq, Hash)]
struct GlyphKey {
    face: usize,
    glyph: GlyphId,
    size: u32,
    phase: u8,
}

/// How much of each pixel a shape covers, from 0 to 1, and where it lies.
struct Stamp {
    left: i32,
    top: i32,
    width: usize,
    coverage: Vec<f32>,
}

impl<'p> Ink<'p> {
    pub(crate) fn new(pen: &'p Pen) -> Self {
        Self { pen, glyphs: HashMap::new() }
    }

    /// Calls `draw_pixel` for every pixel that the text covers, with how much of it.
    pub(crate) fn text(
        &mut self,
        text: &Text,
        mut draw_pixel: impl FnMut(BackendCoord, BackendColor) -> Result<(), PlotError>,
    ) -> Result<(), PlotError> {
        let (left, baseline) = text.start;
        let mut outcome = Ok(());
        self.pen.glyphs(&text.words, text.size, |placed| {
            let quarters = (placed.from * PHASES).round() as i32;
            let (whole, phase) = (quarters.div_euclid(PHASES as i32), quarters.rem_euclid(PHASES as i32) as u8);
            let key = GlyphKey { face: placed.face, glyph: placed.glyph, size: text.size.to_bits(), phase };
            let fonts = self.pen.fonts();
            let stamp = self.glyphs.entry(key).or_insert_with_key(|key| stamp(fonts, key));
            let Some(stamp) = stamp else { return };
            for (at, coverage) in stamp.coverage.iter().enumerate().filter(|(_, coverage)| **coverage > 0.0) {
                let along = whole + stamp.left + (at % stamp.width) as i32;
                let below = stamp.top + (at / stamp.width) as i32;
                let pixel = match text.direction {
                    Direction::Right => (left + along, baseline + below),
                    Direction::Up => (left + below, baseline - along - 1),
                };
                let rgb = (text.ink.r, text.ink.g, text.ink.b);
                if outcome.is_ok() {
                    outcome = draw_pixel(pixel, BackendColor { alpha: f64::from(*coverage), rgb });
                }
            }
        });
        outcome
    }
}

fn stamp(fonts: &Fonts, key: &GlyphKey) -> Option<Stamp> {
    let (face, size) = (fonts.face(key.face), f32::from_bits(key.size));
    let per_unit = size / face.units_per_em().unwrap_or(1.0);
    let height = PxScale::from(face.height_unscaled() * per_unit);
    let glyph = key.glyph.with_scale_and_position(height, point(f32::from(key.phase) / PHASES, 0.0));
    let outline = face.outline_glyph(glyph)?;
    let bounds = outline.px_bounds();
    let width = bounds.width() as usize;
    let mut coverage = vec![0.0; width * bounds.height() as usize];
    outline.draw(|x, y, covered| coverage[y as usize * width + x as usize] = covered.min(1.0));
    (width > 0).then_some(Stamp { left: bounds.min.x as i32, top: bounds.min.y as i32, width, coverage })
}
