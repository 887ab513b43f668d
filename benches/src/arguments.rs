use std::path::{Path, PathBuf};

use clap::{Args, Parser, Subcommand};

use crate::work::{Case, Group};

/// Run Headlight and the same work in PyTorch, transformers, matplotlib and TransformerLens in turn, and print medians and ratios.
///
/// The machine must be quiet; benches/README.md says how to set the peers up and what each row means.
#[derive(Parser)]
#[command(name = "headlight-benches", version, max_term_width = 100, args_conflicts_with_subcommands = true)]
struct Arguments {
    #[command(subcommand)]
    case: Option<CaseCommand>,
    #[command(flatten)]
    compare: CompareArguments,
}

#[derive(Subcommand)]
enum CaseCommand {
    /// Do Headlight's part of one case in this process, and print a line of JSON
    #[command(hide = true)]
    Case {
        /// The case, as JSON
        #[arg(value_parser = Case::from_json)]
        case: Case,
    },
}

/// What to compare, and how often.
#[derive(Args)]
pub(crate) struct CompareArguments {
    /// The Python that has the peers' packages
    #[arg(long, env = "HEADLIGHT_PEER_PYTHON", default_value = "python3")]
    pub(crate) python: PathBuf,
    /// How often each side does each case
    #[arg(long, value_name = "N", default_value_t = 5, value_parser = clap::value_parser!(u16).range(1..=1000))]
    pub(crate) rounds: u16,
    /// Only these parts, separated by commas
    #[arg(long, value_enum, value_delimiter = ',', default_values_t = Group::ALL, hide_default_value = true)]
    pub(crate) only: Vec<Group>,
    /// Write the table and every sample to FILE as JSON, too
    #[arg(long, value_name = "FILE", value_parser = json_path)]
    pub(crate) json: Option<PathBuf>,
    /// Directory of a pretrained model to measure, as Hugging Face's transformers saves it; may be given several times
    #[arg(long, value_name = "DIR", value_parser = model_path)]
    pub(crate) model: Vec<PathBuf>,
    /// Training steps to time
    #[arg(long, value_name = "N", default_value_t = 300, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    pub(crate) steps: u32,
}

/// What the program was started for.
pub(crate) enum Command {
    /// One case of Headlight's, by the program itself.
    Case(Case),
    /// The comparison.
    Compare(CompareArguments),
}

/// Reads the command line. Where it is wrong, or help is asked for, it says so and ends the process.
pub(crate) fn parse() -> Command {
    match Arguments::try_parse() {
        Ok(Arguments { case: Some(CaseCommand::Case { case }), .. }) => Command::Case(case),
        Ok(Arguments { case: None, compare }) => Command::Compare(compare),
        Err(error) if error.use_stderr() => {
            // clap explains itself in paragraphs; the first says what is wrong.
            let text = error.render().to_string();
            let lines: Vec<_> = text.lines().take_while(|line| !line.is_empty()).map(str::trim).collect();
            let reason = lines.join(" ");
            eprintln!("headlight-benches: {} (see --help)", reason.trim_start_matches("error: "));
            std::process::exit(2);
        }
        Err(help) => help.exit(),
    }
}

/// Says at once what would otherwise be found out at the end.
fn json_path(text: &str) -> Result<PathBuf, String> {
    let path = PathBuf::from(text);
    let directory = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    match path.file_name() {
        Some(_) if directory.is_dir() && !path.is_dir() => Ok(path),
        _ => Err("a file in a directory that exists is needed".to_string()),
    }
}

/// Likewise.
fn model_path(text: &str) -> Result<PathBuf, String> {
    let path = PathBuf::from(text);
    if path.join("config.json").is_file() {
        Ok(path)
    } else {
        Err("a directory with a config.json is needed".to_string())
    }
}
