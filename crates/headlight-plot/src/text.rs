use std::collections::BTreeSet;

use ab_glyph::{Font, GlyphId};
use colorous::Color;
use unicode_width::UnicodeWidthChar;

use crate::figure::Area;
use crate::fonts::Fonts;
use crate::token::{code_point, sets_left_to_right, stands_for_itself, visible};
use crate::{Format, PlotError, PlotOptions};

/// Heights over the baseline, as parts of the font's size. What hangs below it takes the rest of the size.
const CAPITAL: f32 = 0.73;
const ASCENDER: f32 = 0.76;
/// The length of a narrow character that the viewer's font will draw, as a part of the size.
const NARROW: f32 = 0.65;

/// More characters than this no line of a picture shows.
const MOST_SHOWN: usize = 1000;

/// Measures text.
pub(crate) struct Pen {
    fonts: Fonts,
    format: Format,
}

/// Which way a line of text runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Direction {
    Right,
    /// Turned by 90°, to be read from the bottom to the top.
    Up,
}

/// What stays in place where a viewer's font is wider or narrower than ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Anchor {
    Start,
    Middle,
    End,
}

/// One line of text in its place.
#[derive(Clone, Debug)]
pub(crate) struct Text {
    pub(crate) words: String,
    pub(crate) size: f32,
    pub(crate) ink: Color,
    pub(crate) direction: Direction,
    pub(crate) anchor: Anchor,
    /// Where the baseline begins.
    pub(crate) start: (i32, i32),
    pub(crate) length: i32,
}

/// A glyph of one of the fonts, and how far from the beginning of its line it stands.
pub(crate) struct PlacedGlyph {
    pub(crate) face: usize,
    pub(crate) glyph: GlyphId,
    pub(crate) from: f32,
}

