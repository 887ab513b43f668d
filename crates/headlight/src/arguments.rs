use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use headlight_model::{Architecture, DeviceName};
use headlight_train::{RunConfig, default_threads};

/// Train a small attention model, and see what every head learns.
///
/// Without a command: the tour. It trains a transformer to copy into runs/copy, draws every head, and says where the
/// pictures are.
#[derive(Parser)]
#[command(version, max_term_width = 100, after_help = "Example:\n  headlight train copy --out runs/mine --heads 2")]
struct Arguments {
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Subcommand)]
pub(crate) enum Command {
    /// Train copy into runs/copy, draw every head, and say where the pictures are (as without a command)
    Tour,
    /// Train a model until it makes no mistake, and draw its heads
    #[command(after_help = "Example:\n  headlight train copy --out runs/mine --architecture encoder-decoder --seed 7")]
    Train(TrainArguments),
    /// Let a trained model answer, and say whether it is right
    #[command(after_help = "Example:\n  headlight generate runs/copy --input \"3 1 4 1 5 9 2 6 5 3\"")]
    Generate(GenerateArguments),
    /// Draw what a trained model attends to, as PNG files
    #[command(
        after_help = "Example:\n  headlight plot runs/copy --input \"3 1 4 1 5 9 2 6 5 3\" --layer 0 --head 2 --out pictures"
    )]
    Plot(PlotArguments),
}

/// The tasks that can be trained.
#[derive(Clone, Copy, ValueEnum)]
pub(crate) enum TaskArgument {
    /// Say the sequence again
    Copy,
}

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
    task: TaskArgument,
    /// Directory for the run; empty or not there yet
    #[arg(long, value_name = "DIR")]
    pub(crate) out: PathBuf,
    /// Replace a run that is already in DIR; anything else there is left alone
    #[arg(long)]
    pub(crate) force: bool,
    /// Which model learns it
    #[arg(long, value_enum, default_value = "decoder")]
    architecture: ArchitectureArgument,
    /// Seed of the weights, the batches and the dropout
    #[arg(long, value_name = "N", default_value_t = 0)]
    seed: u64,
    /// Blocks of the decoder, and as many of the encoder [default: 2]
    #[arg(long, value_name = "N")]
    layers: Option<usize>,
    /// Heads of each attention; they share the width evenly [default: 4]
    #[arg(long, value_name = "N")]
    heads: Option<usize>,
    /// Width of the model [default: 64]
    #[arg(long, value_name = "N")]
    d_model: Option<usize>,
    /// Inner width of the feed-forward layers [default: 256]
    #[arg(long, value_name = "N")]
    d_ff: Option<usize>,
    /// Symbols in a sequence [default: 10]
    #[arg(long, value_name = "N")]
    length: Option<usize>,
    /// Different symbols [default: 16]
    #[arg(long, value_name = "N")]
    symbols: Option<usize>,
    /// Sequences a step [default: 64]
    #[arg(long, value_name = "N")]
    batch_size: Option<usize>,
    /// Highest learning rate: reached after a short warm-up, then falling to a tenth [default: 0.008,
    /// or 0.003 with an encoder]
    #[arg(long, value_name = "X")]
    learning_rate: Option<f64>,
    /// Probability of dropping a value during training, in [0, 1) [default: 0]
    #[arg(long, value_name = "X")]
    dropout: Option<f64>,
    /// Stop here even if the task is not solved [default: 3000]
    #[arg(long, value_name = "N")]
    max_steps: Option<usize>,
    /// Keep a record of the weights on one held-out example every N steps, in DIR/records
    #[arg(long, value_name = "N")]
    record_every: Option<usize>,
    /// Replicas of the model, each on a core of its own [default: the cores, up to 8; 1 on wgpu]
    #[arg(long, value_name = "N")]
    threads: Option<usize>,
    /// What to compute on: flex, ndarray or wgpu, where the build has it
    #[arg(long, value_name = "NAME", default_value_t)]
    device: DeviceName,
    /// No progress, only the result
    #[arg(long, short)]
    pub(crate) quiet: bool,
}

#[derive(Args)]
pub(crate) struct GenerateArguments {
    /// Directory of a run
    #[arg(value_name = "DIR")]
    pub(crate) run: PathBuf,
    /// Tokens, separated by spaces
    #[arg(long, value_name = "TOKENS")]
    pub(crate) input: String,
}

#[derive(Args)]
pub(crate) struct PlotArguments {
    /// Directory of a run
    #[arg(value_name = "DIR")]
    pub(crate) run: PathBuf,
    /// Tokens, separated by spaces; without them, the held-out example that the run recorded
    #[arg(long, value_name = "TOKENS")]
    pub(crate) input: Option<String>,
    /// Draw one head only: its layer, counted from 0
    #[arg(long, value_name = "L", requires = "head")]
    pub(crate) layer: Option<usize>,
    /// Draw one head only: its number, counted from 0
    #[arg(long, value_name = "H", requires = "layer")]
    pub(crate) head: Option<usize>,
    /// Directory for the pictures [default: DIR/heatmaps]
    #[arg(long, value_name = "DIR")]
    pub(crate) out: Option<PathBuf>,
    /// Size of the pictures: 2 has twice as many pixels a side
    #[arg(long, value_name = "S", default_value_t = 1.0)]
    pub(crate) scale: f64,
}

/// Reads the command line.
///
/// # Errors
///
/// In one line, when it is wrong. Asked for help or the version, it prints them and ends the process.
pub(crate) fn parse() -> anyhow::Result<Command> {
    match Arguments::try_parse() {
        Ok(arguments) => Ok(arguments.command.unwrap_or(Command::Tour)),
        Err(error) if error.use_stderr() => {
            // clap explains itself in paragraphs; the first says what is wrong.
            let text = error.render().to_string();
            let lines = text.lines().take_while(|line| !line.is_empty()).map(str::trim);
            let reason = lines.collect::<Vec<_>>().join(" ");
            anyhow::bail!("{} (see 'headlight --help')", reason.trim_start_matches("error: "))
        }
        Err(help) => help.exit(),
    }
}

impl TrainArguments {
    /// The run that was asked for.
    pub(crate) fn config(&self) -> RunConfig {
        let TaskArgument::Copy = self.task;
        let architecture = match self.architecture {
            ArchitectureArgument::Decoder => Architecture::Decoder,
            ArchitectureArgument::EncoderDecoder => Architecture::EncoderDecoder,
        };
        let threads = if self.device == DeviceName::Wgpu { 1 } else { default_threads() };

        let mut config = RunConfig::copy(architecture);
        config.seed = self.seed;
        config.device = self.device;
        config.threads = self.threads.unwrap_or(threads);
        config.n_layers = self.layers.unwrap_or(config.n_layers);
        config.n_heads = self.heads.unwrap_or(config.n_heads);
        config.d_model = self.d_model.unwrap_or(config.d_model);
        config.d_ff = self.d_ff.unwrap_or(config.d_ff);
        config.task.length = self.length.unwrap_or(config.task.length);
        config.task.symbols = self.symbols.unwrap_or(config.task.symbols);
        config.batch_size = self.batch_size.unwrap_or(config.batch_size);
        config.learning_rate = self.learning_rate.unwrap_or(config.learning_rate);
        config.dropout = self.dropout.unwrap_or(config.dropout);
        config.max_steps = self.max_steps.unwrap_or(config.max_steps);
        config.record_every = self.record_every.unwrap_or(config.record_every);
        config
    }
}
