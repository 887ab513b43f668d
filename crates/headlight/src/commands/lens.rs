//! `headlight lens WHAT SOURCE`: what each head does, and whether it matters. A file each: its arguments, and the lens it asks.
#![allow(dead_code, reason = "the lenses come one by one")]

pub(crate) mod heads;
pub(crate) mod output;
pub(crate) mod subject;
pub(crate) mod training;

use clap::Subcommand;

/// What to look for.
#[derive(Subcommand)]
pub(crate) enum Lens {
    /// Score what each head attends to: previous, first, equal, needed tokens, …
    Heads(heads::HeadsArguments),
    /// Score and replace the heads at every step whose parameters a run kept: when did they come to do what they do?
    Training(training::TrainingArguments),
}

pub(crate) fn lens(lens: &Lens) -> anyhow::Result<()> {
    match lens {
        Lens::Heads(arguments) => heads::heads(arguments),
        Lens::Training(arguments) => training::training(arguments),
    }
}
