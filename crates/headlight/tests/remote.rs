//! `headlight serve`, and training on what it serves: over loopback, with servers that are killed, frozen, or know another token.
#![cfg(all(unix, feature = "remote"))]

mod program;
mod serving;

use std::path::Path;
use std::process::{Child, Output};
use std::time::{Duration, Instant};

use program::{Messages, command, headlight, one_line, printed, temporary, text};
use serving::{Server, TOKEN, with_tokens};

/// It never solves its task, and keeps many checkpoints.
const TINY: &str = "--length 6 --symbols 6 --d-model 16 --heads 2 --layers 1 --d-ff 32 --batch-size 8 --dropout 0.1 \
                    --learning-rate 1e-5 --checkpoint-every 5 --quiet --token-file token.txt";

/// The same for a sweep, whose runs find the token in their environment.
fn tiny_sweep() -> String {
    TINY.replace(" --token-file token.txt", "")
}

/// What a run leaves, but for what a clock measured.
const WHOLE: [&str; 3] = ["model.safetensors", "checkpoint.safetensors", "attention.safetensors"];

#[test]
#[cfg_attr(not(feature = "ndarray"), ignore = "flex computes with faster operations where it is used directly")]
fn a_device_across_the_network_computes_what_it_computes_here() {
    let directory = with_tokens();
    let server = Server::start(directory.path(), "--port 0 --device ndarray");
    for (name, device) in [("remote", server.device.as_str()), ("direct", "ndarray")] {
        let threads = if device == "ndarray" { "--threads 1" } else { "" };
        let train = format!("train copy --out {name} --max-steps 30 --device {device} {threads} {TINY}");
        printed(directory.path(), &train);
    }
    assert_eq!(losses(&directory.path().join("remote")), losses(&directory.path().join("direct")));
    for file in ["model.safetensors", "attention.safetensors"] {
        assert!(bytes(directory.path(), "remote", file) == bytes(directory.path(), "direct", file), "{file}");
    }
}

#[test]
fn a_run_on_another_machine_is_a_run_like_any() {
    let directory = with_tokens();
    let server = Server::start(directory.path(), "--port 0");
    let train = format!("train copy --max-steps 40 --device {} {TINY}", server.device);
    printed(directory.path(), &format!("{train} --out run"));
    printed(directory.path(), &format!("{train} --out again"));
    same_bytes(directory.path(), "run", "again");

    // Asked there, where that is asked for, and else here: a run's configuration may be anybody's.
    let question = "generate run --input \"1 2 3 4 5 0\"";
    let there = headlight(directory.path(), &format!("{question} --device {} --token-file token.txt", server.device));
    assert_eq!((there.status.code(), text(&there.stderr).as_str()), (Some(0), ""));
    let here = printed(directory.path(), &format!("{question} --device flex"));
    assert_eq!(text(&there.stdout), here);
    printed(
        directory.path(),
        &format!("lens heads run --examples 4 --device {} --token-file token.txt", server.device),
    );
    let unasked = headlight(directory.path(), &format!("{question} --token-file token.txt"));
    assert_eq!((unasked.status.code(), text(&unasked.stdout)), (Some(0), here));
    let note = one_line(&unasked.stderr).expect("a note");
    assert!(note.starts_with("note: the run was trained on remote:") && note.contains("on flex"), "{note}");
    server.signal("-INT");
    let (code, said) = server.ended();
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains("computes here"), "{said}");

    for (path, contents) in program::contents(&directory.path().join("run")) {
        let text = String::from_utf8_lossy(contents.as_deref().unwrap_or_default()).into_owned();
        assert!(!text.contains(TOKEN), "{} has the token", path.display());
    }
}

#[test]
fn several_devices_share_each_batch() {
    let directory = with_tokens();
    let servers = [(), ()].map(|()| Server::start(directory.path(), "--port 0"));
    let both = servers.each_ref().map(|server| server.device.as_str()).join(",");
    let train = format!("train copy --max-steps 20 {TINY}");
    printed(directory.path(), &format!("{train} --out both --device {both}"));
    printed(directory.path(), &format!("{train} --out again --device {both}"));
    printed(directory.path(), &format!("{train} --out threads --device flex --threads 2"));
    same_bytes(directory.path(), "both", "again");
    let [both_losses, threads] = ["both", "threads"].map(|run| losses(&directory.path().join(run)));
    assert!(
        both_losses.iter().zip(&threads).all(|(one, other)| (one - other).abs() < 1e-4),
        "{both_losses:?} {threads:?}"
    );
    // What one device computes is no work for two.
    let mut messages = Messages::of(directory.path());
    assert!(messages.refused(&format!("generate both --input 1 --device {both} --token-file token.txt")).contains("2"));
}

