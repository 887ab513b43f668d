//! `headlight evaluate`: exact match and token accuracy, on trained lengths and on others.

mod program;

use program::{headlight, temporary};
use std::path::Path;

const TINY: [&str; 17] = [
    "train",
    "copy",
    "--out",
    "run",
    "--force",
    "--quiet",
    "--symbols",
    "6",
    "--d-model",
    "16",
    "--heads",
    "2",
    "--layers",
    "1",
    "--d-ff",
    "32",
    "--threads=1",
];

#[test]
fn a_solved_run_is_right_on_its_own_length() {
    let place = temporary();
    train(place.path(), &["--length", "3", "--max-steps", "1500"]);
    let (out, err) = said(place.path(), &["evaluate", "run", "--count", "20"]);
    assert_eq!(out, "20 held-out examples of length 3: exact match 100.0 %, token accuracy 100.0 %\n");
    assert_eq!(err, "");

    // Of another length it knows nothing, but it is asked, and the numbers are shares.
    let (out, err) = said(place.path(), &["evaluate", "run", "--length", "5", "--count", "20"]);
    assert!(out.starts_with("20 held-out examples of length 5: exact match "), "{out}");
    assert_eq!(err, "note: the run was trained on length 3\n");
    let [exact_match, token_accuracy] = percents(&out);
    assert!(exact_match <= token_accuracy && token_accuracy < 100.0, "{out}");
}

#[test]
fn a_range_of_lengths_is_evaluated_as_it_was_trained() {
    let place = temporary();
    train(place.path(), &["--min-length", "4", "--length", "6", "--max-steps", "1"]);
    let (out, err) = said(place.path(), &["evaluate", "run"]);
    assert!(out.starts_with("512 held-out examples of length 4 to 6: "), "{out}");
    assert_eq!(err, "");
    assert_eq!(said(place.path(), &["evaluate", "run", "--length", "5"]).1, "");
    assert_eq!(
        said(place.path(), &["evaluate", "run", "--length", "7"]).1,
        "note: the run was trained on length 4 to 6\n"
    );
}

#[test]
fn fewer_examples_than_asked_for_are_said_to_be_fewer() {
    let place = temporary();
    train(place.path(), &["--length", "4", "--max-steps", "1"]);
    let (out, err) = said(place.path(), &["evaluate", "run", "--count", "4096"]);
    let examples: usize = out.split(' ').next().expect("a number").parse().expect("a number");
    // One of eight of the 6⁴ = 1296 sequences.
    assert!((100..230).contains(&examples), "{out}");
    assert_eq!(err, format!("note: only {examples} examples are held out, not 4096: so few of them exist\n"));
}

#[test]
fn learned_positions_end_where_training_did() {
    let place = temporary();
    for (architecture, places, needed) in [("decoder", 9, 11), ("encoder-decoder", 4, 5)] {
        train(place.path(), &["--length=4", "--max-steps=1", "--positions=learned", "--architecture", architecture]);
        let (out, _) = said(place.path(), &["evaluate", "run", "--length", "4"]);
        assert!(out.contains("of length 4"), "{out}");
        let line = refused(place.path(), &["evaluate", "run", "--length", "5"]);
        assert_eq!(
            line,
            format!(
                "headlight: this model learned positions for {places} tokens, and length 5 needs {needed}: choose a length \
                 of at most 4, or train with other --positions\n"
            )
        );
    }
    train(place.path(), &["--length=4", "--max-steps=1", "--positions=rotary"]);
    said(place.path(), &["evaluate", "run", "--length", "30", "--count", "5"]);
}

#[test]
fn what_cannot_be_asked_is_refused() {
    let place = temporary();
    train(place.path(), &["--length", "4", "--max-steps", "1"]);
    for (arguments, expected) in [
        (&["evaluate", "nowhere"][..], "nowhere holds no run"),
        (&["evaluate", "run", "--length", "0"], "length is 0"),
        (&["evaluate", "run", "--length", "513"], "length is 513"),
        (&["evaluate", "run", "--count", "0"], "count is 0"),
        (&["evaluate", "run", "--count", "5000"], "count is 5000, but must be from 1 to 4096"),
        (&["evaluate", "run", "--length", "-1"], "unexpected argument"),
    ] {
        let line = refused(place.path(), arguments);
        assert!(line.contains(expected), "{arguments:?}: {line}");
    }
}

fn train(place: &Path, arguments: &[&str]) {
    let output = headlight(place, [&TINY[..], arguments].concat());
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
}

fn said(place: &Path, arguments: &[&str]) -> (String, String) {
    let output = headlight(place, arguments);
    let [out, err] = [output.stdout, output.stderr].map(|bytes| String::from_utf8(bytes).expect("text"));
    assert_eq!(output.status.code(), Some(0), "{arguments:?}: {err}");
    (out, err)
}

fn refused(place: &Path, arguments: &[&str]) -> String {
    let output = headlight(place, arguments);
    let line = String::from_utf8(output.stderr).expect("text");
    assert_eq!(output.status.code(), Some(2), "{arguments:?}: {line}");
    assert!(output.stdout.is_empty() && line.lines().count() == 1, "{arguments:?}: {line}");
    line
}

/// The numbers before the signs of percent.
fn percents(line: &str) -> [f64; 2] {
    let words: Vec<&str> = line.split([' ', ',']).collect();
    let before = words.windows(2).filter(|pair| pair[1].trim() == "%").map(|pair| pair[0].parse().expect("a number"));
    before.collect::<Vec<f64>>().try_into().expect("two shares")
}
