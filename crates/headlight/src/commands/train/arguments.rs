//! What can be asked of a training, and the run that is asked for.

use std::ops::Range;
use std::path::PathBuf;

use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};
use clap::{Args, ValueEnum};
use headlight_device::DeviceName;
use headlight_model::Architecture;
use headlight_runs::{RunConfig, default_threads, read_pairs};
use headlight_train::tasks::TASKS;
use headlight_train::{Spelling, TaskSpec};

use super::choices::Choices;

/// More would be a mistake in a number.
const MAX_SEEDS: u64 = 1000;

#[derive(Clone, Copy, ValueEnum)]
enum ArchitectureArgument {
    /// One sequence, in which each token attends to itself and those before it
    Decoder,
    /// An encoder of the source, and a decoder that attends to it
    EncoderDecoder,
}

#[derive(Args)]
pub(crate) struct TrainArguments {
    /// Task to learn
    #[arg(index = 1, value_parser = tasks(), required_unless_present = "resume")]
    pub(super) task: Option<&'static TaskSpec>,
    /// For the task 'file': a text file of pairs, each line a source, a tab and a target
    #[arg(index = 2, value_name = "FILE")]
    pub(super) pairs: Option<PathBuf>,
    /// Take the characters of FILE for tokens, not its words
    #[arg(long)]
    pub(super) characters: bool,
    /// Directory for the run, which must be empty or not exist yet
    #[arg(long, value_name = "DIR", required_unless_present = "resume")]
    pub(super) out: Option<PathBuf>,
    /// Replace a run that is already in DIR; a directory that contains anything else is refused
    #[arg(long)]
    pub(super) force: bool,
    /// Resume the stopped run in DIR. It keeps its options; only --max-steps may be raised
    #[arg(long, value_name = "DIR", conflicts_with_all = ["out", "force"])]
    pub(super) resume: Option<PathBuf>,
    /// Save a checkpoint, from which the run can be resumed, every N steps; with 0 only at the end [default: 100]
    #[arg(long, value_name = "N")]
    checkpoint_every: Option<usize>,
    /// Architecture of the model
    #[arg(long, value_enum)]
    architecture: Option<ArchitectureArgument>,
    /// Train one run for each of these seeds, such as 0..10 for the seeds 0 to 9, and print a table. They run side by side on
    /// the cores (on wgpu one after the other), each on one thread and in its own directory below DIR
    #[arg(long, value_name = "A..B", value_parser = parse_seeds, conflicts_with_all = ["seed", "threads", "resume"])]
    pub(super) seeds: Option<Range<u64>>,
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
    #[command(flatten)]
    choices: Choices,
    /// Stop after N steps even if the task is not solved
    #[arg(long, value_name = "N")]
    max_steps: Option<usize>,
    /// Record the attention weights on one held-out example every N steps, in DIR/records
    #[arg(long, value_name = "N")]
    record_every: Option<usize>,
    /// Keep the parameters before the first step, every N steps and after the last, in DIR/parameters, for 'headlight lens training'
    #[arg(long, value_name = "N")]
    keep_parameters_every: Option<usize>,
    /// Number of replicas of the model, each trained on its own core [default: one per core, up to 8; 1 on wgpu]
    #[arg(long, value_name = "N")]
    threads: Option<usize>,
    /// Device to compute on, if this build has it: flex, ndarray, wgpu, or one of wgpu's adapters, such as wgpu:discrete;
    /// 'headlight devices' lists them [default: flex]
    #[arg(long, value_name = "NAME")]
    device: Option<DeviceName>,
    /// Show only the result, without progress
    #[arg(long, short)]
    pub(super) quiet: bool,
}

impl TrainArguments {
    /// Whether a stopped run is resumed.
    pub(crate) fn resumes(&self) -> bool {
        self.resume.is_some()
    }

