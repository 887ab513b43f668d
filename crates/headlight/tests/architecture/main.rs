//! The workspace is as ARCHITECTURE.md says: what each crate must not know, no cycles, files that read in one sitting.
//!
//! Nothing is built for this: the sources are parsed, and dependencies are asked of `cargo tree`.

mod cycles;
mod gate;
mod names;
mod planted;
mod reader;
mod sources;
mod table;
mod words;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;

use names::Meaning;
use sources::Sources;
use table::{Row, rows, workspace};
use words::Word;

/// Source files stay below this, so that they read in one sitting.
const MAX_LINES: usize = 320;

/// Files that may be longer: messages of ONNX, written by a generator.
const GENERATED: [&str; 1] = ["crates/headlight-graph/src/onnx/schema.rs"];

#[test]
fn the_table_lists_every_crate() {
    let listed: BTreeSet<String> = table_of_crates().into_iter().map(|row| row.name).collect();
    let crates: BTreeSet<String> = directories_of_crates().into_keys().collect();
    assert_eq!(listed, crates, "ARCHITECTURE.md's table on the left, the workspace on the right");
}

#[test]
fn no_crate_is_built_from_what_it_must_not_know() {
    let tree = dependencies();
    let mut found = String::new();
    for row in table_of_crates() {
        let packages = reachable(&tree, &row.name);
        for word in row.must_not_know.iter().map(|word| Word::find(word)) {
            let mut others = packages.iter().filter(|package| **package != row.name);
            if let Some(package) = others.find(|package| word.forbids_package(package)) {
                found += &format!("{} must not know {} and is built from {package}\n", row.name, word.word);
            }
        }
    }
    assert!(found.is_empty(), "see `cargo tree -p CRATE -e normal -i PACKAGE`:\n{found}");
}

#[test]
fn no_crate_names_what_it_must_not_know() {
    let crates = directories_of_crates();
    let mut found = String::new();
    for row in table_of_crates() {
        let Some(sources) = crates.get(&row.name).map(|directory| directory.join("src")).filter(|src| src.exists())
        else {
            continue;
        };
        found += &forbidden_mentions(&row, &Sources::read(&sources));
    }
    assert!(found.is_empty(), "move it, or put it under a Cargo feature that brings it in:\n{found}");
}

#[test]
fn no_modules_use_each_other_in_a_circle() {
    let mut found = String::new();
    for (name, directory) in directories_of_crates() {
        let src = directory.join("src");
        if src.exists() {
            for cycle in Sources::read(&src).cycles() {
                found += &format!("{name}:\n{cycle}");
            }
        }
    }
    assert!(found.is_empty(), "each file uses those after its arrow:\n{found}");
}

#[test]
fn every_file_reads_in_one_sitting() {
    let mut found = String::new();
    for path in directories_of_crates().into_values().flat_map(|directory| files_below(&directory.join("src"))) {
        let inside = path.strip_prefix(workspace()).expect("crates lie in the workspace");
        let is_rust = path.extension().is_some_and(|extension| extension == "rs");
        let lines = if is_rust { read(&path).lines().count() } else { 0 };
        if lines > MAX_LINES && !GENERATED.iter().any(|generated| inside.ends_with(generated)) {
            found += &format!("{}: {lines} lines\n", inside.display());
        }
    }
    assert!(found.is_empty(), "more than {MAX_LINES} lines; part them by subject:\n{found}");

    let map = read(&workspace().join("ARCHITECTURE.md")).lines().count();
    assert!(map <= 150, "ARCHITECTURE.md is a map, and has {map} lines");
}

#[test]
fn every_file_that_is_named_exists() {
    let mut found = String::new();
    for page in ["ARCHITECTURE.md", "CONTRIBUTING.md", "docs/decisions.md"] {
        let text = read(&workspace().join(page));
        let named: Vec<&str> = text.split('`').skip(1).step_by(2).filter_map(path_from_the_root).collect();
        assert!(page.starts_with("docs/") || named.len() > 5, "{page} names no files");
        let places = ["", "crates"].map(|place| workspace().join(place));
        for path in named.into_iter().filter(|path| !places.iter().any(|place| place.join(path).exists())) {
            found += &format!("{page}: {path}\n");
        }
    }
    assert!(found.is_empty(), "no such file:\n{found}");

    let command = "\ncargo test --workspace";
    for page in ["README.md", "README.zh-CN.md", "CONTRIBUTING.md"] {
        assert!(read(&workspace().join(page)).contains(command), "{page} doesn't say how the tests are run");
    }
}

