use clap::{Parser, Subcommand};

use crate::commands::{FilmArguments, GenerateArguments, PlotArguments, TrainArguments};

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
    /// Draw what a trained model attends to, or the weights in a file, as PNG or SVG
    #[command(
        after_help = "Example:\n  headlight plot runs/copy --input \"3 1 4 1 5 9 2 6 5 3\" --layer 0 --head 2 --out pictures"
    )]
    Plot(PlotArguments),
    /// Show how the heads of a run formed, as an animated GIF and an APNG
    #[command(
        after_help = "Example:\n  headlight train copy --out runs/mine --record-every 2\n  headlight film runs/mine"
    )]
    Film(FilmArguments),
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
