//! Runs the program as a shell would, and collects its messages for snapshots.
//!
//! A test asks for exit codes, files and numbers. What the program says in words stands in one snapshot an area, in
//! `tests/snapshots/`: another wording is a snapshot accepted (`INSTA_UPDATE=always`), and no test edited.
#![allow(dead_code, unused_imports, reason = "each test file uses some of it")]

mod messages;
mod undisturbed;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

pub use messages::Messages;
pub use undisturbed::{Contents, files};

pub fn temporary() -> tempfile::TempDir {
    tempfile::tempdir().expect("a temporary directory")
}

/// The arguments on a command line: separated by spaces, or kept whole in double quotes.
pub fn arguments(line: &str) -> Vec<String> {
    let outside_and_inside = line.split('"').enumerate();
    let arguments = outside_and_inside.flat_map(|(at, part)| match at % 2 {
        0 => part.split_whitespace().map(str::to_string).collect(),
        _ => vec![part.to_string()],
    });
    arguments.collect()
}

/// The program in a directory, with the arguments on a line. Its output goes to pipes.
pub fn command(directory: &Path, line: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_headlight"));
    command.current_dir(directory).args(arguments(line)).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// Runs the program to its end.
pub fn headlight(directory: &Path, line: &str) -> Output {
    command(directory, line).output().expect("the program starts")
}

/// What a command that succeeds prints as its result.
pub fn printed(directory: &Path, line: &str) -> String {
    let output = headlight(directory, line);
    assert_eq!(output.status.code(), Some(0), "{line}: {}", text(&output.stderr));
    text(&output.stdout)
}

/// What a command prints that succeeds with nothing to remark.
pub fn printed_alone(directory: &Path, line: &str) -> String {
    let output = headlight(directory, line);
    assert_eq!((output.status.code(), text(&output.stderr).as_str()), (Some(0), ""), "{line}");
    text(&output.stdout)
}

pub fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).expect("the program speaks UTF-8")
}

/// The line on a stream that has one, without control characters; `None` of an empty stream.
pub fn one_line(stream: &[u8]) -> Option<String> {
    let text = text(stream);
    let line = text.strip_suffix('\n')?;
    assert!(!line.contains(char::is_control), "not one plain line: {line:?}");
    Some(line.to_string())
}

/// Everything below a directory: the bytes of a file, nothing for a directory.
pub fn contents(directory: &Path) -> BTreeMap<PathBuf, Option<Vec<u8>>> {
    let mut all = BTreeMap::new();
    for entry in std::fs::read_dir(directory).expect("a directory") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            all.extend(contents(&path));
            all.insert(path, None);
        } else {
            let bytes = std::fs::read(&path).expect("a file");
            all.insert(path, Some(bytes));
        }
    }
    all
}
