use std::path::PathBuf;

use clap::Args;
use headlight_train::Evaluation;

use super::device::DeviceArgument;
use crate::output::{note, say};

#[derive(Args)]
pub(crate) struct EvaluateArguments {
    /// Directory of a run
    #[arg(value_name = "DIR")]
    run: PathBuf,
    /// Size of the examples, which may be one that the run was not trained on [default: the sizes that it was trained on]
    #[arg(long, value_name = "N")]
    length: Option<usize>,
    /// Number of held-out examples [default: as many as in training]
    #[arg(long, value_name = "N")]
    count: Option<usize>,
    #[command(flatten)]
    device: DeviceArgument,
}

pub(crate) fn evaluate(arguments: &EvaluateArguments) -> anyhow::Result<()> {
    let run = arguments.device.open(&arguments.run)?;
    let task = &run.config.task;
    let wanted = arguments.count.unwrap_or(run.config.training.held_out);
    let asked = run.task_of_length(arguments.length)?;
    let Evaluation { examples, exact_match, token_accuracy } = run.evaluate(&asked, wanted)?;
    let lengths = [asked.shortest(), asked.length];

    let of_length = match task.spec.has_sizes() {
        true => format!(" of length {}", range(lengths)),
        false => String::new(),
    };
    say(format_args!(
        "{examples} held-out examples{of_length}: exact match {:.1} %, token accuracy {:.1} %",
        exact_match * 100.0,
        token_accuracy * 100.0
    ))?;
    if examples < wanted {
        note(format_args!("note: only {examples} examples are held out, not {wanted}, because so few exist"));
    }
    let trained = [task.shortest(), task.length];
    if lengths[0] < trained[0] || lengths[1] > trained[1] {
        note(format_args!("note: the run was trained on examples of length {}", range(trained)));
    }
    Ok(())
}

fn range([min, max]: [usize; 2]) -> String {
    if min == max { max.to_string() } else { format!("{min} to {max}") }
}
