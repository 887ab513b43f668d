//! Ray: a script that anybody can change, kept in `docs/scripts`.

use std::process::Command;

use headlight_runs::Sweep;

use super::outcomes::{Outcomes, Place};
use super::process::{Program, follow};
use super::shell::text;
use crate::commands::sweep::engine::Work;
use crate::commands::sweep::progress::Progress;
use crate::interrupt;
use crate::shell_words::on_one_line;

const SCRIPT: &str = include_str!("../../../../../../docs/scripts/headlight_sweep_ray.py");

const PYTHON: Program = Program { name: "python3", of: "Python", install: "apt install python3" };
const RAY: Program =
    Program { name: "python3", of: "Ray", install: "pip install ray, for the python3 that is found first" };

pub(super) fn check() -> anyhow::Result<()> {
    let find = "import importlib.util, sys; sys.exit(importlib.util.find_spec('ray') is None)";
    let found = PYTHON.output(Command::new(PYTHON.name).args(["-c", find]), "")?.status.success();
    if found { Ok(()) } else { Err(RAY.absent()) }
}

pub(super) fn run(work: &Work, sweep: &Sweep, progress: &Progress) -> anyhow::Result<Vec<(usize, String)>> {
    let mut outcomes = Outcomes::of(work, sweep, progress);
    let child = PYTHON.start(Command::new(PYTHON.name).arg("-").args(options(work)?), SCRIPT)?;
    let (status, said) = follow(child, &mut outcomes)?;
    let reasons = said.iter().filter_map(|line| run_and_reason(line)).collect();
    let missing = outcomes.missing(Place::Elsewhere, &reasons, "Ray ended without it");
    // Why Ray itself failed, it says last.
    let last = said.iter().rev().find(|line| !line.is_empty() && run_and_reason(line).is_none());
    if let Some(line) = last.filter(|_| !status.success() && !missing.is_empty() && !interrupt::is_asked()) {
        progress.note(format_args!("Ray: {line}"));
    }
    Ok(missing)
}

/// What the script says of a run: `run 7: exit code 2, …`.
fn run_and_reason(line: &str) -> Option<(usize, String)> {
    let (number, reason) = line.strip_prefix("run ")?.split_once(": ")?;
    Some((number.parse().ok()?, reason.to_string()))
}

/// The script, which says first how to start it.
pub(super) fn script(work: &Work) -> anyhow::Result<String> {
    let options = options(work)?;
    let options: Vec<String> = options.iter().map(|option| on_one_line(option)).collect();
    Ok(format!("# python3 THIS_FILE {}\n{SCRIPT}", options.join(" ")))
}

fn options(work: &Work) -> anyhow::Result<Vec<String>> {
    let mut options = vec![text(&work.directory)?.to_string(), "--headlight".into(), text(&work.program)?.into()];
    options.extend(["--retries".into(), work.retries.to_string()]);
    if let Some(most) = work.at_most {
        options.extend(["--workers".into(), most.to_string()]);
    }
    Ok(options)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_script_says_of_a_run_is_told_from_what_ray_says() {
        assert_eq!(run_and_reason("run 7: exit code 2: no room"), Some((7, "exit code 2: no room".to_string())));
        for line in ["run x: y", "running 7: y", "ray.exceptions.RayError: z", ""] {
            assert_eq!(run_and_reason(line), None, "{line}");
        }
    }
}
