//! `headlight train --seeds`: every seed becomes what it becomes alone, and a table says how they went.
#![cfg(unix)]

mod program;

use std::path::Path;
use std::process::{Child, Command};
use std::time::Duration;

use headlight_device::DeviceName;
use program::{Messages, headlight, printed, temporary, text};

const SMALL: &str =
    "train copy --length 3 --symbols 6 --d-model 16 --heads 2 --layers 1 --d-ff 32 --batch-size 16 --quiet";

#[test]
fn each_seed_becomes_what_it_becomes_alone() {
    let directory = temporary();
    let said = printed(directory.path(), &format!("{SMALL} --max-steps 20 --out all --seeds 3..7 --dropout 0.1"));
    for seed in 3..7 {
        let alone = format!("{SMALL} --max-steps 20 --out alone_{seed} --seed {seed} --threads 1 --dropout 0.1");
        printed(directory.path(), &alone);
        for name in ["config.json", "model.safetensors", "checkpoint.safetensors", "heatmaps/decoder_self_grid.png"] {
            let read = |run: &str| std::fs::read(directory.path().join(run).join(name)).expect(name);
            assert!(read(&format!("all/seed_{seed}")) == read(&format!("alone_{seed}")), "{name} of seed {seed}");
        }
        let result =
            std::fs::read_to_string(directory.path().join(format!("all/seed_{seed}/result.json"))).expect("text");
        let result: serde_json::Value = serde_json::from_str(&result).expect("JSON");
        let row = rows(&said).into_iter().find(|row| row.first() == Some(&seed.to_string().as_str())).expect("its row");
        assert_eq!((row[1], row[4]), (if result["solved"] == true { "yes" } else { "no" }, "20"), "{said}");
        assert_eq!(row[2], format!("{:.1}", result["exact_match"].as_f64().expect("a number") * 100.0));
    }
    let solved = rows(&said).iter().filter(|row| row.get(1) == Some(&"yes")).count();
    assert!(said.contains(&format!("{solved} of 4")), "{said}");
}

#[test]
fn seeds_that_are_stopped_go_on_and_end_the_same() {
    let directory = temporary();
    let whole = format!("{SMALL} --max-steps 400 --learning-rate 1e-9 --checkpoint-every 9 --seeds 0..3");
    printed(directory.path(), &format!("{whole} --out whole"));

    for signal in ["INT", "KILL"] {
        let out = format!("stopped_{signal}");
        let training = start(directory.path(), &format!("{whole} --out {out}"));
        wait_for(|| directory.path().join(&out).join("seed_0/checkpoint.safetensors").exists());
        send(&training, signal);
        let output = training.wait_with_output().expect("it ends");
        if signal == "INT" {
            let said = text(&output.stderr);
            assert_eq!(output.status.code(), Some(130), "{said}");
            assert!(said.contains(&format!("headlight train --resume {out}")), "{said}");
        }
        let line = Messages::of(directory.path()).refused(&format!("train --resume {out} --heads 1"));
        assert!(line.contains("--heads 1") && line.contains("--heads 2"), "{line}");
        assert!(printed(directory.path(), &format!("train --resume {out} --quiet")).contains("0 of 3"));
        for seed in 0..3 {
            for name in ["config.json", "model.safetensors", "checkpoint.safetensors", "heatmaps/decoder_self_grid.png"]
            {
                let read = |run: &str| std::fs::read(directory.path().join(run).join(format!("seed_{seed}/{name}")));
                assert!(read(&out).expect(name) == read("whole").expect(name), "{name} of seed {seed} after {signal}");
            }
        }
    }
}

