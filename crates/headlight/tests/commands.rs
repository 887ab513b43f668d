//! `headlight generate`, `headlight plot` and the help: what they say and what they write.

mod program;

use program::{headlight, temporary};
use std::collections::BTreeMap;
use std::path::Path;

const TINY: [&str; 15] = [
    "--length",
    "3",
    "--symbols",
    "6",
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
    "--quiet",
];

#[test]
fn generate_prints_the_answer_and_says_whether_it_is_right() {
    let place = temporary();
    train(place.path(), &["--max-steps", "1500"]);
    let lines = said(place.path(), &["generate", "run", "--input", " 5  0 2 "]);
    assert_eq!(lines, ["input:  5 0 2", "answer: 5 0 2", "right"]);

    // A model that learned nothing says the same whatever it reads, which is wrong for all but one of these at most.
    train(place.path(), &["--force", "--max-steps", "1", "--learning-rate", "1e-9"]);
    let mut verdicts = Vec::new();
    for right in ["1 1 1", "2 2 2", "3 3 3"] {
        let lines = said(place.path(), &["generate", "run", "--input", right]);
        let [input, answer, verdict] = &lines[..] else { panic!("{lines:?}") };
        assert_eq!(*input, format!("input:  {right}"));
        if *answer == format!("answer: {right}") {
            assert_eq!(verdict, "right");
        } else {
            assert_eq!(*verdict, format!("wrong: it should be {right}"));
        }
        verdicts.push(verdict.clone());
    }
    assert!(verdicts.iter().filter(|verdict| verdict.starts_with("wrong")).count() >= 2, "{verdicts:?}");
}

#[test]
fn generate_says_when_the_length_is_not_the_trained_one() {
    let place = temporary();
    train(place.path(), &["--max-steps", "1"]);
    let output = headlight(place.path(), &["generate", "run", "--input", "5"]);
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(text(&output.stderr), "note: the run was trained on 3 tokens, and this is 1\n");
    assert!(headlight(place.path(), &["generate", "run", "--input", "5 0 2"]).stderr.is_empty());
}

#[test]
fn plot_draws_again_what_training_drew() {
    let place = temporary();
    train(place.path(), &["--max-steps", "5", "--architecture", "encoder-decoder"]);
    let heatmaps = place.path().join("run/heatmaps");
    let drawn = files(&heatmaps);
    assert_eq!(drawn.len(), 9);
    std::fs::remove_dir_all(&heatmaps).expect("it is there");
    let paths = said(place.path(), &["plot", "run"]);
    assert!(files(&heatmaps) == drawn);
    assert_eq!(paths.len(), 9);
    assert!(paths.iter().all(|path| place.path().join(path).is_file()), "{paths:?}");
    said(place.path(), &["plot", "run", "--out", "a/new/place"]);
    assert!(files(&place.path().join("a/new/place")) == drawn);
}

#[test]
fn plot_draws_other_tokens() {
    let place = temporary();
    train(place.path(), &["--max-steps", "5"]);
    said(place.path(), &["plot", "run", "--input", "0 0 5", "--out", "three"]);
    said(place.path(), &["plot", "run", "--input", "0 0 5 1 2", "--out", "five"]);
    let (three, five) = (files(&place.path().join("three")), files(&place.path().join("five")));
    assert_eq!(three.keys().collect::<Vec<_>>(), five.keys().collect::<Vec<_>>());
    // Seven tokens against eleven: a larger picture.
    let name = "decoder_self_L0_H0.png";
    assert_ne!(size(&three[name]), size(&five[name]));
    // The run's own pictures are those of its held-out example.
    assert!(files(&place.path().join("run/heatmaps"))[name] != three[name]);
}

