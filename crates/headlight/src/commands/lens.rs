//! `headlight lens WHAT SOURCE`: what each head does, and whether it matters. A file each: its arguments, and the lens it asks.

mod ablate;
mod explanation;
pub(crate) mod heads;
mod logits;
mod circuits;
mod flow;
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
    #[command(mut_arg("source", |source| source.help("Directory of a run trained with --keep-parameters-every")))]
    Training(training::TrainingArguments),
    /// Unembed each layer's stream, and split the answer's logit into what each part adds
    #[command(after_help = "Example:\n  headlight lens logits runs/copy --out pictures")]
    Logits(logits::LogitsArguments),
    /// Put activations of one question into the pass of another, and see which bring its answer back
    #[command(
        after_help = "Example:\n  headlight lens patch runs/induction --out pictures",
        mut_arg("source", |source| source.help(
            "Directory of a run, its checkpoint.safetensors, or NAME.json of a compiled program with --clean and --corrupt"
        ))
    )]
    Patch(patch::PatchArguments),
    /// Split one score of a head into what each part of the model before it brings
    #[command(after_help = "Example:\n  headlight lens why runs/copy --layer 0 --head 0 --query SEP --key 1")]
    Why(why::WhyArguments),
    /// Follow attention through the layers, and weigh it by what it carries
    #[command(after_help = "Example:\n  headlight lens flow runs/copy --out pictures")]
    Flow(flow::FlowArguments),
    /// Read heads from their parameters: which token attends to which, what that writes, which head reads which
    #[command(after_help = "Example:\n  headlight lens circuits runs/induction --out pictures")]
    Circuits(circuits::CircuitsArguments),
    /// Replace heads and feed-forward layers, and see what fails
    Ablate(ablate::AblateArguments),
    /// Change attention weights, and compare them with those of other seeds
    #[command(mut_arg("source", |source| source.help(
        "Directory of a run or of 'train --seeds', a run's checkpoint.safetensors, or NAME.json of a compiled program"
    )))]
    Explanation(explanation::ExplanationArguments),
}

pub(crate) fn lens(lens: &Lens) -> anyhow::Result<()> {
    match lens {
        Lens::Heads(arguments) => heads::heads(arguments),
        Lens::Training(arguments) => training::training(arguments),
        Lens::Logits(arguments) => logits::logits(arguments),
        Lens::Patch(arguments) => patch::patch(arguments),
        Lens::Why(arguments) => why::why(arguments),
        Lens::Flow(arguments) => flow::flow(arguments),
        Lens::Circuits(arguments) => circuits::circuits(arguments),
        Lens::Ablate(arguments) => ablate::ablate(arguments),
        Lens::Explanation(arguments) => explanation::explanation(arguments),
    }
}
