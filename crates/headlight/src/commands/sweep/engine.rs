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
    /// How many at a time.
    pub(super) workers: usize,
}
