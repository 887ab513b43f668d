//! What can go wrong with a run that is stopped and taken up again: one clear line, exit code 1 or 2, and nothing overwritten.

mod program;
mod refusal;

use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::time::Duration;

use program::{headlight, temporary};
use refusal::{contents, failed, one_line, refused};

const TINY: &str = "train copy --out run --length 12 --d-model 16 --heads 2 --layers 1 --d-ff 32 --batch-size 4 \
                    --threads 1 --checkpoint-every 5 --learning-rate 1e-9 --quiet";

const FILE: &str = "--d-model 16 --heads 2 --layers 1 --d-ff 32 --batch-size 4";

#[test]
fn options_that_would_change_the_run_are_refused_by_name() {
    let place = temporary();
    stopped_run(place.path(), "run");
    for (options, expected) in [
        ("--seed 3", "--seed 3 would change the run: it was started with --seed 0"),
        ("--threads 2", "--threads 2 would change the run: it was started with --threads 1"),
        ("--layers 2", "--layers 2 would change the run: it was started with --layers 1"),
        ("--heads 4", "--heads 4 would change the run: it was started with --heads 2"),
        ("--d-model 32", "--d-model 32 would change the run: it was started with --d-model 16"),
        ("--d-ff 64", "--d-ff 64 would"),
        ("--length 10", "--length 10 would change the run: it was started with --length 12"),
        ("--symbols 8", "--symbols 8 would"),
        ("--batch-size 8", "--batch-size 8 would"),
        ("--learning-rate 0.5", "--learning-rate 0.5 would change the run: it was started with --learning-rate 1e-9"),
        ("--dropout 0.5", "--dropout 0.5 would change the run: it was started with --dropout 0.0"),
        ("--record-every 2", "--record-every 2 would"),
        ("--architecture encoder-decoder", "--architecture encoder-decoder would change the run"),
        ("--max-steps 2", "--max-steps 2 would change the run: it was started with --max-steps 3000; it may only grow"),
        ("--out elsewhere", "--out"),
        ("--force", "--force"),
    ] {
        let line = refused(place.path(), &words(&format!("train --resume run {options}")));
        assert!(line.contains(expected), "{options}: {line}");
    }
    let line = refused(place.path(), &words("train --resume run --characters"));
    assert!(line.contains("--characters is for the task file"), "{line}");
    let line = refused(place.path(), &words("train copy pairs.txt --resume run"));
    assert!(line.contains("reads no file pairs.txt"), "{line}");
    let line = refused(place.path(), &words("train --resume run --min-length 9"));
    assert!(line.contains("--min-length 9 would change the run: it was started without --min-length"), "{line}");
    // What the run has already is no change.
    let same =
        "train copy --resume run --seed 0 --threads 1 --layers 1 --learning-rate 1e-9 --max-steps 3000 --dropout 0";
    let mut training = start(place.path(), same);
    std::thread::sleep(Duration::from_millis(300));
    assert_eq!(training.try_wait().expect("a child of ours"), None, "it trains");
    stop(training);
}

#[test]
fn a_range_of_lengths_is_not_left_out_on_going_on() {
    let place = temporary();
    let train = TINY.replace("--length 12", "--min-length 10 --length 12");
    assert_eq!(headlight(place.path(), words(&format!("{train} --max-steps 2"))).status.code(), Some(0));
    let line = refused(place.path(), &words("train --resume run --length 12"));
    assert!(line.contains("no --min-length would change the run: it was started with --min-length 10"), "{line}");
}

#[test]
fn pairs_that_are_not_the_run_s_are_refused() {
    let place = temporary();
    let pairs = |word: &str| (0..40).map(|n| format!("{n} {word}\t{word} {n}\n")).collect::<String>();
    for (name, text) in [("pairs.txt", pairs("and")), ("same.txt", pairs("and")), ("other.txt", pairs("or"))] {
        std::fs::write(place.path().join(name), text).expect("a file");
    }
    for (name, options) in
        [("words", "--threads 1"), ("letters", "--threads 1 --characters"), ("seeds", "--seeds 0..2")]
    {
        let train = format!("train file pairs.txt {options} --out {name} {FILE} --max-steps 2 --quiet");
        let output = headlight(place.path(), words(&train));
        assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    }
    for run in ["words", "letters", "seeds"] {
        let line = refused(place.path(), &words(&format!("train file other.txt --resume {run}")));
        let change = "the pairs of other.txt would change the run: it was started with those of ";
        // A run keeps the path from the root on, so that it can go on from anywhere.
        let pairs = place.path().canonicalize().expect("a folder").join("pairs.txt");
        assert!(line.contains(change) && line.trim_end().ends_with(&pairs.display().to_string()), "{run}: {line}");
    }
    for run in ["words", "seeds"] {
        let line = refused(place.path(), &words(&format!("train --resume {run} --characters")));
        assert!(line.contains("--characters would change the run: it was started with words as tokens"), "{line}");
    }
    let line = refused(place.path(), &words("train file missing.txt --resume words"));
    assert!(line.contains("missing.txt"), "{line}");
    // What the run has already is no change, wherever it lies.
    for same in ["file pairs.txt --resume words", "file same.txt --resume words", "--resume letters --characters"] {
        let output = headlight(place.path(), words(&format!("train {same} --max-steps 3 --quiet")));
        assert_eq!(output.status.code(), Some(0), "{same}: {}", String::from_utf8_lossy(&output.stderr));
    }
}

