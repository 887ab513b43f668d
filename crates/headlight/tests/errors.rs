//! A wrong request gets one line that says what to do, exit code 2, and nothing written; a failure gets exit code 1.

mod program;
mod refusal;

use program::{headlight, temporary};
use refusal::{failed, one_line, refused};

/// No note about few held-out sequences comes with these, so that an error is all there is to read.
const TINY: [&str; 14] = [
    "--d-model",
    "16",
    "--heads",
    "2",
    "--layers",
    "1",
    "--d-ff",
    "32",
    "--max-steps",
    "1",
    "--batch-size",
    "4",
    "--threads",
    "1",
];

#[test]
fn without_a_run_there_is_nothing_to_look_at() {
    let place = place_with_a_run();
    std::fs::create_dir(place.path().join("empty")).expect("a directory");
    std::fs::write(place.path().join("file"), "mine").expect("a file");
    for nowhere in ["missing", "empty", "file"] {
        for arguments in [&["plot", nowhere][..], &["generate", nowhere, "--input", "1"]] {
            let line = refused(place.path(), arguments);
            if arguments == ["plot", "file"] {
                assert!(line.contains("file: weights are read from files that end in .npy"), "{line}");
                continue; // files are plotted, too
            }
            assert!(line.contains(&format!("{nowhere} holds no run")), "{line}");
            assert!(line.contains("headlight train copy --out"), "{line}");
        }
    }
    std::fs::remove_file(place.path().join("run/model.safetensors")).expect("it is there");
    for arguments in [&["plot", "run"][..], &["generate", "run", "--input", "1"]] {
        let line = refused(place.path(), arguments);
        assert!(line.contains("run holds no run: model.safetensors is missing"), "{line}");
    }
}

#[test]
fn tokens_that_the_run_does_not_have_are_refused() {
    let place = place_with_a_run();
    for (input, expected) in [
        ("3 x 4", "'x' is no token of this run: its tokens are 0 to 15"),
        ("16", "'16' is no token"),
        ("BOS", "'BOS' is no token"),
        ("3,1,4", "'3,1,4' is no token"),
        ("\u{1b}[31m", "is no token"),
        ("", "holds no token"),
        (" \t ", "holds no token"),
        (&"1 ".repeat(513), "513 tokens, and this model reads at most 512"),
    ] {
        for command in ["plot", "generate"] {
            let line = refused(place.path(), &[command, "run", "--input", input]);
            assert!(line.contains(expected), "{input:?}: {line}");
        }
    }
}

#[test]
fn pictures_that_cannot_be_are_refused() {
    let place = place_with_a_run();
    for (options, expected) in [
        (&["--layer", "1", "--head", "0"][..], "layer 1 does not exist: choose layer 0"),
        (&["--layer", "0", "--head", "2"], "head 2 does not exist: choose a head from 0–1"),
        (&["--layer", "18446744073709551615", "--head", "18446744073709551615"], "does not exist"),
        (&["--layer", "18446744073709551616", "--head", "0"], "--layer"),
        (&["--layer=-1", "--head", "0"], "--layer"),
        (&["--layer", "0,2"], "layer 2 does not exist"),
        (&["--head", "1-0"], "write numbers and ranges"),
        (&["--scale", "2", "--width", "300"], "--width"),
        (&["--width", "3"], "choose another width"),
        (&["--threshold", "2"], "choose one from 0 to 1"),
        (&["--font", "nowhere.ttf"], "nowhere.ttf"),
        (&["--font", "run/config.json"], "it is no font"),
        (&["--colormap", "jet"], "viridis"),
        (&["--scale", "0"], "scale 0"),
        (&["--scale=-1"], "scale -1"),
        (&["--scale", "NaN"], "scale NaN"),
        (&["--scale", "inf"], "scale inf"),
        (&["--scale", "1e300"], "choose one from"),
        (&["--scale", "big"], "--scale"),
        (&["--input", &"1 ".repeat(200), "--scale", "32"], "smaller scale"),
    ] {
        let line = refused(place.path(), &[&["plot", "run", "--out", "pictures"], options].concat());
        assert!(line.contains(expected), "{options:?}: {line}");
    }
}

