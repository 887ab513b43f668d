//! `headlight evaluate`: exact match and token accuracy, on trained lengths and on others.

mod program;

use std::path::Path;

use program::{Messages, printed, printed_alone, temporary};

const TINY: &str =
    "train copy --out run --force --quiet --symbols 6 --d-model 16 --heads 2 --layers 1 --d-ff 32 --threads 1";

#[test]
fn a_solved_run_is_right_on_its_own_length() {
    let directory = temporary();
    train(directory.path(), "--length 3 --max-steps 1500");
    let mut messages = Messages::of(directory.path());
    let said = messages.printed("evaluate run --count 20");
    assert_eq!((numbers(&said)[..2].to_vec(), percents(&said)), (vec![20.0, 3.0], [100.0, 100.0]), "{said}");

    // Of another length it knows nothing, but it is asked, and the numbers are shares.
    let said = messages.noted("evaluate run --length 5 --count 20");
    assert_eq!(numbers(&said)[..2], [20.0, 5.0], "{said}");
    let [exact_match, token_accuracy] = percents(&said);
    assert!(exact_match <= token_accuracy && token_accuracy < 100.0, "{said}");
    insta::assert_snapshot!("solved", messages.as_ref());
}

#[test]
fn a_range_of_lengths_is_evaluated_as_it_was_trained() {
    let directory = temporary();
    train(directory.path(), "--min-length 4 --length 6 --max-steps 1");
    let mut messages = Messages::of(directory.path());
    let said = messages.noted("evaluate run");
    assert_eq!(numbers(&said)[..3], [512.0, 4.0, 6.0], "{said}");
    messages.noted("evaluate run --length 5");
    messages.noted("evaluate run --length 7");
    insta::assert_snapshot!("lengths", messages.as_ref());
}

#[test]
fn fewer_examples_than_asked_for_are_said_to_be_fewer() {
    let directory = temporary();
    train(directory.path(), "--length 4 --max-steps 1");
    let mut messages = Messages::of(directory.path());
    let examples = numbers(&messages.noted("evaluate run --count 4096"))[0];
    // One of eight of the 6⁴ = 1296 sequences.
    assert!((100.0..230.0).contains(&examples), "{examples}");
    assert!(messages.as_ref().contains(&format!(" {examples} ")), "{examples}");
    insta::assert_snapshot!("few", messages.as_ref());
}

#[test]
fn learned_positions_end_where_training_did() {
    let directory = temporary();
    let mut messages = Messages::of(directory.path());
    for architecture in ["decoder", "encoder-decoder"] {
        let learned = "--length 4 --max-steps 1 --positions learned";
        train(directory.path(), &format!("{learned} --architecture {architecture}"));
        printed_alone(directory.path(), "evaluate run --length 4 --count 20");
        messages.refused("evaluate run --length 5");
    }
    train(directory.path(), "--length 4 --max-steps 1 --positions rotary");
    printed(directory.path(), "evaluate run --length 30 --count 5");
    insta::assert_snapshot!("learned_positions", messages.as_ref());
}

#[test]
fn what_cannot_be_asked_is_refused() {
    let directory = temporary();
    train(directory.path(), "--length 4 --max-steps 1");
    let mut messages = Messages::of(directory.path());
    messages.refused("evaluate nowhere");
    for options in ["--length 0", "--length 513", "--length -1", "--count 0", "--count 5000"] {
        messages.refused(&format!("evaluate run {options}"));
    }
    insta::assert_snapshot!("refused", messages.as_ref());
}

fn train(directory: &Path, options: &str) {
    printed(directory, &format!("{TINY} {options}"));
}

/// Every number on a line.
fn numbers(line: &str) -> Vec<f64> {
    let words = line.split(|c: char| !c.is_ascii_digit() && c != '.');
    words.filter_map(|word| word.parse().ok()).collect()
}

/// The last two of them, which are shares in percent.
fn percents(line: &str) -> [f64; 2] {
    assert_eq!(line.matches('%').count(), 2, "{line}");
    let numbers = numbers(line);
    [numbers[numbers.len() - 2], numbers[numbers.len() - 1]]
}