#[test]
fn a_run_at_its_end_says_so() {
    let place = temporary();
    assert_eq!(headlight(place.path(), words(&format!("{TINY} --max-steps 7"))).status.code(), Some(0));
    let before = contents(place.path());
    for options in ["", " --max-steps 7", " --quiet"] {
        let output = headlight(place.path(), words(&format!("train --resume run{options}")));
        let said = String::from_utf8(output.stdout).expect("the program speaks UTF-8");
        assert_eq!(output.status.code(), Some(0), "{said}");
        assert!(
            said.starts_with("run has come to its end. Not solved after 7 steps") && said.lines().count() == 1,
            "{said}"
        );
        assert!(contents(place.path()) == before);
    }
    assert_eq!(headlight(place.path(), words("train --resume run --max-steps 9 --quiet")).status.code(), Some(0));
    let lines = std::fs::read_to_string(place.path().join("run/metrics.jsonl")).expect("metrics");
    assert_eq!(lines.lines().count(), 9);
}

#[test]
fn a_directory_in_use_is_left_alone() {
    let place = temporary();
    let training = start(place.path(), TINY);
    wait_for_lines(&place.path().join("run"), 3);
    for command in [TINY.to_string(), format!("{TINY} --force"), "train --resume run".to_string()] {
        let output = headlight(place.path(), words(&command));
        let line = one_line(&output.stderr).expect("it says why");
        assert_eq!(output.status.code(), Some(2), "{line}");
        assert!(line.contains("run is in use by another run"), "{command}: {line}");
    }
    let before = std::fs::read_to_string(place.path().join("run/metrics.jsonl")).expect("metrics").lines().count();
    wait_for_lines(&place.path().join("run"), before + 3); // it goes on as if nobody had come
    stop(training);
    // The lock died with its holder.
    let training = start(place.path(), "train --resume run --quiet");
    wait_for_lines(&place.path().join("run"), before + 6);
    stop(training);
}

#[test]
fn damaged_and_newer_runs_are_named_and_kept() {
    let place = temporary();
    stopped_run(place.path(), "run");
    for (name, is_resumed_only) in [("config.json", false), ("metrics.jsonl", true), ("checkpoint.safetensors", true)] {
        let path = place.path().join("run").join(name);
        let whole = std::fs::read(&path).expect(name);
        let mut flipped = whole.clone();
        // A clock's digits are no part of what must come out the same, so none of them is touched.
        let loss = whole.windows(7).position(|bytes| bytes == b"\"loss\":");
        flipped[loss.map_or(whole.len() / 3, |at| at + 8)] ^= 4;
        for bytes in [&[][..], &whole[..whole.len() / 2], &flipped] {
            std::fs::write(&path, bytes).expect("a file");
            let line = refused(place.path(), &words("train --resume run"));
            assert!(line.contains(name) && line.contains("damaged"), "{} bytes: {line}", bytes.len());
            if !is_resumed_only {
                refused(place.path(), &words("plot run"));
            }
        }
        std::fs::write(&path, &whole).expect("a file");
    }
    let path = place.path().join("run/config.json");
    let text = std::fs::read_to_string(&path).expect("text");
    std::fs::write(&path, text.replacen("\"version\": ", "\"version\": 9", 1)).expect("a file");
    let line = refused(place.path(), &words("train --resume run"));
    assert!(line.contains("config.json") && line.contains("newer Headlight"), "{line}");
    std::fs::write(&path, &text).expect("a file");

    let line = refused(place.path(), &words("plot run"));
    assert!(line.contains("stopped before its end") && line.contains("headlight train --resume"), "{line}");
    for nowhere in ["missing", "."] {
        let line = refused(place.path(), &["train", "--resume", nowhere]);
        assert!(line.contains("holds no run: config.json is missing"), "{line}");
    }
}

