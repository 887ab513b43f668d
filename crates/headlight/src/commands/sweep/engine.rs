//! What runs a sweep.

use std::path::PathBuf;

use clap::ValueEnum;

/// What starts the processes that train the runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Engine {
    /// Processes on this machine
    Local,
    /// GNU parallel, here or by ssh
    Parallel,
    /// A job array of Slurm
    Slurm,
    /// Tasks of Ray
    Ray,
}

/// What is to be run: `PROGRAM sweep --run DIRECTORY N` for each number.
pub(super) struct Work {
    /// The sweep's directory, as an absolute path.
    pub(super) directory: PathBuf,
    /// The runs that have no outcome yet.
    pub(super) numbers: Vec<usize>,
    /// This program, as an absolute path.
    pub(super) program: PathBuf,
    /// How many at a time on this machine.
    pub(super) workers: usize,
    /// How many at a time were asked for: of an engine with other machines on each of them, or on all together.
    pub(super) at_most: Option<usize>,
    /// Threads that a run takes.
    pub(super) threads: usize,
    /// How often a run is tried again.
    pub(super) retries: usize,
    /// Machines to reach by ssh, each as `HOST`, `USER@HOST` or `N/HOST`, or `:` for this one.
    pub(super) hosts: Vec<String>,
    /// More options for `sbatch`.
    pub(super) sbatch: Vec<String>,
    /// The checksum of the plan.
    pub(super) plan_crc32: u32,
    /// The command that continues the sweep.
    pub(super) again: String,
}

impl Engine {
    /// As it is named on the command line.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Local => "local",
            Self::Parallel => "parallel",
            Self::Slurm => "slurm",
            Self::Ray => "ray",
        }
    }
    /// What does the work.
    pub(super) fn program(self) -> &'static str {
        match self {
            Self::Local => "Headlight",
            Self::Parallel => "GNU parallel",
            Self::Slurm => "Slurm",
            Self::Ray => "Ray",
        }
    }
}
