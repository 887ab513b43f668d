//! The checks themselves, on small crates in which a violation is planted, and on the same without it.

use std::path::Path;

use crate::forbidden_mentions;
use crate::sources::Sources;
use crate::table::rows;

/// A crate of these files.
fn sources(files: &[(&str, &str)]) -> Sources {
    let directory = tempfile::tempdir().expect("a temporary directory");
    for (name, text) in files {
        let path = directory.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap_or(Path::new(""))).expect("a folder");
        std::fs::write(path, text).expect("a file");
    }
    Sources::read(directory.path())
}

fn cycles(files: &[(&str, &str)]) -> Vec<String> {
    sources(files).cycles().iter().map(ToString::to_string).collect()
}

#[test]
fn a_cycle_through_a_third_file_and_the_crates_own_names_is_found() {
    let found = cycles(&[
        ("lib.rs", "mod mask; mod head; mod block; pub use block::Block;"),
        ("mask.rs", "pub fn mask() -> crate::Block { todo!() }"),
        ("head.rs", "use crate::mask::{self, mask};"),
        ("block.rs", "pub struct Block; fn f() { assert!(super::head::is_one()) }"),
    ]);
    assert_eq!(found, ["  mask.rs → block.rs\n  head.rs → mask.rs\n  block.rs → head.rs\n"]);
}

#[test]
fn a_child_that_uses_its_parent_is_a_cycle_only_if_the_parent_uses_it() {
    let child = ("head/wide.rs", "use super::Head; pub fn widen(_: Head) {}");
    let declared = ("head.rs", "mod wide; pub use wide::widen; pub struct Head;");
    assert!(cycles(&[("lib.rs", "mod head;"), declared, child]).is_empty());

    let used = ("head.rs", "mod wide; pub use wide::widen; pub struct Head; fn f() { widen(Head) }");
    assert_eq!(
        cycles(&[("lib.rs", "mod head;"), used, child]),
        ["  head.rs → head/wide.rs\n  head/wide.rs → head.rs\n"]
    );
}

#[test]
fn tests_are_no_part_of_a_cycle() {
    let mask = ("mask.rs", "pub struct Mask; #[cfg(test)] mod tests { use crate::head::Head; }");
    assert!(
        cycles(&[("lib.rs", "mod mask; mod head;"), mask, ("head.rs", "use crate::mask::Mask; pub struct Head;")])
            .is_empty()
    );
}

#[test]
fn what_a_crate_must_not_know_is_found_under_any_name() {
    let table = "| crate | holds | must not know |\n|---|---|---|\n| `c` | | the operating system, the terminal |\n";
    let found = |text: &str| forbidden_mentions(&rows(table)[0], &sources(&[("lib.rs", text)]));
    for text in [
        "use std::{fmt, fs};",
        "use std::fs as disk;",
        "fn f() { std::fs::read(\"x\"); }",
        "use std::io::{self, Read}; fn f() { io::stdout(); }",
        "fn f() { println!(\"x\") }",
        "fn f() { debug_assert!(std::thread::panicking()) }",
        "use std::time::{Duration, Instant};",
        "#[cfg(feature = \"flex\")] use rayon::prelude::*;",
        "#[cfg(not(feature = \"threads\"))] use rayon::prelude::*;",
    ] {
        assert!(!found(text).is_empty(), "{text}");
    }
    for text in [
        "use std::time::Duration; use std::io::Read;",
        "mod fs { pub fn read() {} } fn f() { fs::read(); }",
        "#[cfg(feature = \"threads\")] use rayon::prelude::*;",
        "fn f() { #[cfg(feature = \"threads\")] { rayon::join(|| 1, || 2); } }",
        "fn f() -> usize { #[cfg(feature = \"threads\")] return rayon::current_num_threads(); 1 }",
        "#[cfg(all(unix, feature = \"threads\"))] fn f() { rayon::join(|| 1, || 2); }",
        "#[cfg(test)] mod tests { use std::fs; }",
        "//! Not `std::fs`.",
    ] {
        assert_eq!(found(text), "", "{text}");
    }
}
