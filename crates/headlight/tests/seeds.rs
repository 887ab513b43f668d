//! `headlight train --seeds`: every seed becomes what it becomes alone, and a table says how they went.
#![cfg(unix)]

mod program;
mod refusal;

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use headlight_device::DeviceName;
use program::{headlight, temporary};
use refusal::{failed, refused};

const SMALL: &str =
    "train copy --length 3 --symbols 6 --d-model 16 --heads 2 --layers 1 --d-ff 32 --batch-size 16 --quiet";

#[test]
fn each_seed_becomes_what_it_becomes_alone() {
    let place = temporary();
    let output =
        headlight(place.path(), words(&format!("{SMALL} --max-steps 20 --out all --seeds 3..7 --dropout 0.1")));
    let said = String::from_utf8(output.stdout).expect("the program speaks UTF-8");
    assert_eq!(output.status.code(), Some(0), "{said}");
    for seed in 3..7 {
        let alone = format!("{SMALL} --max-steps 20 --out alone_{seed} --seed {seed} --threads 1 --dropout 0.1");
        assert_eq!(headlight(place.path(), words(&alone)).status.code(), Some(0));
        for name in ["config.json", "model.safetensors", "checkpoint.safetensors", "heatmaps/decoder_self_grid.png"] {
            let read = |run: &str| std::fs::read(place.path().join(run).join(name)).expect(name);
            assert!(read(&format!("all/seed_{seed}")) == read(&format!("alone_{seed}")), "{name} of seed {seed}");
        }
        let result = std::fs::read_to_string(place.path().join(format!("all/seed_{seed}/result.json"))).expect("text");
        let result: serde_json::Value = serde_json::from_str(&result).expect("JSON");
        let row = said.lines().map(words).find(|row| row.first() == Some(&seed.to_string().as_str())).expect("its row");
        assert_eq!((row[1], row[4]), (if result["solved"] == true { "yes" } else { "no" }, "20"), "{said}");
        assert_eq!(row[2], format!("{:.1}", result["exact_match"].as_f64().expect("a number") * 100.0));
    }
    let solved = said.lines().filter(|line| words(line).get(1) == Some(&"yes")).count();
    assert!(said.contains(&format!("{solved} of 4 solved")), "{said}");
}

#[test]
fn seeds_that_are_stopped_go_on_and_end_the_same() {
    let place = temporary();
    let whole = format!("{SMALL} --max-steps 400 --learning-rate 1e-9 --checkpoint-every 9 --seeds 0..3");
    assert_eq!(headlight(place.path(), words(&format!("{whole} --out whole"))).status.code(), Some(0));

    for signal in ["INT", "KILL"] {
        let out = format!("stopped_{signal}");
        let training = start(place.path(), &format!("{whole} --out {out}"));
        wait_for(|| place.path().join(&out).join("seed_0/checkpoint.safetensors").exists());
        send(&training, signal);
        let output = training.wait_with_output().expect("it ends");
        if signal == "INT" {
            let said = String::from_utf8(output.stderr).expect("the program speaks UTF-8");
            assert_eq!(output.status.code(), Some(130), "{said}");
            assert!(said.contains(&format!("go on with 'headlight train --resume {out}'")), "{said}");
        }
        let line = refused(place.path(), &["train", "--resume", &out, "--heads", "1"]);
        assert!(line.contains("--heads 1 would change the run: it was started with --heads 2"), "{line}");

        let output = headlight(place.path(), ["train", "--resume", &out, "--quiet"]);
        assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
        assert!(String::from_utf8_lossy(&output.stdout).contains("0 of 3 solved"));
        for seed in 0..3 {
            for name in ["config.json", "model.safetensors", "checkpoint.safetensors", "heatmaps/decoder_self_grid.png"]
            {
                let read = |run: &str| std::fs::read(place.path().join(run).join(format!("seed_{seed}/{name}")));
                assert!(read(&out).expect(name) == read("whole").expect(name), "{name} of seed {seed} after {signal}");
            }
        }
    }
}

