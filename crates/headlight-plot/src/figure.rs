use plotters::prelude::{BitMapBackend, DrawingBackend, RGBColor, ViridisRGB};

use crate::PlotError;
use crate::text::{Pen, Text};

/// More pixels than this fill memory, and most viewers refuse them.
const MOST_PIXELS: i64 = 1 << 26;

/// Everything in a picture, each thing in its place, before anything is drawn.
///
/// Things are placed around the first panel, whose corner is (0, 0); [`framed`](Self::framed) then moves all of them
/// onto a page that is just large enough. So nothing can be clipped, whatever its size.
pub(crate) struct Figure<'a> {
    pub(crate) panels: Vec<Panel<'a>>,
    pub(crate) fills: Vec<Fill>,
    pub(crate) texts: Vec<Text>,
    pub(crate) page: Area,
}

/// The weights of one head.
pub(crate) struct Panel<'a> {
    /// `[queries, keys]`, row-major.
    pub(crate) weights: &'a [f32],
    pub(crate) keys: usize,
    /// Width and height of a cell.
    pub(crate) cell: (i32, i32),
    pub(crate) area: Area,
}

/// A rectangle of one colour.
pub(crate) struct Fill {
    pub(crate) area: Area,
    pub(crate) colour: RGBColor,
}

/// A rectangle; its right and its bottom are no longer part of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Area {
    pub(crate) left: i32,
    pub(crate) top: i32,
    pub(crate) right: i32,
    pub(crate) bottom: i32,
}

/// A picture, drawn.
pub(crate) struct Bitmap {
    pub(crate) width: u32,
    pub(crate) height: u32,
    /// Three bytes a pixel: red, green, blue.
    pub(crate) pixels: Vec<u8>,
}

/// The colour of a weight, the same in every picture. Weights beyond 1, which no softmax gives, look like 1.
pub(crate) fn colour(weight: f32) -> RGBColor {
    ViridisRGB::get_color(weight)
}

impl Figure<'_> {
    /// The room that everything placed so far takes.
    pub(crate) fn extent(&self) -> Area {
        let panels = self.panels.iter().map(|panel| panel.area);
        let fills = self.fills.iter().map(|fill| fill.area);
        let texts = self.texts.iter().map(Text::area);
        panels.chain(fills).chain(texts).reduce(Area::around).unwrap_or(self.page)
    }

    /// Moves everything onto a page with `margin` on all sides.
    pub(crate) fn framed(mut self, margin: i32) -> Self {
        let extent = self.extent();
        let (right, down) = (margin - extent.left, margin - extent.top);
        for panel in &mut self.panels {
            panel.area = panel.area.moved(right, down);
        }
        for fill in &mut self.fills {
            fill.area = fill.area.moved(right, down);
        }
        self.texts = self.texts.into_iter().map(|text| text.moved(right, down)).collect();
        self.page = Area { left: 0, top: 0, right: extent.width() + 2 * margin, bottom: extent.height() + 2 * margin };
        self
    }

    pub(crate) fn draw(&self, pen: &Pen) -> Result<Bitmap, PlotError> {
        let (width, height) = (self.page.width(), self.page.height());
        if i64::from(width) * i64::from(height) > MOST_PIXELS {
            return Err(PlotError::TooLarge { width, height });
        }
        let size = (width.unsigned_abs(), height.unsigned_abs());
        let mut pixels = vec![u8::MAX; 3 * size.0 as usize * size.1 as usize];
        let mut canvas = BitMapBackend::with_buffer(&mut pixels, size);
        for panel in &self.panels {
            for (row, weights) in panel.weights.chunks_exact(panel.keys).enumerate() {
                for (key, weight) in weights.iter().enumerate() {
                    fill(&mut canvas, panel.cell(row, key), colour(*weight))?;
                }
            }
        }
        for part in &self.fills {
            fill(&mut canvas, part.area, part.colour)?;
        }
        for text in &self.texts {
            pen.draw(text, &mut canvas)?;
        }
        drop(canvas);
        Ok(Bitmap { width: size.0, height: size.1, pixels })
    }
}

fn fill<B: DrawingBackend>(canvas: &mut B, area: Area, colour: RGBColor) -> Result<(), PlotError> {
    // plotters' bitmap leaves out the right and the bottom of a filled rectangle, as Area does.
    canvas
        .draw_rect((area.left, area.top), (area.right, area.bottom), &colour, true)
        .map_err(|error| PlotError::Draw(error.to_string()))
}

impl Bitmap {
    /// Encodes in a few milliseconds. Denser compression takes five times as long for two thirds of the size.
    pub(crate) fn to_png(&self) -> Result<Vec<u8>, PlotError> {
        let mut bytes = Vec::new();
        let mut encoder = png::Encoder::new(&mut bytes, self.width, self.height);
        encoder.set_color(png::ColorType::Rgb);
        encoder.set_depth(png::BitDepth::Eight);
        encoder.set_compression(png::Compression::Fast);
        encoder.set_filter(png::Filter::Adaptive);
        let mut writer = encoder.write_header()?;
        writer.write_image_data(&self.pixels)?;
        writer.finish()?;
        Ok(bytes)
    }
}

impl Panel<'_> {
    pub(crate) fn cell(&self, query: usize, key: usize) -> Area {
        let (width, height) = self.cell;
        let (left, top) = (self.area.left + key as i32 * width, self.area.top + query as i32 * height);
        Area { left, top, right: left + width, bottom: top + height }
    }
}

impl Area {
    pub(crate) fn width(&self) -> i32 {
        self.right - self.left
    }

    pub(crate) fn height(&self) -> i32 {
        self.bottom - self.top
    }

    /// The smallest area that holds both.
    pub(crate) fn around(self, other: Self) -> Self {
        Self {
            left: self.left.min(other.left),
            top: self.top.min(other.top),
            right: self.right.max(other.right),
            bottom: self.bottom.max(other.bottom),
        }
    }

    fn moved(self, right: i32, down: i32) -> Self {
        Self { left: self.left + right, top: self.top + down, right: self.right + right, bottom: self.bottom + down }
    }
}
