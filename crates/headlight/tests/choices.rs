//! What `headlight train` lets one choose: every choice reaches the run, trains and is found again, and what does not fit is refused.

mod program;

use program::{headlight, temporary};
use std::path::Path;

const TINY: [&str; 19] = [
    "train",
    "copy",
    "--out",
    "run",
    "--force",
    "--quiet",
    "--length",
    "4",
    "--d-model",
    "16",
    "--heads",
    "2",
    "--layers",
    "1",
    "--d-ff",
    "32",
    "--threads",
    "1",
    "--max-steps=4",
];

/// Arguments, and fields of the configuration as JSON.
type Choice<'a> = (&'a [&'a str], &'a [(&'a str, &'a str)]);

#[test]
fn every_choice_reaches_the_run_and_trains() {
    let place = temporary();
    let choices: [Choice; 12] = [
        (
            &[],
            &[
                ("positions", "\"sinusoidal\""),
                ("norm", "\"pre\""),
                ("activation", "\"relu\""),
                ("tie_weights", "false"),
            ],
        ),
        (&["--positions", "learned"], &[("positions", "\"learned\"")]),
        (&["--positions", "rotary"], &[("positions", "\"rotary\"")]),
        (&["--positions", "rotary", "--architecture", "encoder-decoder"], &[("positions", "\"rotary\"")]),
        (&["--positions", "alibi"], &[("positions", "\"alibi\"")]),
        (&["--positions", "none", "--architecture", "encoder-decoder"], &[("positions", "\"none\"")]),
        (&["--norm", "post", "--architecture", "encoder-decoder"], &[("norm", "\"post\"")]),
        (&["--activation", "gelu"], &[("activation", "\"gelu\"")]),
        (&["--tie-weights", "--architecture", "encoder-decoder"], &[("tie_weights", "true")]),
        (&["--schedule", "constant"], &[("schedule", "\"constant\""), ("warmup_steps", "0"), ("decay_steps", "0")]),
        (
            &["--schedule", "inverse-square-root", "--warmup-steps", "3"],
            &[("schedule", "\"inverse-square-root\""), ("warmup_steps", "3"), ("decay_steps", "0")],
        ),
        (
            &["--warmup-steps", "2", "--decay-steps", "9"],
            &[("schedule", "\"cosine\""), ("warmup_steps", "2"), ("decay_steps", "9")],
        ),
    ];
    for (arguments, expected) in choices {
        let output = headlight(place.path(), [&TINY[..], arguments].concat());
        assert_eq!(output.status.code(), Some(0), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        let config = read_json(&place.path().join("run/config.json"));
        for (field, value) in expected {
            assert_eq!(config[field].to_string(), *value, "{field} with {arguments:?}");
        }
        let output = headlight(place.path(), ["generate", "run", "--input", "3 1 4 1"]);
        assert_eq!(output.status.code(), Some(0), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    }
}

#[test]
fn the_schedule_decides_the_learning_rates() {
    let place = temporary();
    let rates = |arguments: &[&str]| {
        let arguments = [&TINY[..], &["--learning-rate", "0.008"], arguments].concat();
        assert_eq!(headlight(place.path(), arguments).status.code(), Some(0));
        let metrics = std::fs::read_to_string(place.path().join("run/metrics.jsonl")).expect("the run has metrics");
        let lines = metrics.lines().map(|line| serde_json::from_str::<serde_json::Value>(line).expect("JSON lines"));
        lines.map(|line| line["learning_rate"].as_f64().expect("a number")).collect::<Vec<_>>()
    };
    let close = |found: Vec<f64>, expected: [f64; 4]| {
        assert!(found.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-12), "{found:?} is not {expected:?}");
    };
    close(rates(&["--warmup-steps", "2", "--decay-steps", "4"]), [0.004, 0.008, 0.0044, 0.0008]);
    let root = |step: f64| 0.008 * (2.0 / step).sqrt();
    close(rates(&["--schedule", "inverse-square-root", "--warmup-steps", "2"]), [0.004, 0.008, root(3.0), root(4.0)]);
    close(rates(&["--schedule", "constant"]), [0.008; 4]);
}

#[test]
fn choices_that_do_not_fit_are_refused_by_name() {
    let place = temporary();
    let wrong: [(&[&str], &str); 6] = [
        (&["--positions", "alibi", "--architecture", "encoder-decoder"], "alibi positions are for a decoder alone"),
        (&["--positions", "rotary", "--heads", "64"], "rotary positions need heads of even width"),
        (&["--schedule", "constant", "--warmup-steps", "5"], "the constant schedule has no warm-up"),
        (&["--schedule", "inverse-square-root", "--decay-steps", "5"], "the inverse-square-root schedule"),
        (&["--schedule", "inverse-square-root", "--warmup-steps", "0"], "a warm-up of at least one step"),
        (&["--warmup-steps", "80", "--decay-steps", "70"], "the cosine schedule falls after its warm-up"),
    ];
    for (arguments, expected) in wrong {
        let output = headlight(place.path(), [&["train", "copy", "--out", "run"], arguments].concat());
        let line = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {line}");
        assert!(line.contains(expected) && line.lines().count() == 1, "{arguments:?}: {line}");
        assert!(!place.path().join("run").exists());
    }
}

fn read_json(path: &Path) -> serde_json::Value {
    serde_json::from_slice(&std::fs::read(path).expect("the run has it")).expect("JSON")
}