#[test]
fn damaged_files_are_named() {
    for (name, commands) in [
        ("config.json", &["plot", "generate"][..]),
        ("model.safetensors", &["plot", "generate"]),
        ("attention.safetensors", &["plot"]),
    ] {
        let place = place_with_a_run();
        let path = place.path().join("run").join(name);
        let whole = std::fs::read(&path).expect(name);
        for bytes in
            [&[][..], &whole[..whole.len() / 2], &whole[..whole.len() - 2], b"\xff\xff\xff\xff\xff\xff\xff\xff{}"]
        {
            std::fs::write(&path, bytes).expect("a file");
            for command in commands {
                let input: &[&str] = if *command == "plot" { &[] } else { &["--input", "1"] };
                let line = refused(place.path(), &[&[*command, "run"], input].concat());
                assert!(line.contains(name) && line.contains("damaged"), "{command}, {} bytes: {line}", bytes.len());
            }
        }
    }
    let place = place_with_a_run();
    let path = place.path().join("run/config.json");
    let newer = std::fs::read_to_string(&path).expect("text").replace("\"version\": 2", "\"version\": 3");
    std::fs::write(&path, newer).expect("a file");
    let line = refused(place.path(), &["plot", "run"]);
    assert!(line.contains("config.json") && line.contains("newer Headlight"), "{line}");
}

#[test]
fn runs_that_cannot_be_trained_are_refused() {
    let place = temporary();
    for (options, expected) in [
        (&["--heads", "3", "--d-model", "64"][..], &["3 heads", "64"][..]),
        (&["--heads", "0"], &["heads", "0"]),
        (&["--layers", "0"], &["layers", "0"]),
        (&["--d-model", "0"], &["d_model", "0"]),
        (&["--d-model", "7", "--heads", "7"], &["even", "7"]),
        (&["--d-ff", "0"], &["d_ff", "0"]),
        (&["--length", "0"], &["length", "0"]),
        (&["--length", "9223372036854775807"], &["length", "512"]),
        (&["--symbols", "1"], &["symbols", "1", "2"]),
        (&["--length", "1", "--symbols", "2"], &["only 2 questions", "larger length or more symbols"]),
        (&["--batch-size", "0"], &["batch-size", "0"]),
        (&["--max-steps", "0"], &["max-steps", "0"]),
        (&["--threads", "0"], &["threads", "0", "256"]),
        (&["--threads", "18446744073709551615"], &["threads", "256"]),
        (&["--learning-rate=-0.1"], &["learning-rate", "-0.1", "positive"]),
        (&["--learning-rate", "0"], &["learning-rate", "positive"]),
        (&["--learning-rate", "NaN"], &["learning-rate", "NaN"]),
        (&["--learning-rate", "inf"], &["learning-rate", "inf"]),
        (&["--dropout", "1"], &["dropout", "[0, 1)"]),
        (&["--dropout", "NaN"], &["dropout", "NaN"]),
        (&["--layers", "two"], &["--layers", "two"]),
        (&["--layers=-1"], &["--layers", "-1"]),
        (&["--seed", "1.5"], &["--seed", "1.5"]),
        (&["--seed", "18446744073709551616"], &["--seed"]),
        (&["--architecture", "mamba"], &["--architecture", "mamba"]),
        (&["--device", "abacus"], &["abacus", "flex"]),
        (&["--heads"], &["--heads"]),
        (&["--teeth", "2"], &["--teeth"]),
        (&["--layers", "64", "--d-model", "8192", "--d-ff", "65536"], &["memory"]),
    ] {
        let line = refused(place.path(), &[&["train", "copy", "--out", "run"], options].concat());
        assert!(expected.iter().all(|expected| line.contains(expected)), "{options:?}: {line}");
    }
    for (arguments, expected) in [
        (&["train"][..], "--out"),
        (&["train", "copy"], "--out"),
        (&["train", "copy", "--out", ""], "--out"),
        (&["train", "dance", "--out", "run"], "dance"),
        (&["train", "--out", "run"], "TASK"),
        (&["train", "file", "--out", "run"], "headlight train file FILE"),
        (&["train", "file", "missing.txt", "--out", "run"], "missing.txt"),
        (&["train", "copy", "pairs.txt", "--out", "run"], "reads no file"),
        (&["train", "copy", "--characters", "--out", "run"], "--characters is for the task file"),
        (&["train", "dates", "--length", "5", "--out", "run"], "leave out --length"),
        (&["train", "induction", "--architecture", "encoder-decoder", "--out", "run"], "choose decoder"),
        (&["train", "sort", "--min-length", "9", "--length", "8", "--out", "run"], "min-length is 9"),
        (&["dance"], "dance"),
        (&["generate", "run"], "--input"),
        (&["plot"], "DIR"),
        (&["plot", "one", "two"], "two"),
    ] {
        let line = refused(place.path(), arguments);
        assert!(line.contains(expected), "{arguments:?}: {line}");
    }
}

