use std::path::{Path, PathBuf};

use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};
use clap::{Args, ValueEnum};
use headlight_model::{Architecture, DeviceName};
use headlight_plot::{PlotOptions, write_heatmaps};
use headlight_train::{
    PairFile, Replace, RunConfig, RunDirectory, RunResult, Spelling, TaskName, Training, default_threads,
    heatmap_directory,
};

use crate::interrupt::{self, Interrupted};
use crate::output::{note, say};
use crate::progress::Progress;

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
    #[arg(value_parser = tasks())]
    task: TaskName,
    /// The pairs to learn, for the task file: a text file of lines with a source, a tab and a target
    #[arg(value_name = "FILE")]
    pairs: Option<PathBuf>,
    /// Tokens of FILE are single characters, not words
    #[arg(long)]
    characters: bool,
    /// Directory for the run; empty or not there yet
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// Replace a run that is already in DIR; anything else there is left alone
    #[arg(long)]
    force: bool,
    /// Which model learns it [default: the task's own, see headlight tasks]
    #[arg(long, value_enum)]
    architecture: Option<ArchitectureArgument>,
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
    /// Size of the largest examples: symbols in a sequence, pairs to recall, digits to add
    #[arg(long, value_name = "N")]
    length: Option<usize>,
    /// Size of the smallest examples; sizes from here to --length come equally often
    #[arg(long, value_name = "N")]
    min_length: Option<usize>,
    /// Different symbols
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
    quiet: bool,
}

pub(crate) fn train(arguments: &TrainArguments) -> anyhow::Result<()> {
    let replace = if arguments.force { Replace::AnyRun } else { Replace::Nothing };
    train_and_draw(arguments.config()?, &arguments.out, replace, arguments.quiet)
}

impl TrainArguments {
    /// The run that was asked for.
    fn config(&self) -> anyhow::Result<RunConfig> {
        let architecture = match self.architecture {
            Some(ArchitectureArgument::Decoder) => Architecture::Decoder,
            Some(ArchitectureArgument::EncoderDecoder) => Architecture::EncoderDecoder,
            None => self.task.architectures()[0],
        };
        let threads = if self.device == DeviceName::Wgpu { 1 } else { default_threads() };
        let spelling = if self.characters { Spelling::Characters } else { Spelling::Words };

        let mut config = match (self.task, &self.pairs) {
            (TaskName::File, Some(path)) => RunConfig::for_file(PairFile::read(path, spelling)?, architecture),
            (TaskName::File, None) => anyhow::bail!("the task file needs a file: headlight train file FILE --out DIR"),
            (task, Some(path)) => anyhow::bail!("{task} makes its own examples and reads no file {}", path.display()),
            (task, None) => RunConfig::for_task(task, architecture),
        };
        if self.characters && self.task != TaskName::File {
            anyhow::bail!("--characters is for the task file");
        }
        let sizes = [("length", self.length), ("min-length", self.min_length), ("symbols", self.symbols)];
        if let Some((name, _)) = sizes.into_iter().find(|(_, size)| size.is_some() && !self.task.has_sizes()) {
            anyhow::bail!("{} has no sizes to choose: leave out --{name}", self.task);
        }
        config.seed = self.seed;
        config.device = self.device;
        config.threads = self.threads.unwrap_or(threads);
        config.n_layers = self.layers.unwrap_or(config.n_layers);
        config.n_heads = self.heads.unwrap_or(config.n_heads);
        config.d_model = self.d_model.unwrap_or(config.d_model);
        config.d_ff = self.d_ff.unwrap_or(config.d_ff);
        if let Some(length) = self.length {
            // One size, unless a range is asked for.
            (config.task.min_length, config.task.length) = (None, length);
        }
        config.task.min_length = self.min_length.or(config.task.min_length);
        config.task.symbols = self.symbols.unwrap_or(config.task.symbols);
        config.batch_size = self.batch_size.unwrap_or(config.batch_size);
        config.learning_rate = self.learning_rate.unwrap_or(config.learning_rate);
        config.dropout = self.dropout.unwrap_or(config.dropout);
        config.max_steps = self.max_steps.unwrap_or(config.max_steps);
        config.record_every = self.record_every.unwrap_or(config.record_every);
        Ok(config)
    }
}

/// Trains with progress, writes the run and its pictures, and says how it went.
pub(crate) fn train_and_draw(config: RunConfig, path: &Path, replace: Replace, quiet: bool) -> anyhow::Result<()> {
    interrupt::watch()?;
    let mut training = Training::new(config)?;
    if interrupt::is_asked() {
        return Err(Interrupted.into()); // before an old run is replaced
    }
    let mut run = RunDirectory::create(path, training.config(), replace)?;
    let progress = Progress::start(&training, quiet);

    let record_every = training.config().record_every;
    let keeps_record = |step: usize| record_every > 0 && step.is_multiple_of(record_every);
    if keeps_record(0) {
        run.keep_records(&training)?;
    }
    while !training.is_done() && !interrupt::is_asked() {
        let outcome = training.step()?;
        progress.show(&run.log(&outcome)?);
        if keeps_record(outcome.step) {
            run.keep_records(&training)?;
        }
    }
    progress.end();

    let (result, records) = run.finish(&mut training)?;
    if interrupt::is_asked() && !training.is_done() {
        let path = path.display();
        note(format_args!(
            "stopped at step {}; the model is saved: draw it with 'headlight plot {path}'",
            result.steps
        ));
        return Err(Interrupted.into());
    }
    say(summary(&result))?;
    let target = training.config().task.name.looks_at();
    let aligned = records.iter().filter_map(|record| Some((record.kind().title(), record.best_aligned_head()?)));
    for (kind, (layer, head, score)) in aligned.filter(|_| result.solved) {
        say(format_args!("Layer {layer} head {head} ({kind}) looks at {target}: {score:.2} of its weight is there."))?;
    }
    let directory = heatmap_directory(path);
    let pictures = write_heatmaps(&records, &directory, &PlotOptions::default())?;
    for grid in pictures.iter().filter(|path| path.to_string_lossy().ends_with("_grid.png")) {
        say(format_args!("All heads in one picture:     {}", grid.display()))?;
    }
    say(format_args!("One picture per head:         {}", directory.display()))
}

fn summary(result: &RunResult) -> String {
    let RunResult { steps, train_seconds, held_out, exact_match, bar, .. } = result;
    let percent = |share: f64| format!("{:.1} %", share * 100.0);
    match (result.solved, *exact_match == 1.0) {
        (true, true) => format!(
            "Solved after {steps} steps in {train_seconds:.1} s: all {held_out} held-out examples answered without an error."
        ),
        (true, false) => format!(
            "Solved after {steps} steps in {train_seconds:.1} s: {} of {held_out} held-out examples answered without an \
             error, and {} are enough.",
            percent(*exact_match),
            percent(*bar)
        ),
        (false, _) => format!(
            "Not solved after {steps} steps ({train_seconds:.1} s): {} of {held_out} held-out examples are right, and {} are \
             needed; more steps may help (--max-steps).",
            percent(*exact_match),
            percent(*bar)
        ),
    }
}

/// The tasks by name, each explained in the help.
fn tasks() -> impl TypedValueParser<Value = TaskName> {
    let names = TaskName::ALL.map(|task| PossibleValue::new(task.name()).help(task.about()));
    PossibleValuesParser::new(names)
        .try_map(|name| TaskName::ALL.into_iter().find(|task| task.name() == name).ok_or("no such task"))
}
