//! Every example runs, and says what its page in docs/ promises.

use std::path::PathBuf;
use std::process::Command;

/// Cargo builds the examples of a package before its tests, into the folder beside the tests'.
fn example(name: &str) -> PathBuf {
    let test = std::env::current_exe().expect("a test has a path");
    let profile = test.parent().and_then(|deps| deps.parent()).expect("tests lie in target/<profile>/deps");
    profile.join("examples").join(name)
}

fn run(name: &str) -> String {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let output = Command::new(example(name)).current_dir(directory.path()).output().expect("the example starts");
    assert!(output.status.success(), "{name}: {}", String::from_utf8_lossy(&output.stderr));
    if name == "05_train_copy" {
        let png = std::fs::read(directory.path().join("05_train_copy.png")).expect("it draws a heatmap");
        assert!(png.starts_with(b"\x89PNG"));
    }
    if name == "gallery" {
        let count = |extension: &str| {
            let files = std::fs::read_dir(directory.path().join("gallery")).expect("it makes a folder");
            files
                .filter(|file| file.as_ref().expect("a file").path().extension().is_some_and(|e| e == extension))
                .count()
        };
        assert_eq!(["png", "svg", "gif", "apng"].map(count), [34, 34, 2, 2]);
    }
    String::from_utf8(output.stdout).expect("examples print text")
}

fn assert_says(name: &str, expected: &[&str]) {
    let said = run(name);
    for line in expected {
        assert!(said.contains(line), "{name} does not say '{line}':\n{said}");
    }
}

#[test]
fn one_head() {
    assert_says("01_one_head", &["output:  [1, 10, 64]", "weights: [1, 10, 10]", "sum 1.000"]);
}

#[test]
fn mask_and_scale() {
    assert_says(
        "02_mask_and_scale",
        &["weights [1, 1, 5, 5], context [1, 1, 5, 3]", "0.00  0.00  0.00  0.00  0.00   sum 0.00", "1024"],
    );
}

#[test]
fn multi_head() {
    assert_says(
        "03_multi_head",
        &["output:  [10, 8, 64]", "weights: [10, 4, 8, 8]", "5 heads do not divide a width of 64"],
    );
}

#[test]
fn three_heads_of_nine() {
    assert_says("04_three_heads_of_nine", &["9 × 9 + 9 = 90", "together 360", "weights: [1, 3, 2, 2]", "head 2:"]);
}

#[test]
fn train_copy() {
    assert_says("05_train_copy", &["256 of 256 right", "of its weight on the token to copy"]);
}

#[test]
fn cross_attention() {
    assert_says(
        "06_cross_attention",
        &["exact match 100.0 %", "cross attention: 2 layers of 4 heads, 6 queries × 6 keys"],
    );
}

#[test]
fn gallery() {
    assert_says("gallery", &["exact match 1.000", "17 kinds of picture, and a film of"]);
}

#[test]
fn summary_export_graph() {
    assert_says(
        "07_summary_export_graph",
        &["360", "softmax", "in   query    [batch_size, queries, 9]", "out  weights  [batch_size, 3, queries, keys]"],
    );
}

/// Whether each mistake is found, and where it is first seen.
#[test]
fn leaks() {
    let said = run("09_leaks");
    let found = |title: &str| {
        let lines = said.split(&format!("{title}\n")).nth(1).expect(title).lines().take_while(|line| !line.is_empty());
        let leaks = lines.filter(|line| line.starts_with("LEAK"));
        leaks
            .map(|line| line[6..].replace(": attention weights", "").split_whitespace().collect::<Vec<_>>().join(" "))
            .collect::<Vec<_>>()
    };
    let within = |what: &str| format!("{what} first in decoder self-attention of layer 0, head 0");
    let cross = |what: &str| format!("{what} first in cross attention of layer 0, head 0");
    assert_eq!(found("No mistake"), [""; 0]);
    let masks = [within("future tokens"), cross("source padding"), within("target padding")];
    assert_eq!(found("true taken to mean 'may be seen'"), masks);
    assert_eq!(found("a causal mask that is off by one"), masks[..1]);
    assert_eq!(found("weights masked after softmax"), masks);
    assert_eq!(found("softmax over the queries")[..1], masks[..1]);
    assert_eq!(found("no padding mask in cross attention"), masks[1..2]);
    assert_eq!(found("masked scores are -1e4, not -inf"), masks[1..2]);
    assert_eq!(found("softmax of a row that is masked whole"), masks[1..2]);
}

#[test]
fn a_task_of_your_own() {
    let said = run("08_a_task_of_your_own");
    let exact_match = said.split("exact match ").nth(1).and_then(|rest| rest.split(' ').next());
    let exact_match: f64 = exact_match.expect("it says how it did").parse().expect("a number");
    assert!(exact_match >= 99.0, "{said}");
    let score = said.split("the token to say: ").nth(1).and_then(|rest| rest.split(' ').next());
    let score: f64 = score.expect("it says where a head looks").parse().expect("a number");
    assert!(score > 0.5, "{said}");
}
