//! `headlight generate`, `headlight plot` and the help: what they say and what they write.

mod program;

use std::collections::BTreeMap;
use std::path::Path;

use headlight_train::tasks::TASKS;
use program::{Messages, printed, temporary};

const TINY: &str =
    "train copy --out run --length 3 --symbols 6 --d-model 16 --heads 2 --layers 1 --d-ff 32 --threads 1 --quiet";

#[test]
fn generate_prints_the_answer_and_says_whether_it_is_right() {
    let directory = temporary();
    train(directory.path(), "--max-steps 1500");
    let mut messages = Messages::of(directory.path());
    let answer = messages.printed("generate run --input \" 5  0 2 \"");
    assert_eq!(answer.matches("5 0 2").count(), 2, "question and answer: {answer}");
    let right = answer.lines().last().expect("a verdict").to_string();
    insta::assert_snapshot!("generate", messages.as_ref());

    // A model that learned nothing says the same whatever it reads, which is wrong for all but one of these at most.
    train(directory.path(), "--force --max-steps 1 --learning-rate 1e-9");
    let mut wrong = 0;
    for asked in ["1 1 1", "2 2 2", "3 3 3"] {
        let said = printed(directory.path(), &format!("generate run --input \"{asked}\""));
        let [input, answer, verdict] = said.lines().collect::<Vec<_>>()[..] else { panic!("{said}") };
        assert!(input.ends_with(asked), "{said}");
        assert_eq!(verdict == right, answer.ends_with(asked), "{said}");
        // What would have been right is said.
        assert!(verdict == right || verdict.ends_with(asked), "{said}");
        wrong += usize::from(verdict != right);
    }
    assert!(wrong >= 2, "{wrong} of three");
}

#[test]
fn generate_says_when_the_length_is_not_the_trained_one() {
    let directory = temporary();
    train(directory.path(), "--max-steps 1");
    let mut messages = Messages::of(directory.path());
    messages.noted("generate run --input 5");
    messages.noted("generate run --input \"5 0 2\"");
    insta::assert_snapshot!("another_length", messages.as_ref());
}

#[test]
fn plot_draws_again_what_training_drew() {
    let directory = temporary();
    train(directory.path(), "--max-steps 5 --architecture encoder-decoder");
    let heatmaps = directory.path().join("run/heatmaps");
    let drawn = files(&heatmaps);
    assert_eq!(drawn.len(), 9);
    std::fs::remove_dir_all(&heatmaps).expect("it is there");
    let paths = printed(directory.path(), "plot run");
    assert!(files(&heatmaps) == drawn);
    assert_eq!(paths.lines().count(), 9);
    assert!(paths.lines().all(|path| directory.path().join(path).is_file()), "{paths:?}");
    printed(directory.path(), "plot run --out a/new/directory");
    assert!(files(&directory.path().join("a/new/directory")) == drawn);
}

#[test]
fn plot_draws_other_tokens() {
    let directory = temporary();
    train(directory.path(), "--max-steps 5");
    printed(directory.path(), "plot run --input \"0 0 5\" --out three");
    printed(directory.path(), "plot run --input \"0 0 5 1 2\" --out five");
    let (three, five) = (files(&directory.path().join("three")), files(&directory.path().join("five")));
    assert_eq!(three.keys().collect::<Vec<_>>(), five.keys().collect::<Vec<_>>());
    // Seven tokens against eleven: a larger picture.
    let name = "decoder_self_L0_H0.png";
    assert_ne!(size(&three[name]), size(&five[name]));
    // The run's own pictures are those of its held-out example.
    assert!(files(&directory.path().join("run/heatmaps"))[name] != three[name]);
}

#[test]
fn plot_draws_one_head() {
    let directory = temporary();
    train(directory.path(), "--max-steps 5 --architecture encoder-decoder");
    let all = files(&directory.path().join("run/heatmaps"));
    let paths = printed(directory.path(), "plot run --layer 0 --head 1 --out one");
    let one = files(&directory.path().join("one"));
    let names = ["cross_L0_H1.png", "decoder_self_L0_H1.png", "encoder_self_L0_H1.png"];
    assert_eq!(one.keys().collect::<Vec<_>>(), names);
    assert!(one.iter().all(|(name, bytes)| all[name] == *bytes), "the same pictures as among all heads");
    assert_eq!(paths.lines().count(), 3);
}