impl Pen {
    /// A pen for pictures with these words.
    pub(crate) fn new<'w>(words: impl IntoIterator<Item = &'w str>, options: &PlotOptions) -> Result<Self, PlotError> {
        let characters: BTreeSet<char> = words.into_iter().flat_map(str::chars).collect();
        Ok(Self { fonts: Fonts::with(&characters, options.font.as_deref())?, format: options.format })
    }

    /// A line about the characters of these words that this picture shows as code points because no font has them.
    pub(crate) fn warnings<'w>(&self, words: impl IntoIterator<Item = &'w str>) -> Vec<String> {
        let characters: BTreeSet<char> = words.into_iter().flat_map(str::chars).collect();
        let lacking: Vec<char> = characters
            .into_iter()
            .filter(|character| stands_for_itself(*character) && !self.has_ink(*character))
            .collect();
        if lacking.is_empty() {
            return Vec::new();
        }
        let first: Vec<String> = lacking.iter().take(8).copied().map(code_point).collect();
        let more = if lacking.len() > 8 { format!(" and {} more", lacking.len() - 8) } else { String::new() };
        let advice = if lacking.iter().all(|character| sets_left_to_right(*character)) {
            "give a font that has them (--font FILE), or draw an SVG"
        } else {
            "draw an SVG, whose viewer can set them"
        };
        vec![format!("shown as code points, for want of a font: {}{more}; {advice}", first.join(", "))]
    }

    pub(crate) fn fonts(&self) -> &Fonts {
        &self.fonts
    }

    pub(crate) fn text(&self, words: &str, size: f32, ink: Color, direction: Direction) -> Text {
        let length = self.length(words, size).ceil() as i32;
        Text { words: words.to_string(), size, ink, direction, anchor: Anchor::Start, start: (0, 0), length }
    }

    /// How long `words` are when set in `size`.
    pub(crate) fn length(&self, words: &str, size: f32) -> f32 {
        self.glyphs(words, size, |_| {})
    }

    /// A token as this picture shows it: every character leaves ink. A picture has room for its beginning only, so that of a
    /// very long one no more is looked at.
    pub(crate) fn shown(&self, token: &str) -> String {
        let has_ink = |character| self.has_ink(character);
        match token.char_indices().nth(MOST_SHOWN) {
            None => visible(token, has_ink),
            Some((end, _)) => visible(&token[..end], has_ink) + "…",
        }
    }

    /// Whether the character itself can be drawn; in an SVG the viewer's fonts draw it.
    pub(crate) fn has_ink(&self, character: char) -> bool {
        match self.format {
            Format::Svg => stands_for_itself(character),
            Format::Png => character != ' ' && sets_left_to_right(character) && self.fonts.glyph(character).is_some(),
        }
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

    /// Calls `visit` with every glyph in its place on the baseline; returns where the last one ends.
    pub(crate) fn glyphs(&self, words: &str, size: f32, mut visit: impl FnMut(PlacedGlyph)) -> f32 {
        let mut end = 0.0;
        let mut previous = None;
        for character in words.chars() {
            let Some((at, glyph)) = self.fonts.glyph(character) else {
                let columns = character.width().unwrap_or(0);
                end += size * [0.0, NARROW, 1.0][columns.min(2)];
                previous = None;
                continue;
            };
            let face = self.fonts.face(at);
            let per_unit = size / face.units_per_em().unwrap_or(1.0);
            if let Some((_, before)) = previous.filter(|(before_at, _)| *before_at == at) {
                end += face.kern_unscaled(before, glyph) * per_unit;
            }
            visit(PlacedGlyph { face: at, glyph, from: end });
            end += face.h_advance_unscaled(glyph) * per_unit;
            previous = Some((at, glyph));
        }
        end
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

    pub(crate) fn shift(&mut self, right: i32, down: i32) {
        self.start = (self.start.0 + right, self.start.1 + down);
    }

    /// The same text elsewhere.
    fn moved(mut self, right: i32, down: i32) -> Self {
        self.shift(right, down);
        self
    }

    /// The anchor of a text that was placed by this edge, if the text runs along it.
    fn anchored(mut self, along: Direction, anchor: Anchor) -> Self {
        if self.direction == along {
            self.anchor = anchor;
        }
        self
    }

    pub(crate) fn left_at(self, x: i32) -> Self {
        let by = x - self.area().left;
        self.moved(by, 0).anchored(Direction::Right, Anchor::Start)
    }

    pub(crate) fn right_at(self, x: i32) -> Self {
        let by = x - self.area().right;
        self.moved(by, 0).anchored(Direction::Right, Anchor::End)
    }

    pub(crate) fn top_at(self, y: i32) -> Self {
        let by = y - self.area().top;
        self.moved(0, by).anchored(Direction::Up, Anchor::End)
    }

    pub(crate) fn bottom_at(self, y: i32) -> Self {
        let by = y - self.area().bottom;
        self.moved(0, by).anchored(Direction::Up, Anchor::Start)
    }

    /// Centred on `x`: by its length, or, where it runs up, by the height of its capitals, as the eye does.
    pub(crate) fn centred_at_x(self, x: f32) -> Self {
        let middle = match self.direction {
            Direction::Right => self.start.0 as f32 + self.length as f32 / 2.0,
            Direction::Up => self.start.0 as f32 - self.size * CAPITAL / 2.0,
        };
        self.moved((x - middle).round() as i32, 0).anchored(Direction::Right, Anchor::Middle)
    }

    /// Centred on `y`, likewise.
    pub(crate) fn centred_at_y(self, y: f32) -> Self {
        let middle = match self.direction {
            Direction::Right => self.start.1 as f32 - self.size * CAPITAL / 2.0,
            Direction::Up => self.start.1 as f32 - self.length as f32 / 2.0,
        };
        self.moved(0, (y - middle).round() as i32).anchored(Direction::Up, Anchor::Middle)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_a_very_long_token_the_beginning_is_looked_at() {
        let pen = Pen::new([], &PlotOptions::default()).expect("the font is good");
        let shown = pen.shown(&"ab".repeat(1_500_000));
        assert!(shown.starts_with("abab") && shown.ends_with("b…") && shown.len() < 2000, "{}", shown.len());
        // Accents take no room, so that no label is too long for them.
        assert!(pen.shown(&("a".to_string() + &"\u{301}".repeat(100_000))).len() < 10_000);
        let just = "ab".repeat(MOST_SHOWN / 2);
        assert_eq!(pen.shown(&just), just);
    }
}