#[test]
fn wrong_ranges_and_directories_are_refused() {
    let place = temporary();
    let train = |options: &str| format!("{SMALL} --max-steps 1 {options}");
    for (options, expected) in [
        ("--out a --seeds 3", "such as 0..10"),
        ("--out a --seeds 3..3", "such as 0..10"),
        ("--out a --seeds 0..2 --seed 1", "--seed"),
        ("--out a --seeds 0..2 --threads 2", "--threads"),
    ] {
        let line = refused(place.path(), &words(&train(options)));
        assert!(line.contains(expected), "{options}: {line}");
    }
    assert_eq!(headlight(place.path(), words(&train("--out runs --seeds 0..3"))).status.code(), Some(0));
    let line = refused(place.path(), &words(&train("--out runs --seeds 0..2")));
    assert!(line.contains("runs is not empty") && line.contains("--force"), "{line}");

    // A stranger in one of them keeps all of them.
    let note = place.path().join("runs/seed_2/notes.txt");
    std::fs::write(&note, "mine").expect("a file");
    let line = refused(place.path(), &words(&train("--out runs --seeds 0..2 --force")));
    assert!(line.contains("notes.txt is no part of a run"), "{line}");
    std::fs::rename(&note, place.path().join("runs/notes.txt")).expect("a file");
    let line = refused(place.path(), &words(&train("--out runs --seeds 0..2 --force")));
    assert!(line.contains("notes.txt is no run of a seed"), "{line}");
    std::fs::remove_file(place.path().join("runs/notes.txt")).expect("it is there");

    // With --force nothing is left of the others, which a later --resume would take for its own.
    assert_eq!(headlight(place.path(), words(&train("--out runs --seeds 0..2 --force"))).status.code(), Some(0));
    assert!(!place.path().join("runs/seed_2").exists());
    std::fs::write(place.path().join("runs/seeds.json"), "{").expect("a file");
    let line = refused(place.path(), &["train", "--resume", "runs"]);
    assert!(line.contains("seeds.json: damaged"), "{line}");
}

#[test]
fn a_device_that_does_not_start_costs_no_run() {
    let place = temporary();
    let missing = DeviceName::ALL.into_iter().find(|device| !device.is_built());
    let missing = missing.map_or("wgpu:99".to_string(), |device| device.to_string());
    let on_missing = format!("{SMALL} --max-steps 1 --out runs --seeds 0..2 --device {missing}");
    let advice = "flex (--device)";
    assert!(refused(place.path(), &words(&on_missing)).ends_with(advice));
    let train = format!("{SMALL} --max-steps 1 --out runs --seeds 0..2");
    assert_eq!(headlight(place.path(), words(&train)).status.code(), Some(0));
    assert!(refused(place.path(), &words(&format!("{on_missing} --force"))).ends_with(advice));

    // Seeds that were begun on another machine stay as they are, too.
    let path = place.path().join("runs/seeds.json");
    let text = std::fs::read_to_string(&path).expect("text").replace("\"flex\"", &format!("\"{missing}\""));
    let (unsealed, _) = text.split_once(",\n  \"crc32\"").expect("a checksum");
    std::fs::write(&path, format!("{unsealed}\n}}\n")).expect("a file");
    let line = refused(place.path(), &["train", "--resume", "runs", "--max-steps", "2"]);
    assert!(line.ends_with("a run goes on only where it began, for another device gives other bytes"), "{line}");
    let line = refused(place.path(), &["train", "--resume", "runs", "--learning-rate", "0.5"]);
    assert!(line.contains("--learning-rate"), "what was asked wrongly comes first: {line}");
}

#[test]
fn a_seed_that_diverges_does_not_stop_the_others() {
    let place = temporary();
    let longer = SMALL.replace("--length 3", "--length 12"); // no note on how few sequences are held out
    let line = {
        let output = headlight(
            place.path(),
            words(&format!("{longer} --max-steps 5 --learning-rate 1e30 --out runs --seeds 0..2")),
        );
        assert_eq!(output.status.code(), Some(1));
        String::from_utf8(output.stderr).expect("the program speaks UTF-8")
    };
    assert!(line.contains("seed 0: failed\n") && line.contains("seed 1: failed\n"), "{line}");
    assert!(line.lines().last().is_some_and(|last| last.starts_with("headlight: the loss became ")), "{line}");
    // Taken up again, it says the same.
    std::fs::remove_dir_all(place.path().join("runs/seed_1")).expect("it is there");
    let output = headlight(place.path(), ["train", "--resume", "runs"]);
    assert_eq!(output.status.code(), Some(1));
    failed(place.path(), &["train", "--resume", "runs/seed_0", "--quiet"]);
}

fn start(place: &Path, arguments: &str) -> Child {
    let mut program = Command::new(env!("CARGO_BIN_EXE_headlight"));
    program.current_dir(place).args(words(arguments)).stdout(Stdio::null()).stderr(Stdio::piped());
    program.spawn().expect("the program starts")
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

fn words(text: &str) -> Vec<&str> {
    text.split_whitespace().collect()
}
