use clap::{CommandFactory, FromArgMatches, Parser, Subcommand};

use crate::commands::{
    AttendArguments, CheckArguments, CollectArguments, DevicesArguments, DownloadArguments, EvaluateArguments,
    ExplainArguments, ExportArguments, FilmArguments, GenerateArguments, GraphArguments, LabArguments, Lens,
    ModelsArguments, PlotArguments, ReportArguments, ServeArguments, SummaryArguments, SweepArguments, TrainArguments,
};
use crate::exit::Otherwise;
use crate::remote::{Part, RemoteArguments};
use crate::task_help;

/// Train a small attention model, and see what every head learns.
///
/// Without a command, it takes the tour: it trains a transformer to copy, in runs/copy, draws every head, and says where the
/// pictures are.
#[derive(Parser)]
#[command(version, max_term_width = 100, after_help = "Example:\n  headlight train copy --out runs/mine --heads 2")]
struct Arguments {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    remote: RemoteArguments,
}

#[derive(Subcommand)]
pub(crate) enum Command {
    /// Take the tour: train on copy in runs/copy, draw every head, and say where the pictures are (same as no command)
    Tour,
    /// List the tasks, each with an example, its default architecture and how long it takes to learn
    #[command(after_help = "Example:\n  headlight tasks")]
    Tasks,
    /// Train a model until it has learned its task, and draw its heads ('headlight train TASK --help' explains a task)
    #[command(after_help = "Example:\n  headlight train copy --out runs/mine --architecture encoder-decoder --seed 7")]
    Train(Box<TrainArguments>),
    /// Train a run for every combination of options: any option of 'train' takes a list of values
    #[command(
        after_help = "Examples:\n  headlight sweep recall --heads 1,2,4 --d-model 32,64 --seeds 0..20 --out sweeps/recall\n  headlight sweep --resume sweeps/recall"
    )]
    Sweep(Box<SweepArguments>),
    /// Gather what the runs of a sweep have come to: a table, pictures, and one page, also while it runs
    #[command(after_help = "Example:\n  headlight collect sweeps/recall --rows heads --columns d-model")]
    Collect(CollectArguments),
    /// Ask a trained model a question, and check its answer
    #[command(after_help = "Example:\n  headlight generate runs/copy --input \"3 1 4 1 5 9 2 6 5 3\"")]
    Generate(GenerateArguments),
    /// Measure how often a trained model is right, also on lengths that it was not trained on
    #[command(after_help = "Example:\n  headlight evaluate runs/copy --length 12 --count 100")]
    Evaluate(EvaluateArguments),
    /// Show every head of a model that others trained, such as BERT or GPT-2, on a text
    #[command(
        after_help = "Examples:\n  headlight attend gpt2 \"the cat sat on the\"\n  headlight attend models/bert \"the [MASK] sat\" --second \"it purred\" --layer 2,4\n  headlight attend models/gpt2 --ids \"464 3797 3332\""
    )]
    Attend(Box<AttendArguments>),
    /// Draw what a trained model attends to, the attention weights in a file, or what a lens found, as PNG or SVG
    #[command(
        after_help = "Example:\n  headlight plot runs/copy --input \"3 1 4 1 5 9 2 6 5 3\" --layer 0 --head 2 --out pictures"
    )]
    Plot(Box<PlotArguments>),
    /// Test what heads do: score them, switch them off, patch them, take them apart
    #[command(subcommand)]
    Lens(Lens),
    /// Find leaks: change tokens that an output must not depend on, and see whether it changes
    #[command(after_help = "Example:\n  headlight check runs/copy")]
    Check(CheckArguments),
    /// Show how one head computes its output, step by step: queries, keys, scores, mask, softmax, values, context
    #[command(
        after_help = "Examples:\n  headlight explain \"the cat sat\" --query sat\n  headlight explain --run runs/copy --layer 0 --head 2\n  headlight explain \"the cat sat\" --masks --scaling"
    )]
    Explain(Box<ExplainArguments>),
    /// Animate how the heads of a run formed during training, as GIF and APNG
    #[command(
        after_help = "Example:\n  headlight train copy --out runs/mine --record-every 2\n  headlight film runs/mine"
    )]
    Film(FilmArguments),
    /// Write a run, or the attention weights in a file, as one HTML page for any browser
    #[command(after_help = "Example:\n  headlight report runs/copy -o copy.html")]
    Report(ReportArguments),
    /// Write the lab as one HTML page, which trains a model in any browser and shows its heads while they form
    #[command(after_help = "Example:\n  headlight lab recall --layers 1 -o one-layer.html")]
    Lab(Box<LabArguments>),
    /// List a model's layers with their shapes, parameters, multiply–adds and memory
    #[command(after_help = "Example:\n  headlight summary runs/copy --batch-size 8 --length 21")]
    Summary(SummaryArguments),
    /// Write a trained model for other programs: as ONNX, or as parameters with PyTorch's names
    #[command(after_help = "Example:\n  headlight export runs/copy --onnx model.onnx --with-attention")]
    Export(ExportArguments),
    /// Draw a model's graph as an SVG picture
    #[command(after_help = "Example:\n  headlight graph runs/copy --out graph.svg")]
    Graph(GraphArguments),
    /// List the models in Hugging Face's local cache: name, size, and whether Headlight knows the family
    #[command(after_help = "Example:\n  headlight models")]
    Models(ModelsArguments),
    /// Download a model into Hugging Face's local cache, in a build with --features download
    #[command(after_help = "Example:\n  headlight download sentence-transformers/all-MiniLM-L6-v2")]
    Download(DownloadArguments),
    /// List the devices to compute on: those in this build, and what this machine has for them
    #[command(after_help = "Example:\n  headlight devices --measure --d-model 64,256 --batch-size 64,256")]
    Devices(DevicesArguments),
    /// Let other machines compute on this machine's device, in a build with --features remote
    #[command(after_help = "Example:\n  headlight serve --device wgpu --token-file token.txt")]
    Serve(ServeArguments),
}

