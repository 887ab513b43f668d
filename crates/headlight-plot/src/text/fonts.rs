use std::cell::RefCell;
use std::collections::{BTreeSet, HashMap};

use ab_glyph::{Font as _, FontArc, FontVec, GlyphId};

use crate::error::PlotError;
use crate::options::Font;
use crate::text::glyph::inked_glyph;
use crate::text::token::{sets_left_to_right, stands_for_itself};

#[cfg(feature = "installed-fonts")]
mod installed;

/// Without the feature, there are no fonts but the built-in ones and the user's own.
#[cfg(not(feature = "installed-fonts"))]
mod installed {
    pub(super) fn fonts_for(_lacking: &mut Vec<char>) -> Vec<ab_glyph::FontArc> {
        Vec::new()
    }
}

static DEJAVU_SANS: &[u8] = include_bytes!("../../fonts/DejaVuSans.ttf");
static NOTO_SANS_CJK: &[u8] = include_bytes!("../../fonts/NotoSansCJKsc-subset.otf");

/// The fonts that a picture's characters come from, in the order in which they are asked.
pub(crate) struct Fonts {
    faces: Vec<FontArc>,
    /// What was found, since to see whether a glyph leaves ink is to draw its outline.
    found: RefCell<HashMap<char, Option<(usize, GlyphId)>>>,
}

impl Fonts {
    /// The fonts that are built in; for those of the `characters` that they do not have, the user's own, and then those that
    /// are installed. Where the built-in ones do, no other is looked for, and pictures are the same everywhere.
    ///
    /// # Errors
    ///
    /// When a font is damaged.
    pub(crate) fn with(characters: &BTreeSet<char>, own: Option<&Font>) -> Result<Self, PlotError> {
        let built_in = |bytes| FontArc::try_from_slice(bytes).map_err(|_| PlotError::BuiltInFont);
        let faces = vec![built_in(DEJAVU_SANS)?, built_in(NOTO_SANS_CJK)?];
        let mut fonts = Self { faces, found: RefCell::default() };
        if let Some(font) = own {
            fonts.add(font)?;
        }
        fonts.add_installed_for(characters);
        Ok(fonts)
    }

    /// Adds installed fonts where characters that a font can show have none.
    fn add_installed_for(&mut self, characters: &BTreeSet<char>) {
        let mut lacking: Vec<char> = characters
            .iter()
            .copied()
            .filter(|character| stands_for_itself(*character) && sets_left_to_right(*character))
            .filter(|character| self.glyph(*character).is_none())
            .collect();
        if !lacking.is_empty() {
            self.faces.extend(installed::fonts_for(&mut lacking));
            self.found.get_mut().clear();
        }
    }

    /// Which font draws the character, and as which of its glyphs. `None` where none has it, or only without ink.
    pub(crate) fn glyph(&self, character: char) -> Option<(usize, GlyphId)> {
        let in_face = |(at, face): (usize, &FontArc)| {
            let glyph = if character == ' ' { Some(face.glyph_id(' ')) } else { inked_glyph(face, character) };
            Some((at, glyph.filter(|glyph| glyph.0 != 0)?))
        };
        let find = || self.faces.iter().enumerate().find_map(in_face);
        *self.found.borrow_mut().entry(character).or_insert_with(find)
    }

    pub(crate) fn face(&self, at: usize) -> &FontArc {
        &self.faces[at]
    }

    fn add(&mut self, font: &Font) -> Result<(), PlotError> {
        let face = FontVec::try_from_vec(font.bytes.to_vec());
        let face = face.map_err(|_| PlotError::Font { name: font.name.clone() })?;
        self.faces.push(face.into());
        self.found.get_mut().clear();
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_built_in_fonts_have_the_characters_of_our_tasks() {
        let characters: BTreeSet<char> = "BOS0123456789-␣,abcxyzÄßλ√ᵀ·÷∞年月日".chars().collect();
        let fonts = Fonts::with(&characters, None).expect("good fonts");
        assert_eq!(fonts.faces.len(), 2, "no other font was looked for");
        assert!(characters.iter().all(|character| fonts.glyph(*character).is_some()));
        assert_eq!(fonts.glyph('a').map(|(face, _)| face), Some(0));
        assert_eq!(fonts.glyph('年').map(|(face, _)| face), Some(1));
    }

    #[test]
    fn a_font_of_the_users_own_helps_out() {
        let mut fonts = Fonts { faces: Vec::new(), found: RefCell::default() };
        assert!(fonts.glyph('年').is_none());
        fonts.add(&Font { name: "noto.otf".to_string(), bytes: NOTO_SANS_CJK.into() }).expect("a font");
        assert!(fonts.glyph('年').is_some());
        let error =
            fonts.add(&Font { name: "README.md".to_string(), bytes: b"# Fonts"[..].into() }).expect_err("no font");
        assert!(matches!(&error, PlotError::Font { name } if name == "README.md"), "{error}");
    }
}
