//! The options of `train` that decide what a run is, each with several values.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{Arg, ArgAction, ArgMatches, Args, Command, FromArgMatches};

use crate::commands::train::RunOptions;

/// What was given of the options of `train`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Lists {
    /// The names of options, with their values, in the order in which they were typed.
    pub(super) options: Vec<(String, Vec<String>)>,
    /// The names of options without a value.
    pub(super) flags: Vec<String>,
    /// The file of pairs.
    pub(super) pairs: Option<PathBuf>,
}

/// A sweep has an option of its own for these.
const OWN: [&str; 1] = ["seed"];

const HEADING: &str = "Options of a run, each with one value or several, such as 32,64";
const THREADS: &str = "Number of replicas of the model, each trained on its own core [default: 1]";

/// The options of `train` that say what a run is.
pub(super) fn options_of_a_run() -> impl Iterator<Item = Arg> {
    let command = RunOptions::augment_args(Command::new("run"));
    let arguments: Vec<Arg> =
        command.get_arguments().filter(|argument| !OWN.contains(&argument.get_id().as_str())).cloned().collect();
    arguments.into_iter()
}

/// Whether an option is given without a value.
pub(super) fn is_flag(argument: &Arg) -> bool {
    matches!(argument.get_action(), ArgAction::SetTrue)
}

impl Args for Lists {
    fn augment_args(command: Command) -> Command {
        command.args(options_of_a_run().map(|argument| {
            let is_one = argument.is_positional() || is_flag(&argument);
            let argument = if is_one { argument } else { argument.value_delimiter(',') };
            // Many runs share the cores.
            let is_threads = argument.get_id() == "threads";
            let argument = if is_threads { argument.help(THREADS) } else { argument };
            let heading = if argument.is_positional() { None } else { Some(HEADING) };
            argument.help_heading(heading).conflicts_with_all(["resume", "run"])
        }))
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

impl FromArgMatches for Lists {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let mut given = Vec::new();
        let mut lists = Self::default();
        for argument in options_of_a_run() {
            let id = argument.get_id().as_str();
            let name = argument.get_long().unwrap_or(id).to_string();
            if is_flag(&argument) {
                lists.flags.extend(matches.get_flag(id).then_some(name));
            } else if let (Some(values), Some(index)) = (matches.get_raw(id), matches.index_of(id)) {
                let values: Vec<OsString> = values.map(OsString::from).collect();
                if argument.is_positional() {
                    lists.pairs = values.into_iter().next().map(PathBuf::from);
                } else {
                    // The parsers of these options take nothing that is no text.
                    let values = values.into_iter().map(|value| value.to_string_lossy().into_owned());
                    given.push((index, name, values.collect()));
                }
            }
        }
        given.sort();
        lists.options = given.into_iter().map(|(_, name, values)| (name, values)).collect();
        Ok(lists)
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}
