//! What can go wrong with a run that is stopped and taken up again: one clear line, exit code 1 or 2, and nothing overwritten.

mod program;

use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::time::Duration;

use program::{Messages, arguments, contents, one_line, printed, temporary};

const TINY: &str = "train copy --out run --length 12 --d-model 16 --heads 2 --layers 1 --d-ff 32 --batch-size 4 \
                    --threads 1 --checkpoint-every 5 --learning-rate 1e-9 --quiet";

const FILE: &str = "--d-model 16 --heads 2 --layers 1 --d-ff 32 --batch-size 4";

#[test]
fn options_that_would_change_the_run_are_refused_by_name() {
    let directory = temporary();
    stopped_run(directory.path(), "run");
    let mut messages = Messages::of(directory.path());
    for options in [
        "--seed 3",
        "--threads 2",
        "--layers 2",
        "--heads 4",
        "--d-model 32",
        "--d-ff 64",
        "--length 10",
        "--symbols 8",
        "--batch-size 8",
        "--learning-rate 0.5",
        "--dropout 0.5",
        "--record-every 2",
        "--architecture encoder-decoder",
        "--max-steps 2",
        "--out other",
        "--force",
        "--characters",
        "--min-length 9",
    ] {
        let line = messages.refused(&format!("train --resume run {options}"));
        assert!(line.contains(options.split(' ').next().expect("a flag")), "{line}");
    }
    messages.refused("train copy pairs.txt --resume run");
    insta::assert_snapshot!("options", messages.as_ref());
    // What the run has already is no change.
    let same =
        "train copy --resume run --seed 0 --threads 1 --layers 1 --learning-rate 1e-9 --max-steps 3000 --dropout 0";
    let mut training = start(directory.path(), same);
    std::thread::sleep(Duration::from_millis(300));
    assert_eq!(training.try_wait().expect("a child of ours"), None, "it trains");
    stop(training);
}

#[test]
fn a_range_of_lengths_is_not_left_out_on_resuming() {
    let directory = temporary();
    let train = TINY.replace("--length 12", "--min-length 10 --length 12");
    printed(directory.path(), &format!("{train} --max-steps 2"));
    let mut messages = Messages::of(directory.path());
    messages.refused("train --resume run --length 12");
    insta::assert_snapshot!("lengths", messages.as_ref());
}

#[test]
fn pairs_that_are_not_the_run_s_are_refused() {
    let directory = temporary();
    let pairs = |word: &str| (0..40).map(|n| format!("{n} {word}\t{word} {n}\n")).collect::<String>();
    for (name, text) in [("pairs.txt", pairs("and")), ("same.txt", pairs("and")), ("other.txt", pairs("or"))] {
        std::fs::write(directory.path().join(name), text).expect("a file");
    }
    for (name, options) in
        [("words", "--threads 1"), ("letters", "--threads 1 --characters"), ("seeds", "--seeds 0..2")]
    {
        let train = format!("train file pairs.txt {options} --out {name} {FILE} --max-steps 2 --quiet");
        printed(directory.path(), &train);
    }
    let mut messages = Messages::of(directory.path());
    for run in ["words", "letters", "seeds"] {
        // A run keeps the path from the root on, so that it can be resumed from anywhere.
        let pairs = directory.path().canonicalize().expect("a directory").join("pairs.txt");
        let line = messages.refused(&format!("train file other.txt --resume {run}"));
        assert!(line.contains(&pairs.display().to_string()), "{line}");
    }
    for run in ["words", "seeds"] {
        messages.refused(&format!("train --resume {run} --characters"));
    }
    insta::assert_snapshot!("pairs", messages.as_ref());
    assert!(messages.refused("train file missing.txt --resume words").contains("missing.txt"));
    // What the run has already is no change, wherever it lies.
    for same in ["file pairs.txt --resume words", "file same.txt --resume words", "--resume letters --characters"] {
        printed(directory.path(), &format!("train {same} --max-steps 3 --quiet"));
    }
}

#[test]
fn a_run_at_its_end_says_so() {
    let directory = temporary();
    printed(directory.path(), &format!("{TINY} --max-steps 7"));
    let before = contents(directory.path());
    let mut messages = Messages::of(directory.path());
    for options in ["", " --max-steps 7", " --quiet"] {
        let said = messages.printed(&format!("train --resume run{options}"));
        assert!(said.contains(" 7 ") && said.lines().count() == 1, "{said}");
        assert!(contents(directory.path()) == before);
    }
    insta::assert_snapshot!("ended", messages.as_ref());
    printed(directory.path(), "train --resume run --max-steps 9 --quiet");
    let lines = std::fs::read_to_string(directory.path().join("run/metrics.jsonl")).expect("metrics");
    assert_eq!(lines.lines().count(), 9);
}

