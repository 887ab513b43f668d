//! Slurm: one job array for the runs that have no outcome yet.

use std::collections::HashMap;
use std::fmt::Write;
use std::process::Command;
use std::time::{Duration, Instant};

use headlight_runs::Sweep;

use super::outcomes::{Outcomes, Place};
use super::process::{Program, last_line};
use super::shell::text;
use crate::commands::sweep::engine::Work;
use crate::commands::sweep::progress::Progress;
use crate::interrupt::{self, Interrupted};
use crate::shell_words::quoted;
use crate::try_again::EXIT_CODE as TRY_AGAIN;

const INSTALL: &str = "apt install slurm-client (Debian, Ubuntu), on a machine of the cluster";
const SBATCH: Program = Program { name: "sbatch", of: "Slurm", install: INSTALL };
const SQUEUE: Program = Program { name: "squeue", of: "Slurm", install: INSTALL };
const SCONTROL: Program = Program { name: "scontrol", of: "Slurm", install: INSTALL };

/// Tasks that every Slurm takes in an array: its `MaxArraySize` is 1001 unless changed, and the highest index one less.
pub(super) const LARGEST_ARRAY: usize = 1000;

/// How often Slurm is asked whether the job is still there.
const BETWEEN_QUESTIONS: Duration = Duration::from_secs(5);

/// How long a run rests, in seconds, before it is tried again.
const REST: u32 = 40;

pub(super) fn check() -> anyhow::Result<()> {
    SBATCH.output(Command::new(SBATCH.name).arg("--version"), "")?;
    Ok(())
}

