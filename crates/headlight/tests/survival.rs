//! A run that is killed at any moment goes on, and ends as one that was never stopped: safetensors and pictures byte for byte,
//! JSON but for what a clock measured.
#![cfg(unix)]

mod program;

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use headlight_model::keyed_generator;
use program::{Contents, files};
use rand::RngExt;

/// Everything that a run can have: dropout, records, several replicas, and checkpoints that fall on no evaluation.
const RUN: &str = "--length 4 --symbols 6 --d-model 16 --heads 2 --layers 2 --d-ff 32 --threads 2 --dropout 0.1 \
                   --learning-rate 0.002 --max-steps 150 --record-every 40 --checkpoint-every 7 --quiet";
const STEPS: usize = 150;
const KILLS: u64 = 20;

#[test]
fn a_run_that_is_killed_goes_on_and_ends_as_if_it_had_not_been() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    assert_eq!(finish(start(directory.path(), "train copy --out whole")), Some(0));
    let whole = files(&directory.path().join("whole"));
    assert!(whole.keys().filter(|name| name.ends_with(".png")).count() == 5, "{:?}", whole.keys());
    assert!(whole.contains_key("checkpoint.safetensors") && whole.contains_key("records/step_000120.safetensors"));

    let generator = &mut keyed_generator([20, 11, 2026, 0]);
    let mut alive = 0;
    for kill in 0..KILLS {
        let name = format!("killed_{kill}");
        let run = directory.path().join(&name);
        // So many lines of metrics, and some time more: before the first step, between any two, or while the last files are
        // written. One in four is killed a second time, after it was taken up again.
        let lines = generator.random_range(0..=STEPS);
        let more = Duration::from_micros(generator.random_range(0..30_000));
        alive +=
            usize::from(kill_after(start(directory.path(), &format!("train copy --out {name}")), &run, lines, more));
        if kill % 4 == 0 && run.join("config.json").exists() {
            let more = Duration::from_micros(generator.random_range(20_000..200_000));
            kill_after(start(directory.path(), &format!("train --resume {name}")), &run, 0, more);
        }

        // Killed before it wrote what it was to do, it is no run yet, and is begun again.
        let again = if run.join("config.json").exists() {
            format!("train --resume {name}")
        } else {
            format!("train copy --out {name}")
        };
        assert_eq!(finish(start(directory.path(), &again)), Some(0), "kill {kill} after {lines} lines and {more:?}");
        let resumed = files(&run);
        assert_eq!(resumed.keys().collect::<Vec<_>>(), whole.keys().collect::<Vec<_>>(), "kill {kill}");
        for (file, contents) in &whole {
            assert!(resumed[file] == *contents, "{file} differs after kill {kill}, at {lines} lines and {more:?}");
        }
    }
    assert!(alive >= 15, "only {alive} of {KILLS} trainings were alive when they were killed");
}

#[test]
fn more_steps_end_as_if_they_had_been_asked_for_at_once() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let run = |arguments: &str| assert_eq!(finish(start(directory.path(), arguments)), Some(0), "{arguments}");
    run("train copy --out whole");
    // 50 is an evaluation in both; 45 leaves one in the metrics, and so in their checksum, that the longer run has not.
    for (name, first) in [("fifty", 50), ("forty-five", 45)] {
        let shorter = RUN.replace("--max-steps 150", &format!("--max-steps {first}"));
        let mut begun = headlight(directory.path(), &format!("train copy --out {name} {shorter}"));
        assert!(begun.wait().expect("it ends").success());
        run(&format!("train --resume {name}"));
        let (whole, mut more) = (files(&directory.path().join("whole")), files(&directory.path().join(name)));
        if first == 45
            && let Some(Contents::Json(lines)) = more.get_mut("metrics.jsonl")
        {
            let measured = lines[44].as_object_mut().expect("a line").remove("exact_match");
            assert!(measured.is_some());
        }
        let has_sum = |file: &str| first == 45 && file == "checkpoint.safetensors";
        for (file, contents) in whole.iter().filter(|(file, _)| !has_sum(file)) {
            assert!(more[file] == *contents, "{file} differs after {first} steps");
        }
    }
}

/// Starts a command with the options of [`RUN`].
fn start(directory: &Path, arguments: &str) -> Child {
    headlight(directory, &format!("{arguments} {RUN}"))
}

fn headlight(directory: &Path, arguments: &str) -> Child {
    Command::new(env!("CARGO_BIN_EXE_headlight"))
        .current_dir(directory)
        .args(arguments.split_whitespace())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("the program starts")
}

fn finish(mut training: Child) -> Option<i32> {
    training.wait().expect("it ends").code()
}

/// Kills the process when so many lines are written and so much time has passed since. Says whether it was still running.
fn kill_after(mut training: Child, run: &Path, lines: usize, more: Duration) -> bool {
    let written = || std::fs::read(run.join("metrics.jsonl")).map_or(0, |text| count_lines(&text));
    while written() < lines && training.try_wait().expect("a child of ours").is_none() {
        std::thread::sleep(Duration::from_micros(500));
    }
    std::thread::sleep(more);
    training.kill().expect("a child of ours"); // SIGKILL: nothing of the program runs any more
    training.wait().expect("it ends").code().is_none()
}

fn count_lines(text: &[u8]) -> usize {
    text.iter().filter(|byte| **byte == b'\n').count()
}
