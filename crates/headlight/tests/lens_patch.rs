//! `headlight lens patch`: which activations of one question bring its answer back in the pass of another.

mod program;

use std::path::Path;

use program::{Messages, printed, printed_alone, temporary};
use serde_json::Value;

const SMALL: &str = "--quiet --symbols 6 --length 3 --layers 2 --d-model 32 --heads 2 --d-ff 64 --threads 1";

fn findings(directory: &Path, line: &str) -> Value {
    serde_json::from_str(&printed_alone(directory, &format!("{line} --json"))).expect("one JSON object")
}

/// Rows, columns and numbers of one picture's only panel.
fn grid(findings: &Value, name: &str) -> (usize, usize, Vec<f64>) {
    let charts = findings["charts"].as_array().expect("charts");
    let chart = charts.iter().find(|chart| chart["name"] == name).unwrap_or_else(|| panic!("no {name}"));
    let labels = |axis: &str| chart[axis]["labels"].as_array().expect("labels").len();
    let numbers = chart["panels"][0][1].as_array().expect("numbers");
    (labels("down"), labels("across"), numbers.iter().map(|number| number.as_f64().expect("a number")).collect())
}

#[test]
fn the_one_token_that_differs_brings_all_back_where_it_is_embedded() {
    let directory = temporary();
    printed(directory.path(), &format!("train copy --out run --max-steps 300 {SMALL}"));
    let line = "lens patch run --clean \"3 1 4\" --corrupt \"3 5 4\"";
    for metric in ["logit-difference", "log-probability"] {
        let found = findings(directory.path(), &format!("{line} --metric {metric}"));
        // BOS 3 1 4 SEP and two tokens of the answer; the questions differ at position 2, and so do the answers, read at 6.
        let (layers, positions, stream) = grid(&found, "patch_stream");
        assert_eq!((layers, positions, stream.len()), (2, 7, 14));
        assert!((stream[2] - 1.0).abs() < 1e-4, "{stream:?}");
        let of_others: f64 =
            stream[..7].iter().enumerate().filter(|(at, _)| ![2, 6].contains(at)).map(|(_, x)| x.abs()).sum();
        assert!(of_others < 1e-4, "{stream:?}");
        let (heads, _, of_heads) = grid(&found, "patch_heads");
        assert_eq!((heads, of_heads.len()), (4, 28));
        assert_eq!(grid(&found, "patch_feed_forward").0, 2);
    }
    let table = printed_alone(directory.path(), line);
    assert!(table.lines().all(|line| line.chars().count() <= 80), "{table}");
    assert!(table.contains("2: 1/5"), "{table}");
    let sheet = printed_alone(directory.path(), &format!("{line} --csv"));
    assert!(sheet.starts_with("patched,position,effect,at_0,at_1,") && sheet.lines().count() == 9, "{sheet}");
    let paths = printed_alone(directory.path(), &format!("{line} --out pictures"));
    for name in ["patch_stream", "patch_heads", "patch_feed_forward"] {
        assert!(paths.contains(&format!("pictures/{name}.png")), "{paths}");
    }

    // Without questions: held-out ones with one token changed.
    let line = "lens patch run --examples 20";
    let found = findings(directory.path(), line);
    let counted = found["examples"].as_u64().expect("a count");
    assert!((2..=20).contains(&counted), "{counted}");
    assert_eq!(printed_alone(directory.path(), line), printed_alone(directory.path(), line));
    let sheet = printed_alone(directory.path(), &format!("{line} --csv"));
    assert!(sheet.starts_with("patched,at_changed,at_changed_low,at_changed_high,after_changed,"), "{sheet}");
    assert_eq!(sheet.lines().count(), 1 + 2 + 4 + 2);
    assert_ne!(sheet, printed_alone(directory.path(), &format!("{line} --csv --seed 1")), "the seed draws the pairs");
}

#[test]
fn an_encoder_is_patched_too() {
    let directory = temporary();
    printed(directory.path(), &format!("train copy --architecture encoder-decoder --out run --max-steps 2 {SMALL}"));
    let found = findings(directory.path(), "lens patch run --clean \"3 1 4\" --corrupt \"3 5 4\"");
    // The stream before each layer, and the encoder's after the last: what the decoder attends to.
    let (rows, columns, stream) = grid(&found, "patch_encoder_stream");
    assert_eq!((rows, columns), (3, 3));
    let [of_first, of_memory] = [&stream[..3], &stream[6..]];
    assert!((of_first[1] - 1.0).abs() < 1e-3 && of_first[0].abs() < 1e-3, "{stream:?}");
    assert!(of_memory.iter().any(|effect| effect.abs() > 1e-3), "{stream:?}");
    for name in ["patch_decoder_stream", "patch_cross_heads", "patch_encoder_self_heads", "patch_decoder_feed_forward"]
    {
        grid(&found, name);
    }
}

#[test]
fn questions_that_cannot_be_patched_are_refused() {
    let directory = temporary();
    printed(directory.path(), &format!("train copy --out run --max-steps 1 {SMALL}"));
    let mut messages = Messages::of(directory.path());
    for arguments in [
        "--clean \"3 1 4\" --corrupt \"3 1\"",
        "--clean \"3 1 4\" --corrupt \"3 1 4\"",
        "--clean \"3 1 4\"",
        "--clean \"3 1 4\" --corrupt \"3 x 4\"",
        "--clean \"3 1 4\" --corrupt \"3 5 4\" --examples 3",
        "--input \"3 1 4\"",
        "--metric loss",
        "--examples 20", // after one step it answers nothing rightly
    ] {
        messages.refused(&format!("lens patch run {arguments}"));
    }
    let program = concat!(env!("CARGO_MANIFEST_DIR"), "/../headlight-pretrained/programs/previous.json");
    std::fs::copy(program, directory.path().join("program.json")).expect("a compiled program");
    messages.refused("lens patch program.json");
    insta::assert_snapshot!("refused", messages.as_ref());
}
