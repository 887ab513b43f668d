//! ARCHITECTURE.md's table of crates, read as what the tests check.

use std::path::{Path, PathBuf};

/// A crate, and what its row says that it must not know.
pub struct Row {
    pub name: String,
    pub must_not_know: Vec<String>,
}

/// The root of the workspace.
pub fn workspace() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// The rows of `| crate | holds | must not know |`. Directories that are no crate, such as `viewer/`, are left out.
pub fn rows(architecture: &str) -> Vec<Row> {
    let lines = architecture.lines().skip_while(|line| !line.starts_with("| crate | holds | must not know |"));
    let rows = lines.skip(2).take_while(|line| line.starts_with('|'));
    rows.filter_map(|line| {
        let cells: Vec<&str> = line.trim_matches('|').split('|').map(str::trim).collect();
        let [name, _, words] = cells[..] else { panic!("not a row of three cells: {line}") };
        let name = name.strip_prefix('`')?.strip_suffix('`')?;
        let words = words.split(", ").map(str::to_owned).filter(|word| !word.is_empty());
        (!name.ends_with('/')).then(|| Row { name: name.to_owned(), must_not_know: words.collect() })
    })
    .collect()
}
