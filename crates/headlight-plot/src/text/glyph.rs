use ab_glyph::{Font, GlyphId};

/// The glyph of a character, if the font has one that leaves ink. Glyph 0 is the box that stands for all it lacks.
pub(super) fn inked_glyph(font: &impl Font, character: char) -> Option<GlyphId> {
    let glyph = font.glyph_id(character);
    (glyph.0 != 0 && font.outline(glyph).is_some()).then_some(glyph)
}