#[test]
fn a_server_that_is_gone_is_named_though_another_is_frozen() {
    let directory = with_tokens();
    let [frozen, killed] = [(), ()].map(|()| Server::start(directory.path(), "--port 0"));
    let train = format!("train copy --max-steps 5000 --out run --device {},{} {TINY}", frozen.device, killed.device);
    let mut training = command(directory.path(), &train).spawn().expect("it starts");
    wait_for_lines(&mut training, &directory.path().join("run"), 3);
    frozen.signal("-STOP");
    killed.signal("-KILL");
    let began = Instant::now();
    let line = failed(&training.wait_with_output().expect("it ends"));
    assert!(line.contains(&format!("127.0.0.1:{} is gone", killed.port)), "{line}");
    assert!(began.elapsed() < Duration::from_secs(30), "it took {:?}", began.elapsed());
}

#[test]
fn a_killed_server_ends_the_training_and_the_run_goes_on() {
    lost("-KILL", "", "is gone");
}

#[test]
fn a_frozen_server_ends_the_training_and_the_run_goes_on() {
    lost("-STOP", "--remote-timeout 2", "has not answered for 2 s");
}

/// Loses the server in the middle of a run, and compares what becomes of it with a run that was left in peace.
fn lost(signal: &str, options: &str, reason: &str) {
    let directory = with_tokens();
    let server = Server::start(directory.path(), "--port 0");
    let (port, device) = (server.port, server.device.clone());
    let train = format!("train copy --max-steps 60 --device {device} {TINY}");
    printed(directory.path(), &format!("{train} --out whole"));

    let mut training = command(directory.path(), &format!("{train} --out run {options}")).spawn().expect("it starts");
    wait_for_lines(&mut training, &directory.path().join("run"), 12);
    server.signal(signal);
    let began = Instant::now();
    let output = training.wait_with_output().expect("it ends");
    let line = failed(&output);
    assert!(line.contains(reason) && line.contains("train --resume"), "{line}");
    assert!(began.elapsed() < Duration::from_secs(30), "it took {:?}", began.elapsed());

    drop(server); // one that is frozen has the port
    let resume = "train --resume run --quiet --token-file token.txt";
    let line = failed(&headlight(directory.path(), resume));
    assert!(line.contains("nothing serves a device at"), "{line}");
    let _server = Server::start(directory.path(), &format!("--port {port}"));
    printed(directory.path(), resume);
    same_bytes(directory.path(), "run", "whole");
}

#[test]
fn a_sweep_computes_on_another_machine_and_its_runs_can_be_tried_again() {
    let directory = with_tokens();
    let server = Server::start(directory.path(), "--port 0");
    let sweep = format!("sweep copy --max-steps 60 --seeds 0..2 --device {} {}", server.device, tiny_sweep());
    let mut messages = Messages::of(directory.path());
    assert!(messages.refused(&format!("{sweep} --out whole --token-file token.txt")).contains("HEADLIGHT_TOKEN"));
    assert!(messages.refused(&format!("{sweep} --out whole")).contains("HEADLIGHT_TOKEN"));
    let with_token = |words: &str| {
        let output = command(directory.path(), words).env("HEADLIGHT_TOKEN", TOKEN).output().expect("it starts");
        assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    };
    with_token(&format!("{sweep} --out whole"));
    with_token(&format!("{sweep} --out lost --emit"));

    let one_run = "sweep --run lost 0 --token-file token.txt";
    let mut training = command(directory.path(), one_run).spawn().expect("it starts");
    wait_for_lines(&mut training, &directory.path().join("lost/runs/0000"), 12);
    server.signal("-KILL");
    let line = ended(&training.wait_with_output().expect("it ends"), 75);
    assert!(line.contains("is gone") && line.contains("the same command"), "{line}");
    let line = ended(&headlight(directory.path(), one_run), 75);
    assert!(line.contains("nothing serves a device at"), "{line}");
    let _server = Server::start(directory.path(), &format!("--port {}", server.port));
    printed(directory.path(), one_run);
    same_bytes(directory.path(), "lost/runs/0000", "whole/runs/0000");
}

#[test]
fn whoever_lacks_the_token_is_refused_at_once() {
    let directory = with_tokens();
    let server = Server::start(directory.path(), "--port 0");
    let train = format!("train copy --out run --max-steps 5 --device {}", server.device);
    let mut messages = Messages::of(directory.path());
    assert!(messages.refused(&format!("{train} --token-file other.txt")).contains("refused the token"));
    assert!(messages.refused(&train).contains("HEADLIGHT_TOKEN"));
    assert!(messages.refused(&format!("{train} --token-file missing.txt")).contains("missing.txt"));
    // The variable is the other way to give it.
    let output = command(directory.path(), &format!("{train} --quiet")).env("HEADLIGHT_TOKEN", TOKEN).output();
    assert_eq!(output.expect("it starts").status.code(), Some(0));
    server.signal("-INT");
    let (_, said) = server.ended();
    assert!(said.contains("was refused") && !said.contains(TOKEN), "{said}");
}