#[test]
fn plot_draws_at_other_sizes() {
    let directory = temporary();
    train(directory.path(), "--max-steps 1");
    let size_at = |scale: &str| {
        printed(directory.path(), &format!("plot run --scale {scale} --out {scale}"));
        size(&files(&directory.path().join(scale))["decoder_self_L0_H0.png"])
    };
    let (width, height) = size_at("1");
    let own = &files(&directory.path().join("run/heatmaps"))["decoder_self_L0_H0.png"];
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
    let directory = temporary();
    let mut messages = Messages::of(directory.path());
    let list = messages.printed("tasks");
    for task in TASKS {
        let line = list.lines().find(|line| line.starts_with(&format!("{task} "))).expect(task.name);
        let is_measured = line.ends_with(|last: char| last.is_ascii_digit());
        assert_eq!(is_measured, !task.takes_pairs(), "{line}");
    }
    assert!(list.lines().all(|line| line.chars().count() <= 140), "{list}");
    insta::assert_snapshot!("tasks", messages.as_ref());
}

#[test]
fn the_help_explains_one_task() {
    let directory = temporary();
    let mut messages = Messages::of(directory.path());
    let recall = messages.printed("train recall --help");
    assert!(!recall.contains("--characters"), "that is for another task: {recall}");
    let file = messages.printed("train file --help");
    assert!(file.contains("--characters") && !file.contains("--symbols"), "{file}");
    assert!(!printed(directory.path(), "train dates -h").contains("--symbols"));
    insta::assert_snapshot!("help_of_a_task", messages.as_ref());
    let mut messages = Messages::of(directory.path());
    let swept = messages.printed("sweep recall --help");
    assert!(
        swept.starts_with(recall.split("Usage").next().expect("a beginning")),
        "a task is explained alike: {swept}"
    );
    insta::assert_snapshot!("help_of_a_sweep", messages.as_ref());
}

#[test]
fn a_task_with_an_encoder_answers_questions_of_its_own_form() {
    let directory = temporary();
    let pairs: String = (0..60).map(|at| format!("q{at}\ta\n")).collect();
    std::fs::write(directory.path().join("pairs.txt"), pairs).expect("a file");
    for (task, name, input) in
        [("dates", "dates", "November 22, 2026"), ("brackets", "brackets", "( [ ( )"), ("file pairs.txt", "file", "q7")]
    {
        let small = "--d-model 16 --heads 2 --layers 1 --d-ff 32 --threads 1 --max-steps 1 --quiet";
        let output = program::headlight(directory.path(), &format!("train {task} --out {name} {small}"));
        assert_eq!(output.status.code(), Some(0), "{}", program::text(&output.stderr));
        let said = printed(directory.path(), &format!("generate {name} --input \"{input}\""));
        let [question, ..] = said.lines().collect::<Vec<_>>()[..] else { panic!("{said}") };
        assert!(question.ends_with(input) && said.lines().count() == 3, "{said}");
        printed(directory.path(), &format!("plot {name} --input \"{input}\" --out pictures"));
    }
}

#[test]
fn every_command_s_help_has_an_example() {
    let directory = temporary();
    let mut messages = Messages::of(directory.path());
    for command in [
        "", "tour", "tasks", "train", "generate", "evaluate", "plot", "explain", "film", "report", "summary", "export",
        "graph", "devices", "sweep",
    ] {
        let long = messages.printed(format!("{command} --help").trim_start());
        let short = printed(directory.path(), &format!("{command} -h"));
        let explained = if command.is_empty() { printed(directory.path(), "train --help") } else { long.clone() };
        for help in [long, short].iter().filter(|_| command != "tour") {
            // The example is of this command, and every option in it is explained.
            let examples = help.lines().filter(|line| line.starts_with("  headlight ")).collect::<Vec<_>>();
            assert!(examples.iter().any(|example| example.contains(command)), "{help}");
            let is_of_this = |example: &&&str| command.is_empty() || example.split(' ').any(|word| word == command);
            for option in examples.iter().filter(is_of_this).flat_map(|example| example.split(' ')) {
                assert!(!option.starts_with("--") || explained.contains(option), "{option} is not explained: {help}");
            }
        }
    }
    insta::assert_snapshot!("help", messages.as_ref());
    assert_eq!(printed(directory.path(), "--version"), format!("headlight {}\n", env!("CARGO_PKG_VERSION")));
    assert_eq!(std::fs::read_dir(directory.path()).expect("a directory").count(), 0);
}

fn train(directory: &Path, options: &str) {
    printed(directory, &format!("{TINY} {options}"));
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
