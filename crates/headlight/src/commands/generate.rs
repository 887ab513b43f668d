use std::path::PathBuf;

use clap::Args;
use headlight_train::{SavedRun, generate as generate_answers};

use crate::output::{note, say};

#[derive(Args)]
pub(crate) struct GenerateArguments {
    /// Directory of a run
    #[arg(value_name = "DIR")]
    run: PathBuf,
    /// Tokens, separated by spaces
    #[arg(long, value_name = "TOKENS")]
    input: String,
}

pub(crate) fn generate(arguments: &GenerateArguments) -> anyhow::Result<()> {
    let run = SavedRun::open(&arguments.run)?;
    let source = run.encode(&arguments.input)?;
    let (task, vocabulary) = (&run.config.task, run.config.task.vocabulary());
    let answers = generate_answers(&run.model, task, std::slice::from_ref(&source), &run.device);
    let right = task.answer(&source);
    let words = |ids: &[usize]| vocabulary.tokens(ids).join(" ");
    say(format_args!("input:  {}", words(&source)))?;
    say(format_args!("answer: {}", words(&answers[0])))?;
    if answers[0] == right { say("right") } else { say(format_args!("wrong: it should be {}", words(&right))) }?;
    if source.len() != task.length {
        note(format_args!("note: the run was trained on {} tokens, and this is {}", task.length, source.len()));
    }
    Ok(())
}
