//! `headlight sweep`: its plan, its runs, and what it refuses. `sweep_survival.rs` kills it.
#![cfg(unix)]

mod program;

use std::path::Path;
use std::process::{Child, Command};
use std::time::Duration;

use program::{Messages, command, contents, files, headlight, printed, temporary, text};
use serde_json::{Value, json};

const SMALL: &str = "--length 3 --symbols 6 --layers 1 --d-ff 32 --batch-size 16 --max-steps 20";
/// A run that is stopped before it has taken its steps.
const LONG: &str =
    "--length 12 --layers 1 --d-model 16 --heads 2 --d-ff 32 --batch-size 4 --learning-rate 1e-9 --max-steps 100000";

#[test]
fn every_run_becomes_what_it_becomes_alone() {
    let directory = temporary();
    let said = printed(
        directory.path(),
        &format!("sweep copy --out all --heads 1,2 --d-model 16,32 --seeds 3..5 --dropout 0.1 {SMALL}"),
    );
    let plan = json_in(&directory.path().join("all/sweep.json"));
    let axis = |name: &str, values: [&str; 2]| json!({ "name": name, "values": values });
    assert_eq!(
        plan["axes"],
        json!([axis("heads", ["1", "2"]), axis("d-model", ["16", "32"]), axis("seed", ["3", "4"])])
    );
    let runs = plan["runs"].as_array().expect("a list");
    assert_eq!(runs.len(), 8);
    for (number, run) in runs.iter().enumerate() {
        let (heads, width, seed) = ([1, 2][number / 4], [16, 32][number / 2 % 2], [3, 4][number % 2]);
        assert_eq!((&run["number"], &run["directory"]), (&json!(number), &json!(format!("runs/{number:04}"))));
        let settings = json!({ "heads": heads.to_string(), "d-model": width.to_string(), "seed": seed.to_string() });
        assert_eq!(run["settings"], settings);
        let options = format!("--heads {heads} --d-model {width} --seed {seed} --dropout 0.1 --threads 1 {SMALL}");
        printed(directory.path(), &format!("train copy --out alone_{number} {options}"));
        let alone = files(&directory.path().join(format!("alone_{number}")));
        let mut swept = files(&directory.path().join(format!("all/runs/{number:04}")));
        // A thousand runs draw no pictures, and others may share the directory; all else is the same.
        assert!(swept.remove(".headlight-lock").is_some());
        assert!(alone.keys().filter(|name| !name.starts_with("heatmaps/")).eq(swept.keys()), "{:?}", swept.keys());
        assert!(swept.iter().all(|(name, contents)| alone[name] == *contents), "run {number}");
    }
    let solved = runs.iter().filter(|run| result_of(directory.path(), "all", run)["solved"] == true).count();
    assert!(said.contains(&format!("{solved} of 8 runs solved")), "{said}");

    // The same command again has nothing to do, and so has `--resume`; neither writes anything.
    let before = contents(directory.path());
    let again = format!("sweep copy --out all --heads 1,2 --d-model 16,32 --seeds 3..5 --dropout 0.1 {SMALL}");
    for line in [&again[..], "sweep --resume all --quiet", "sweep --resume all --workers 3"] {
        assert_eq!(printed(directory.path(), line), said, "{line}");
    }
    assert!(contents(directory.path()) == before);
}

#[test]
fn combinations_have_names_in_a_grid() {
    let directory = temporary();
    let grid = "# out of alphabetical order\n[wide]\nheads = 4\nd-model = 32\n\n[narrow]\nd-model = 16\n\
                learning-rate = 1e-3\npositions = \"rotary\"\ntie-weights = true\n";
    std::fs::write(directory.path().join("grid.toml"), grid).expect("a file");
    let line = format!("sweep copy --out all --grid grid.toml --dropout 0,0.1 --seeds 0,7 {SMALL} --max-steps 1");
    let line = line.replace("--max-steps 20 ", "");
    printed(directory.path(), &line);
    let plan = json_in(&directory.path().join("all/sweep.json"));
    let axes: Vec<&Value> = plan["axes"].as_array().expect("a list").iter().map(|axis| &axis["name"]).collect();
    assert_eq!(axes, ["name", "dropout", "seed"]);
    assert_eq!(plan["axes"][0]["values"], json!(["wide", "narrow"]));
    let runs = plan["runs"].as_array().expect("a list");
    assert_eq!(runs.len(), 8);
    for run in runs {
        let (model, training) = (&run["config"]["model"], &run["config"]["training"]);
        let is_wide = run["settings"]["name"] == "wide";
        assert_eq!(model["d_model"], if is_wide { 32 } else { 16 });
        assert_eq!(model["tie_weights"], !is_wide);
        assert_eq!(model["positions"], if is_wide { "sinusoidal" } else { "rotary" });
        assert_eq!(training["learning_rate"] == 0.001, !is_wide);
        assert_eq!(run["settings"]["dropout"], if model["dropout"] == 0.0 { "0" } else { "0.1" });
        assert_eq!(run["settings"]["seed"], training["seed"].to_string());
    }
}