#[test]
fn a_server_without_a_token_does_not_start() {
    let directory = temporary();
    for (name, token) in [("empty.txt", "\n"), ("short.txt", "secret\n"), ("lines.txt", "0123456789abcdef\nand more\n")]
    {
        std::fs::write(directory.path().join(name), token).expect("a file");
    }
    let mut messages = Messages::of(directory.path());
    for options in [
        "",
        "--token-file missing.txt",
        "--token-file empty.txt",
        "--token-file short.txt",
        "--token-file lines.txt",
        "--token-file short.txt --transport iroh",
        "--token-file short.txt --device remote:a:3000",
        "--token-file short.txt --remote-timeout 3",
    ] {
        messages.refused(&format!("serve --port 0 {options}"));
    }
    insta::assert_snapshot!("no_token", messages.as_ref());
}

#[test]
fn a_port_in_use_and_a_file_open_to_others_are_said() {
    let directory = with_tokens();
    let server = Server::start(directory.path(), "--port 0");
    let port = server.port;
    let mut messages = Messages::of(directory.path());
    assert!(messages.refused(&format!("serve --token-file token.txt --port {port}")).contains("in use"));
    let file = directory.path().join("token.txt");
    std::fs::set_permissions(file, std::os::unix::fs::PermissionsExt::from_mode(0o644)).expect("a file of ours");
    let open = Server::start(directory.path(), "--port 0 --listen 0.0.0.0");
    open.signal("-INT");
    let (code, said) = open.ended();
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains("chmod 600 token.txt") && said.contains("not encrypted") && said.contains("ssh"), "{said}");
}

#[test]
fn iroh_is_encrypted_and_knows_its_server() {
    let directory = with_tokens();
    let serve = "--port 0 --transport iroh --identity-file server.key";
    let server = Server::start(directory.path(), serve);
    let train = format!("train copy --max-steps 20 {TINY}");
    printed(directory.path(), &format!("{train} --out run --device {}", server.device));
    let mut messages = Messages::of(directory.path());
    let other = format!("train copy --out other --device {} --token-file other.txt", server.device);
    assert!(messages.refused(&other).contains("refused the token"));
    // Another server at the same place is not taken for this one.
    let id = server.device.split([':', '@']).nth(1).expect("an identity");
    let (first, rest) = id.split_at(1);
    let stranger = server.device.replace(id, &format!("{}{rest}", if first == "0" { "1" } else { "0" }));
    let output = headlight(directory.path(), &format!("{train} --out stranger --device {stranger} --remote-timeout 3"));
    failed(&output);
    // It is the same server when it comes again.
    let device = server.device.clone();
    drop(server);
    assert_eq!(Server::start(directory.path(), serve).device.split('@').next(), device.split('@').next());
}

fn failed(output: &Output) -> String {
    ended(output, 1)
}

fn ended(output: &Output, code: i32) -> String {
    let line = one_line(&output.stderr).expect("it says why");
    assert_eq!(output.status.code(), Some(code), "{line}");
    assert!(line.starts_with("headlight: ") && !line.contains("bug") && !line.contains(TOKEN), "{line}");
    line
}

fn same_bytes(directory: &Path, one: &str, other: &str) {
    assert_eq!(losses(&directory.join(one)), losses(&directory.join(other)));
    for file in WHOLE {
        assert!(bytes(directory, one, file) == bytes(directory, other, file), "{file} differs");
    }
}

fn bytes(directory: &Path, run: &str, file: &str) -> Vec<u8> {
    std::fs::read(directory.join(run).join(file)).expect("a file")
}

fn losses(run: &Path) -> Vec<f64> {
    let lines = std::fs::read_to_string(run.join("metrics.jsonl")).expect("metrics");
    let of =
        |line: &str| serde_json::from_str::<serde_json::Value>(line).expect("JSON")["loss"].as_f64().expect("a loss");
    lines.lines().map(of).collect()
}

fn wait_for_lines(training: &mut Child, run: &Path, count: usize) {
    let written = || std::fs::read_to_string(run.join("metrics.jsonl")).map_or(0, |text| text.lines().count());
    while written() < count {
        assert_eq!(training.try_wait().expect("a child of ours"), None, "it ended by itself");
        std::thread::sleep(Duration::from_millis(1));
    }
}
