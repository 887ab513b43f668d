//! Results go to standard output, all else to standard error. Neither panics when the reader is gone, as `println!` does.

use std::io::Write;

/// A line of the result.
pub(crate) fn say(line: impl std::fmt::Display) -> anyhow::Result<()> {
    Ok(writeln!(std::io::stdout(), "{line}")?)
}

/// A line beside the result; if it cannot be written, the work continues.
pub(crate) fn note(line: impl std::fmt::Display) {
    let _ = writeln!(std::io::stderr(), "{line}");
}

/// `1 layer`, `2 layers`.
pub(crate) fn counted(count: usize, thing: &str) -> String {
    if count == 1 { format!("1 {thing}") } else { format!("{count} {thing}s") }
}
