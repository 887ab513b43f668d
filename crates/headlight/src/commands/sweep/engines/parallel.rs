//! GNU parallel: processes on this machine, or by ssh on others.

use std::collections::HashMap;
use std::process::Command;

use headlight_runs::Sweep;

use super::hosts;
use super::outcomes::{Outcomes, Place};
use super::process::{Program, follow};
use super::shell::text;
use crate::commands::sweep::engine::Work;
use crate::commands::sweep::progress::Progress;
use crate::shell_words::quoted;
use crate::try_again::EXIT_CODE as TRY_AGAIN;

const PARALLEL: Program = Program {
    name: "parallel",
    of: "GNU parallel",
    install: "apt install parallel (Debian, Ubuntu), brew install parallel (macOS)",
};

/// A run that is stopped first saves what it has.
const STOP: &str = "INT,5000,TERM,2000,KILL,25";

/// How long a run rests, in seconds, that another machine may still hold: a network's file system keeps the lock of one that was lost
/// for a minute or so.
const REST_BETWEEN_MACHINES: u32 = 40;

pub(super) fn check(hosts: &[String]) -> anyhow::Result<()> {
    hosts::check(hosts)?;
    let version = PARALLEL.output(Command::new(PARALLEL.name).args(["--plain", "--version"]), "")?;
    // moreutils has another program of this name.
    if version.stdout.starts_with(b"GNU parallel") { Ok(()) } else { Err(PARALLEL.absent()) }
}

pub(super) fn run(work: &Work, sweep: &Sweep, progress: &Progress) -> anyhow::Result<Vec<(usize, String)>> {
    let mut parallel = Command::new(PARALLEL.name);
    parallel.env("PARALLEL_SHELL", "/bin/sh").args(["--plain", "--null", "--tagstring", "{#}", "--term-seq", STOP]);
    parallel.arg("--retries").arg((work.retries + 1).to_string()); // it counts the first try, too
    if work.hosts.is_empty() {
        parallel.arg("--jobs").arg(work.workers.to_string());
    } else {
        let hosts = hosts::that_answer(work, progress)?;
        parallel.args(["--ssh", hosts::SSH_COMMAND, "--sshlogin", &hosts.join(",")]);
    }
    let mut outcomes = Outcomes::of(work, sweep, progress);
    let (_, said) = follow(PARALLEL.start(&mut parallel, &jobs(work)?)?, &mut outcomes)?;
    // What a run says is behind its place in the list; the rest is GNU parallel's own.
    let mut last = HashMap::new();
    for line in said {
        match run_and_line(&line, work) {
            Some((number, line)) => drop(last.insert(number, line.to_string())),
            None if line.starts_with("parallel: ") => progress.note(line),
            None => {}
        }
    }
    let place = if work.hosts.is_empty() { Place::Here } else { Place::Elsewhere };
    Ok(outcomes.missing(place, &last, "GNU parallel ended without it"))
}

/// A shell's commands, each of which ends at a NUL. GNU parallel tries again whatever fails, so a wrong request, which would fail each time,
/// does not: that the run has no outcome shows all the same.
fn jobs(work: &Work) -> anyhow::Result<String> {
    let (program, directory) = (quoted(text(&work.program)?), quoted(text(&work.directory)?));
    // On this machine, what holds a run is alive, and is waited for.
    let (rest, wait) = if work.hosts.is_empty() { (1, " --wait") } else { (REST_BETWEEN_MACHINES, "") };
    let end = format!("code=$?; case $code in 2) exit 0;; {TRY_AGAIN}) sleep {rest};; esac; exit $code\0");
    Ok(work.numbers.iter().map(|number| format!("{program} sweep --run {directory} {number}{wait}; {end}")).collect())
}

fn run_and_line<'a>(line: &'a str, work: &Work) -> Option<(usize, &'a str)> {
    let (place, line) = line.split_once('\t')?;
    let number = work.numbers.get(place.parse::<usize>().ok()?.checked_sub(1)?)?;
    (!line.is_empty()).then_some((*number, line.trim_start_matches("headlight: ")))
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use crate::commands::sweep::engines::example::Example;

    #[test]
    fn a_job_fails_only_where_trying_again_helps() {
        let example = Example::of(&[4, 1, 2, 3]);
        let jobs = jobs(&example.work).expect("jobs");
        let jobs: Vec<&str> = jobs.split_terminator('\0').collect();
        let path = example.path_without_sleep();
        let code =
            |job: &str| Command::new("sh").args(["-c", job]).env("PATH", &path).status().expect("a shell").code();
        let codes: Vec<_> = jobs.iter().map(|job| code(job)).collect();
        assert_eq!(codes, [0, 75, 75, 0].map(Some));
        assert_eq!(code(jobs[1]), Some(0));
        assert_eq!(example.calls(), [4, 1, 2, 3, 1]);
    }

    #[test]
    fn what_a_run_says_is_told_from_what_gnu_parallel_says() {
        let Example { work, .. } = Example::of(&[4, 9]);
        assert_eq!(run_and_line("2\theadlight: no room", &work), Some((9, "no room")));
        for line in ["3\tx", "0\tx", "x\ty", "2\t", "parallel: Warning: x", ""] {
            assert_eq!(run_and_line(line, &work), None, "{line:?}");
        }
    }
}