#[test]
fn plot_draws_one_head() {
    let place = temporary();
    train(place.path(), &["--max-steps", "5", "--architecture", "encoder-decoder"]);
    let all = files(&place.path().join("run/heatmaps"));
    let paths = said(place.path(), &["plot", "run", "--layer", "0", "--head", "1", "--out", "one"]);
    let one = files(&place.path().join("one"));
    let names = ["cross_L0_H1.png", "decoder_self_L0_H1.png", "encoder_self_L0_H1.png"];
    assert_eq!(one.keys().collect::<Vec<_>>(), names);
    assert!(one.iter().all(|(name, bytes)| all[name] == *bytes), "the same pictures as among all heads");
    assert_eq!(paths.len(), 3);
}

#[test]
fn plot_draws_at_other_sizes() {
    let place = temporary();
    train(place.path(), &["--max-steps", "1"]);
    let size_at = |scale: &str| {
        said(place.path(), &["plot", "run", "--scale", scale, "--out", scale]);
        size(&files(&place.path().join(scale))["decoder_self_L0_H0.png"])
    };
    let (width, height) = size_at("1");
    let own = &files(&place.path().join("run/heatmaps"))["decoder_self_L0_H0.png"];
    assert_eq!(size(own), (width, height));
    for (scale, factor) in [("2", 2.0), ("0.5", 0.5), ("3.3", 3.3)] {
        let (scaled_width, scaled_height) = size_at(scale);
        // Cells and letters are whole pixels, so a picture is not exactly as many times as large.
        let near = |scaled: u32, plain: u32| (f64::from(scaled) / f64::from(plain) / factor - 1.0).abs() < 0.2;
        assert!(near(scaled_width, width) && near(scaled_height, height), "{scale}: {scaled_width} × {scaled_height}");
    }
}

#[test]
fn the_tasks_are_listed_with_an_example_and_what_was_measured() {
    let place = temporary();
    let lines = said(place.path(), &["tasks"]);
    for (task, example) in [
        ("copy", "3 1 4 → 3 1 4"),
        ("reverse", "3 1 4 → 4 1 3"),
        ("repeat", "x2 3 1 4 → 3 1 4 3 1 4 END"),
        ("sort", "3 1 4 1 → 1 1 3 4"),
        ("recall", "a 7 b 2 c 9 b a c → 2 7 9"),
        ("induction", "3 1 4 9 2 7 1 → 4 9"),
        ("brackets", "( [ ( ) → ] ) END"),
        ("addition", "4 8 7 + 1 3 5 → 2 2 6 0"),
        ("dates", "22 Nov 2026 → 2026-11-22"),
    ] {
        let line = lines.iter().find(|line| line.starts_with(&format!("{task} "))).expect(task);
        assert!(line.contains(example) && line.contains("decoder"), "{line}");
        assert!(line.ends_with(|last: char| last.is_ascii_digit()), "measured: {line}");
    }
    assert!(lines.iter().any(|line| line.starts_with("file ")), "{lines:?}");
    assert!(lines.iter().all(|line| line.chars().count() <= 140), "{lines:?}");
}

#[test]
fn the_help_explains_one_task() {
    let place = temporary();
    let lines = said(place.path(), &["train", "recall", "--help"]);
    for expected in [
        "Recall: say the value that stood with each key",
        "  position    0  1  2  3  4  5  6    7    8    9   10",
        "  reads     BOS  a  7  b  2  c  9  SEP    b    a    c",
        "  predicts                                2    7    9",
        "  looks at                              3,4  1,2  5,6",
        "  headlight train recall --out runs/recall --seed 7",
    ] {
        assert!(lines.iter().any(|line| line == expected), "{expected:?} is not in {lines:#?}");
    }
    let text = lines.join("\n");
    for expected in
        ["pairs of key and value [default: 6]", "Which model learns it [default: decoder]", "Solved when 99 %"]
    {
        assert!(text.contains(expected), "{expected} is not in {text}");
    }
    assert!(!text.contains("--characters"), "that is for another task: {text}");
    let text = said(place.path(), &["train", "file", "--help"]).join("\n");
    assert!(text.contains("--characters") && !text.contains("--symbols"), "{text}");
    assert!(said(place.path(), &["train", "dates", "-h"]).join("\n").contains("Dates: write a date"));
}