#[test]
fn a_directory_in_use_is_left_alone() {
    let directory = temporary();
    let training = start(directory.path(), TINY);
    wait_for_lines(&directory.path().join("run"), 3);
    let mut messages = Messages::of(directory.path());
    for command in [TINY.to_string(), format!("{TINY} --force"), "train --resume run".to_string()] {
        messages.refused_meanwhile(&command);
    }
    insta::assert_snapshot!("in_use", messages.as_ref());
    let before = std::fs::read_to_string(directory.path().join("run/metrics.jsonl")).expect("metrics").lines().count();
    wait_for_lines(&directory.path().join("run"), before + 3); // it goes on as if nobody had come
    stop(training);
    // The lock died with its holder.
    let training = start(directory.path(), "train --resume run --quiet");
    wait_for_lines(&directory.path().join("run"), before + 6);
    stop(training);
}

#[test]
fn damaged_and_newer_runs_are_named_and_kept() {
    let directory = temporary();
    stopped_run(directory.path(), "run");
    for (name, is_resumed_only) in [("config.json", false), ("metrics.jsonl", true), ("checkpoint.safetensors", true)] {
        let path = directory.path().join("run").join(name);
        let whole = std::fs::read(&path).expect(name);
        let mut flipped = whole.clone();
        // A clock's digits are no part of what must come out the same, so none of them is touched.
        let loss = whole.windows(7).position(|bytes| bytes == b"\"loss\":");
        flipped[loss.map_or(whole.len() / 3, |at| at + 8)] ^= 4;
        for bytes in [&[][..], &whole[..whole.len() / 2], &flipped] {
            std::fs::write(&path, bytes).expect("a file");
            let line = Messages::of(directory.path()).refused("train --resume run");
            assert!(line.contains(name), "{} bytes: {line}", bytes.len());
            if !is_resumed_only {
                Messages::of(directory.path()).refused("plot run");
            }
        }
        std::fs::write(&path, &whole).expect("a file");
    }
    let path = directory.path().join("run/config.json");
    let config = std::fs::read_to_string(&path).expect("text");
    std::fs::write(&path, config.replacen("\"version\": ", "\"version\": 9", 1)).expect("a file");
    let mut messages = Messages::of(directory.path());
    messages.when("a newer version");
    assert!(messages.refused("train --resume run").contains("config.json"));
    messages.when("stopped before its end");
    std::fs::write(&path, &config).expect("a file");
    assert!(messages.refused("plot run").contains("headlight train --resume"));
    for nowhere in ["missing", "."] {
        assert!(messages.refused(&format!("train --resume {nowhere}")).contains("config.json"));
    }
    insta::assert_snapshot!("no_run", messages.as_ref());
}

#[test]
fn a_loss_that_is_no_number_says_from_where_to_go_on() {
    let directory = temporary();
    let huge = TINY
        .replace("--learning-rate 1e-9", "--learning-rate 1e30")
        .replace("--checkpoint-every 5", "--checkpoint-every 1");
    for command in [huge.as_str(), "train --resume run --quiet"] {
        let line = Messages::of(directory.path()).failed(command);
        for part in ["step 2", "run/checkpoint.safetensors", "step 1", "--learning-rate"] {
            assert!(line.contains(part), "{line}");
        }
    }
}

/// No file may grow over a kilobyte count: what a full disk is to a program, without the rights that filling one takes.
#[cfg(unix)]
#[test]
fn a_file_that_finds_no_room_leaves_what_was_there() {
    let directory = temporary();
    stopped_run(directory.path(), "run");
    let before = contents(&directory.path().join("run"));
    // 8 KiB are too few for the checkpoint that would come at the end, and enough for the lines until then.
    let limited = format!(
        "trap '' XFSZ; ulimit -f 16; exec {} train --resume run --quiet --checkpoint-every 0 --max-steps 3001",
        env!("CARGO_BIN_EXE_headlight")
    );
    let output = shell(directory.path(), &limited);
    let line = one_line(&output.stderr).expect("it says why");
    assert_eq!(output.status.code(), Some(1), "{line}");
    assert!(line.contains("run/") && line.contains("(os error 27)"), "{line}");
    let after = contents(&directory.path().join("run"));
    let checkpoint = directory.path().join("run/checkpoint.safetensors");
    assert!(before[&checkpoint] == after[&checkpoint]);
    assert!(after.keys().all(|path| !path.to_string_lossy().contains(".headlight-")), "{:?}", after.keys());

    // With room again, it goes on.
    let training = start(directory.path(), "train --resume run --quiet --max-steps 3001");
    wait_for_lines(&directory.path().join("run"), 20);
    stop(training);
}

