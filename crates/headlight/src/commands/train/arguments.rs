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
    /// One sequence, each token seeing those before it
    Decoder,
    /// A source that sees itself whole, and a target that sees the source
    EncoderDecoder,
}

#[derive(Args)]
pub(crate) struct TrainArguments {
    /// What to learn
    #[arg(index = 1, value_parser = tasks(), required_unless_present = "resume")]
    pub(super) task: Option<&'static TaskSpec>,
    /// The pairs to learn, for the task file: a text file of lines with a source, a tab and a target
    #[arg(index = 2, value_name = "FILE")]
    pub(super) pairs: Option<PathBuf>,
    /// Tokens of FILE are single characters, not words
    #[arg(long)]
    pub(super) characters: bool,
    /// Directory for the run; empty or not there yet
    #[arg(long, value_name = "DIR", required_unless_present = "resume")]
    pub(super) out: Option<PathBuf>,
    /// Replace a run that is already in DIR; anything else there is left alone
    #[arg(long)]
    pub(super) force: bool,
    /// Go on with the run in DIR, which was stopped; it keeps its options, of which --max-steps may grow
    #[arg(long, value_name = "DIR", conflicts_with_all = ["out", "force"])]
    pub(super) resume: Option<PathBuf>,
    /// Save a checkpoint, from which the run can go on, every N steps; 0 saves one at the end only [default: 100]
    #[arg(long, value_name = "N")]
    checkpoint_every: Option<usize>,
    /// Which model learns it
    #[arg(long, value_enum)]
    architecture: Option<ArchitectureArgument>,
    /// Train each of these seeds, side by side on the cores (on wgpu one after the other), each on one thread and in a directory
    /// of its own below DIR, and print a table: 0..10 are the seeds 0 to 9
    #[arg(long, value_name = "A..B", value_parser = parse_seeds, conflicts_with_all = ["seed", "threads", "resume"])]
    pub(super) seeds: Option<Range<u64>>,
    /// Seed of the weights, the batches and the dropout [default: 0]
    #[arg(long, value_name = "N")]
    seed: Option<u64>,
    /// Blocks of the decoder, and as many of the encoder
    #[arg(long, value_name = "N")]
    layers: Option<usize>,
    /// Heads of each attention; they share the width evenly
    #[arg(long, value_name = "N")]
    heads: Option<usize>,
    /// Width of the model
    #[arg(long, value_name = "N")]
    d_model: Option<usize>,
    /// Inner width of the feed-forward layers
    #[arg(long, value_name = "N")]
    d_ff: Option<usize>,
    /// Size of the largest examples: symbols in a sequence, pairs to recall, digits to add
    #[arg(long, value_name = "N")]
    length: Option<usize>,
    /// Size of the smallest examples; sizes from here to --length come equally often
    #[arg(long, value_name = "N")]
    min_length: Option<usize>,
    /// Different symbols
    #[arg(long, value_name = "N")]
    symbols: Option<usize>,
    /// Examples a step
    #[arg(long, value_name = "N")]
    batch_size: Option<usize>,
    /// Highest learning rate
    #[arg(long, value_name = "X")]
    learning_rate: Option<f64>,
    /// Probability of dropping a value during training, in [0, 1) [default: 0]
    #[arg(long, value_name = "X")]
    dropout: Option<f64>,
    #[command(flatten)]
    choices: Choices,
    /// Stop here even if the task is not solved
    #[arg(long, value_name = "N")]
    max_steps: Option<usize>,
    /// Keep a record of the weights on one held-out example every N steps, in DIR/records
    #[arg(long, value_name = "N")]
    record_every: Option<usize>,
    /// Replicas of the model, each on a core of its own [default: the cores, up to 8; 1 on wgpu]
    #[arg(long, value_name = "N")]
    threads: Option<usize>,
    /// What to compute on, where the build has it: flex, ndarray, wgpu, or one of wgpu's adapters, such as wgpu:discrete;
    /// 'headlight devices' lists them [default: flex]
    #[arg(long, value_name = "NAME")]
    device: Option<DeviceName>,
    /// No progress, only the result
    #[arg(long, short)]
    pub(super) quiet: bool,
}

impl TrainArguments {
    /// Whether a run that is there is gone on with.
    pub(crate) fn goes_on(&self) -> bool {
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
                anyhow::bail!("the task {task} needs a file: headlight train {task} FILE --out DIR")
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
            Some(path) => anyhow::bail!("{task} makes its own examples and reads no file {}", path.display()),
            None if self.characters => anyhow::bail!("--characters is for the task file"),
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
            anyhow::bail!("{} has no sizes to choose: leave out --{name}", task);
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
        _ => Err(format!(
            "give the first seed and the one after the last, such as 0..10, and at most {MAX_SEEDS} of them"
        )),
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
