//! The fonts of the system. Whoever wants no file to be read switches the feature `installed-fonts` off.

use ab_glyph::{FontArc, FontRef, FontVec};
use fontdb::{Database, FaceInfo, Source, Style, Weight};

use crate::text::glyph::inked_glyph;

/// Installed fonts, until every character has one or there are no more. What they have is taken from `lacking`.
pub(super) fn fonts_for(lacking: &mut Vec<char>) -> Vec<FontArc> {
    let mut database = Database::new();
    database.load_system_fonts();
    let mut faces: Vec<&FaceInfo> = database.faces().collect();
    faces.sort_by_cached_key(|face| preference(face));
    let mut fonts = Vec::new();
    for face in faces {
        let loaded = database.with_face_data(face.id, |data, index| {
            let font = FontRef::try_from_slice_and_index(data, index).ok()?;
            let before = lacking.len();
            lacking.retain(|character| inked_glyph(&font, *character).is_none());
            let helps = lacking.len() < before;
            helps.then(|| FontVec::try_from_vec_and_index(data.to_vec(), index).ok()).flatten()
        });
        fonts.extend(loaded.flatten().map(FontArc::from));
        if lacking.is_empty() {
            break;
        }
    }
    fonts
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
    fn installed_fonts_help_out_where_there_are_any() {
        let mut database = Database::new();
        database.load_system_fonts();
        if database.is_empty() {
            return;
        }
        let mut lacking = vec!['a', '\u{378}'];
        let fonts = fonts_for(&mut lacking);
        assert_eq!(lacking, ['\u{378}'], "no font draws what is not a character");
        assert!(fonts.len() == 1 && inked_glyph(&fonts[0], 'a').is_some());
    }
}
