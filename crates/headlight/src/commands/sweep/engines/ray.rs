//! Ray: a script that anybody can change, kept in `docs/scripts`.

use std::collections::HashMap;
use std::process::Command;

use headlight_runs::Sweep;

use super::outcomes::Outcomes;
use super::process::{Program, follow};
use super::shell::{on_one_line, text};
use crate::commands::sweep::engine::Work;
use crate::commands::sweep::progress::Progress;
use crate::interrupt;

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
    let missing = outcomes.missing(&HashMap::new());
    // Why Ray itself failed, it says last.
    let last = said.iter().rev().find(|line| !line.is_empty());
    if let Some(line) = last.filter(|_| !status.success() && !missing.is_empty() && !interrupt::is_asked()) {
        progress.note(format_args!("Ray: {line}"));
    }
    Ok(missing)
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
