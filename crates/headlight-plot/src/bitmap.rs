use colorous::Color;
use headlight_record::MaskCell;

use crate::PlotError;
use crate::colours::Palette;
use crate::figure::{Area, Figure, Paint, Panel};
use crate::hatching::Hatching;
use crate::ink::Ink;
use crate::text::Pen;

/// More pixels than this fill memory, and most viewers refuse them.
const MOST_PIXELS: i64 = 1 << 26;

/// A picture, drawn.
pub(crate) struct Bitmap {
    pub(crate) width: u32,
    pub(crate) height: u32,
    /// Three bytes a pixel: red, green, blue.
    pub(crate) pixels: Vec<u8>,
}

/// Draws a figure as pixels.
pub(crate) fn bitmap(figure: &Figure<'_>, pen: &Pen, palette: &Palette, scale: f64) -> Result<Bitmap, PlotError> {
    let (width, height) = (figure.page.width(), figure.page.height());
    if i64::from(width) * i64::from(height) > MOST_PIXELS {
        return Err(PlotError::TooLarge { width, height });
    }
    let mut bitmap = Bitmap::blank(width.unsigned_abs(), height.unsigned_abs(), palette.paper);
    let hatching = Hatching::new(figure.page.width(), palette, scale);
    for panel in &figure.panels {
        bitmap.panel(panel, &hatching, palette);
    }
    for fill in &figure.fills {
        match fill.paint {
            Paint::Solid(colour) => bitmap.fill(fill.area, colour),
            Paint::Hidden(why) => bitmap.hatch(fill.area, why, &hatching),
        }
    }
    let mut ink = Ink::new(pen.fonts());
    for stroke in &figure.strokes {
        ink.stroke(stroke, &mut bitmap);
    }
    for text in figure.texts.iter().chain(&figure.values) {
        ink.text(text, pen, &mut bitmap);
    }
    Ok(bitmap)
}

impl Bitmap {
    fn blank(width: u32, height: u32, paper: Color) -> Self {
        let pixels = [paper.r, paper.g, paper.b].repeat(width as usize * height as usize);
        Self { width, height, pixels }
    }

    /// Encodes in a few milliseconds. Rows of pixels repeat, so that unfiltered ones pack best; denser compression takes ten
    /// times as long for two thirds of the size.
    pub(crate) fn to_png(&self) -> Result<Vec<u8>, PlotError> {
        let mut bytes = Vec::new();
        let mut encoder = png::Encoder::new(&mut bytes, self.width, self.height);
        encoder.set_color(png::ColorType::Rgb);
        encoder.set_depth(png::BitDepth::Eight);
        encoder.set_deflate_compression(png::DeflateCompression::Level(1));
        encoder.set_filter(png::Filter::NoFilter);
        let mut writer = encoder.write_header()?;
        writer.write_image_data(&self.pixels)?;
        writer.finish()?;
        Ok(bytes)
    }

    /// Mixes a colour into a pixel; outside the picture nothing happens.
    pub(crate) fn mix(&mut self, x: i32, y: i32, colour: Color, coverage: f32) {
        if (0..self.width as i32).contains(&x) && (0..self.height as i32).contains(&y) {
            let at = self.at(x, y);
            for (old, new) in self.pixels[at..at + 3].iter_mut().zip([colour.r, colour.g, colour.b]) {
                *old = (f32::from(*old) + (f32::from(new) - f32::from(*old)) * coverage).round() as u8;
            }
        }
    }

    /// Each row of cells is made once, as one line of pixels, and copied.
    fn panel(&mut self, panel: &Panel<'_>, hatching: &Hatching, palette: &Palette) {
        let (width, height) = panel.cell;
        let line_bytes = 3 * width as usize * panel.columns;
        let mut line: Vec<u8> = Vec::with_capacity(line_bytes);
        for (row, values) in panel.values.chunks_exact(panel.columns).enumerate() {
            line.clear();
            for &value in values {
                let colour = panel.shade.index(value).map_or(palette.paper, |index| panel.shade.numbered(index));
                for _ in 0..width {
                    line.extend([colour.r, colour.g, colour.b]);
                }
            }
            let top = panel.area.top + row as i32 * height;
            for y in top..top + height {
                let at = self.at(panel.area.left, y);
                self.pixels[at..at + line_bytes].copy_from_slice(&line);
            }
            if panel.mask.is_some() {
                self.hatch_row(panel, row, hatching);
            }
        }
        for cell in panel.outlined.iter() {
            for side in panel.frame_of(*cell) {
                self.fill(side, palette.outline);
            }
        }
    }

    fn hatch_row(&mut self, panel: &Panel<'_>, row: usize, hatching: &Hatching) {
        let mut column = 0;
        while column < panel.columns {
            let why = panel.hidden(row, column);
            let begin = column;
            while column < panel.columns && panel.hidden(row, column) == why {
                column += 1;
            }
            if let Some(why) = why {
                let last = panel.cell(row, column - 1);
                self.hatch(panel.cell(row, begin).around(last), why, hatching);
            }
        }
    }

    fn hatch(&mut self, area: Area, why: MaskCell, hatching: &Hatching) {
        for y in area.top..area.bottom {
            let (from, to) = (self.at(area.left, y), self.at(area.right, y));
            self.pixels[from..to].copy_from_slice(hatching.line(why, y, area.left..area.right));
        }
    }

    fn fill(&mut self, area: Area, colour: Color) {
        for y in area.top..area.bottom {
            let (from, to) = (self.at(area.left, y), self.at(area.right, y));
            for pixel in self.pixels[from..to].chunks_exact_mut(3) {
                pixel.copy_from_slice(&[colour.r, colour.g, colour.b]);
            }
        }
    }

    fn at(&self, x: i32, y: i32) -> usize {
        3 * (y as usize * self.width as usize + x as usize)
    }
}
