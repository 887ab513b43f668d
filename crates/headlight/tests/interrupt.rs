//! Ctrl-C ends a training early, but not for nothing: what it learned so far is saved and can be drawn.
#![cfg(unix)]

mod program;

use std::path::Path;
use std::process::{Child, Command};
use std::time::Duration;

use program::{printed, text};

const LONG: &str = "train copy --out run --length 12 --d-model 16 --heads 2 --layers 1 --d-ff 32 --batch-size 4 \
                    --threads 1 --max-steps 100000 --learning-rate 1e-9";

#[test]
fn ctrl_c_leaves_a_run_that_can_be_plotted() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let mut training = start(directory.path(), LONG);
    wait_for_lines(&mut training, directory.path(), 3);
    send_ctrl_c(&training);
    let output = training.wait_with_output().expect("it ends");
    let said = text(&output.stderr);
    assert_eq!(output.status.code(), Some(130), "{said}");
    let last = said.lines().last().expect("it says something");
    assert!(last.contains("headlight plot run") && last.contains("headlight train --resume run"), "{said}");

    let result = std::fs::read_to_string(directory.path().join("run/result.json")).expect("a result");
    let result: serde_json::Value = serde_json::from_str(&result).expect("JSON");
    let metrics = std::fs::read_to_string(directory.path().join("run/metrics.jsonl")).expect("metrics");
    assert_eq!(result["solved"], false);
    assert_eq!(result["steps"], metrics.lines().count());
    assert!(last.contains(&format!(" {}", result["steps"])), "{said}");

    for command in ["plot run", "generate run --input 1", "plot run --input 1 --out other"] {
        printed(directory.path(), command);
    }
    assert!(directory.path().join("run/heatmaps/decoder_self_grid.png").is_file());

    // What it says to type resumes it there, to the next Ctrl-C.
    let mut training = start(directory.path(), "train --resume run");
    let stopped = metrics.lines().count();
    wait_for_lines(&mut training, directory.path(), stopped + 3);
    send_ctrl_c(&training);
    let output = training.wait_with_output().expect("it ends");
    assert_eq!(output.status.code(), Some(130));
    let said = text(&output.stderr);
    let mut numbers = said.split(|c: char| !c.is_ascii_digit());
    assert!(numbers.any(|number| number == stopped.to_string()), "it says at which step it resumes: {said}");
}

#[test]
fn a_second_ctrl_c_leaves_at_once() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    // One step of this takes many seconds.
    let slow = "train copy --out run --length 300 --d-model 256 --layers 4 --d-ff 1024 --batch-size 64 --threads 1";
    let mut training = start(directory.path(), slow);
    while !directory.path().join("run/metrics.jsonl").exists() {
        assert_eq!(training.try_wait().expect("a child of ours"), None, "it ended by itself");
        std::thread::sleep(Duration::from_millis(10));
    }
    send_ctrl_c(&training);
    std::thread::sleep(Duration::from_millis(500));
    assert_eq!(training.try_wait().expect("a child of ours"), None, "the first one waits for the step");
    send_ctrl_c(&training);
    let asked = std::time::Instant::now();
    let status = training.wait().expect("it ends");
    assert_eq!(status.code(), Some(130));
    assert!(asked.elapsed() < Duration::from_secs(3), "it took {:?}", asked.elapsed());
    // In the midst of the first step: nothing of it is there, and the run can be begun again.
    assert_eq!(std::fs::read(directory.path().join("run/metrics.jsonl")).expect("a file"), b"");
    assert!(directory.path().join("run/config.json").is_file());
}

/// Slurm sends the one when a job's time is up; a terminal sends the other, and its shell again, when it is closed.
#[test]
#[cfg(target_os = "linux")] // whose env undoes what nohup did to the tests
fn other_signals_that_ask_to_stop_save_a_checkpoint_too() {
    for signals in [&["TERM"][..], &["HUP", "HUP"]] {
        let directory = tempfile::tempdir().expect("a temporary directory");
        let mut command = Command::new("env");
        command.args(["--default-signal=HUP", env!("CARGO_BIN_EXE_headlight")]).args(LONG.split_whitespace());
        command.current_dir(directory.path()).stderr(std::process::Stdio::piped());
        let mut training = command.spawn().expect("the program starts");
        wait_for_lines(&mut training, directory.path(), 3);
        signals.iter().for_each(|signal| send(signal, &training));
        let output = training.wait_with_output().expect("it ends");
        assert_eq!(output.status.code(), Some(130), "{}", text(&output.stderr));
        assert!(directory.path().join("run/checkpoint.safetensors").exists(), "{signals:?}");
    }
}

fn start(directory: &Path, line: &str) -> Child {
    program::command(directory, line).spawn().expect("the program starts")
}

/// Waits until some steps are logged: Ctrl-C is then the user's, not one before anything began.
fn wait_for_lines(training: &mut Child, directory: &Path, lines: usize) {
    while std::fs::read_to_string(directory.join("run/metrics.jsonl")).unwrap_or_default().lines().count() < lines {
        assert_eq!(training.try_wait().expect("a child of ours"), None, "it ended by itself");
        std::thread::sleep(Duration::from_millis(10));
    }
}

fn send_ctrl_c(training: &Child) {
    send("INT", training);
}

fn send(signal: &str, training: &Child) {
    // The shell's own kill, which every Unix has.
    let kill = Command::new("sh").args(["-c", &format!("kill -{signal} {}", training.id())]).status();
    assert!(kill.expect("a shell").success());
}
