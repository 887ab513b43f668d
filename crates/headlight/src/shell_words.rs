//! Words as a shell reads them.

use std::fmt::Write;

/// One word of any POSIX shell. A line break stays one.
pub(crate) fn quoted(word: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "_./:=@%+,-".contains(c);
    if !word.is_empty() && word.chars().all(is_plain) {
        return word.to_string();
    }
    format!("'{}'", word.replace('\'', r"'\''"))
}

/// One word on one line, of the shells that know `$'…'` where control characters ask for it: bash, zsh, ksh, busybox.
pub(crate) fn on_one_line(word: &str) -> String {
    if !word.contains(char::is_control) {
        return quoted(word);
    }
    let mut line = "$'".to_string();
    for c in word.chars() {
        match c {
            '\'' | '\\' => line.extend(['\\', c]),
            c if c.is_control() => {
                let mut bytes = [0; 4];
                for byte in c.encode_utf8(&mut bytes).bytes() {
                    let _ = write!(line, "\\{byte:03o}");
                }
            }
            c => line.push(c),
        }
    }
    line + "'"
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn a_shell_reads_each_word_as_it_was() {
        let words =
            ["plain", "", "a b", "it's", "\"$HOME\" `x` \\ !", "two\nlines'", "tab\tand \u{85}", "{} {#}", "注意力"];
        for word in words {
            let one_line = on_one_line(word);
            assert!(!one_line.contains(char::is_control), "{one_line:?}");
            assert_eq!(read_by("bash", &one_line), word);
            assert_eq!(read_by("sh", &quoted(word)), word);
        }
    }

    fn read_by(shell: &str, word: &str) -> String {
        let output = std::process::Command::new(shell).args(["-c", &format!("printf %s. {word}")]).output();
        let text = String::from_utf8(output.expect("a shell").stdout).expect("UTF-8");
        text.strip_suffix('.').expect("all of it").to_string()
    }
}
