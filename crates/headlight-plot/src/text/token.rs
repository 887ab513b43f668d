use unicode_width::UnicodeWidthChar;

/// A token as it can be seen on paper.
///
/// Where a character has no ink, something with ink stands for it: `␣` for a space at an edge of the token, `↵` for a
/// line break, `⇥` for a tab, and the code point for all others, such as `U+4E2D` for a character that the font does not
/// have or an accent on nothing. An empty token is a pair of quotation marks.
pub(crate) fn visible(token: &str, has_ink: impl Fn(char) -> bool) -> String {
    if token.is_empty() {
        return "\"\"".to_string();
    }
    let first = token.len() - token.trim_start_matches(' ').len();
    let last = token.trim_end_matches(' ').len();
    let mut shown = String::with_capacity(token.len());
    let mut after_code_point = false;
    let mut may_carry = false;
    for (at, character) in token.char_indices() {
        let sign = match character {
            _ if character.width() == Some(0) && !may_carry => None,
            ' ' if (first..last).contains(&at) => Some(' '),
            ' ' => Some('␣'),
            '\n' => Some('↵'),
            '\t' => Some('⇥'),
            _ if has_ink(character) => Some(character),
            _ => None,
        };
        if after_code_point {
            shown.push(' ');
        }
        match sign {
            Some(sign) => shown.push(sign),
            None => shown.push_str(&code_point(character)),
        }
        after_code_point = sign.is_none();
        may_carry = sign.is_some_and(|sign| sign != ' ');
    }
    shown
}

/// `U+4E2D`
pub(crate) fn code_point(character: char) -> String {
    format!("U+{:04X}", u32::from(character))
}

/// Whether a viewer with the right font shows the character as itself: not a control, a space, a character that only steers
/// others (joiners, direction marks, variation selectors), private, or no character at all.
pub(crate) fn stands_for_itself(character: char) -> bool {
    if character.is_control() || character.is_whitespace() {
        return false;
    }
    let steers = matches!(
        character,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}'
            | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{2800}' | '\u{3164}'
            | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}' | '\u{1bca0}'..='\u{1bca3}'
            | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}'
    );
    let private = matches!(character, '\u{e000}'..='\u{f8ff}' | '\u{f0000}'..='\u{10ffff}');
    let no_character = matches!(character, '\u{fdd0}'..='\u{fdef}') || u32::from(character) & 0xfffe == 0xfffe;
    !steers && !private && !no_character
}

/// Whether glyphs one after the other from the left are how the character is written: not Arabic, Hebrew or the
/// scripts of South Asia, whose letters change their positions and forms. An SVG leaves those to its viewer.
pub(crate) fn sets_left_to_right(character: char) -> bool {
    !matches!(
        character,
        '\u{590}'..='\u{8ff}' | '\u{900}'..='\u{dff}' | '\u{e31}' | '\u{e34}'..='\u{e3a}' | '\u{e47}'..='\u{e4e}'
            | '\u{f00}'..='\u{fff}' | '\u{1000}'..='\u{109f}' | '\u{1780}'..='\u{17ff}' | '\u{1800}'..='\u{18af}'
            | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{fb1d}'..='\u{fdff}'
            | '\u{fe70}'..='\u{feff}' | '\u{10800}'..='\u{10fff}' | '\u{1e800}'..='\u{1efff}'
    )
}

/// Whether a token is a mark, not a word: `BOS`, `<s>`, `[CLS]`. Its label is kept where labels are thinned out.
pub(crate) fn is_special(token: &str) -> bool {
    let enclosed = |open, close| token.len() > 2 && token.starts_with(open) && token.ends_with(close);
    enclosed('<', '>')
        || enclosed('[', ']')
        || matches!(token, "BOS" | "EOS" | "SEP" | "PAD" | "CLS" | "MASK" | "UNK" | "EOT")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_token_leaves_ink() {
        let ascii = |character: char| character.is_ascii_graphic();
        for (token, shown) in [
            ("cat", "cat"),
            ("", "\"\""),
            (" ", "␣"),
            ("  ", "␣␣"),
            (" the cat ", "␣the cat␣"),
            ("\n\n", "↵↵"),
            ("a\tb\r", "a⇥bU+000D"),
            ("中文", "U+4E2D U+6587"),
            ("\u{1F600}!", "U+1F600 !"),
            ("\u{301}", "U+0301"),
            ("中\u{301}b", "U+4E2D U+0301 b"),
        ] {
            assert_eq!(visible(token, ascii), shown);
        }
    }

    #[test]
    fn signs_that_only_steer_others_are_told_from_letters() {
        for letter in ['a', '<', '中', 'ש', 'ع', 'ก', '\u{301}', '😀', 'Ġ', '▁', '\u{fffd}'] {
            assert!(stands_for_itself(letter), "{letter:?}");
        }
        for steering in ['\u{200b}', '\u{200d}', '\u{202e}', '\u{feff}', '\u{7}', '\u{a0}', '\u{e000}', '\u{ffff}'] {
            assert!(!stands_for_itself(steering), "{steering:?}");
        }
        assert_eq!(visible("e\u{301}\u{302}", |_| true), "e\u{301}\u{302}");
        assert!(sets_left_to_right('a') && sets_left_to_right('中') && !sets_left_to_right('ש'));
    }

    #[test]
    fn special_tokens() {
        for (token, special) in
            [("BOS", true), ("<s>", true), ("<|endoftext|>", true), ("[CLS]", true), ("<", false), ("THE", false)]
        {
            assert_eq!(is_special(token), special, "{token}");
        }
    }
}