/// A real full disk and a real read-only one, where this process may mount them.
#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_and_a_read_only_one_end_in_one_line() {
    let directory = temporary();
    let disk = directory.path().join("disk");
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
    let line = Messages::of(directory.path()).failed(&command);
    assert!(line.contains("disk/run/") && line.contains("No space left") && line.contains("--resume"), "{line}");

    // With room, it goes on from the last checkpoint that was whole.
    let remount = |options: &str| {
        let output = Command::new("mount").args(["-o", options]).arg(&disk).output().expect("mount");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    };
    remount("remount,size=4m");
    let resumed = "train --resume disk/run --quiet";
    let training = start(directory.path(), "train --resume disk/run --quiet");
    wait_for_lines(&disk.join("run"), 500);
    stop(training);

    remount("remount,ro");
    for command in [resumed, "train copy --out disk/other --quiet", &format!("{command} --force")] {
        let before = contents(&disk);
        let line = Messages::of(directory.path()).failed(command);
        assert!(line.contains("Read-only file system"), "{line}");
        assert!(contents(&disk) == before);
    }
}

#[cfg(unix)]
#[test]
fn a_directory_without_the_right_to_write_ends_in_one_line() {
    use std::os::unix::fs::PermissionsExt;
    let directory = temporary();
    stopped_run(directory.path(), "run");
    let mode = |path: &Path, mode| std::fs::set_permissions(path, PermissionsExt::from_mode(mode)).expect("it is ours");
    // The root user may write anywhere, so the program runs as nobody, from a place that nobody can reach.
    let program = directory.path().join("headlight");
    std::fs::copy(env!("CARGO_BIN_EXE_headlight"), &program).expect("room for the program");
    mode(directory.path(), 0o755);
    mode(&directory.path().join("run"), 0o555);
    mode(&directory.path().join("run/metrics.jsonl"), 0o444);
    let before = contents(&directory.path().join("run"));
    for line in ["train --resume run --quiet", "train copy --out run --force --quiet", "train copy --out new --quiet"] {
        let mut command = Command::new(&program);
        command.current_dir(directory.path()).args(arguments(line));
        if is_root(directory.path()) {
            std::os::unix::process::CommandExt::uid(&mut command, 65534);
        } else {
            mode(directory.path(), 0o555);
        }
        let Ok(output) = command.output() else {
            not_run("a_directory_without_the_right_to_write_ends_in_one_line needs the right to become nobody");
            break;
        };
        let message = one_line(&output.stderr).expect("it says why");
        assert_eq!(output.status.code(), Some(1), "{line}: {message}");
        assert!(message.contains("Permission denied"), "{line}: {message}");
        assert!(contents(&directory.path().join("run")) == before, "{line}");
    }
    mode(directory.path(), 0o755);
    mode(&directory.path().join("run"), 0o755);
}

/// What a lost power line leaves is what was brought to the disk: the bytes before the file takes its name, the name after.
#[cfg(target_os = "linux")]
#[test]
fn the_files_of_a_run_are_brought_to_the_disk() {
    let directory = temporary();
    let mut traced = Command::new("strace");
    traced.args(["-f", "-y", "-s", "4096", "-e", "trace=fsync,rename,renameat,renameat2", "-o", "calls"]);
    traced.arg(env!("CARGO_BIN_EXE_headlight")).args(arguments(&format!("{TINY} --max-steps 2")));
    if !traced.current_dir(directory.path()).output().is_ok_and(|output| output.status.success()) {
        not_run("the_files_of_a_run_are_brought_to_the_disk needs strace and the right to use it");
        return;
    }
    let calls = std::fs::read_to_string(directory.path().join("calls")).expect("calls");
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
fn is_root(directory: &Path) -> bool {
    std::os::unix::fs::MetadataExt::uid(&std::fs::metadata(directory).expect("a directory")) == 0
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
fn stopped_run(directory: &Path, name: &str) {
    let training = start(directory, &TINY.replace("--out run", &format!("--out {name}")));
    wait_for_lines(&directory.join(name), 13);
    stop(training);
}

fn start(directory: &Path, line: &str) -> Child {
    program::command(directory, line).stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("the program starts")
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
fn shell(directory: &Path, script: &str) -> Output {
    Command::new("sh").current_dir(directory).args(["-c", script]).output().expect("a shell")
}
