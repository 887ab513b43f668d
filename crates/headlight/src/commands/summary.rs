mod pretrained;

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
    /// Number of sequences in the batch [default: 1]
    #[arg(long, value_name = "N")]
    batch_size: Option<usize>,
    /// Number of tokens in each sequence, source and target alike [default: the longest of the task]
    #[arg(long, value_name = "N")]
    length: Option<usize>,
    /// Print one JSON object, for programs
    #[arg(long)]
    json: bool,
}

pub(crate) fn summary(arguments: &SummaryArguments) -> anyhow::Result<()> {
    if let Some(place) = arguments.model.pretrained() {
        if arguments.length.is_some() || arguments.batch_size.is_some() {
            anyhow::bail!(
                "{} is a model that others trained, whose tensors are listed: leave out --length and --batch-size",
                place.path.display()
            );
        }
        return pretrained::summary(&place, arguments.json);
    }
    let config = arguments.model.read()?.transformer();
    let length = arguments.length.unwrap_or(config.max_length);
    let longest = if config.positions == Positions::Learned { config.max_length } else { LONGEST };
    let batch_size = arguments.batch_size.unwrap_or(1);
    check_range("batch-size", batch_size, LONGEST)?;
    check_range("length", length, longest)?;
    let summary = Summary::new(&Graph::of_transformer(&config)?, Lengths::new(batch_size, length));
    if arguments.json { say(serde_json::to_string_pretty(&summary)?) } else { say(summary) }
}

/// Longer ones say nothing new.
const LONGEST: usize = 1 << 20;

fn check_range(name: &'static str, value: usize, max: usize) -> Result<(), SettingError> {
    if (1..=max).contains(&value) { Ok(()) } else { Err(SettingError::Range { name, value, min: 1, max }) }
}