#[test]
fn impossible_combinations_are_refused_or_left_out() {
    let directory = temporary();
    let mut messages = Messages::of(directory.path());
    let line = format!("sweep copy --out all --heads 1,3 --d-model 16,24 {SMALL}");
    let refused = messages.refused(&line);
    assert!(refused.contains("heads 3, d-model 16") && refused.contains("--skip-impossible"), "{refused}");
    printed(directory.path(), &format!("{line} --skip-impossible"));
    messages.noted(&format!("{line} --skip-impossible"));
    assert_eq!(json_in(&directory.path().join("all/sweep.json"))["runs"].as_array().map(Vec::len), Some(3));
    messages.refused("sweep copy --out none --heads 3,5 --d-model 16 --skip-impossible");
    insta::assert_snapshot!("impossible", messages.as_ref());
}

#[test]
fn wrong_requests_write_nothing() {
    let directory = temporary();
    let mut messages = Messages::of(directory.path());
    for options in [
        "--seeds 3..3",
        "--seeds 0,1,0",
        "--seed 0,1",
        "--heads 1,x",
        "--heads 1,2,1",
        "--heads 1,2,01",
        "--positions rotary,round",
        "--heads 1,2 --seeds 0..60000",
        "--dropout 0,2",
        "--symbols 6,1",
        "--grid none.toml",
        "--workers 0",
    ] {
        messages.refused(&format!("sweep copy --out a {options}"));
    }
    messages.refused("sweep copy --out a --emit --workers 2");
    messages.refused("sweep copy --out a --engine parallel --emit --retries 2");
    messages.refused("sweep sort pairs.txt --out a");
    messages.refused("sweep file --out a");
    messages.refused("sweep --seeds 0..3 --out a");
    messages.refused("sweep --resume nowhere");
    messages.refused("sweep --run nowhere 0");
    for (nth, grid) in [
        "",
        "heads = 2",
        "[wide]\nwidth = 4",
        "[wide]\nseed = 4",
        "[wide]\nheads = [1, 2]",
        "[wide]\nheads = \"many\"",
        "[wide]\ntie-weights = 1",
        "[wide]\nheads = true",
        "[wide]\nheads = 3\n[wide]\n",
        "[wide]\nheads = 3",
        "[wide]\nd-model = 32",
        "[wide]\nheads = 2\n[narrow]\nheads = 2",
    ]
    .into_iter()
    .enumerate()
    {
        std::fs::write(directory.path().join("grid.toml"), grid).expect("a file");
        messages.when(&format!("grid {nth}: {}", grid.replace('\n', "; ")));
        messages.refused("sweep copy --out a --grid grid.toml --d-model 32");
    }
    std::fs::write(directory.path().join("grid.toml"), "[wide]\nheads = 3\n[other]\nheads = \"many\"").expect("a file");
    messages.when("what cannot be read is a mistake, not impossible");
    messages.refused("sweep copy --out a --grid grid.toml --d-model 32 --skip-impossible");
    insta::assert_snapshot!("refused", messages.as_ref());
}

