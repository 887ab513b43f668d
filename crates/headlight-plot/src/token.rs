/// A token as it can be seen on paper.
///
/// Where a character has no ink, something with ink stands for it: `␣` for a space at an edge of the token, `↵` for a
/// line break, `⇥` for a tab, and the code point for all others, such as `U+4E2D` for a sign that the font does not
/// have. An empty token is a pair of quotation marks.
pub(crate) fn visible(token: &str, has_ink: impl Fn(char) -> bool) -> String {
    if token.is_empty() {
        return "\"\"".to_string();
    }
    let first = token.len() - token.trim_start_matches(' ').len();
    let last = token.trim_end_matches(' ').len();
    let mut shown = String::with_capacity(token.len());
    let mut after_code_point = false;
    for (at, character) in token.char_indices() {
        let sign = match character {
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
            None => shown.push_str(&format!("U+{:04X}", u32::from(character))),
        }
        after_code_point = sign.is_none();
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::visible;

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
        ] {
            assert_eq!(visible(token, ascii), shown);
        }
    }
}
