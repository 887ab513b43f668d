//! The whole program, without peers: it must work where there is no Python, and say so.

use std::process::{Command, Output};

use serde_json::Value;

fn benches(arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_headlight-benches"));
    command.env_remove("HEADLIGHT_PEER_PYTHON").args(arguments);
    command.output().expect("the program starts")
}

#[test]
fn without_python_headlight_is_shown_alone() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let json = directory.path().join("benches.json");
    let path = json.to_str().expect("a path of letters");
    let output =
        benches(&["--python", "/nonexistent", "--rounds", "1", "--steps", "2", "--only", "training", "--json", path]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));

    let text = String::from_utf8(output.stdout).expect("UTF-8");
    let lines = |part: &str| text.lines().filter(|line| line.contains(part)).count();
    assert_eq!(lines("Headlight alone: '/nonexistent' does not start"), 1, "{text}");
    assert_eq!(lines("| training, decoder "), 1, "{text}");
    assert_eq!(lines("| peak memory in training, encoder-decoder "), 1, "{text}");
    assert_eq!(lines("|"), 2 + 4, "{text}");

    let report: Value = serde_json::from_slice(&std::fs::read(&json).expect("it was written")).expect("JSON");
    assert_eq!(report["rounds"], 1);
    assert_eq!(report["steps"], 2);
    assert_eq!(report["python"]["torch"], Value::Null);
    let row = &report["rows"][0];
    assert_eq!(row["label"], "training, decoder");
    assert_eq!(row["unit"], "steps/s");
    assert_eq!(row["headlight"]["samples"].as_array().map(Vec::len), Some(1));
    assert!(row["headlight"]["median"].as_f64().is_some_and(|speed| speed > 0.0), "{row}");
    assert_eq!(row["peers"].as_array().map(Vec::len), Some(0));
    assert_eq!(row["ratio"], Value::Null);
    assert_eq!(row["targets"]["at_least"], 1.5);
}

#[test]
fn a_wrong_request_is_one_line_and_exit_code_2() {
    let requests: [&[&str]; 5] = [
        &["--only", "everything"],
        &["--rounds", "0"],
        &["--json", "/nonexistent/benches.json"],
        &["case", "nonsense"],
        &["--fast"],
    ];
    for arguments in requests {
        let output = benches(arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        let text = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(text.lines().count(), 1, "{text}");
        assert!(text.starts_with("headlight-benches: "), "{text}");
    }
}
