use std::cell::RefCell;
use std::collections::{BTreeSet, HashMap};
use std::path::Path;

use ab_glyph::{Font, FontArc, FontRef, FontVec, GlyphId};
use fontdb::{Database, FaceInfo, Source, Style, Weight};

use crate::PlotError;
use crate::token::{sets_left_to_right, stands_for_itself};

static DEJAVU_SANS: &[u8] = include_bytes!("../fonts/DejaVuSans.ttf");
static NOTO_SANS_CJK: &[u8] = include_bytes!("../fonts/NotoSansCJKsc-subset.otf");

/// The fonts that a picture's characters come from, in the order in which they are asked.
pub(crate) struct Fonts {
    faces: Vec<FontArc>,
    /// What was found, since to see whether a glyph leaves ink is to draw its outline.
    found: RefCell<HashMap<char, Option<(usize, GlyphId)>>>,
}

impl Fonts {
    /// The fonts that are built in; for those of the `characters` that they do not have, the font in `file`, and then those
    /// that are installed. Where the built-in ones do, no other is looked for, and pictures are the same everywhere.
    pub(crate) fn with(characters: &BTreeSet<char>, file: Option<&Path>) -> Result<Self, PlotError> {
        let built_in = |bytes| FontArc::try_from_slice(bytes).map_err(|_| PlotError::Font);
        let faces = vec![built_in(DEJAVU_SANS)?, built_in(NOTO_SANS_CJK)?];
        let mut fonts = Self { faces, found: RefCell::default() };
        if let Some(path) = file {
            fonts.add_file(path)?;
        }
        let mut lacking: Vec<char> = characters
            .iter()
            .copied()
            .filter(|character| stands_for_itself(*character) && sets_left_to_right(*character))
            .filter(|character| fonts.glyph(*character).is_none())
            .collect();
        if !lacking.is_empty() {
            fonts.add_installed(&mut lacking);
        }
        Ok(fonts)
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

    fn add_file(&mut self, path: &Path) -> Result<(), PlotError> {
        let bytes = std::fs::read(path).map_err(|error| PlotError::font_file(path, error))?;
        let face = FontVec::try_from_vec(bytes).map_err(|_| PlotError::font_file(path, "it is no font"))?;
        self.faces.push(face.into());
        self.found.get_mut().clear();
        Ok(())
    }

    /// Adds installed fonts until every character has one, or there are no more. What they have is taken from `lacking`.
    fn add_installed(&mut self, lacking: &mut Vec<char>) {
        self.found.get_mut().clear();
        let mut database = Database::new();
        database.load_system_fonts();
        let mut faces: Vec<&FaceInfo> = database.faces().collect();
        faces.sort_by_cached_key(|face| preference(face));
        for face in faces {
            let loaded = database.with_face_data(face.id, |data, index| {
                let font = FontRef::try_from_slice_and_index(data, index).ok()?;
                let before = lacking.len();
                lacking.retain(|character| inked_glyph(&font, *character).is_none());
                let helps = lacking.len() < before;
                helps.then(|| FontVec::try_from_vec_and_index(data.to_vec(), index).ok()).flatten()
            });
            self.faces.extend(loaded.flatten().map(FontArc::from));
            if lacking.is_empty() {
                return;
            }
        }
    }
}

/// The glyph of a character, if the font has one that leaves ink. Glyph 0 is the box that stands for all it lacks.
fn inked_glyph(font: &impl Font, character: char) -> Option<GlyphId> {
    let glyph = font.glyph_id(character);
    (glyph.0 != 0 && font.outline(glyph).is_some()).then_some(glyph)
}

/// Upright fonts of ordinary weight first, without serifs before others; then by name, so that the order is always the same.
fn preference(face: &FaceInfo) -> (bool, u16, bool, String, u32) {
    let family = face.families.first().map(|(name, _)| name.clone()).unwrap_or_default();
    let path = match &face.source {
        Source::File(path) | Source::SharedFile(path, _) => path.to_string_lossy().into_owned(),
        Source::Binary(_) => String::new(),
    };
    let not_plain = face.style != Style::Normal || face.monospaced;
    let sans = family.contains("Sans");
    (not_plain, face.weight.0.abs_diff(Weight::NORMAL.0), !sans, family + &path, face.index)
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
    fn a_file_helps_out() {
        let mut fonts = Fonts { faces: Vec::new(), found: RefCell::default() };
        assert!(fonts.glyph('年').is_none());
        let fonts_here = Path::new(env!("CARGO_MANIFEST_DIR")).join("fonts");
        fonts.add_file(&fonts_here.join("NotoSansCJKsc-subset.otf")).expect("a font");
        assert!(fonts.glyph('年').is_some());
        let error = fonts.add_file(&fonts_here.join("README.md")).expect_err("no font").to_string();
        assert!(error.contains("README.md") && error.contains("it is no font"), "{error}");
    }

    #[test]
    fn installed_fonts_help_out_where_there_are_any() {
        let mut database = Database::new();
        database.load_system_fonts();
        if database.is_empty() {
            return;
        }
        let (mut fonts, mut lacking) = (Fonts { faces: Vec::new(), found: RefCell::default() }, vec!['a', '\u{378}']);
        fonts.add_installed(&mut lacking);
        assert_eq!(lacking, ['\u{378}'], "nobody draws what is no character");
        assert!(fonts.glyph('a').is_some() && fonts.faces.len() == 1);
    }
}
