//! Results go to standard output, all else to standard error. Neither panics when the reader is gone, as `println!` does.

use std::io::Write;
use std::path::Path;

/// A line of the result.
pub(crate) fn say(line: impl std::fmt::Display) -> anyhow::Result<()> {
    Ok(writeln!(std::io::stdout(), "{line}")?)
}

/// A line beside the result; if it cannot be written, the work continues.
pub(crate) fn note(line: impl std::fmt::Display) {
    let _ = writeln!(std::io::stderr(), "{line}");
}

/// Lines beside the result.
pub(crate) fn note_all(lines: &[String]) {
    lines.iter().for_each(note);
}

/// The last name of a path.
pub(crate) fn name_of(path: &Path) -> String {
    let whole = path.canonicalize();
    let path = whole.as_deref().unwrap_or(path);
    path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned()
}

/// `1 layer`, `2 layers`.
pub(crate) fn counted(count: usize, thing: &str) -> String {
    if count == 1 { format!("1 {thing}") } else { format!("{count} {thing}s") }
}
