use std::fmt;

use crate::text::token::{code_point, sets_left_to_right};

/// So many characters are named; of more, it is said how many.
const NAMED: usize = 8;

/// Characters of a picture that no font has: it shows their code points instead.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MissingCharacters {
    /// In order, at least one.
    characters: Vec<char>,
}

impl MissingCharacters {
    pub(crate) fn new(characters: Vec<char>) -> Option<Self> {
        (!characters.is_empty()).then_some(Self { characters })
    }

    /// In order, at least one.
    pub fn characters(&self) -> &[char] {
        &self.characters
    }

    /// Whether a font that has them would show them. Those of scripts whose letters change their positions and forms, such as
    /// Arabic, need more than a font: only whoever views an SVG can set them.
    pub fn need_only_a_font(&self) -> bool {
        self.characters.iter().all(|character| sets_left_to_right(*character))
    }
}

impl fmt::Display for MissingCharacters {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let named: Vec<String> = self.characters.iter().take(NAMED).copied().map(code_point).collect();
        write!(formatter, "shown as code points, for want of a font: {}", named.join(", "))?;
        match self.characters.len().saturating_sub(NAMED) {
            0 => Ok(()),
            more => write!(formatter, " and {more} more"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_are_named_and_the_others_counted() {
        let missing = |characters: std::ops::RangeInclusive<char>| MissingCharacters::new(characters.collect());
        assert_eq!(MissingCharacters::new(Vec::new()), None);
        let two = missing('\u{378}'..='\u{379}').expect("two");
        assert_eq!(two.to_string(), "shown as code points, for want of a font: U+0378, U+0379");
        assert!(missing('a'..='h').expect("eight").to_string().ends_with("U+0068"));
        assert!(missing('a'..='j').expect("ten").to_string().ends_with("U+0068 and 2 more"));
        assert!(two.need_only_a_font() && !missing('ש'..='ש').expect("one").need_only_a_font());
    }
}
