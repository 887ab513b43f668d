//! What can be asked of a sweep.

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
    /// Directory for the sweep, which must be empty or not exist yet; one that has the same plan already is gone on with
    #[arg(long, value_name = "DIR", required_unless_present_any = ["resume", "run"])]
    pub(super) out: Option<PathBuf>,
    /// Replace another sweep that is already in DIR; a directory that contains anything else is refused
    #[arg(long)]
    pub(super) force: bool,
    /// Go on with the sweep in DIR: train the runs that have no outcome yet
    #[arg(long, value_name = "DIR", conflicts_with_all = ["task", "out", "force"])]
    pub(super) resume: Option<PathBuf>,
    /// Train run N of the sweep in DIR, and no other. Given again, it resumes the run, or finds that it has ended. It exits
    /// with 0 where the run has an outcome, and with 75 where trying again helps
    #[arg(long, num_args = 2, value_names = ["DIR", "N"], conflicts_with_all = ["task", "out", "force", "resume"])]
    pub(super) run: Option<Vec<String>>,
    /// Seeds of every combination: 0..20 for those from 0 to 19, or a list, such as 0,3,5 [default: 0]
    #[arg(long, value_name = "A..B", conflicts_with_all = ["resume", "run"])]
    pub(super) seeds: Option<Seeds>,
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
    /// How often a run is tried again whose process was killed or says that trying again helps [default: 3]
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
    /// Show only the result, without progress
    #[arg(long, short)]
    pub(super) quiet: bool,
    /// Stop the run when standard input ends, as it does when the process that started this one is gone
    #[arg(long, hide = true, requires = "run")]
    pub(super) until_input_ends: bool,
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
        Ok(())
    }

    /// Whether a sweep is gone on with.
    pub(crate) fn resumes(&self) -> bool {
        self.resume.is_some()
    }

    /// Whether one run of a sweep is asked for.
    pub(crate) fn is_one_run(&self) -> bool {
        self.run.is_some()
    }
}
