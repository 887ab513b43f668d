use clap::Args;

use super::output::{OutputArguments, show};
use super::subject::{Subject, SubjectArguments};

#[derive(Args)]
pub(crate) struct FlowArguments {
    #[command(flatten)]
    subject: SubjectArguments,
    #[command(flatten)]
    output: OutputArguments,
}

pub(crate) fn flow(arguments: &FlowArguments) -> anyhow::Result<()> {
    let Subject { model, examples, .. } = arguments.subject.open()?;
    show(&headlight_lens::flow(model.as_ref(), &examples), &arguments.output)
}