#[test]
fn a_task_with_an_encoder_answers_questions_of_its_own_form() {
    let place = temporary();
    let small =
        ["--d-model", "16", "--heads", "2", "--layers", "1", "--d-ff", "32", "--threads", "1", "--max-steps", "1"];
    std::fs::write(place.path().join("pairs.txt"), (0..60).map(|at| format!("q{at}\ta\n")).collect::<String>())
        .expect("a file");
    for (task, input, line) in [
        (&["dates"][..], "November 22, 2026", "input:  November 22, 2026"),
        (&["brackets"], "( [ ( )", "input:  ( [ ( )"),
        (&["file", "pairs.txt"], "q7", "input:  q7"),
    ] {
        let options = ["--out", task[0], "--quiet"];
        let output = headlight(place.path(), &[&["train"], task, &options, &small].concat());
        assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
        let lines = said(place.path(), &["generate", task[0], "--input", input]);
        assert_eq!(lines[0], line);
        assert!(lines[1].starts_with("answer: ") && lines[2].starts_with("wrong: it should be "), "{lines:?}");
        said(place.path(), &["plot", task[0], "--input", input, "--out", "pictures"]);
    }
}

#[test]
fn every_command_s_help_has_an_example() {
    let place = temporary();
    for command in [&[][..], &["tasks"], &["train"], &["generate"], &["plot"]] {
        for flag in ["--help", "-h"] {
            let lines = said(place.path(), &[command, &[flag]].concat());
            let example = lines.iter().skip_while(|line| *line != "Example:").nth(1).expect("an example");
            assert!(example.starts_with("  headlight "), "{example}");
            // The example is of this command, and every option in it is explained.
            assert!(command.iter().all(|command| example.split(' ').any(|word| word == *command)), "{example}");
            let help = if command.is_empty() { said(place.path(), &["train", flag]) } else { lines.clone() };
            for option in example.split(' ').filter(|word| word.starts_with("--")) {
                assert!(help.iter().any(|line| line.contains(option)), "{option} is not in the help");
            }
        }
    }
    assert_eq!(said(place.path(), &["--version"]), [format!("headlight {}", env!("CARGO_PKG_VERSION"))]);
    assert_eq!(std::fs::read_dir(place.path()).expect("a directory").count(), 0);
}

/// The lines on standard output of a command that ends well, and that hold no control characters.
fn said(place: &Path, arguments: &[&str]) -> Vec<String> {
    let output = headlight(place, arguments);
    assert_eq!(output.status.code(), Some(0), "{arguments:?}: {}", text(&output.stderr));
    let lines: Vec<String> = text(&output.stdout).lines().map(ToString::to_string).collect();
    for line in &lines {
        assert!(!line.contains(char::is_control), "{line:?}");
    }
    lines
}

fn train(place: &Path, options: &[&str]) {
    said(place, &[&["train", "copy", "--out", "run"], &TINY[..], options].concat());
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).expect("the program speaks UTF-8")
}

/// The bytes of every file in a directory, by name.
fn files(directory: &Path) -> BTreeMap<String, Vec<u8>> {
    let entries = std::fs::read_dir(directory).expect("a directory").map(|entry| entry.expect("an entry"));
    let file = |entry: std::fs::DirEntry| {
        let bytes = std::fs::read(entry.path()).expect("a file");
        (entry.file_name().to_string_lossy().into_owned(), bytes)
    };
    entries.map(file).collect()
}

fn size(picture: &[u8]) -> (u32, u32) {
    let reader = png::Decoder::new(std::io::Cursor::new(picture)).read_info().expect("a PNG");
    (reader.info().width, reader.info().height)
}
