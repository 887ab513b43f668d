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
