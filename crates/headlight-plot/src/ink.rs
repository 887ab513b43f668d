use std::collections::HashMap;

use ab_glyph::{Font, GlyphId, PxScale, point};
use ab_glyph_rasterizer::{Point, Rasterizer};

use crate::bitmap::Bitmap;
use crate::figure::Stroke;
use crate::fonts::Fonts;
use crate::text::{Direction, Pen, Text};

/// Glyphs start at quarters of a pixel, so that one drawing of a glyph serves everywhere that it stands.
const PHASES: f32 = 4.0;

/// Draws text and lines with soft edges.
pub(crate) struct Ink<'f> {
    fonts: &'f Fonts,
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

impl<'f> Ink<'f> {
    pub(crate) fn new(fonts: &'f Fonts) -> Self {
        Self { fonts, glyphs: HashMap::new() }
    }

    pub(crate) fn text(&mut self, text: &Text, pen: &Pen, bitmap: &mut Bitmap) {
        let (left, baseline) = text.start;
        pen.glyphs(&text.words, text.size, |placed| {
            let quarters = (placed.from * PHASES).round() as i32;
            let (whole, phase) = (quarters.div_euclid(PHASES as i32), quarters.rem_euclid(PHASES as i32) as u8);
            let key = GlyphKey { face: placed.face, glyph: placed.glyph, size: text.size.to_bits(), phase };
            let fonts = self.fonts;
            let stamp = self.glyphs.entry(key).or_insert_with_key(|key| stamp(fonts, key));
            let Some(stamp) = stamp else { return };
            for (row, coverages) in stamp.coverage.chunks_exact(stamp.width).enumerate() {
                for (column, coverage) in coverages.iter().enumerate().filter(|(_, coverage)| **coverage > 0.0) {
                    let (along, below) = (whole + stamp.left + column as i32, stamp.top + row as i32);
                    let (x, y) = match text.direction {
                        Direction::Right => (left + along, baseline + below),
                        Direction::Up => (left + below, baseline - along - 1),
                    };
                    bitmap.mix(x, y, text.ink, *coverage);
                }
            }
        });
    }

    /// A line and its corners cover a pixel once, however often they cross it.
    pub(crate) fn stroke(&mut self, stroke: &Stroke, bitmap: &mut Bitmap) {
        let half = stroke.width / 2.0;
        let [left, top, right, bottom] = stroke.points.iter().fold(
            [f32::INFINITY, f32::INFINITY, f32::NEG_INFINITY, f32::NEG_INFINITY],
            |[left, top, right, bottom], (x, y)| [left.min(*x), top.min(*y), right.max(*x), bottom.max(*y)],
        );
        let (left, top) = ((left - half).floor() - 1.0, (top - half).floor() - 1.0);
        let (width, height) = ((right + half - left).ceil() as usize + 2, (bottom + half - top).ceil() as usize + 2);
        let mut coverage = vec![0.0f32; width * height];
        let mut rasterizer = Rasterizer::new(width, height);
        for pair in stroke.points.windows(2) {
            let [(x0, y0), (x1, y1)] = [pair[0], pair[1]].map(|(x, y)| (x - left, y - top));
            let length = (x1 - x0).hypot(y1 - y0);
            if length == 0.0 {
                continue;
            }
            // Half a width to the side, and, so that corners close, a little ahead.
            let (along_x, along_y) = ((x1 - x0) / length * half, (y1 - y0) / length * half);
            let ahead = 0.5;
            let corners = [
                (x0 - along_x * ahead - along_y, y0 - along_y * ahead + along_x),
                (x1 + along_x * ahead - along_y, y1 + along_y * ahead + along_x),
                (x1 + along_x * ahead + along_y, y1 + along_y * ahead - along_x),
                (x0 - along_x * ahead + along_y, y0 - along_y * ahead - along_x),
            ]
            .map(|(x, y)| Point { x, y });
            rasterizer.clear();
            for at in 0..4 {
                rasterizer.draw_line(corners[at], corners[(at + 1) % 4]);
            }
            rasterizer.for_each_pixel(|at, covered| coverage[at] = coverage[at].max(covered.min(1.0)));
        }
        for (at, covered) in coverage.into_iter().enumerate().filter(|(_, covered)| *covered > 0.0) {
            let (x, y) = (left as i32 + (at % width) as i32, top as i32 + (at / width) as i32);
            bitmap.mix(x, y, stroke.colour, covered * stroke.opacity);
        }
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