/// A name in a page that is a path from the workspace's root or from `crates/`, and has no placeholder in it.
fn path_from_the_root(name: &str) -> Option<&str> {
    let (first, _) = name.split_once('/')?;
    let is_directory = ["", "crates"].iter().any(|place| workspace().join(place).join(first).is_dir());
    let is_placeholder = name.contains("NAME") || name.contains(char::is_whitespace);
    (is_directory && !is_placeholder && !first.is_empty()).then_some(name)
}

/// Paths that stand in a crate and that its row forbids, a line each.
fn forbidden_mentions(row: &Row, sources: &Sources) -> String {
    let words: Vec<&Word> = row.must_not_know.iter().map(|word| Word::find(word)).collect();
    let mut found = BTreeSet::new();
    for (index, module) in sources.modules.iter().enumerate() {
        for mention in module.mentions.iter().filter(|mention| !mention.optional) {
            let path = match sources.meaning(index, &mention.path) {
                Some(Meaning::Here(_)) => continue,
                Some(Meaning::Outside(path)) => path,
                None => mention.path.clone(),
            };
            for word in words.iter().filter(|word| word.forbids_path(&path)) {
                let (file, path) = (sources.files[module.file].display(), path.join("::"));
                found.insert(format!("{} must not know {}: {file} names {path}\n", row.name, word.word));
            }
        }
    }
    found.into_iter().collect()
}

fn table_of_crates() -> Vec<Row> {
    let rows = rows(&read(&workspace().join("ARCHITECTURE.md")));
    assert!(rows.len() > 5, "ARCHITECTURE.md has no table of crates");
    rows
}

/// The workspace's crates and where they lie.
fn directories_of_crates() -> BTreeMap<String, PathBuf> {
    let crates = std::fs::read_dir(workspace().join("crates")).expect("there are crates");
    let crates = crates.map(|entry| entry.expect("an entry").path());
    let others = ["examples", "benches"].map(|name| workspace().join(name));
    crates.chain(others).map(|directory| (package_name(&directory.join("Cargo.toml")), directory)).collect()
}

/// All files below a directory, which need not be there.
fn files_below(directory: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(directory).into_iter().flatten().map(|entry| entry.expect("an entry").path());
    entries.flat_map(|path| if path.is_dir() { files_below(&path) } else { vec![path] }).collect()
}

fn package_name(manifest: &Path) -> String {
    let manifest_text = read(manifest);
    let name = manifest_text.lines().find_map(|line| line.strip_prefix("name = \"")?.strip_suffix('"'));
    name.unwrap_or_else(|| panic!("{} names no package", manifest.display())).to_owned()
}

/// For each package of the workspace's build on this machine, with default features, those that it depends on.
fn dependencies() -> BTreeMap<String, BTreeSet<String>> {
    let tree = Command::new(env!("CARGO"))
        .current_dir(workspace())
        .args([
            "tree",
            "--offline",
            "--locked",
            "--workspace",
            "--edges",
            "normal",
            "--prefix",
            "depth",
            "--format",
            " {p}",
        ])
        .output()
        .expect("cargo starts");
    assert!(tree.status.success(), "cargo tree: {}", String::from_utf8_lossy(&tree.stderr));
    let tree = String::from_utf8(tree.stdout).expect("names are text");

    let mut dependencies: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let mut above: Vec<String> = Vec::new();
    for line in tree.lines().filter(|line| !line.is_empty()) {
        let mut words = line.split(' ');
        let depth = words.next().and_then(|depth| depth.parse().ok()).expect("a line begins with its depth");
        let package = words.next().expect("a line names a package").to_owned();
        above.truncate(depth);
        if let Some(dependent) = above.last() {
            dependencies.entry(dependent.clone()).or_default().insert(package.clone());
        }
        above.push(package);
    }
    dependencies
}

/// What a package depends on, however deep.
fn reachable(dependencies: &BTreeMap<String, BTreeSet<String>>, package: &str) -> BTreeSet<String> {
    let mut reached = BTreeSet::new();
    let mut waiting = vec![package.to_owned()];
    while let Some(package) = waiting.pop() {
        let dependencies = dependencies.get(&package).into_iter().flatten();
        waiting.extend(dependencies.filter(|package| reached.insert((*package).clone())).cloned());
    }
    reached
}

fn read(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}
