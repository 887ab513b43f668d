//! The command that continues a sweep.

use std::path::Path;

use super::arguments::SweepArguments;
use super::engine::Engine;
use crate::shell_words::on_one_line;

/// The command that continues the sweep in a directory as it was asked for, for a shell.
pub(super) fn command(arguments: &SweepArguments, path: &Path) -> String {
    let mut words = ["headlight", "sweep", "--resume"].map(String::from).to_vec();
    words.push(path.to_string_lossy().into_owned());
    if arguments.engine != Engine::Local {
        words.extend(["--engine".to_string(), arguments.engine.name().to_string()]);
    }
    if !arguments.hosts.is_empty() {
        words.extend(["--hosts".to_string(), arguments.hosts.join(",")]);
    }
    words.extend(arguments.sbatch.iter().map(|option| format!("--sbatch={option}")));
    for (option, number) in [("--workers", arguments.workers.map(usize::from)), ("--retries", arguments.retries)] {
        words.extend(number.into_iter().flat_map(|number| [option.to_string(), number.to_string()]));
    }
    words.extend(arguments.quiet.then(|| "--quiet".to_string()));
    words.iter().map(|word| on_one_line(word)).collect::<Vec<_>>().join(" ")
}
