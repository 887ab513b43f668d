use std::path::PathBuf;

use clap::Args;
use headlight_train::generate as generate_answers;

use super::device::DeviceArgument;
use crate::output::{counted, note, say};

#[derive(Args)]
pub(crate) struct GenerateArguments {
    /// Directory of a run
    #[arg(value_name = "DIR")]
    run: PathBuf,
    /// Question in the form of the task: for most tasks, tokens separated by spaces
    #[arg(long, value_name = "TOKENS")]
    input: String,
    #[command(flatten)]
    device: DeviceArgument,
}

pub(crate) fn generate(arguments: &GenerateArguments) -> anyhow::Result<()> {
    let run = arguments.device.open(&arguments.run)?;
    let source = run.encode(&arguments.input)?;
    let task = &run.config.task;
    let answer = generate_answers(&run.model, task, std::slice::from_ref(&source), &run.device).remove(0);
    say(format_args!("input:  {}", task.text(&source)))?;
    say(format_args!("answer: {}", task.text(&answer)))?;
    match task.answer(&source) {
        None => match run.pairs_error() {
            Some(error) => note(format_args!("note: the right answer is not known: {error}")),
            None => note("note: the right answer is not known, because the question is not in the file of pairs"),
        },
        Some(right) if right == answer => say("right")?,
        Some(right) => say(format_args!("wrong: it should be {}", task.text(&right)))?,
    }
    let (trained, length) = (task.source_lengths(), source.len());
    if !trained.contains(&length) {
        let (min, max) = (trained.start(), trained.end());
        let trained = if min == max { max.to_string() } else { format!("{min} to {max}") };
        note(format_args!(
            "note: this question has {}, but the run was trained on {trained}",
            counted(length, "token")
        ));
    }
    Ok(())
}
