//! A wrong request gets one line that says what to do, exit code 2, and nothing written; a failure gets exit code 1.

mod program;

use headlight_device::DeviceName;
use program::{Messages, headlight, one_line, temporary};

/// No note about few held-out sequences comes with these, so that an error is all there is to read.
const TINY: &str = "--d-model 16 --heads 2 --layers 1 --d-ff 32 --max-steps 1 --batch-size 4 --threads 1";

#[test]
fn without_a_run_there_is_nothing_to_look_at() {
    let directory = with_a_run();
    std::fs::create_dir(directory.path().join("empty")).expect("a directory");
    std::fs::write(directory.path().join("file"), "mine").expect("a file");
    let mut messages = Messages::of(directory.path());
    for nowhere in ["missing", "empty", "file"] {
        assert!(messages.refused(&format!("plot {nowhere}")).contains(nowhere));
        assert!(messages.refused(&format!("generate {nowhere} --input 1")).contains(nowhere));
    }
    std::fs::remove_file(directory.path().join("run/model.safetensors")).expect("it is there");
    messages.when("model.safetensors is gone");
    for command in ["plot run", "generate run --input 1"] {
        assert!(messages.refused(command).contains("model.safetensors"));
    }
    insta::assert_snapshot!("no_run", messages.as_ref());
}

#[test]
fn tokens_that_the_run_does_not_have_are_refused() {
    let directory = with_a_run();
    let mut messages = Messages::of(directory.path());
    for input in ["3 x 4", "16", "BOS", "3,1,4", "\u{1b}[31m", "", " \t ", &"1 ".repeat(513)] {
        for command in ["plot", "generate"] {
            messages.refused(&format!("{command} run --input \"{input}\""));
        }
    }
    insta::assert_snapshot!("tokens", messages.as_ref());
}

#[test]
fn pictures_that_cannot_be_are_refused() {
    let directory = with_a_run();
    let mut messages = Messages::of(directory.path());
    for options in [
        "--layer 1 --head 0",
        "--layer 0 --head 2",
        "--layer 18446744073709551615 --head 18446744073709551615",
        "--layer 18446744073709551616 --head 0",
        "--layer=-1 --head 0",
        "--layer 0,2",
        "--head 1-0",
        "--scale 2 --width 300",
        "--width 3",
        "--threshold 2",
        "--font run/config.json",
        "--colormap jet",
        "--scale 0",
        "--scale=-1",
        "--scale NaN",
        "--scale inf",
        "--scale 1e300",
        "--scale big",
        &format!("--scale 32 --input \"{}\"", "1 ".repeat(200)),
    ] {
        messages.refused(&format!("plot run --out pictures {options}"));
    }
    insta::assert_snapshot!("pictures", messages.as_ref());
    let line = messages.refused("plot run --out pictures --font nowhere.ttf");
    assert!(line.contains("nowhere.ttf"), "{line}");
}

#[test]
fn damaged_files_are_named() {
    for (name, commands) in [
        ("config.json", &["plot run", "generate run --input 1"][..]),
        ("model.safetensors", &["plot run", "generate run --input 1"]),
        ("attention.safetensors", &["plot run"]),
    ] {
        let directory = with_a_run();
        let path = directory.path().join("run").join(name);
        let whole = std::fs::read(&path).expect(name);
        for bytes in
            [&[][..], &whole[..whole.len() / 2], &whole[..whole.len() - 2], b"\xff\xff\xff\xff\xff\xff\xff\xff{}"]
        {
            std::fs::write(&path, bytes).expect("a file");
            for command in commands {
                let line = Messages::of(directory.path()).refused(command);
                assert!(line.contains(name), "{command}, {} bytes: {line}", bytes.len());
            }
        }
    }
    let directory = with_a_run();
    let mut messages = Messages::of(directory.path());
    let path = directory.path().join("run/config.json");
    let config: serde_json::Value = serde_json::from_slice(&std::fs::read(&path).expect("a file")).expect("JSON");
    let version = config["version"].as_u64().expect("a number");
    for (when, other) in [("a newer version", version + 1), ("an older version", version - 1)] {
        messages.when(when);
        let mut config = config.clone();
        config["version"] = other.into();
        std::fs::write(&path, config.to_string()).expect("a file");
        assert!(messages.refused("plot run").contains("config.json"));
    }
    for bytes in ["", "{}", "[1, 2]"] {
        messages.when(&format!("config.json is '{bytes}'"));
        std::fs::write(&path, bytes).expect("a file");
        messages.refused("plot run");
    }
    insta::assert_snapshot!("damaged", messages.as_ref());
}

