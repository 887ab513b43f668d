use headlight_record::MaskCell;
use plotters::prelude::BitMapBackend;
use plotters_backend::{BackendColor, BackendCoord, BackendStyle, DrawingBackend, DrawingErrorKind};

use crate::area::Area;
use crate::canvas::hatching::Hatching;
use crate::canvas::ink::Ink;
use crate::canvas::paint::{Canvas, fill, paint, shape};
use crate::colours::palette::Palette;
use crate::error::PlotError;
use crate::figure::page::check_size;
use crate::figure::photo::Photo;
use crate::figure::{Band, Figure};
use crate::options::Format;
use crate::text::line::Text;
use crate::text::pen::Pen;

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
    check_size(Format::Png, width.into(), height.into())?;
    let (width, height) = (width.unsigned_abs(), height.unsigned_abs());
    let mut pixels = vec![0; 3 * width as usize * height as usize];
    let mut canvas = Pixels {
        backend: BitMapBackend::with_buffer(&mut pixels, (width, height)),
        ink: Ink::new(pen),
        hatching: Hatching::new(palette, scale),
    };
    paint(figure, &mut canvas, palette)?;
    drop(canvas);
    Ok(Bitmap { width, height, pixels })
}

impl Bitmap {
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
}

/// plotters' bitmap with our hatching and text.
struct Pixels<'b, 'p> {
    backend: BitMapBackend<'b>,
    ink: Ink<'p>,
    hatching: Hatching,
}

type Failure<'b> = DrawingErrorKind<<BitMapBackend<'b> as DrawingBackend>::ErrorType>;

impl<'b> DrawingBackend for Pixels<'b, '_> {
    type ErrorType = <BitMapBackend<'b> as DrawingBackend>::ErrorType;

    fn get_size(&self) -> (u32, u32) {
        self.backend.get_size()
    }

    fn ensure_prepared(&mut self) -> Result<(), Failure<'b>> {
        self.backend.ensure_prepared()
    }

    fn present(&mut self) -> Result<(), Failure<'b>> {
        self.backend.present()
    }

    fn draw_pixel(&mut self, point: BackendCoord, colour: BackendColor) -> Result<(), Failure<'b>> {
        self.backend.draw_pixel(point, colour)
    }

    fn draw_rect<S: BackendStyle>(
        &mut self,
        from: BackendCoord,
        to: BackendCoord,
        style: &S,
        fill: bool,
    ) -> Result<(), Failure<'b>> {
        self.backend.draw_rect(from, to, style, fill)
    }

    /// plotters softens the edges of lines one pixel wide only, so a wider one is several of those side by side.
    fn draw_path<S: BackendStyle, I: IntoIterator<Item = BackendCoord>>(
        &mut self,
        path: I,
        style: &S,
    ) -> Result<(), Failure<'b>> {
        let width = style.stroke_width() as i32;
        let mut before: Option<BackendCoord> = None;
        for (x, y) in path {
            if let Some((from_x, from_y)) = before {
                for side in (0..width).map(|at| at - (width - 1) / 2) {
                    let flat = (x - from_x).abs() >= (y - from_y).abs();
                    let (right, down) = if flat { (0, side) } else { (side, 0) };
                    let (from, to) = ((from_x + right, from_y + down), (x + right, y + down));
                    self.backend.draw_line(from, to, &style.color())?;
                }
            }
            before = Some((x, y));
        }
        Ok(())
    }
}

impl Canvas for Pixels<'_, '_> {
    /// Pixels lie over those that were there before, always.
    fn new_layer(&mut self) {}

    fn hatch(&mut self, area: Area, why: MaskCell) -> Result<(), PlotError> {
        fill(&mut self.backend, area, self.hatching.ground)?;
        for dash in self.hatching.dashes(area, why) {
            fill(&mut self.backend, dash, self.hatching.lines)?;
        }
        Ok(())
    }

    /// Column by column, so that nothing is covered twice.
    fn band(&mut self, band: &Band) -> Result<(), PlotError> {
        let style = shape(band.colour, band.opacity);
        for pair in band.points.windows(2) {
            let [(left, ..), (right, ..)] = [pair[0], pair[1]];
            for x in left..right {
                let along = f64::from(x - left) / f64::from(right - left);
                let between = |from: i32, to: i32| (f64::from(from) + along * f64::from(to - from)).round() as i32;
                let (top, bottom) = (between(pair[0].1, pair[1].1), between(pair[0].2, pair[1].2));
                if top < bottom {
                    self.backend.draw_rect((x, top), (x + 1, bottom), &style, true).map_err(PlotError::draw)?;
                }
            }
        }
        Ok(())
    }

    fn photo(&mut self, photo: &Photo) -> Result<(), PlotError> {
        let Area { left, top, .. } = photo.area;
        let (width, height) = (photo.area.width().unsigned_abs(), photo.area.height().unsigned_abs());
        let pixels = photo.raster.stretched(width as usize, height as usize);
        self.backend.blit_bitmap((left, top), (width, height), &pixels).map_err(PlotError::draw)
    }

    fn write(&mut self, text: &Text) -> Result<(), PlotError> {
        let backend = &mut self.backend;
        self.ink.text(text, |at, colour| backend.draw_pixel(at, colour).map_err(PlotError::draw))
    }
}
