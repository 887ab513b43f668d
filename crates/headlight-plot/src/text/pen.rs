use std::collections::BTreeSet;

use ab_glyph::{Font, GlyphId};
use colorous::Color;
use unicode_width::UnicodeWidthChar;

use crate::error::PlotError;
use crate::options::{Format, PlotOptions};
use crate::text::fonts::Fonts;
use crate::text::line::{Anchor, Direction, Text};
use crate::text::missing::MissingCharacters;
use crate::text::token::{sets_left_to_right, stands_for_itself, visible};

/// The length of a narrow character that the viewer's font will draw, as a part of the size.
const NARROW: f32 = 0.65;

/// No line of a picture shows more characters than this.
const MOST_SHOWN: usize = 1000;

/// Measures text.
pub(crate) struct Pen {
    fonts: Fonts,
    format: Format,
}

/// A glyph of one of the fonts, and how far from the beginning of its line it stands.
pub(crate) struct PlacedGlyph {
    pub(crate) face: usize,
    pub(crate) glyph: GlyphId,
    pub(crate) from: f32,
}

impl Pen {
    /// A pen for pictures with these words.
    ///
    /// # Errors
    ///
    /// When a font is damaged.
    pub(crate) fn new<'w>(words: impl IntoIterator<Item = &'w str>, options: &PlotOptions) -> Result<Self, PlotError> {
        let characters: BTreeSet<char> = words.into_iter().flat_map(str::chars).collect();
        Ok(Self { fonts: Fonts::with(&characters, options.font.as_ref())?, format: options.format })
    }

    /// The characters of these words that this picture shows as code points because no font has them.
    pub(crate) fn missing<'w>(&self, words: impl IntoIterator<Item = &'w str>) -> Option<MissingCharacters> {
        let characters: BTreeSet<char> = words.into_iter().flat_map(str::chars).collect();
        let is_missing = |character: &char| stands_for_itself(*character) && !self.has_ink(*character);
        MissingCharacters::new(characters.into_iter().filter(is_missing).collect())
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

    /// The words, or as many of their first characters as fit in `longest` together with `…`.
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

    /// The words, or as many of their first and last characters as fit in `longest` around `…`.
    pub(crate) fn shorten_inside(&self, words: &str, size: f32, longest: f32) -> String {
        if self.length(words, size) <= longest {
            return words.to_string();
        }
        let characters: Vec<char> = words.chars().collect();
        let kept = |count: usize| {
            let (first, last) = (count.div_ceil(2), characters.len() - count / 2);
            let ends = characters[..first].iter().chain(['…'].iter()).chain(&characters[last..]);
            ends.collect::<String>()
        };
        let fitting = (0..characters.len()).map(kept).take_while(|words| self.length(words, size) <= longest);
        fitting.last().unwrap_or_else(|| "…".to_string())
    }

    /// Calls `visit` with every glyph at its position on the baseline; returns where the last one ends.
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
