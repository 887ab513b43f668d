use std::path::Path;

use headlight_train::{SeedDirectory, StoppedRun, TrainError};

use super::{TrainArguments, seeds, summary, to_the_end};
use crate::interrupt;
use crate::output::{note, say};

/// Goes on with a run that was stopped, to the end that it would have come to without that.
pub(super) fn resume(arguments: &TrainArguments, path: &Path) -> anyhow::Result<()> {
    if SeedDirectory::is_one(path) {
        return seeds::resume_seeds(arguments, path);
    }
    interrupt::watch()?;
    let run = StoppedRun::open(path)?;
    let mut config = run.config().clone();
    arguments.apply(&mut config)?;
    run.check(&config).map_err(named_as_flags)?;

    let (step, max_steps) = (run.step(), config.max_steps);
    if let Some(result) = run.result(max_steps) {
        return say(format_args!("{} has come to its end. {}", path.display(), summary(&result)));
    }
    let (run, training) = run.resume(config)?;
    if !arguments.quiet {
        note(format_args!("Going on from step {step} of {}.", path.display()));
    }
    to_the_end(training, run, path, arguments.quiet)
}

/// A refused change, in the words of the command line.
pub(super) fn named_as_flags(error: TrainError) -> anyhow::Error {
    let TrainError::Changed { name, asked, started } = error else { return error.into() };
    let flag = match name.as_str() {
        "name" => "the task".to_string(),
        "n_layers" => "--layers".to_string(),
        "n_heads" => "--heads".to_string(),
        key => format!("--{}", key.replace('_', "-")),
    };
    let more = if name == "max_steps" { "; it may only grow" } else { "" };
    anyhow::anyhow!("{flag} {asked} would change the run: it was started with {flag} {started}{more}")
}