impl Command {
    /// What the user can ask for instead, should its device fail.
    pub(crate) fn otherwise(&self) -> Otherwise {
        match self {
            Self::Train(arguments) if arguments.resumes() => Otherwise::Resuming,
            Self::Sweep(arguments) if arguments.is_one_run() => Otherwise::RunOfASweep,
            Self::Sweep(arguments) if arguments.resumes() => Otherwise::Resuming,
            Self::Train(_) | Self::Sweep(_) | Self::Devices(_) => Otherwise::DeviceOrSizes,
            Self::Generate(_)
            | Self::Evaluate(_)
            | Self::Attend(_)
            | Self::Plot(_)
            | Self::Lens(_)
            | Self::Check(_)
            | Self::Explain(_)
            | Self::Report(_) => Otherwise::Device,
            Self::Serve(_) => Otherwise::Serving,
            Self::Tour
            | Self::Tasks
            | Self::Film(_)
            | Self::Collect(_)
            | Self::Lab(_)
            | Self::Models(_)
            | Self::Download(_)
            | Self::Summary(_)
            | Self::Export(_)
            | Self::Graph(_) => Otherwise::Nothing,
        }
    }

    /// What it has to do with devices of other machines.
    fn part(&self) -> Part {
        match self {
            Self::Serve(_) => Part::Serves,
            Self::Sweep(arguments) if !arguments.is_one_run() => Part::StartsOthers,
            _ => Part::Computes,
        }
    }
}

/// Reads the command line.
///
/// # Errors
///
/// In one line, when it is wrong, or a token cannot be read. Asked for help or the version, it prints them and ends the process.
pub(crate) fn parse() -> anyhow::Result<Command> {
    let words: Vec<_> = std::env::args_os().collect();
    let command = match task_help::asked_for(words.iter().map(AsRef::as_ref)) {
        Some((name, task)) => Arguments::command().mut_subcommand(name, |command| task_help::explain(command, task)),
        None => Arguments::command(),
    };
    let matches = command.try_get_matches_from(words);
    match matches.and_then(|matches| Arguments::from_arg_matches(&matches)) {
        Ok(Arguments { command, remote }) => {
            let command = command.unwrap_or(Command::Tour);
            remote.prepare(command.part())?;
            Ok(command)
        }
        Err(error) if error.use_stderr() => anyhow::bail!("{} (see 'headlight --help')", in_one_line(error)),
        Err(help) => help.exit(),
    }
}

/// What is wrong: clap explains itself in paragraphs, of which the first says so.
pub(crate) fn in_one_line(error: clap::Error) -> anyhow::Error {
    let text = error.render().to_string();
    let lines = text.lines().take_while(|line| !line.is_empty()).map(str::trim);
    let reason = lines.collect::<Vec<_>>().join(" ");
    anyhow::anyhow!("{}", reason.trim_start_matches("error: "))
}
