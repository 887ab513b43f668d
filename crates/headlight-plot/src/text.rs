use ab_glyph::{Font, FontRef, Glyph, PxScale, point};
use plotters::prelude::{Color, DrawingBackend, RGBColor};

use crate::PlotError;
use crate::figure::Area;

static DEJAVU_SANS: &[u8] = include_bytes!("../../../assets/DejaVuSans.ttf");

/// Heights over the baseline, as parts of the font's size. What hangs below it takes the rest of the size.
const CAPITAL: f32 = 0.73;
const ASCENDER: f32 = 0.76;

/// Measures and draws text in the one font that is built in.
///
/// plotters can draw text too, but drops every glyph's left bearing and does not say which glyphs a font has.
pub(crate) struct Pen {
    font: FontRef<'static>,
}

/// Which way a line of text runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Direction {
    Right,
    /// Turned by 90°, to be read from the bottom to the top.
    Up,
}

/// One line of text in its place.
#[derive(Clone, Debug)]
pub(crate) struct Text {
    pub(crate) words: String,
    size: f32,
    ink: RGBColor,
    direction: Direction,
    /// Where the baseline begins.
    start: (i32, i32),
    length: i32,
}

impl Pen {
    pub(crate) fn new() -> Result<Self, PlotError> {
        let font = FontRef::try_from_slice(DEJAVU_SANS).map_err(|_| PlotError::Font)?;
        Ok(Self { font })
    }

    pub(crate) fn text(&self, words: &str, size: f32, ink: RGBColor, direction: Direction) -> Text {
        let length = self.length(words, size).ceil() as i32;
        Text { words: words.to_string(), size, ink, direction, start: (0, 0), length }
    }

    /// How long `words` are when set in `size`.
    pub(crate) fn length(&self, words: &str, size: f32) -> f32 {
        let mut end = 0.0;
        self.for_each_glyph(words, size, |_, glyph_end| end = glyph_end);
        end
    }

    pub(crate) fn has_ink(&self, character: char) -> bool {
        let glyph = self.font.glyph_id(character);
        glyph.0 != 0 && self.font.outline(glyph).is_some()
    }

    /// The words, or as many of their first signs as fit in `longest` together with `…`.
    pub(crate) fn shorten(&self, words: &str, size: f32, longest: f32) -> String {
        if self.length(words, size) <= longest {
            return words.to_string();
        }
        let mut kept = String::from("…");
        for character in words.chars() {
            let mut longer = kept.clone();
            longer.insert(kept.len() - '…'.len_utf8(), character);
            if self.length(&longer, size) > longest {
                break;
            }
            kept = longer;
        }
        kept
    }

    pub(crate) fn draw<B: DrawingBackend>(&self, text: &Text, canvas: &mut B) -> Result<(), PlotError> {
        let (left, baseline) = text.start;
        let mut outcome = Ok(());
        self.for_each_glyph(&text.words, text.size, |glyph, _| {
            let Some(outline) = self.font.outline_glyph(glyph) else { return };
            let corner = outline.px_bounds().min;
            outline.draw(|x, y, coverage| {
                let (along, below) = (corner.x as i32 + x as i32, corner.y as i32 + y as i32);
                let pixel = match text.direction {
                    Direction::Right => (left + along, baseline + below),
                    Direction::Up => (left + below, baseline - along - 1),
                };
                if coverage > 0.0 && outcome.is_ok() {
                    outcome = canvas.draw_pixel(pixel, text.ink.mix(f64::from(coverage.min(1.0))).to_backend_color());
                }
            });
        });
        outcome.map_err(|error| PlotError::Draw(error.to_string()))
    }

    /// Calls `visit` with every glyph in its place on the baseline, and with where it ends.
    fn for_each_glyph(&self, words: &str, size: f32, mut visit: impl FnMut(Glyph, f32)) {
        let per_unit = size / self.font.units_per_em().unwrap_or(1.0);
        let height = PxScale::from(self.font.height_unscaled() * per_unit);
        let mut end = 0.0;
        let mut previous = None;
        for character in words.chars() {
            let id = self.font.glyph_id(character);
            end += previous.map_or(0.0, |previous| self.font.kern_unscaled(previous, id)) * per_unit;
            let start = end;
            end += self.font.h_advance_unscaled(id) * per_unit;
            visit(id.with_scale_and_position(height, point(start, 0.0)), end);
            previous = Some(id);
        }
    }
}

impl Text {
    /// The room that the text takes.
    pub(crate) fn area(&self) -> Area {
        let (x, y) = self.start;
        let over = (self.size * ASCENDER).ceil() as i32;
        let under = self.size.ceil() as i32 - over;
        match self.direction {
            Direction::Right => Area { left: x, top: y - over, right: x + self.length, bottom: y + under },
            Direction::Up => Area { left: x - over, top: y - self.length, right: x + under, bottom: y },
        }
    }

    /// The same text elsewhere.
    pub(crate) fn moved(mut self, right: i32, down: i32) -> Self {
        self.start = (self.start.0 + right, self.start.1 + down);
        self
    }

    pub(crate) fn left_at(self, x: i32) -> Self {
        let by = x - self.area().left;
        self.moved(by, 0)
    }

    pub(crate) fn right_at(self, x: i32) -> Self {
        let by = x - self.area().right;
        self.moved(by, 0)
    }

    pub(crate) fn top_at(self, y: i32) -> Self {
        let by = y - self.area().top;
        self.moved(0, by)
    }

    pub(crate) fn bottom_at(self, y: i32) -> Self {
        let by = y - self.area().bottom;
        self.moved(0, by)
    }

    /// Centred on `x`: by its length, or, where it runs up, by the height of its capitals, as the eye does.
    pub(crate) fn centred_at_x(self, x: f32) -> Self {
        let middle = match self.direction {
            Direction::Right => self.start.0 as f32 + self.length as f32 / 2.0,
            Direction::Up => self.start.0 as f32 - self.size * CAPITAL / 2.0,
        };
        self.moved((x - middle).round() as i32, 0)
    }

    /// Centred on `y`, likewise.
    pub(crate) fn centred_at_y(self, y: f32) -> Self {
        let middle = match self.direction {
            Direction::Right => self.start.1 as f32 - self.size * CAPITAL / 2.0,
            Direction::Up => self.start.1 as f32 - self.length as f32 / 2.0,
        };
        self.moved(0, (y - middle).round() as i32)
    }
}
