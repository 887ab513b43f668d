//! A sweep that is killed again and again, whole or one of its processes, ends with the bytes of one that was left alone.
#![cfg(target_os = "linux")] // where /proc says which processes are whose

mod program;

use std::path::Path;
use std::process::{Child, Command};
use std::time::Duration;

use headlight_model::keyed_generator;
use program::{command, files, printed, temporary};
use rand::RngExt;

/// Dropout, records, and checkpoints that fall on no evaluation.
const SWEEP: &str = "sweep copy --heads 1,2 --seeds 0..3 --length 4 --symbols 6 --d-model 16 --layers 1 --d-ff 32 \
                     --dropout 0.1 --learning-rate 0.002 --max-steps 150 --record-every 40 --checkpoint-every 7 --workers 2 --quiet";

#[test]
fn a_sweep_that_is_killed_goes_on_and_ends_as_if_it_had_not_been() {
    let directory = temporary();
    printed(directory.path(), &format!("{SWEEP} --out whole"));
    let whole = files(&directory.path().join("whole"));
    assert_eq!(whole.keys().filter(|name| name.ends_with("result.json")).count(), 6);

    let generator = &mut keyed_generator([27, 11, 2026, 0]);
    let (mut kills, mut children) = (0, 0);
    for turn in 0..2 {
        let out = format!("killed_{turn}");
        // The first ones before there is a plan, or while the processes start; later ones anywhere.
        let mut most = 20_000;
        loop {
            let mut sweep = command(directory.path(), &format!("{SWEEP} --out {out}")).spawn().expect("it starts");
            std::thread::sleep(Duration::from_micros(generator.random_range(0..most)));
            most = (most * 2).min(600_000);
            // Every other time one of its processes, of which the sweep then makes another; it is killed itself after that.
            if generator.random_bool(0.5)
                && let Some(child) = children_of(&sweep).first()
            {
                children += usize::from(kill(*child));
                std::thread::sleep(Duration::from_micros(generator.random_range(0..most)));
            }
            sweep.kill().expect("a child of ours"); // SIGKILL: nothing of the program runs any more
            match sweep.wait().expect("it ends").code() {
                None => kills += 1,
                Some(code) => {
                    assert_eq!(code, 0);
                    break;
                }
            }
        }
        let again = files(&directory.path().join(&out));
        assert!(again.keys().eq(whole.keys()), "{:?}", again.keys());
        for (file, contents) in &whole {
            assert!(again[file] == *contents, "{file} differs in {out}");
        }
    }
    assert!(kills >= 6 && children >= 1, "{kills} kills of the sweep, and {children} of its processes");
}

#[test]
fn a_process_that_is_killed_is_replaced() {
    let directory = temporary();
    printed(directory.path(), &format!("{SWEEP} --out whole"));
    let sweep = command(directory.path(), &format!("{SWEEP} --out other")).spawn().expect("it starts");
    let run = directory.path().join("other/runs/0001");
    let started = std::time::Instant::now();
    while !run.join("checkpoint.safetensors").exists() {
        assert!(started.elapsed() < Duration::from_secs(120), "it did not come");
        std::thread::sleep(Duration::from_millis(1));
    }
    let killed = children_of(&sweep).into_iter().filter(|child| kill(*child)).count();
    assert!(killed > 0, "none was at work any more");
    assert_eq!(sweep.wait_with_output().expect("it ends").status.code(), Some(0));
    assert!(files(&directory.path().join("other")) == files(&directory.path().join("whole")));
}

#[test]
fn whoever_starts_a_run_can_stop_it_by_being_gone() {
    let directory = temporary();
    let long = SWEEP.replace("--max-steps 150", "--max-steps 100000").replace("0.002", "1e-9");
    let mut sweep = command(directory.path(), &format!("{long} --out all")).spawn().expect("it starts");
    let run = directory.path().join("all/runs/0000");
    let wait = |is_so: &dyn Fn() -> bool| {
        let started = std::time::Instant::now();
        while !is_so() {
            assert!(started.elapsed() < Duration::from_secs(120), "it did not come");
            std::thread::sleep(Duration::from_millis(5));
        }
    };
    wait(&|| run.join("metrics.jsonl").exists());
    let children = children_of(&sweep);
    assert_eq!(children.len(), 2);
    sweep.kill().expect("a child of ours");
    sweep.wait().expect("it ends");
    wait(&|| children.iter().all(|child| !is_alive(*child)));
    assert!(run.join("checkpoint.safetensors").exists() && !run.join("result.json").exists());
}

/// The processes that a process has started; each is the child of the thread that did.
fn children_of(process: &Child) -> Vec<u32> {
    let Ok(threads) = std::fs::read_dir(format!("/proc/{}/task", process.id())) else { return Vec::new() };
    let children = threads.filter_map(|thread| std::fs::read_to_string(thread.ok()?.path().join("children")).ok());
    children.collect::<String>().split_whitespace().filter_map(|id| id.parse().ok()).collect()
}

fn kill(id: u32) -> bool {
    Command::new("sh").args(["-c", &format!("kill -KILL {id}")]).output().is_ok_and(|output| output.status.success())
}

fn is_alive(id: u32) -> bool {
    Path::new(&format!("/proc/{id}")).exists()
}