#[test]
fn a_device_that_was_left_out_names_the_feature_to_build_with() {
    let place = temporary();
    let built =
        [("flex", cfg!(feature = "flex")), ("ndarray", cfg!(feature = "ndarray")), ("wgpu", cfg!(feature = "wgpu"))];
    for (name, _) in built.into_iter().filter(|(_, is_built)| !is_built) {
        let line = refused(place.path(), &["train", "copy", "--out", "run", "--device", name]);
        assert!(line.contains(&format!("--features {name}")), "{line}");
    }
}

#[test]
fn what_is_there_already_stays() {
    let place = place_with_a_run();
    let out = |out| [&["train", "copy", "--out", out], &TINY[..]].concat();
    let line = refused(place.path(), &out("run"));
    assert!(line.contains("run is not empty") && line.contains("--force"), "{line}");

    std::fs::write(place.path().join("run/notes.txt"), "mine").expect("a file");
    let line = refused(place.path(), &[&out("run")[..], &["--force"]].concat());
    assert!(line.contains("notes.txt is no part of a run"), "{line}");

    std::fs::create_dir_all(place.path().join("mine/empty")).expect("a directory");
    refused(place.path(), &out("mine"));
    std::fs::write(place.path().join("mine/letter.txt"), "mine").expect("a file");
    refused(place.path(), &out("mine"));
    let line = refused(place.path(), &[&out("mine")[..], &["--force"]].concat());
    assert!(line.contains("mine is left alone"), "{line}");

    let line = refused(place.path(), &[&out("mine/letter.txt")[..], &["--force"]].concat());
    assert!(line.contains("letter.txt is a file"), "{line}");
}

#[test]
fn what_the_system_or_the_training_fails_at_exits_with_1() {
    let place = place_with_a_run();
    let name = "x".repeat(300);
    std::fs::write(place.path().join("file"), "mine").expect("a file");
    for out in [name.as_str(), "file/below"] {
        failed(place.path(), &[&["train", "copy", "--out", out], &TINY[..]].concat());
        failed(place.path(), &["plot", "run", "--out", out]);
        failed(place.path(), &["plot", "run", "--layer", "0", "--head", "0", "--out", out]);
    }
    // Whether the loss or the weights are found out first.
    for steps in ["1", "5"] {
        let huge = ["--learning-rate", "1e30", "--d-model", "16", "--threads", "1", "--quiet", "--force"];
        let line =
            failed(place.path(), &[&["train", "copy", "--out", "huge", "--max-steps", steps], &huge[..]].concat());
        assert!(line.contains("smaller") && line.contains("--learning-rate"), "{line}");
    }
}

fn place_with_a_run() -> tempfile::TempDir {
    let place = temporary();
    let output = headlight(place.path(), &[&["train", "copy", "--out", "run", "--quiet"], &TINY[..]].concat());
    assert_eq!((output.status.code(), one_line(&output.stderr)), (Some(0), None));
    place
}
