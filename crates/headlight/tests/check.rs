//! `headlight check`: no run of any task, architecture or position encoding leaks.

mod program;

use std::path::Path;

use program::{Messages, printed, printed_alone, temporary};

const TASKS: [&str; 8] = ["copy", "reverse", "sort", "repeat", "addition", "dates", "recall", "brackets"];
/// A decoder alone can learn these.
const DECODER_TASKS: [&str; 2] = ["induction", "histogram"];
const TINY: &str = "--out run --force --quiet --d-model 16 --heads 2 --layers 2 --d-ff 16 --threads 1 --max-steps 1";

#[test]
fn no_task_leaks_in_either_architecture() {
    let directory = temporary();
    for task in DECODER_TASKS {
        train(directory.path(), task);
        assert_tight(&printed_alone(directory.path(), "check run"), 3);
    }
    for task in TASKS {
        for (architecture, applicable) in [("decoder", 3), ("encoder-decoder", 4)] {
            train(directory.path(), &format!("{task} --architecture {architecture}"));
            assert_tight(&printed_alone(directory.path(), "check run"), applicable);
        }
    }
}

#[test]
fn no_position_encoding_leaks() {
    let directory = temporary();
    for positions in ["sinusoidal", "learned", "rotary", "alibi", "none"] {
        train(directory.path(), &format!("copy --architecture decoder --positions {positions} --length 4"));
        assert_tight(&printed_alone(directory.path(), "check run/checkpoint.safetensors"), 3);
    }
}

/// Those that see the whole sequence may look ahead.
#[test]
fn no_compiled_program_leaks() {
    let directory = temporary();
    let programs = Path::new(env!("CARGO_MANIFEST_DIR")).join("../headlight-pretrained/programs");
    let files = std::fs::read_dir(programs).expect("programs").map(|entry| entry.expect("a file").path());
    let mut checked = 0;
    for program in files.filter(|path| path.extension().is_some_and(|extension| extension == "json")) {
        let text = std::fs::read_to_string(&program).expect("a program");
        let described: serde_json::Value = serde_json::from_str(&text).expect("JSON");
        let applicable = if described["causal"] == true { 3 } else { 2 };
        let said = printed_alone(directory.path(), &format!("check \"{}\"", program.display()));
        assert_tight(&said, applicable);
        checked += 1;
    }
    assert!(checked > 0);
}

#[test]
fn each_check_has_a_line() {
    let directory = temporary();
    let mut messages = Messages::of(directory.path());
    for architecture in ["decoder", "encoder-decoder"] {
        train(directory.path(), &format!("copy --architecture {architecture} --length 4"));
        messages.printed("check run");
    }
    messages.refused("check nowhere");
    messages.refused("check run --bound=-1");
    messages.refused("check run --bound NaN");
    insta::assert_snapshot!("check", messages.as_ref());
}

fn train(directory: &Path, what: &str) {
    printed(directory, &format!("train {what} {TINY}"));
}

fn assert_tight(said: &str, applicable: usize) {
    let begin = |with: &str| said.lines().filter(|line| line.starts_with(with)).count();
    assert_eq!([begin("ok "), begin("- "), begin("LEAK")], [applicable, 4 - applicable, 0], "{said}");
}