#[test]
fn wrong_ranges_and_directories_are_refused() {
    let directory = temporary();
    let train = |options: &str| format!("{SMALL} --max-steps 1 {options}");
    let mut messages = Messages::of(directory.path());
    for options in ["--seeds 3", "--seeds 3..3", "--seeds 0..2 --seed 1", "--seeds 0..2 --threads 2"] {
        messages.refused(&format!("train copy --out a {options}"));
    }
    printed(directory.path(), &train("--out runs --seeds 0..3"));
    messages.refused("train copy --out runs --seeds 0..2");

    // A stranger in one of them keeps all of them.
    let note = directory.path().join("runs/seed_2/notes.txt");
    std::fs::write(&note, "mine").expect("a file");
    messages.refused("train copy --out runs --seeds 0..2 --force");
    std::fs::rename(&note, directory.path().join("runs/notes.txt")).expect("a file");
    messages.refused("train copy --out runs --seeds 0..2 --force");
    std::fs::remove_file(directory.path().join("runs/notes.txt")).expect("it is there");

    // With --force nothing is left of the others, which a later --resume would take for its own.
    printed(directory.path(), &train("--out runs --seeds 0..2 --force"));
    assert!(!directory.path().join("runs/seed_2").exists());
    std::fs::write(directory.path().join("runs/seeds.json"), "{").expect("a file");
    assert!(messages.refused("train --resume runs").contains("seeds.json"));
    insta::assert_snapshot!("refused", messages.as_ref());
}

#[test]
fn a_device_that_does_not_start_costs_no_run() {
    let directory = temporary();
    let missing = DeviceName::ALL.into_iter().find(|device| !device.is_built());
    let missing = missing.map_or("wgpu:99".to_string(), |device| device.to_string());
    let on_missing = format!("{SMALL} --max-steps 1 --out runs --seeds 0..2 --device {missing}");
    let refused = |line: &str| Messages::of(directory.path()).refused(line);
    assert!(refused(&on_missing).contains("--device"));
    printed(directory.path(), &format!("{SMALL} --max-steps 1 --out runs --seeds 0..2"));
    assert!(refused(&format!("{on_missing} --force")).contains("--device"));

    // Seeds that were begun on another machine stay as they are, too.
    let path = directory.path().join("runs/seeds.json");
    let text = std::fs::read_to_string(&path).expect("text").replace("\"flex\"", &format!("\"{missing}\""));
    std::fs::write(&path, text).expect("a file");
    std::fs::remove_file(directory.path().join("runs/files.jsonl")).expect("it is there");
    let line = refused("train --resume runs --max-steps 2");
    assert!(line.contains(missing.split(':').next().expect("a name")) && !line.contains("--device"), "{line}");
    let line = refused("train --resume runs --learning-rate 0.5");
    assert!(line.contains("--learning-rate"), "what was asked wrongly comes first: {line}");
}

#[test]
fn a_seed_that_diverges_does_not_stop_the_others() {
    let directory = temporary();
    let longer = SMALL.replace("--length 3", "--length 12"); // no note on how few sequences are held out
    let line = {
        let output = headlight(
            directory.path(),
            &format!("{longer} --max-steps 5 --learning-rate 1e30 --out runs --seeds 0..2"),
        );
        assert_eq!(output.status.code(), Some(1));
        text(&output.stderr)
    };
    for seed in 0..2 {
        assert_eq!(line.lines().filter(|line| line.starts_with(&format!("seed {seed}: "))).count(), 1, "{line}");
    }
    assert!(line.lines().last().is_some_and(|last| last.contains("--learning-rate")), "{line}");
    // Resumed, it says the same.
    std::fs::remove_dir_all(directory.path().join("runs/seed_1")).expect("it is there");
    assert_eq!(headlight(directory.path(), "train --resume runs").status.code(), Some(1));
    Messages::of(directory.path()).failed("train --resume runs/seed_0 --quiet");
}

fn start(directory: &Path, line: &str) -> Child {
    program::command(directory, line).spawn().expect("the program starts")
}

fn wait_for(condition: impl Fn() -> bool) {
    let started = std::time::Instant::now();
    while !condition() {
        assert!(started.elapsed() < Duration::from_secs(120), "it did not come");
        std::thread::sleep(Duration::from_millis(2));
    }
}

fn send(training: &Child, signal: &str) {
    let kill = Command::new("sh").args(["-c", &format!("kill -{signal} {}", training.id())]).status();
    assert!(kill.expect("a shell").success());
}

fn rows(table: &str) -> Vec<Vec<&str>> {
    table.lines().map(|line| line.split_whitespace().collect()).collect()
}
