//! `headlight lens WHAT SOURCE`: what each head does, and whether it matters. A file each: its arguments, and the lens it asks.
#![allow(dead_code, reason = "the lenses come one by one")]

pub(crate) mod heads;
mod logits;
pub(crate) mod output;
mod patch;
pub(crate) mod subject;
pub(crate) mod training;
mod why;

use clap::Subcommand;

/// What to look for.
#[derive(Subcommand)]
pub(crate) enum Lens {
    /// Score what each head attends to: previous, first, equal, needed tokens, …
    Heads(heads::HeadsArguments),
    /// Score and replace the heads at every step whose parameters a run kept: when did they come to do what they do?
    Training(training::TrainingArguments),
    /// Read each layer's stream as logits, and split the answer's logit into what each part adds
    Logits(logits::LogitsArguments),
    /// Put activations of one question into the pass of another, and see which bring its answer back
    Patch(patch::PatchArguments),
    /// Split one score of a head into what each part of the model before it brings
    Why(why::WhyArguments),
}

pub(crate) fn lens(lens: &Lens) -> anyhow::Result<()> {
    match lens {
        Lens::Heads(arguments) => heads::heads(arguments),
        Lens::Training(arguments) => training::training(arguments),
        Lens::Logits(arguments) => logits::logits(arguments),
        Lens::Patch(arguments) => patch::patch(arguments),
        Lens::Why(arguments) => why::why(arguments),
    }
}
