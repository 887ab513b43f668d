//! The options that decide what is trained and how: those of `train`, which the page of `lab` starts with.

use std::path::PathBuf;

use clap::Args;
use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};
use headlight_lab::LabError;
use headlight_lab::messages::Settings;
use headlight_runs::{RunConfig, read_pairs};
use headlight_train::tasks::TASKS;
use headlight_train::{Spelling, TaskSpec};

use super::choices::{Activation, Architecture, Norm, Positions, Schedule, word};

#[derive(Args)]
pub(super) struct SettingsArguments {
    /// For the task 'file': a text file of pairs, each line a source, a tab and a target
    #[arg(index = 2, value_name = "FILE")]
    pub(super) pairs: Option<PathBuf>,
    /// Take the characters of FILE for tokens, not its words
    #[arg(long)]
    pub(super) characters: bool,
    /// Architecture of the model
    #[arg(long, value_enum)]
    architecture: Option<Architecture>,
    /// Seed for the initial parameters, the batches and the dropout [default: 0]
    #[arg(long, value_name = "N")]
    seed: Option<u64>,
    /// Number of blocks in the decoder, and in the encoder
    #[arg(long, value_name = "N")]
    layers: Option<usize>,
    /// Number of heads per attention, among which the width is divided
    #[arg(long, value_name = "N")]
    heads: Option<usize>,
    /// Width of the model
    #[arg(long, value_name = "N")]
    d_model: Option<usize>,
    /// Width of the feed-forward layers between their up and down projections
    #[arg(long, value_name = "N")]
    d_ff: Option<usize>,
    /// Size of the longest examples: symbols in a sequence, pairs to recall, digits to add
    #[arg(long, value_name = "N")]
    length: Option<usize>,
    /// Size of the shortest examples; all sizes from here to --length are equally likely
    #[arg(long, value_name = "N")]
    min_length: Option<usize>,
    /// Number of different symbols
    #[arg(long, value_name = "N")]
    symbols: Option<usize>,
    /// Examples per step
    #[arg(long, value_name = "N")]
    batch_size: Option<usize>,
    /// Peak learning rate
    #[arg(long, value_name = "X")]
    learning_rate: Option<f64>,
    /// Probability of dropping a value during training, in [0, 1) [default: 0]
    #[arg(long, value_name = "X")]
    dropout: Option<f64>,
    /// Position encoding [default: sinusoidal]
    #[arg(long, value_enum)]
    positions: Option<Positions>,
    /// Where the blocks apply layer normalisation [default: pre]
    #[arg(long, value_enum)]
    norm: Option<Norm>,
    /// Activation of the feed-forward layers [default: relu]
    #[arg(long, value_enum)]
    activation: Option<Activation>,
    /// Use the decoder's token embedding as its output layer too
    #[arg(long)]
    tie_weights: bool,
    /// How the learning rate changes [default: cosine]
    #[arg(long, value_enum)]
    schedule: Option<Schedule>,
    /// Steps over which the learning rate rises to its peak [default: depends on the task]
    #[arg(long, value_name = "N")]
    warmup_steps: Option<usize>,
    /// Step at which a cosine schedule reaches a tenth of the peak [default: depends on the task, and moves with the warm-up]
    #[arg(long, value_name = "N")]
    decay_steps: Option<usize>,
    /// Stop after N steps even if the task is not solved
    #[arg(long, value_name = "N")]
    max_steps: Option<usize>,
}

impl SettingsArguments {
    /// The run that was asked for, on all threads.
    pub(super) fn config(&self, task: &'static TaskSpec) -> anyhow::Result<RunConfig> {
        self.check_pairs(task)?;
        let settings = self.settings(task);
        let architecture = settings.architecture()?.unwrap_or(task.architectures[0]);
        let mut config = match &self.pairs {
            Some(path) => RunConfig::for_pairs(read_pairs(path, self.spelling())?, architecture),
            None if task.takes_pairs() => {
                anyhow::bail!("the task '{task}' needs a file of pairs, as in '{task} pairs.txt'")
            }
            None => RunConfig::for_task(task, architecture),
        };
        apply(&settings, &mut config)?;
        Ok(config)
    }

    /// Sets what was given, and leaves the rest.
    pub(super) fn apply(&self, task: &'static TaskSpec, config: &mut RunConfig) -> anyhow::Result<()> {
        let settings = self.settings(task);
        config.task.spec = task;
        config.task.architecture = settings.architecture()?.unwrap_or(config.task.architecture);
        apply(&settings, config)
    }

    /// What was given, but for the text of the pairs.
    pub(super) fn settings(&self, task: &'static TaskSpec) -> Settings {
        Settings {
            task: Some(task.name.to_string()),
            architecture: word(self.architecture),
            layers: self.layers,
            heads: self.heads,
            d_model: self.d_model,
            d_ff: self.d_ff,
            length: self.length,
            min_length: self.min_length,
            symbols: self.symbols,
            positions: word(self.positions),
            norm: word(self.norm),
            activation: word(self.activation),
            tie_weights: self.tie_weights.then_some(true),
            dropout: self.dropout,
            batch_size: self.batch_size,
            learning_rate: self.learning_rate,
            schedule: word(self.schedule),
            warmup_steps: self.warmup_steps,
            decay_steps: self.decay_steps,
            max_steps: self.max_steps,
            seed: self.seed,
            pairs: None,
            characters: self.characters.then_some(true),
        }
    }

    pub(super) fn spelling(&self) -> Spelling {
        if self.characters { Spelling::Characters } else { Spelling::Words }
    }

    /// Refuses a file of pairs, or how to read one, for a task that reads none.
    pub(super) fn check_pairs(&self, task: &'static TaskSpec) -> anyhow::Result<()> {
        match &self.pairs {
            _ if task.takes_pairs() => Ok(()),
            Some(path) => anyhow::bail!("{task} makes its own examples: leave out {}", path.display()),
            None if self.characters => {
                anyhow::bail!("{task} has no use for --characters, which is for the task 'file': leave it out")
            }
            None => Ok(()),
        }
    }
}

/// Sets what was given; a refusal names the option.
fn apply(settings: &Settings, config: &mut RunConfig) -> anyhow::Result<()> {
    settings.apply(config).map_err(|error| match error {
        LabError::NoSize { task, name } => {
            anyhow::anyhow!("the size of {task} cannot be chosen: leave out --{name}")
        }
        other => other.into(),
    })
}

/// The tasks by name, each explained in the help.
pub(super) fn task_names() -> impl TypedValueParser<Value = &'static TaskSpec> {
    let names = TASKS.iter().map(|task| PossibleValue::new(task.name).help(task.about));
    PossibleValuesParser::new(names)
        .try_map(|name| TASKS.iter().copied().find(|task| task.name == name).ok_or("no such task"))
}

#[cfg(test)]
mod tests;
