//! `headlight lens patch`: which activations of one question, put into the pass of another, bring its answer back.

use anyhow::bail;
use clap::{Args, ValueEnum};
use headlight_lens::{Metric, Pairs};

use super::output::{OutputArguments, show};
use super::subject::{Answers, SubjectArguments};

#[derive(Args)]
pub(crate) struct PatchArguments {
    #[command(flatten)]
    subject: SubjectArguments,
    /// Question whose activations are put into the other's pass [default: held-out examples]
    #[arg(long, value_name = "TOKENS", requires = "corrupt", conflicts_with_all = ["examples", "input"])]
    clean: Option<String>,
    /// Question of the same length whose pass is patched [default: the same examples with one token changed]
    #[arg(long, value_name = "TOKENS", requires = "clean", conflicts_with_all = ["examples", "input"])]
    corrupt: Option<String>,
    /// What is measured where the two answers first differ
    #[arg(long, value_enum, default_value = "logit-difference")]
    metric: MetricArgument,
    #[command(flatten)]
    output: OutputArguments,
}

/// How far a pass is on the way from the corrupt answer to the clean one.
#[derive(Clone, Copy, ValueEnum)]
enum MetricArgument {
    /// Logit of the clean answer's token less that of the corrupt one's
    LogitDifference,
    /// Log probability of the clean answer's token
    LogProbability,
}

pub(crate) fn patch(arguments: &PatchArguments) -> anyhow::Result<()> {
    let metric = match arguments.metric {
        MetricArgument::LogitDifference => Metric::LogitDifference,
        MetricArgument::LogProbability => Metric::LogProbability,
    };
    let PatchArguments { subject, clean, corrupt, output, .. } = arguments;
    let (model, pairs) = match (clean, corrupt) {
        (Some(clean), Some(corrupt)) => {
            let of_clean = subject.on(clean).open_with(Answers::LastToken)?;
            (
                of_clean.model,
                Pairs::new(of_clean.examples, subject.on(corrupt).open_with(Answers::LastToken)?.examples)?,
            )
        }
        _ if subject.input.is_some() => bail!("patching takes two questions: give --clean and --corrupt, not --input"),
        _ => subject.open_pairs()?,
    };
    show(&headlight_lens::patch(model.as_ref(), &pairs, metric)?.findings(), output)
}