#[test]
fn nothing_but_a_sweep_is_replaced() {
    let directory = temporary();
    let sweep = |options: &str| format!("sweep copy --out all {SMALL} {options}");
    printed(directory.path(), &sweep("--heads 1,2 --seeds 0..2"));
    let mut messages = Messages::of(directory.path());
    for options in [
        "--heads 1,2 --seeds 0..3",
        "--heads 1,4 --seeds 0..2",
        "--heads 1 --seeds 0..2",
        "--dropout 0.1 --heads 1,2 --seeds 0..2",
    ] {
        messages.refused(&sweep(options));
    }
    messages.refused(&sweep("--heads 1,2 --seeds 0..2").replace("copy", "sort"));
    // A stranger anywhere keeps all of it.
    for place in ["notes.txt", "runs/notes.txt", "runs/0002/notes.txt"] {
        let notes = directory.path().join("all").join(place);
        std::fs::write(&notes, "mine").expect("a file");
        messages.refused(&sweep("--heads 1,4 --seeds 0..2 --force"));
        std::fs::remove_file(&notes).expect("it is there");
    }
    // The plan is compared with the list before anything is made of it.
    let plan = directory.path().join("all/sweep.json");
    let whole = std::fs::read_to_string(&plan).expect("text");
    std::fs::write(&plan, whole.replace("\"d_ff\":32", "\"d_ff\":64")).expect("a file");
    messages.refused("sweep --resume all");
    messages.refused("sweep --run all 0");
    std::fs::write(&plan, &whole).expect("a file");
    messages.refused("sweep --run all 4");
    messages.refused("sweep --run all x");
    insta::assert_snapshot!("replacing", messages.as_ref());

    let kept = directory.path().join("all/runs/0003");
    printed(directory.path(), &sweep("--heads 1,4 --seeds 0..1 --force"));
    assert!(!kept.exists(), "runs of the old plan are gone");
    printed(directory.path(), "sweep --resume all");
}

#[test]
fn what_is_no_sweep_or_the_same_one_is_not_replaced() {
    let directory = temporary();
    let mut messages = Messages::of(directory.path());
    let sweep = |out: &str, options: &str| format!("sweep copy --out {out} --d-model 16 {SMALL} {options}");
    printed(directory.path(), &format!("train copy --out run --d-model 16 {SMALL}"));
    printed(directory.path(), &format!("train copy --out seeds --d-model 16 --seeds 0..2 {SMALL}"));
    std::fs::create_dir(directory.path().join("mine")).expect("room");
    std::fs::write(directory.path().join("mine/notes.txt"), "mine").expect("room");
    for other in ["run", "seeds", "mine"] {
        messages.refused(&sweep(other, ""));
        messages.refused(&sweep(other, "--force"));
    }
    // What has taken its time is not trained anew by an arrow key.
    printed(directory.path(), &sweep("all", "--force"));
    messages.refused(&sweep("all", "--force"));
    insta::assert_snapshot!("no_sweep", messages.as_ref());
}

#[test]
fn whoever_finds_damage_is_told_what_mends_it() {
    let directory = temporary();
    let mut messages = Messages::of(directory.path());
    printed(directory.path(), &format!("sweep copy --out all --seeds 0..3 --d-model 16 {SMALL} --workers 2"));
    let run = directory.path().join("all/runs/0001");
    std::fs::remove_file(run.join("result.json")).expect("it is there");
    std::fs::write(run.join("checkpoint.safetensors"), "damaged").expect("room");
    messages.refused("sweep --run all 1");
    messages.refused("train --resume all/runs/0001");
    let output = headlight(directory.path(), "sweep --resume all --workers 2 --retries 1");
    assert_eq!(output.status.code(), Some(1));
    let said = text(&output.stderr).replace(&directory.path().display().to_string(), "DIRECTORY");
    messages.when(&format!("sweep --resume all --workers 2 --retries 1 says\n{said}"));
    // What it says helps.
    std::fs::remove_dir_all(&run).expect("it is there");
    printed(directory.path(), "sweep --resume all");
    assert!(run.join("result.json").exists());

    let list = directory.path().join("all/files.jsonl");
    let whole = std::fs::read_to_string(&list).expect("text");
    std::fs::write(&list, format!("{whole}no line\n")).expect("room");
    messages.refused("sweep --resume all");
    std::fs::write(&list, whole).expect("room");
    // Someone else's file where a run would be.
    std::fs::remove_dir_all(&run).expect("it is there");
    std::fs::create_dir(&run).expect("room");
    std::fs::write(run.join("notes.txt"), "mine").expect("room");
    std::fs::write(run.join(".headlight-lock"), "").expect("room");
    messages.refused("sweep --run all 1");
    insta::assert_snapshot!("damaged", messages.as_ref());
}