#[test]
fn a_loss_that_is_no_number_says_from_where_to_go_on() {
    let place = temporary();
    let huge = TINY
        .replace("--learning-rate 1e-9", "--learning-rate 1e30")
        .replace("--checkpoint-every 5", "--checkpoint-every 1");
    for command in [huge.as_str(), "train --resume run --quiet"] {
        let line = failed(place.path(), &words(command));
        for part in ["at step 2", "learning rate of ", "run/checkpoint.safetensors, of step 1", "--learning-rate"] {
            assert!(line.contains(part), "{line}");
        }
    }
}

/// No file may grow over a kilobyte count: what a full disk is to a program, without the rights that filling one takes.
#[cfg(unix)]
#[test]
fn a_file_that_finds_no_room_leaves_what_was_there() {
    let place = temporary();
    stopped_run(place.path(), "run");
    let before = contents(&place.path().join("run"));
    // 8 KiB are too few for the checkpoint that would come at the end, and enough for the lines until then.
    let limited = format!(
        "trap '' XFSZ; ulimit -f 16; exec {} train --resume run --quiet --checkpoint-every 0 --max-steps 3001",
        env!("CARGO_BIN_EXE_headlight")
    );
    let output = shell(place.path(), &limited);
    let line = one_line(&output.stderr).expect("it says why");
    assert_eq!(output.status.code(), Some(1), "{line}");
    assert!(line.contains("run/") && line.contains("(os error 27)"), "{line}");
    let after = contents(&place.path().join("run"));
    let checkpoint = place.path().join("run/checkpoint.safetensors");
    assert!(before[&checkpoint] == after[&checkpoint]);
    assert!(after.keys().all(|path| !path.to_string_lossy().contains(".headlight-")), "{:?}", after.keys());

    // With room again, it goes on.
    let training = start(place.path(), "train --resume run --quiet --max-steps 3001");
    wait_for_lines(&place.path().join("run"), 20);
    stop(training);
}

/// A real full disk and a real read-only one, where this process may mount them.
#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_and_a_read_only_one_end_in_one_line() {
    let place = temporary();
    let disk = place.path().join("disk");
    std::fs::create_dir(&disk).expect("a directory");
    let mount = |options: &str| {
        Command::new("mount").args(["-t", "tmpfs", "-o", options, "headlight-test"]).arg(&disk).output()
    };
    if !mount("size=64k").is_ok_and(|output| output.status.success()) {
        not_run("a_full_disk_and_a_read_only_one_end_in_one_line needs the right to mount a tmpfs");
        return;
    }
    let _unmount = Unmount(&disk);
    // Lines fill the disk, a byte at a time.
    let command = TINY.replace("--out run", "--out disk/run").replace("--checkpoint-every 5", "--checkpoint-every 2");
    let output = headlight(place.path(), words(&command));
    let line = one_line(&output.stderr).expect("it says why");
    assert_eq!(output.status.code(), Some(1), "{line}");
    assert!(line.contains("disk/run/") && line.contains("No space left") && line.contains("--resume"), "{line}");

    // With room, it goes on from the last checkpoint that was whole.
    let remount = |options: &str| {
        let output = Command::new("mount").args(["-o", options]).arg(&disk).output().expect("mount");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    };
    remount("remount,size=4m");
    let resumed = words("train --resume disk/run --quiet");
    let training = start(place.path(), "train --resume disk/run --quiet");
    wait_for_lines(&disk.join("run"), 500);
    stop(training);

    remount("remount,ro");
    for arguments in [resumed, words("train copy --out disk/other --quiet"), words(&format!("{command} --force"))] {
        let before = contents(&disk);
        let line = failed(place.path(), &arguments);
        assert!(line.contains("Read-only file system"), "{line}");
        assert!(contents(&disk) == before);
    }
}

#[cfg(unix)]
#[test]
fn a_directory_without_the_right_to_write_ends_in_one_line() {
    use std::os::unix::fs::PermissionsExt;
    let place = temporary();
    stopped_run(place.path(), "run");
    let mode = |path: &Path, mode| std::fs::set_permissions(path, PermissionsExt::from_mode(mode)).expect("it is ours");
    // The root user may write anywhere, so the program runs as nobody, from a place that nobody can reach.
    let program = place.path().join("headlight");
    std::fs::copy(env!("CARGO_BIN_EXE_headlight"), &program).expect("room for the program");
    mode(place.path(), 0o755);
    mode(&place.path().join("run"), 0o555);
    mode(&place.path().join("run/metrics.jsonl"), 0o444);
    let before = contents(&place.path().join("run"));
    for arguments in
        ["train --resume run --quiet", "train copy --out run --force --quiet", "train copy --out new --quiet"]
    {
        let mut command = Command::new(&program);
        command.current_dir(place.path()).args(words(arguments));
        if is_root(place.path()) {
            std::os::unix::process::CommandExt::uid(&mut command, 65534);
        } else {
            mode(place.path(), 0o555);
        }
        let Ok(output) = command.output() else {
            not_run("a_directory_without_the_right_to_write_ends_in_one_line needs the right to become nobody");
            break;
        };
        let line = one_line(&output.stderr).expect("it says why");
        assert_eq!(output.status.code(), Some(1), "{arguments}: {line}");
        assert!(line.contains("Permission denied"), "{arguments}: {line}");
        assert!(contents(&place.path().join("run")) == before, "{arguments}");
    }
    mode(place.path(), 0o755);
    mode(&place.path().join("run"), 0o755);
}