    /// The run that was asked for.
    pub(super) fn config(&self, task: &'static TaskSpec) -> anyhow::Result<RunConfig> {
        let architecture = self.architecture().unwrap_or(task.architectures[0]);
        let spelling = if self.characters { Spelling::Characters } else { Spelling::Words };

        self.check_pairs(task)?;
        let mut config = match &self.pairs {
            Some(path) => RunConfig::for_pairs(read_pairs(path, spelling)?, architecture),
            None if task.takes_pairs() => {
                anyhow::bail!("the task '{task}' needs a file of pairs: headlight train {task} FILE --out DIR")
            }
            None => RunConfig::for_task(task, architecture),
        };
        config.device = self.device.unwrap_or_default();
        config.threads = if config.device.takes_threads() { default_threads() } else { 1 };
        self.apply(&mut config)?;
        Ok(config)
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

    fn architecture(&self) -> Option<Architecture> {
        self.architecture.map(|architecture| match architecture {
            ArchitectureArgument::Decoder => Architecture::Decoder,
            ArchitectureArgument::EncoderDecoder => Architecture::EncoderDecoder,
        })
    }

    /// Sets what was given, and leaves the rest.
    pub(super) fn apply(&self, config: &mut RunConfig) -> anyhow::Result<()> {
        let task = self.task.unwrap_or(config.task.spec);
        let sizes = [("length", self.length), ("min-length", self.min_length), ("symbols", self.symbols)];
        if let Some((name, _)) = sizes.into_iter().find(|(_, size)| size.is_some() && !task.has_sizes()) {
            anyhow::bail!("the size of {task} cannot be chosen: leave out --{name}");
        }
        config.task.spec = task;
        config.task.architecture = self.architecture().unwrap_or(config.task.architecture);
        config.training.seed = self.seed.unwrap_or(config.training.seed);
        config.device = self.device.unwrap_or(config.device);
        config.threads = self.threads.unwrap_or(config.threads);
        config.model.n_layers = self.layers.unwrap_or(config.model.n_layers);
        config.model.n_heads = self.heads.unwrap_or(config.model.n_heads);
        config.model.d_model = self.d_model.unwrap_or(config.model.d_model);
        config.model.d_ff = self.d_ff.unwrap_or(config.model.d_ff);
        if let Some(length) = self.length {
            // One size, unless a range is asked for.
            (config.task.min_length, config.task.length) = (None, length);
        }
        config.task.min_length = self.min_length.or(config.task.min_length);
        config.task.symbols = self.symbols.unwrap_or(config.task.symbols);
        config.training.batch_size = self.batch_size.unwrap_or(config.training.batch_size);
        config.training.learning_rate = self.learning_rate.unwrap_or(config.training.learning_rate);
        config.model.dropout = self.dropout.unwrap_or(config.model.dropout);
        config.training.max_steps = self.max_steps.unwrap_or(config.training.max_steps);
        config.record_every = self.record_every.unwrap_or(config.record_every);
        config.keep_parameters_every = self.keep_parameters_every.unwrap_or(config.keep_parameters_every);
        config.checkpoint_every = self.checkpoint_every.unwrap_or(config.checkpoint_every);
        self.choices.apply(config);
        Ok(())
    }
}

/// The tasks by name, each explained in the help.
fn tasks() -> impl TypedValueParser<Value = &'static TaskSpec> {
    let names = TASKS.iter().map(|task| PossibleValue::new(task.name).help(task.about));
    PossibleValuesParser::new(names)
        .try_map(|name| TASKS.iter().copied().find(|task| task.name == name).ok_or("no such task"))
}

/// Reads `0..10`: ten seeds, from 0 to 9.
fn parse_seeds(text: &str) -> Result<Range<u64>, String> {
    let seeds = text.split_once("..").and_then(|(first, end)| Some(first.parse().ok()?..end.parse().ok()?));
    match seeds {
        Some(seeds) if seeds.end > seeds.start && seeds.end - seeds.start <= MAX_SEEDS => Ok(seeds),
        _ => Err(format!("write the first seed and the one after the last, such as 0..10 (at most {MAX_SEEDS} seeds)")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seeds_are_a_range_with_something_in_it() {
        assert_eq!(parse_seeds("0..10"), Ok(0..10));
        assert_eq!(parse_seeds("7..8"), Ok(7..8));
        for wrong in ["", "..", "3", "3..3", "4..3", "0..1001", "0..=3", "a..b", "-1..3", "0..18446744073709551616"] {
            assert!(parse_seeds(wrong).is_err(), "{wrong}");
        }
    }
}
