//! `headlight lens logits`: what each layer's stream says of the answer, and which parts say it.

use clap::Args;

use super::output::{OutputArguments, show};
use super::subject::{Answers, Subject, SubjectArguments};

#[derive(Args)]
pub(crate) struct LogitsArguments {
    #[command(flatten)]
    subject: SubjectArguments,
    #[command(flatten)]
    output: OutputArguments,
}

pub(crate) fn logits(arguments: &LogitsArguments) -> anyhow::Result<()> {
    let Subject { model, examples, .. } = arguments.subject.open_with(Answers::EveryToken)?;
    show(&headlight_lens::logits(model.as_ref(), &examples)?.findings(), &arguments.output)
}