#[test]
fn runs_that_cannot_be_trained_are_refused() {
    let directory = temporary();
    let mut messages = Messages::of(directory.path());
    for options in [
        "--heads 3 --d-model 64",
        "--heads 0",
        "--layers 0",
        "--d-model 0",
        "--d-model 7 --heads 7",
        "--d-ff 0",
        "--length 0",
        "--length 9223372036854775807",
        "--symbols 1",
        "--length 1 --symbols 2",
        "--batch-size 0",
        "--max-steps 0",
        "--threads 0",
        "--threads 18446744073709551615",
        "--learning-rate=-0.1",
        "--learning-rate 0",
        "--learning-rate NaN",
        "--learning-rate inf",
        "--dropout 1",
        "--dropout NaN",
        "--layers two",
        "--layers=-1",
        "--seed 1.5",
        "--seed 18446744073709551616",
        "--architecture mamba",
        "--device abacus",
        "--heads",
        "--teeth 2",
        "--layers 64 --d-model 8192 --d-ff 65536",
    ] {
        messages.refused(&format!("train copy --out run {options}"));
    }
    for command in [
        "train",
        "train copy",
        "train copy --out \"\"",
        "train dance --out run",
        "train --out run",
        "train file --out run",
        "train file missing.txt --out run",
        "train copy pairs.txt --out run",
        "train copy --characters --out run",
        "train dates --length 5 --out run",
        "train induction --architecture encoder-decoder --out run",
        "train sort --min-length 9 --length 8 --out run",
        "dance",
        "generate run",
        "plot",
        "plot one two",
    ] {
        messages.refused(command);
    }
    insta::assert_snapshot!("train", messages.as_ref());
}

#[test]
fn a_device_that_was_left_out_names_the_feature_to_build_with() {
    let directory = temporary();
    for device in DeviceName::ALL.into_iter().filter(|device| !device.is_built()) {
        let line = Messages::of(directory.path()).refused(&format!("train copy --out run --device {device}"));
        assert!(line.contains(&format!("--features {device}")), "{line}");
    }
}

#[test]
fn what_is_there_already_stays() {
    let directory = with_a_run();
    let mut messages = Messages::of(directory.path());
    messages.refused("train copy --out run");
    std::fs::write(directory.path().join("run/notes.txt"), "mine").expect("a file");
    messages.when("it contains notes.txt");
    messages.refused("train copy --out run --force");

    std::fs::create_dir_all(directory.path().join("mine/empty")).expect("a directory");
    messages.refused("train copy --out mine");
    std::fs::write(directory.path().join("mine/letter.txt"), "mine").expect("a file");
    messages.refused("train copy --out mine");
    messages.refused("train copy --out mine --force");
    messages.refused("train copy --out mine/letter.txt --force");
    insta::assert_snapshot!("replacing", messages.as_ref());
}

#[test]
fn what_the_system_or_the_training_fails_at_exits_with_1() {
    let directory = with_a_run();
    let mut messages = Messages::of(directory.path());
    let long = "x".repeat(300);
    std::fs::write(directory.path().join("file"), "mine").expect("a file");
    for out in [long.as_str(), "file/below"] {
        for command in [&format!("train copy {TINY}"), "plot run", "plot run --layer 0 --head 0"] {
            assert!(messages.failed(&format!("{command} --out {out}")).contains(out));
        }
    }
    // Whether the loss or the weights are found out first.
    for steps in ["1", "5"] {
        let line = messages.failed(&format!(
            "train copy --out huge --force --max-steps {steps} --learning-rate 1e30 --d-model 16 --threads 1 --quiet"
        ));
        assert!(line.contains("--learning-rate"), "{line}");
    }
}

fn with_a_run() -> tempfile::TempDir {
    let directory = temporary();
    let output = headlight(directory.path(), &format!("train copy --out run --quiet {TINY}"));
    assert_eq!((output.status.code(), one_line(&output.stderr)), (Some(0), None));
    directory
}
