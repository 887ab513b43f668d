use clap::Args;
use headlight_graph::{Graph, Lengths, Summary};
use headlight_model::Positions;
use headlight_train::SettingError;

use super::model::ModelArguments;
use crate::output::say;

#[derive(Args)]
pub(crate) struct SummaryArguments {
    #[command(flatten)]
    model: ModelArguments,
    /// Number of sequences in the batch
    #[arg(long, value_name = "N", default_value_t = 1)]
    batch_size: usize,
    /// Number of tokens in each sequence, source and target alike [default: the longest of the task]
    #[arg(long, value_name = "N")]
    length: Option<usize>,
    /// Print one JSON object, for programs
    #[arg(long)]
    json: bool,
}

pub(crate) fn summary(arguments: &SummaryArguments) -> anyhow::Result<()> {
    let config = arguments.model.read()?.transformer();
    let length = arguments.length.unwrap_or(config.max_length);
    let longest = if config.positions == Positions::Learned { config.max_length } else { LONGEST };
    check_range("batch-size", arguments.batch_size, LONGEST)?;
    check_range("length", length, longest)?;
    let summary = Summary::new(&Graph::of_transformer(&config)?, Lengths::new(arguments.batch_size, length));
    if arguments.json { say(serde_json::to_string_pretty(&summary)?) } else { say(summary) }
}

/// Longer ones say nothing new.
const LONGEST: usize = 1 << 20;

fn check_range(name: &'static str, value: usize, max: usize) -> Result<(), SettingError> {
    if (1..=max).contains(&value) { Ok(()) } else { Err(SettingError::Range { name, value, min: 1, max }) }
}
