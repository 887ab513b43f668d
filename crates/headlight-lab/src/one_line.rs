/// More of a text that came from outside would push what is wrong out of sight.
const MOST: usize = 300;

/// A message as one line that a page can show: without control characters, and not endless.
pub(crate) fn one_line(message: &str) -> String {
    let is_plain = |character: &char| !character.is_control() && !matches!(character, '\u{2028}' | '\u{2029}');
    let mut line: String = message.chars().map(|c| if is_plain(&c) { c } else { ' ' }).take(MOST).collect();
    if message.chars().nth(MOST).is_some() {
        line.push('…');
    }
    line
}
