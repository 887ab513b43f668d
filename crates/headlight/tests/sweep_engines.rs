//! `headlight sweep --engine` and `--emit`: what each engine is given, and what is refused. `checks/sweeps` runs the engines themselves.
#![cfg(unix)]

mod program;

use std::process::Command;

use program::{Messages, command, one_line, printed, printed_alone, temporary};

const SMALL: &str =
    "copy --length 3 --symbols 6 --layers 1 --d-model 16 --heads 2 --d-ff 32 --batch-size 16 --max-steps 2";

#[test]
fn commands_that_are_printed_train_the_sweep() {
    let directory = temporary();
    let out = "it's (a $sweep)\n\\ of {}";
    let sweep =
        |more: &str| printed_alone(directory.path(), &format!("sweep {SMALL} --seeds 0..3 --out \"{out}\" {more}"));
    let commands = sweep("--emit");
    assert_eq!(commands, sweep("--emit --engine parallel"));
    assert_eq!(commands.lines().count(), 3, "{commands}");
    assert!(directory.path().join(out).join("sweep.json").is_file());
    assert!(!directory.path().join(out).join("runs").exists(), "it trained");
    for (number, line) in commands.lines().enumerate() {
        let output = Command::new("bash").args(["-c", line]).output().expect("bash");
        assert_eq!(output.status.code(), Some(0), "{line}");
        assert!(directory.path().join(out).join(format!("runs/000{number}/result.json")).is_file());
        // What has an outcome is not printed again.
        assert_eq!(sweep("--emit --quiet").lines().count(), 2 - number);
    }
    let said = printed(directory.path(), &format!("sweep --resume \"{out}\" --quiet"));
    assert!(said.contains(" of 3 runs solved"), "{said}");
}

#[test]
fn scripts_that_are_printed_name_every_run() {
    let directory = temporary();
    let sweep = |more: &str| printed_alone(directory.path(), &format!("sweep {SMALL} --seeds 0..3 --out runs {more}"));
    let slurm =
        sweep("--emit --engine slurm --workers 2 --sbatch=--partition=gpu \"--sbatch=--time=1:00:00 --mem=1G\"");
    for line in [
        "#!/bin/sh",
        "#SBATCH --array=0-2%2",
        "#SBATCH --partition=gpu",
        "#SBATCH --time=1:00:00 --mem=1G",
        "set -- 0 1 2",
    ] {
        assert!(slurm.lines().any(|other| other == line), "{line} is not in {slurm}");
    }
    let ray = sweep("--emit --engine ray --retries 5");
    let script = include_str!("../../../docs/scripts/headlight_sweep_ray.py");
    let (first, rest) = ray.split_once('\n').expect("lines");
    assert_eq!(rest.trim_end(), script.trim_end());
    assert!(first.starts_with("# python3 THIS_FILE /") && first.ends_with(" --retries 5"), "{first}");
}

#[test]
fn an_engine_that_is_not_installed_costs_no_plan() {
    let directory = temporary();
    for (engine, install) in
        [("parallel", "apt install parallel"), ("slurm", "apt install slurm-client"), ("ray", "python3")]
    {
        let line = format!("sweep {SMALL} --out runs --engine {engine}");
        let output =
            command(directory.path(), &line).env("PATH", directory.path()).output().expect("the program starts");
        let message = one_line(&output.stderr).expect("a line");
        assert_eq!(output.status.code(), Some(2), "{message}");
        assert!(message.contains("is not installed") && message.contains(install), "{message}");
        assert!(!directory.path().join("runs").exists(), "{engine}");
    }
}

#[test]
fn options_of_another_engine_are_refused() {
    let directory = temporary();
    let mut messages = Messages::of(directory.path());
    for options in [
        "--engine condor",
        "--hosts a,b",
        "--engine slurm --hosts a",
        "--sbatch=--partition=gpu",
        "--engine slurm --emit --sbatch gpu",
        "--engine slurm --emit --sbatch=--array=0-3",
        "--engine slurm --emit \"--sbatch=--mem=1G -J mine\"",
        "--engine slurm --emit --sbatch=-Mother",
        "--engine parallel --hosts a --emit",
        "--engine parallel --hosts a,-oProxyCommand=x",
        "--engine parallel --hosts 0/a",
        "--engine parallel --hosts \"ssh -p 22 a\"",
    ] {
        messages.refused(&format!("sweep copy --out runs {options}"));
    }
    insta::assert_snapshot!("refused", messages.as_ref());
}