/// Submits the array, unless it is still there from before, and waits until it has ended.
pub(super) fn run(work: &Work, sweep: &Sweep, progress: &Progress) -> anyhow::Result<Vec<(usize, String)>> {
    let mut outcomes = Outcomes::of(work, sweep, progress);
    let job = match queued(work)?.pop() {
        Some(job) => {
            let is_idle = work.at_most.is_some() || !work.sbatch.is_empty();
            let line = format!("Following job {job}, submitted earlier");
            if is_idle {
                progress.note(format_args!("{line}; --workers and --sbatch do not change it (scancel {job} first)"));
            } else {
                progress.tell(line);
            }
            job
        }
        None => {
            let job = submit(work)?;
            progress.tell(format_args!("Slurm's job {job}; 'squeue --jobs {job}' shows it."));
            job
        }
    };
    let mut asked = Instant::now();
    while !outcomes.are_all() {
        if interrupt::is_asked() {
            progress
                .note(format_args!("job {job} continues; to cancel it: scancel {job}; to follow it: {}", work.again));
            return Err(Interrupted.into());
        }
        outcomes.glance();
        if asked.elapsed() >= BETWEEN_QUESTIONS {
            // One that does not answer may only be busy.
            if queued(work).is_ok_and(|jobs| !jobs.contains(&job)) {
                break;
            }
            asked = Instant::now();
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    let reason = format!("Slurm's job {job} ended without it ('sacct --jobs {job}' says how)");
    Ok(outcomes.missing(Place::Elsewhere, &HashMap::new(), &reason))
}

/// The script of the array, of at most `largest` tasks.
pub(super) fn script(work: &Work, largest: usize) -> anyhow::Result<String> {
    let Work { numbers, threads, retries, .. } = work;
    let (program, directory) = (quoted(text(&work.program)?), quoted(text(&work.directory)?));
    let tasks = numbers.len().clamp(1, largest.max(1));
    let limit = work.at_most.map_or(String::new(), |most| format!("%{most}"));
    let mut script = format!(
        "#!/bin/sh\n#SBATCH --job-name={}\n#SBATCH --array=0-{}{limit}\n#SBATCH --requeue\n#SBATCH --output=/dev/null\n#SBATCH --cpus-per-task={threads}\n",
        name(work)?,
        tasks - 1,
    );
    for option in &work.sbatch {
        let _ = writeln!(script, "#SBATCH {option}");
    }
    let numbers: Vec<String> = numbers.iter().map(usize::to_string).collect();
    let rests = format!("{REST} ").repeat(*retries);
    let _ = write!(
        script,
        "\n# Task T trains the runs at the places T, T + {tasks}, … of this list. Those that have an outcome are skipped.\n\
         set -- {}\n\
         shift \"$SLURM_ARRAY_TASK_ID\"\n\
         failed=0\n\
         while [ $# -gt 0 ]; do\n\
         \x20 for rest in {rests}0; do\n\
         \x20   {program} sweep --run {directory} \"$1\"\n\
         \x20   code=$?\n\
         \x20   # {TRY_AGAIN}: a retry may succeed. Above 128: it was killed.\n\
         \x20   [ $code -eq {TRY_AGAIN} ] || [ $code -gt 128 ] || break\n\
         \x20   sleep $rest\n\
         \x20 done\n\
         \x20 [ $code -eq 0 ] || failed=$code\n\
         \x20 [ $# -ge {tasks} ] || break\n\
         \x20 shift {tasks}\n\
         done\n\
         exit $failed\n",
        numbers.join(" "),
    );
    Ok(script)
}

/// The job's name, by which it is found again: the directory's, with what a script's header cannot hold as numbers, and the plan's
/// checksum, since another plan may take its place.
fn name(work: &Work) -> anyhow::Result<String> {
    let mut name = "headlight:".to_string();
    for byte in text(&work.directory)?.bytes() {
        match byte {
            b'/' | b'.' | b'_' | b'-' => name.push(char::from(byte)),
            _ if byte.is_ascii_alphanumeric() => name.push(char::from(byte)),
            _ => drop(write!(name, "+{byte:02x}")),
        }
    }
    Ok(format!("{name}:{:08x}", work.plan_crc32))
}

/// The sweep's jobs that wait or run: there is one, unless it was submitted from two machines at once. An array's tasks have numbers
/// of their own, beside that of the array, which sbatch says.
fn queued(work: &Work) -> anyhow::Result<Vec<String>> {
    let mut squeue = Command::new(SQUEUE.name);
    squeue.args(["--me", "--noheader", "--format=%F", "--name", &name(work)?]);
    let output = SQUEUE.output(&mut squeue, "")?;
    anyhow::ensure!(output.status.success(), "squeue: {}", last_line(&output.stderr));
    let jobs = String::from_utf8_lossy(&output.stdout);
    Ok(jobs.lines().map(str::trim).filter(|job| !job.is_empty()).map(str::to_string).collect())
}

fn submit(work: &Work) -> anyhow::Result<String> {
    let mut sbatch = Command::new(SBATCH.name);
    // They would go before what the script says.
    sbatch.arg("--parsable").env_remove("SBATCH_JOB_NAME").env_remove("SBATCH_ARRAY_INX").env_remove("SBATCH_WAIT");
    let output = SBATCH.output(&mut sbatch, &script(work, largest_array())?)?;
    anyhow::ensure!(output.status.success(), "sbatch: {}", last_line(&output.stderr));
    let said = String::from_utf8_lossy(&output.stdout);
    // With several clusters, the job is followed by the cluster's name.
    Ok(said.trim().split(';').next().unwrap_or_default().to_string())
}

/// What this Slurm takes in an array, at most [`LARGEST_ARRAY`].
fn largest_array() -> usize {
    let output = SCONTROL.output(Command::new(SCONTROL.name).args(["show", "config"]), "");
    let said = output.map(|output| String::from_utf8_lossy(&output.stdout).into_owned()).unwrap_or_default();
    let line = said.lines().find(|line| line.starts_with("MaxArraySize"));
    let size = line.and_then(|line| line.split('=').nth(1)?.trim().parse::<usize>().ok());
    size.map_or(LARGEST_ARRAY, |size| size.saturating_sub(1).clamp(1, LARGEST_ARRAY))
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use crate::commands::sweep::engines::example::Example;

    #[test]
    fn a_script_says_what_slurm_is_to_know() {
        let Example { work, .. } = Example::of(&[0, 2, 5]);
        let script = script(&work, LARGEST_ARRAY).expect("a script");
        let options: Vec<&str> = script.lines().filter_map(|line| line.strip_prefix("#SBATCH ")).collect();
        let (name, others) = options.split_first().expect("options");
        assert!(name.starts_with("--job-name=headlight:/") && name.is_ascii() && !name.contains([' ', '"']), "{name}");
        let wanted = ["--array=0-2%4", "--requeue", "--output=/dev/null", "--cpus-per-task=1", "--partition=gpu"];
        assert_eq!(others, wanted);
        let unlimited = Work { at_most: None, sbatch: Vec::new(), ..work };
        let script = super::script(&unlimited, 2).expect("a script");
        assert!(script.contains("#SBATCH --array=0-1\n") && !script.contains("partition"), "{script}");
    }

    #[test]
    fn the_tasks_of_an_array_train_every_run() {
        let example = Example::of(&[0, 4, 5, 6, 7, 8, 9]);
        for (largest, tasks) in [(1, 1), (2, 2), (3, 3), (7, 7), (1000, 7)] {
            let mut all = Vec::new();
            for task in 0..tasks {
                assert_eq!(code_of_task(&example, largest, task), 0);
                all.extend(example.calls());
            }
            all.sort_unstable();
            assert_eq!(all, example.work.numbers, "{largest}");
        }
    }

    #[test]
    fn a_task_tries_again_where_that_helps() {
        let example = Example::of(&[1, 2, 3, 4]);
        assert_eq!(code_of_task(&example, 1, 0), 2);
        assert_eq!(example.calls(), [1, 1, 2, 2, 2, 3, 4]);
        assert_eq!(code_of_task(&example, 4, 1), i32::from(TRY_AGAIN));
        assert_eq!(example.calls(), [2, 2, 2]);
    }

    fn code_of_task(example: &Example, largest: usize, task: usize) -> i32 {
        let script = script(&example.work, largest).expect("a script");
        let mut sh = Command::new("sh");
        sh.args(["-c", &script]).env("SLURM_ARRAY_TASK_ID", task.to_string());
        let status = sh.env("PATH", example.path_without_sleep()).status();
        status.expect("a shell").code().expect("a code")
    }
}