/// What a lost power line leaves is what was brought to the disk: the bytes before the file takes its name, the name after.
#[cfg(target_os = "linux")]
#[test]
fn the_files_of_a_run_are_brought_to_the_disk() {
    let place = temporary();
    let mut traced = Command::new("strace");
    traced.args(["-f", "-y", "-s", "4096", "-e", "trace=fsync,rename,renameat,renameat2", "-o", "calls"]);
    traced.arg(env!("CARGO_BIN_EXE_headlight")).args(words(&format!("{TINY} --max-steps 2")));
    if !traced.current_dir(place.path()).output().is_ok_and(|output| output.status.success()) {
        not_run("the_files_of_a_run_are_brought_to_the_disk needs strace and the right to use it");
        return;
    }
    let calls = std::fs::read_to_string(place.path().join("calls")).expect("calls");
    let calls: Vec<&str> = calls.lines().collect();
    for name in ["config.json", "checkpoint.safetensors", "model.safetensors", "attention.safetensors", "result.json"] {
        let is_rename = |call: &&str| call.contains(" rename") && call.contains(&format!("/{name}\""));
        let at = calls.iter().position(is_rename).unwrap_or_else(|| panic!("no {name} in {calls:?}"));
        let temporary = calls[at].split_once(".headlight-").expect("a temporary name").1;
        let temporary = temporary.split_once('"').expect("its end").0;
        let is_synced = |call: &&str, what: &str| call.contains(" fsync(") && call.contains(&format!("/{what}>"));
        assert!(
            calls[..at].iter().any(|call| is_synced(call, &format!(".headlight-{temporary}"))),
            "{name}: {calls:?}"
        );
        // Nothing else of this run comes between a file's name and its way to the disk.
        assert!(is_synced(&calls[at + 1], "run"), "{name}: {calls:?}");
    }
}

/// Whether files of this process are the root user's.
#[cfg(unix)]
fn is_root(place: &Path) -> bool {
    std::os::unix::fs::MetadataExt::uid(&std::fs::metadata(place).expect("a directory")) == 0
}

#[cfg(target_os = "linux")]
struct Unmount<'a>(&'a Path);

#[cfg(target_os = "linux")]
impl Drop for Unmount<'_> {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg(self.0).status();
    }
}

/// Says so past the test harness, which shows nothing of a test that passes.
#[cfg(unix)]
fn not_run(reason: &str) {
    use std::io::Write;
    writeln!(std::io::stderr(), "NOT RUN: {reason}").expect("standard error");
}

/// A run that was killed after some checkpoints.
fn stopped_run(place: &Path, name: &str) {
    let training = start(place, &TINY.replace("--out run", &format!("--out {name}")));
    wait_for_lines(&place.join(name), 13);
    stop(training);
}

fn start(place: &Path, arguments: &str) -> Child {
    let mut program = Command::new(env!("CARGO_BIN_EXE_headlight"));
    program.current_dir(place).args(words(arguments)).stdout(Stdio::null()).stderr(Stdio::null());
    program.spawn().expect("the program starts")
}

fn stop(mut training: Child) {
    training.kill().expect("a child of ours");
    training.wait().expect("it ends");
}

fn wait_for_lines(run: &Path, lines: usize) {
    let started = std::time::Instant::now();
    while std::fs::read_to_string(run.join("metrics.jsonl")).unwrap_or_default().lines().count() < lines {
        assert!(started.elapsed() < Duration::from_secs(120), "no {lines} lines in {}", run.display());
        std::thread::sleep(Duration::from_millis(5));
    }
}

#[cfg(unix)]
fn shell(place: &Path, script: &str) -> Output {
    Command::new("sh").current_dir(place).args(["-c", script]).output().expect("a shell")
}

fn words(arguments: &str) -> Vec<&str> {
    arguments.split_whitespace().collect()
}
