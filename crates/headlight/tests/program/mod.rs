//! The program itself, in a place of its own.

use std::ffi::OsStr;
use std::path::Path;
use std::process::{Command, Output};

pub fn temporary() -> tempfile::TempDir {
    tempfile::tempdir().expect("a temporary directory")
}

/// Runs the program in a directory to its end.
pub fn headlight(place: &Path, arguments: impl IntoIterator<Item: AsRef<OsStr>>) -> Output {
    let mut program = Command::new(env!("CARGO_BIN_EXE_headlight"));
    program.current_dir(place).args(arguments).output().expect("the program starts")
}
