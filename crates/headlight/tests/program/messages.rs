use std::fmt::Write;
use std::path::Path;

use super::{contents, headlight, one_line, text};

/// Commands, each with its exit code and what it said, as a snapshot holds them.
pub struct Messages<'a> {
    directory: &'a Path,
    text: String,
}

/// A longer command is cut off in the snapshot.
const LONGEST: usize = 100;

impl<'a> Messages<'a> {
    /// Of commands that run in this directory, which the snapshot calls DIRECTORY.
    pub fn of(directory: &'a Path) -> Self {
        Self { directory, text: String::new() }
    }

    /// Says in the snapshot what is so from here on.
    pub fn when(&mut self, what: &str) {
        let _ = writeln!(self.text, "# {what}\n");
    }

    /// A wrong request: exit code 2, one line on standard error, and every file as it was. Returns the line.
    pub fn refused(&mut self, line: &str) -> String {
        let before = contents(self.directory);
        let message = self.error(line, 2);
        assert!(contents(self.directory) == before, "{line}: it wrote something");
        message
    }

    /// A wrong request while another process writes below the directory: exit code 2, and one line on standard error.
    pub fn refused_meanwhile(&mut self, line: &str) -> String {
        self.error(line, 2)
    }

    /// A failure: exit code 1, and one line on standard error. Returns the line.
    pub fn failed(&mut self, line: &str) -> String {
        self.error(line, 1)
    }

    /// A command that succeeds, and what it remarks on standard error. Returns its result.
    pub fn noted(&mut self, line: &str) -> String {
        let output = headlight(self.directory, line);
        let notes = text(&output.stderr);
        assert_eq!(output.status.code(), Some(0), "{line}: {notes}");
        assert!(!notes.contains(|c: char| c.is_control() && c != '\n'), "{line}: {notes:?}");
        self.put(line, 0, &notes);
        text(&output.stdout)
    }

    /// A command that succeeds with nothing to remark, and its result, which is returned.
    pub fn printed(&mut self, line: &str) -> String {
        let output = headlight(self.directory, line);
        let result = text(&output.stdout);
        assert_eq!((output.status.code(), text(&output.stderr).as_str()), (Some(0), ""), "{line}");
        assert!(!result.contains(|c: char| c.is_control() && c != '\n'), "{line}: {result:?}");
        self.put(line, 0, &result);
        result
    }

    fn error(&mut self, line: &str, code: i32) -> String {
        let output = headlight(self.directory, line);
        let message = one_line(&output.stderr).unwrap_or_else(|| panic!("{line}: it said nothing"));
        assert_eq!(output.status.code(), Some(code), "{line}: {message}");
        assert!(output.stdout.is_empty(), "{line}: {:?}", output.stdout);
        assert!(message.starts_with("headlight: ") && !message.contains("bug"), "{line}: {message}");
        self.put(line, code, &message);
        message
    }

    fn put(&mut self, line: &str, code: i32, said: &str) {
        let mut command: String = line.chars().map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect();
        if command.chars().count() > LONGEST {
            command = command.chars().take(LONGEST).chain(['…']).collect();
        }
        let said = without_times(&self.without_directory(said));
        let shown = format!("$ headlight {command}");
        let _ = writeln!(self.text, "{}\n[{code}] {}\n", shown.trim_end(), said.trim_end());
    }

    fn without_directory(&self, said: &str) -> String {
        let whole = self.directory.canonicalize().expect("it is there");
        let named = |directory: &Path| directory.display().to_string();
        said.replace(&named(&whole), "DIRECTORY").replace(&named(self.directory), "DIRECTORY")
    }
}

impl AsRef<str> for Messages<'_> {
    fn as_ref(&self) -> &str {
        &self.text
    }
}

/// Seconds measured by a clock become `T s`.
fn without_times(said: &str) -> String {
    let words: Vec<&str> = said.split(' ').collect();
    let shown = words.iter().enumerate().map(|(at, word)| {
        let (bracket, number) = word.split_at(word.len() - word.trim_start_matches('(').len());
        let unit = words.get(at + 1).map(|unit| unit.trim_end_matches([')', ':', ',', '.']));
        let is_time = unit == Some("s") && number.parse::<f64>().is_ok();
        if is_time { format!("{bracket}T") } else { (*word).to_string() }
    });
    shown.collect::<Vec<_>>().join(" ")
}
