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
    let mut findings = headlight_lens::flow(model.as_ref(), &examples);
    if findings.tables.is_empty() && !arguments.output.draws() {
        findings.notes.push("for pictures of the first example use --out DIR".to_string());
    }
    show(&findings, &arguments.output)
}
