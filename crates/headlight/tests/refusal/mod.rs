//! How the program says no: one line on standard error, an exit code, and nothing written.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::program::headlight;

/// The one line of a refused request, after which everything is as it was.
pub fn refused(place: &Path, arguments: &[&str]) -> String {
    let before = contents(place);
    let line = error(place, arguments, 2);
    assert!(contents(place) == before, "{arguments:?} wrote something");
    line
}

/// The one line of a failure.
pub fn failed(place: &Path, arguments: &[&str]) -> String {
    error(place, arguments, 1)
}

fn error(place: &Path, arguments: &[&str], code: i32) -> String {
    let output = headlight(place, arguments);
    let line = one_line(&output.stderr).unwrap_or_else(|| panic!("{arguments:?} was silent"));
    assert_eq!(output.status.code(), Some(code), "{arguments:?}: {line}");
    assert!(output.stdout.is_empty(), "{arguments:?}: {:?}", output.stdout);
    assert!(line.starts_with("headlight: ") && !line.contains("bug"), "{arguments:?}: {line}");
    line
}

/// The line on a stream that has one, without control characters; `None` of an empty stream.
pub fn one_line(stream: &[u8]) -> Option<String> {
    let text = str::from_utf8(stream).expect("the program speaks UTF-8");
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
