/// More of a text that came from outside would push what is wrong out of sight.
const MOST: usize = 300;

/// A message as one line that a page can show: without control characters, and not endless.
pub(crate) fn one_line(message: &str) -> String {
    // Separators of lines, and marks that turn the direction in which a line is read.
    let is_hidden = |character: &char| matches!(character, '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    let is_plain = |character: &char| !character.is_control() && !is_hidden(character);
    let mut line: String = message.chars().map(|c| if is_plain(&c) { c } else { ' ' }).take(MOST).collect();
    if message.chars().nth(MOST).is_some() {
        line.push('…');
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_would_break_or_turn_the_line_is_a_space() {
        for wrong in ['\n', '\u{1b}', '\u{2028}', '\u{202a}', '\u{202e}', '\u{2066}', '\u{2069}'] {
            assert_eq!(one_line(&format!("a{wrong}b")), "a b", "{wrong:?}");
        }
        assert_eq!(one_line("查询 é"), "查询 é");
        assert_eq!(one_line(&"a".repeat(301)), "a".repeat(300) + "…");
    }
}
