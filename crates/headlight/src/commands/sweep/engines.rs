//! The engines that others made, and what each is given.

#[cfg(all(test, unix))]
mod example;
mod hosts;
mod outcomes;
mod parallel;
mod process;
mod ray;
mod shell;
mod slurm;

use headlight_runs::Sweep;

use super::engine::{Engine, Work};
use super::progress::Progress;

/// What the engine would be given, for a shell, for `sbatch` or for Python.
pub(super) fn emit(engine: Engine, work: &Work) -> anyhow::Result<String> {
    match engine {
        Engine::Local | Engine::Parallel => shell::commands(work),
        Engine::Slurm => slurm::script(work, slurm::LARGEST_ARRAY),
        Engine::Ray => ray::script(work),
    }
}

/// Looks whether the engine is installed, and its hosts are written as hosts, before a plan is.
///
/// # Errors
///
/// Says how to install it, or which host is none.
pub(super) fn check(engine: Engine, hosts: &[String]) -> anyhow::Result<()> {
    match engine {
        Engine::Local => Ok(()),
        Engine::Parallel => parallel::check(hosts),
        Engine::Slurm => slurm::check(),
        Engine::Ray => ray::check(),
    }
}

/// Has another program train the runs of `work`, and says why those without an outcome have none.
///
/// # Errors
///
/// When the engine does not start or refuses the work, or a host cannot take part in it; or when the user leaves a job that
/// continues without us.
pub(super) fn run(
    engine: Engine,
    work: &Work,
    sweep: &Sweep,
    progress: &Progress,
) -> anyhow::Result<Vec<(usize, String)>> {
    match engine {
        Engine::Local => Ok(super::local::run(work, sweep, progress)),
        _ if work.numbers.is_empty() => Ok(Vec::new()),
        Engine::Parallel => parallel::run(work, sweep, progress),
        Engine::Slurm => slurm::run(work, sweep, progress),
        Engine::Ray => ray::run(work, sweep, progress),
    }
}
