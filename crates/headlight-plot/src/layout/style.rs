use colorous::Color;

use crate::area::Area;
use crate::colours::palette::Palette;
use crate::figure::{Fill, Paint};
use crate::options::PlotOptions;
use crate::text::line::{Direction, Text};
use crate::text::pen::Pen;

/// Sizes of text, in pixels at scale 1.
pub(crate) const TITLE: f32 = 16.0;
pub(crate) const SUBTITLE: f32 = 12.0;
pub(crate) const SECTION: f32 = 14.0;
pub(crate) const AXIS: f32 = 13.0;
pub(crate) const HEADER: f32 = 12.0;
pub(crate) const TICK_LABEL: f32 = 11.0;
/// Lengths, in pixels at scale 1.
pub(crate) const MARGIN: f64 = 18.0;
pub(crate) const TICK_LENGTH: f64 = 4.0;
/// Between a tick and its label.
pub(crate) const NEAR: f64 = 4.0;
/// Between labels and the title of their axis.
pub(crate) const APART: f64 = 9.0;
/// A headline, and a line of the legend, may at least be this long.
pub(crate) const HEADLINE_ROOM: f64 = 520.0;

/// What every part of a picture shares: the pen, the colours and the size.
pub(crate) struct Style<'p> {
    pub(crate) pen: &'p Pen,
    pub(crate) options: &'p PlotOptions,
    pub(crate) palette: Palette,
    pub(crate) scale: f64,
}

impl<'p> Style<'p> {
    pub(crate) fn new(pen: &'p Pen, options: &'p PlotOptions, scale: f64) -> Self {
        Self { pen, options, palette: Palette::of(options), scale }
    }

    /// The picture's title: the user's, else its own.
    pub(crate) fn title<'t>(&'t self, own: &'t str) -> &'t str {
        self.options.title.as_deref().unwrap_or(own)
    }

    /// A length in pixels.
    pub(crate) fn px(&self, length: f64) -> i32 {
        (length * self.scale).round() as i32
    }

    /// A size of text in pixels.
    pub(crate) fn size(&self, size: f32) -> f32 {
        size * self.scale as f32
    }

    /// The width of a thin line.
    pub(crate) fn stroke(&self) -> i32 {
        self.px(1.0).max(1)
    }

    /// Level text in the colour of the theme; its position is still to be found. Characters without ink are made visible.
    pub(crate) fn words(&self, words: &str, size: f32) -> Text {
        self.coloured(&self.shown(words), size, self.palette.ink)
    }

    /// Text that runs upwards, likewise.
    pub(crate) fn upright(&self, words: &str, size: f32) -> Text {
        self.pen.text(&self.shown(words), self.size(size), self.palette.ink, Direction::Up)
    }

    /// Words as this picture shows them. No words, unlike a token without characters, are nothing.
    pub(crate) fn shown(&self, words: &str) -> String {
        if words.is_empty() { String::new() } else { self.pen.shown(words) }
    }

    /// Level text of words that are known to leave ink.
    pub(crate) fn coloured(&self, words: &str, size: f32, ink: Color) -> Text {
        self.pen.text(words, self.size(size), ink, Direction::Right)
    }

    /// A thin line around `area`, outside it, as four rectangles.
    pub(crate) fn hairline(&self, area: Area) -> [Fill; 4] {
        let thick = self.stroke();
        let Area { left, top, right, bottom } = area;
        let around = Area { left: left - thick, top: top - thick, right: right + thick, bottom: bottom + thick };
        around.frame(thick).map(|area| Fill { area, paint: Paint::Solid(self.palette.tick) })
    }

    /// A thin line along `area`, which has no width or no height.
    pub(crate) fn tick(&self, mut area: Area) -> Fill {
        let stroke = self.stroke();
        let side =
            if area.left == area.right { (&mut area.left, &mut area.right) } else { (&mut area.top, &mut area.bottom) };
        *side.0 -= stroke / 2;
        *side.1 = *side.0 + stroke;
        Fill { area, paint: Paint::Solid(self.palette.tick) }
    }
}
