use std::path::Path;

use headlight_runs::{SeedDirectory, StoppedRun};

use super::arguments::TrainArguments;
use super::asked::{asked_of, named_as_flags};
use super::one_run::{summary, to_the_end};
use super::seeds;
use crate::interrupt;
use crate::output::{note, say};

/// Resumes a stopped run, which ends as if it had never been stopped.
pub(super) fn resume(arguments: &TrainArguments, path: &Path) -> anyhow::Result<()> {
    if SeedDirectory::is_one(path) {
        return seeds::resume_seeds(arguments, path);
    }
    interrupt::watch()?;
    let run = StoppedRun::open(path)?;
    let config = asked_of(arguments, run.config())?;
    run.check(&config).map_err(named_as_flags)?;

    let (step, max_steps) = (run.step(), config.training.max_steps);
    if let Some(result) = run.result(max_steps) {
        return say(format_args!("{} has already ended. {}", path.display(), summary(&result)));
    }
    let (run, training) = run.resume(config)?;
    if !arguments.quiet {
        note(format_args!("Resuming {} at step {step}.", path.display()));
    }
    to_the_end(training, run, path, arguments.quiet)
}
