//! What `headlight train` lets one choose: every choice reaches the run, trains and is found again, and what does not fit is refused.

mod program;

use std::path::Path;

use program::{Messages, printed, temporary};

const TINY: &str = "train copy --out run --force --quiet --length 4 --d-model 16 --heads 2 --layers 1 --d-ff 32 --threads 1 \
                    --max-steps 4";

/// Arguments, and fields of the configuration as JSON.
type Choice<'a> = (&'a str, &'a [(&'a str, &'a str)]);

#[test]
fn every_choice_reaches_the_run_and_trains() {
    let directory = temporary();
    let choices: [Choice; 12] = [
        (
            "",
            &[
                ("positions", "\"sinusoidal\""),
                ("norm", "\"pre\""),
                ("activation", "\"relu\""),
                ("tie_weights", "false"),
            ],
        ),
        ("--positions learned", &[("positions", "\"learned\"")]),
        ("--positions rotary", &[("positions", "\"rotary\"")]),
        ("--positions rotary --architecture encoder-decoder", &[("positions", "\"rotary\"")]),
        ("--positions alibi", &[("positions", "\"alibi\"")]),
        ("--positions none --architecture encoder-decoder", &[("positions", "\"none\"")]),
        ("--norm post --architecture encoder-decoder", &[("norm", "\"post\"")]),
        ("--activation gelu", &[("activation", "\"gelu\"")]),
        ("--tie-weights --architecture encoder-decoder", &[("tie_weights", "true")]),
        ("--schedule constant", &[("schedule", "\"constant\""), ("warmup_steps", "0"), ("decay_steps", "0")]),
        (
            "--schedule inverse-square-root --warmup-steps 3",
            &[("schedule", "\"inverse-square-root\""), ("warmup_steps", "3"), ("decay_steps", "0")],
        ),
        (
            "--warmup-steps 2 --decay-steps 9",
            &[("schedule", "\"cosine\""), ("warmup_steps", "2"), ("decay_steps", "9")],
        ),
    ];
    for (options, expected) in choices {
        printed(directory.path(), &format!("{TINY} {options}"));
        let config = read_json(&directory.path().join("run/config.json"));
        for (field, value) in expected {
            let part = if config["model"].get(*field).is_some() { "model" } else { "training" };
            assert_eq!(config[part][field].to_string(), *value, "{field} with {options}");
        }
        printed(directory.path(), "generate run --input \"3 1 4 1\"");
    }
}

#[test]
fn the_schedule_decides_the_learning_rates() {
    let directory = temporary();
    let rates = |options: &str| {
        printed(directory.path(), &format!("{TINY} --learning-rate 0.008 {options}"));
        let metrics = std::fs::read_to_string(directory.path().join("run/metrics.jsonl")).expect("the run has metrics");
        let lines = metrics.lines().map(|line| serde_json::from_str::<serde_json::Value>(line).expect("JSON lines"));
        lines.map(|line| line["learning_rate"].as_f64().expect("a number")).collect::<Vec<_>>()
    };
    let close = |found: Vec<f64>, expected: [f64; 4]| {
        assert!(found.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-12), "{found:?} is not {expected:?}");
    };
    close(rates("--warmup-steps 2 --decay-steps 4"), [0.004, 0.008, 0.0044, 0.0008]);
    let root = |step: f64| 0.008 * (2.0 / step).sqrt();
    close(rates("--schedule inverse-square-root --warmup-steps 2"), [0.004, 0.008, root(3.0), root(4.0)]);
    close(rates("--schedule constant"), [0.008; 4]);
}

#[test]
fn choices_that_do_not_fit_are_refused() {
    let directory = temporary();
    let mut messages = Messages::of(directory.path());
    for options in [
        "--positions alibi --architecture encoder-decoder",
        "--positions rotary --heads 64",
        "--schedule constant --warmup-steps 5",
        "--schedule inverse-square-root --decay-steps 5",
        "--schedule inverse-square-root --warmup-steps 0",
        "--warmup-steps 80 --decay-steps 70",
    ] {
        messages.refused(&format!("train copy --out run {options}"));
    }
    insta::assert_snapshot!("choices", messages.as_ref());
}

fn read_json(path: &Path) -> serde_json::Value {
    serde_json::from_slice(&std::fs::read(path).expect("the run has it")).expect("JSON")
}
