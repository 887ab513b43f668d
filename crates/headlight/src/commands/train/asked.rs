//! What is asked of a run that is resumed, and whether it may be.

use headlight_runs::{RunConfig, RunError, read_pairs};
use headlight_train::{PairFile, Spelling};

use super::arguments::TrainArguments;

/// A run's configuration with what was asked for on resuming. Options that no configuration holds are compared here.
pub(super) fn asked_of(arguments: &TrainArguments, run: &RunConfig) -> anyhow::Result<RunConfig> {
    let mut config = run.clone();
    arguments.options.apply(arguments.task, &mut config)?;
    // Another task is refused as that, not for its file.
    if config.task.spec == run.task.spec {
        arguments.options.settings.check_pairs(config.task.spec)?;
        if let Some(pairs) = &run.task.file {
            check_same(arguments, pairs)?;
        }
    }
    Ok(config)
}

fn check_same(arguments: &TrainArguments, pairs: &PairFile) -> anyhow::Result<()> {
    if arguments.options.settings.characters && pairs.spelling() == Spelling::Words {
        anyhow::bail!("--characters would change the run, which was started with words as tokens");
    }
    let Some(asked) = &arguments.options.settings.pairs else { return Ok(()) };
    if !read_pairs(asked, pairs.spelling())?.is_same_text(pairs) {
        anyhow::bail!(
            "the pairs in {} would change the run, which was started with those in {}",
            asked.display(),
            pairs.path().display()
        );
    }
    Ok(())
}

/// A refused change, in the words of the command line.
pub(super) fn named_as_flags(error: RunError) -> anyhow::Error {
    let RunError::Changed { name, asked, started } = error else { return error.into() };
    let flag = match name.as_str() {
        "name" => "the task".to_string(),
        "n_layers" => "--layers".to_string(),
        "n_heads" => "--heads".to_string(),
        key => format!("--{}", key.replace('_', "-")),
    };
    let more = if name == "max_steps" { " and can only be raised" } else { "" };
    let (asked, started) = match (asked, started) {
        (Some(asked), Some(started)) => (format!("{flag} {asked}"), format!("with {flag} {started}")),
        (Some(asked), None) => (format!("{flag} {asked}"), format!("without {flag}")),
        (None, started) => (format!("leaving out {flag}"), format!("with {flag} {}", started.unwrap_or_default())),
    };
    anyhow::anyhow!("{asked} would change the run, which was started {started}{more}")
}
