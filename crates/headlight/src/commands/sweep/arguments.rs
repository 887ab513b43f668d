//! What can be asked of a sweep.

use std::ffi::OsString;
use std::num::NonZeroUsize;
use std::path::PathBuf;

use clap::Args;
use headlight_train::TaskSpec;

use super::engine::Engine;
use super::lists::Lists;
use super::seeds::Seeds;
use crate::commands::settings::task_names;

#[derive(Args)]
#[group(skip)]
pub(crate) struct SweepArguments {
    /// Task to learn
    #[arg(index = 1, value_parser = task_names(), required_unless_present_any = ["resume", "run"])]
    pub(super) task: Option<&'static TaskSpec>,
    /// Directory for the sweep, which must be empty or not exist yet; a sweep in it that has the same plan is continued
    #[arg(long, value_name = "DIR", required_unless_present_any = ["resume", "run"])]
    pub(super) out: Option<PathBuf>,
    /// Replace another sweep that is already in DIR; a directory that contains anything else is refused
    #[arg(long)]
    pub(super) force: bool,
    /// Continue the sweep in DIR: train the runs that have no outcome yet
    #[arg(long, value_name = "DIR", conflicts_with_all = ["task", "out", "force"])]
    pub(super) resume: Option<PathBuf>,
    /// Train run N of the sweep in DIR, and no other. Given again, it resumes the run, or finds that it has ended. Exits with 0
    /// once the run has an outcome, and with 75 if a retry may succeed
    #[arg(long, num_args = 2, value_names = ["DIR", "N"], conflicts_with_all = ["task", "out", "force", "resume"])]
    pub(super) run: Option<Vec<OsString>>,
    /// Seeds of every combination: 0..20 for those from 0 to 19, or a list, such as 0,3,5 [default: 0]
    #[arg(long, value_name = "A..B", conflicts_with_all = ["resume", "run"])]
    pub(super) seeds: Option<Seeds>,
    /// One run's; here for its refusal.
    #[arg(long, value_name = "N", hide = true, value_parser = use_seeds)]
    seed: Option<u64>,
    // The help has the brackets of a table in TOML; to rustdoc they are a link.
    #[allow(rustdoc::broken_intra_doc_links)]
    /// TOML file with combinations of options, each under its name, such as [wide] with heads = 4 and d-model = 64 below
    #[arg(long, value_name = "FILE", conflicts_with_all = ["resume", "run"])]
    pub(super) grid: Option<PathBuf>,
    /// Leave out combinations that no model can have, such as 3 heads in a width of 32, and say which
    #[arg(long, conflicts_with_all = ["resume", "run"])]
    pub(super) skip_impossible: bool,
    /// What runs the sweep: processes on this machine, GNU parallel, Slurm or Ray
    #[arg(long, value_enum, default_value = "local", conflicts_with = "run")]
    pub(super) engine: Engine,
    /// For the engine parallel: machines to train on by ssh, which see DIR under the same path
    #[arg(long, value_name = "HOST,…", value_delimiter = ',', conflicts_with = "run")]
    pub(super) hosts: Vec<String>,
    /// For the engine slurm: an option of sbatch, such as --sbatch=--partition=gpu. May be given several times
    #[arg(long, value_name = "OPTION", allow_hyphen_values = true, conflicts_with = "run")]
    pub(super) sbatch: Vec<String>,
    /// How many times to retry a run that was killed or exited with 75 [default: 3]
    #[arg(long, value_name = "N", conflicts_with = "run")]
    pub(super) retries: Option<usize>,
    /// Runs to train at a time, on each host where there are several [default: as many as cores and memory allow; what Slurm or
    /// Ray has room for]
    #[arg(long, value_name = "N", conflicts_with = "run")]
    pub(super) workers: Option<NonZeroUsize>,
    /// Write the plan, print what the engine would be given, and run nothing: the commands, one a line, for local and parallel; the
    /// script of a job array for slurm; a script in Python for ray
    #[arg(long, conflicts_with_all = ["run", "hosts"])]
    pub(super) emit: bool,
    /// Show only the result, without progress; with --run, show nothing but an error
    #[arg(long, short)]
    pub(super) quiet: bool,
    /// Stop the run when standard input ends, as it does when the process that started this one is gone
    #[arg(long, hide = true, requires = "run")]
    pub(super) until_input_ends: bool,
    /// Wait for as long as another process trains the run.
    #[arg(long, hide = true, requires = "run")]
    pub(super) wait: bool,
    #[command(flatten)]
    pub(super) lists: Lists,
}

impl SweepArguments {
    /// Refuses what the engine would not be told.
    pub(super) fn check_engine(&self) -> anyhow::Result<()> {
        if !self.hosts.is_empty() && self.engine != Engine::Parallel {
            anyhow::bail!("--hosts needs --engine parallel");
        }
        if !self.sbatch.is_empty() && self.engine != Engine::Slurm {
            anyhow::bail!("--sbatch needs --engine slurm");
        }
        if let Some(option) =
            self.sbatch.iter().find(|option| !option.starts_with('-') || option.contains(char::is_control))
        {
            anyhow::bail!("--sbatch takes an option of sbatch, such as --sbatch=--partition=gpu, not '{option}'");
        }
        if let Some(option) = self.sbatch.iter().flat_map(|options| options.split_whitespace()).find_map(unfollowed) {
            anyhow::bail!("--sbatch cannot have {option}: the job is followed by its name, its array and its cluster");
        }
        if self.emit && [Engine::Local, Engine::Parallel].contains(&self.engine) {
            let idle = [("--workers", self.workers.is_some()), ("--retries", self.retries.is_some())];
            if let Some((option, _)) = idle.iter().find(|(_, is_given)| *is_given) {
                anyhow::bail!("--emit prints one command a run, and {option} is for whoever starts them: leave it out");
            }
        }
        Ok(())
    }

    /// Whether a sweep is continued.
    pub(crate) fn resumes(&self) -> bool {
        self.resume.is_some()
    }

    /// Whether one run of a sweep is asked for.
    pub(crate) fn is_one_run(&self) -> bool {
        self.run.is_some()
    }
}

/// The option in a word for sbatch, where with it the job would not be found again. sbatch takes the beginning of an option's name
/// for it.
fn unfollowed(word: &str) -> Option<&'static str> {
    const OPTIONS: [(&str, &str); 4] =
        [("--job-name", "-J"), ("--array", "-a"), ("--clusters", "-M"), ("--wait", "-W")];
    let name = word.split_once('=').map_or(word, |(name, _)| name);
    let is_one = |(long, short): &(&str, &str)| match name.starts_with("--") {
        true => name.len() > 2 && long.starts_with(name),
        false => name.starts_with(short),
    };
    OPTIONS.into_iter().find(is_one).map(|(long, _)| long)
}

fn use_seeds(_: &str) -> Result<u64, &'static str> {
    Err("a sweep has --seeds, such as --seeds 0..3")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_by_which_a_job_is_lost_are_known_however_they_are_written() {
        for word in ["--job-name=x", "--job-n", "-Jx", "-J", "--arr=0-3", "-a0-3", "-M", "--clusters=all", "--wait"] {
            assert!(unfollowed(word).is_some(), "{word}");
        }
        for word in ["--account=a", "-A", "--cluster-constraint=x", "--wait-all-nodes=1", "-w", "gpu", "--time=1:00"] {
            assert_eq!(unfollowed(word), None, "{word}");
        }
    }
}