#[test]
fn a_sweep_by_another_version_is_continued_with_a_note() {
    let directory = temporary();
    printed(directory.path(), &format!("sweep copy --out all --d-model 16 {SMALL}"));
    let plan = directory.path().join("all/sweep.json");
    let whole = std::fs::read_to_string(&plan).expect("text");
    let version = format!("\"headlight\": \"{}\"", env!("CARGO_PKG_VERSION"));
    std::fs::write(&plan, whole.replace(&version, "\"headlight\": \"0.0.7\"")).expect("room");
    std::fs::remove_file(directory.path().join("all/files.jsonl")).expect("it is there");
    for line in ["sweep --resume all".to_string(), format!("sweep copy --out all --d-model 16 {SMALL}")] {
        let output = headlight(directory.path(), &line);
        assert!(output.status.success() && text(&output.stderr).contains("0.0.7"), "{}", text(&output.stderr));
    }
}

#[test]
fn a_run_that_others_train_is_waited_for() {
    let directory = temporary();
    let long = LONG.replace("--max-steps 100000", "--max-steps 400");
    printed(directory.path(), &format!("sweep copy --out all --seeds 0..3 {long} --emit"));
    let other = begin(directory.path(), "sweep --run all 0");
    wait_for_lines(&directory.path().join("all/runs/0000"), 1);
    // One try each: waiting is none.
    let sweep = begin(directory.path(), "sweep --resume all --workers 2 --retries 0");
    let waiting = begin(directory.path(), "sweep --run all 0 --wait --quiet");
    assert_eq!(other.wait_with_output().expect("it ends").status.code(), Some(0));
    let waited = waiting.wait_with_output().expect("it ends");
    assert_eq!((waited.status.code(), text(&waited.stderr).as_str()), (Some(0), ""));
    let output = sweep.wait_with_output().expect("it ends");
    let said = text(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{said}");
    assert!(said.contains("waiting for its end"), "{said}");
}

/// The command that is printed continues the sweep, whatever its directory is called.
#[test]
fn a_sweep_that_is_stopped_says_how_it_is_continued() {
    let directory = temporary();
    for signal in ["INT", "TERM"] {
        let out = format!("it's {signal}");
        let line = format!("sweep copy --out \"{out}\" {LONG} --seeds 0..2 --workers 2 --retries 5");
        let started = begin(directory.path(), &line);
        let run = directory.path().join(&out).join("runs/0001");
        wait_for_lines(&run, 3);
        send(&started, signal);
        let output = started.wait_with_output().expect("it ends");
        assert_eq!(output.status.code(), Some(130));
        assert!(run.join("checkpoint.safetensors").exists(), "{signal}");
        let said = text(&output.stderr);
        let again = said.lines().last().and_then(|line| line.split_once(": ")).expect("a command").1;
        assert!(again.ends_with(" --workers 2 --retries 5"), "{said}");
        let words = Command::new("sh").args(["-c", &format!("printf '%s\n' {again}")]).output().expect("a shell");
        assert!(text(&words.stdout).lines().any(|word| word == out), "{said}");
    }
}

#[test]
#[cfg(target_os = "linux")] // where a name may be any bytes
fn a_directory_may_be_called_what_is_no_text() {
    use std::os::unix::ffi::OsStrExt;

    let directory = temporary();
    let name = std::ffi::OsStr::from_bytes(b"not \xff text");
    let mut sweep = command(directory.path(), &format!("sweep copy --seeds 0..2 --d-model 16 {SMALL} --out"));
    let output = sweep.arg(name).output().expect("the program starts");
    assert!(output.status.success(), "{}", text(&output.stderr));
    assert!(directory.path().join(name).join("runs/0001/result.json").exists());
}

/// `nohup` has the hang-up of a terminal ignored.
#[test]
#[cfg(target_os = "linux")]
fn who_has_hang_ups_ignored_is_not_stopped_by_one() {
    let directory = temporary();
    let program = env!("CARGO_BIN_EXE_headlight");
    let long = LONG.replace("--max-steps 100000", "--max-steps 300");
    let line = format!("trap '' HUP; exec \"{program}\" sweep copy --out all {long}");
    let sweep = Command::new("sh").args(["-c", &line]).current_dir(directory.path()).spawn().expect("a shell");
    wait_for_lines(&directory.path().join("all/runs/0000"), 3);
    send(&sweep, "HUP");
    let status = sweep.wait_with_output().expect("it ends").status;
    assert_eq!(status.code(), Some(0));
}

#[test]
fn exit_codes_say_whether_trying_again_helps() {
    let directory = temporary();
    printed(
        directory.path(),
        &format!("sweep copy --out all --seeds 0..2 --max-steps 1 {}", LONG.replace("--max-steps 100000", "")),
    );
    let run = |number: usize| code(directory.path(), &format!("sweep --run all {number}"));
    assert_eq!((run(0), run(1), run(2)), (Some(0), Some(0), Some(2)));
    // Not for a run that others train.
    let started = begin(directory.path(), &format!("sweep copy --out long {LONG} --workers 1"));
    let path = directory.path().join("long/runs/0000");
    wait_for_lines(&path, 3);
    assert_eq!(code(directory.path(), "sweep --run long 0"), Some(75));
    assert_eq!(code(directory.path(), "sweep --resume long"), Some(2), "one continues a sweep at a time");
    send(&started, "INT");
    let output = started.wait_with_output().expect("it ends");
    assert_eq!(output.status.code(), Some(130));
    assert!(text(&output.stderr).contains("headlight sweep --resume long"), "{}", text(&output.stderr));
    let steps = lines(&path);
    assert!(!path.join("result.json").exists() && path.join("checkpoint.safetensors").exists());

    // Alone, it is interrupted too, and resumes where it was.
    let started = begin(directory.path(), "sweep --run long 0");
    wait_for_lines(&path, steps + 3);
    send(&started, "INT");
    assert_eq!(started.wait_with_output().expect("it ends").status.code(), Some(130));
    // Nothing can be written: that may be better on another day.
    let result = directory.path().join("all/runs/0001/result.json");
    std::fs::remove_file(&result).expect("it is there");
    std::fs::create_dir(&result).expect("a directory");
    assert_eq!(run(1), Some(75));
}

#[test]
fn a_run_that_diverges_has_that_for_its_outcome() {
    let directory = temporary();
    let line = format!("sweep copy --out all --learning-rate 1e30,1e-3 --d-model 16 {SMALL}");
    let said = printed(directory.path(), &line);
    assert!(said.contains("1 diverged"), "{said}");
    let failure = json_in(&directory.path().join("all/runs/0000/failure.json"));
    assert!(
        failure["reason"].as_str().is_some_and(|reason| reason.contains("NaN") || reason.contains("inf")),
        "{failure}"
    );
    let before = contents(directory.path());
    assert_eq!(printed(directory.path(), &line), said);
    assert_eq!(code(directory.path(), "sweep --run all 0"), Some(0));
    assert!(contents(directory.path()) == before, "it is written down once");
}

#[test]
fn a_run_with_no_outcome_makes_the_sweep_fail_and_keeps_no_other_from_its_own() {
    let directory = temporary();
    let line = format!("sweep copy --out all --seeds 0..3 --d-model 16 {SMALL}");
    // A file of someone else's where the second run would be.
    printed(directory.path(), &line.replace("0..3", "0..1"));
    printed(directory.path(), &format!("{line} --force"));
    std::fs::remove_dir_all(directory.path().join("all/runs/0001")).expect("it is there");
    std::fs::remove_dir_all(directory.path().join("all/runs/0002")).expect("it is there");
    std::fs::write(directory.path().join("all/runs/0001"), "mine").expect("a file");
    let output = headlight(directory.path(), &line);
    let said = text(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.contains("run 1") && text(&output.stdout).contains("1 without an outcome"), "{said}");
    assert!(directory.path().join("all/runs/0002/result.json").exists());
}

fn json_in(path: &Path) -> Value {
    serde_json::from_slice(&std::fs::read(path).expect("a file")).expect("JSON")
}

fn result_of(directory: &Path, sweep: &str, run: &Value) -> Value {
    json_in(&directory.join(sweep).join(run["directory"].as_str().expect("a path")).join("result.json"))
}

fn code(directory: &Path, line: &str) -> Option<i32> {
    headlight(directory, line).status.code()
}

fn begin(directory: &Path, line: &str) -> Child {
    command(directory, line).spawn().expect("the program starts")
}

fn lines(run: &Path) -> usize {
    std::fs::read_to_string(run.join("metrics.jsonl")).unwrap_or_default().lines().count()
}

fn wait_for_lines(run: &Path, count: usize) {
    let started = std::time::Instant::now();
    while lines(run) < count {
        assert!(started.elapsed() < Duration::from_secs(120), "it did not come");
        std::thread::sleep(Duration::from_millis(5));
    }
}

fn send(process: &Child, signal: &str) {
    let kill = Command::new("sh").args(["-c", &format!("kill -{signal} {}", process.id())]).status();
    assert!(kill.expect("a shell").success());
}
