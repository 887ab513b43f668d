//! What can be asked of a training.

use std::ops::Range;
use std::path::PathBuf;

use clap::Args;
use headlight_train::TaskSpec;

use super::options::RunOptions;
use crate::commands::settings::task_names;

/// More would be a mistake in a number.
const MAX_SEEDS: u64 = 1000;

#[derive(Args)]
pub(crate) struct TrainArguments {
    /// Task to learn
    #[arg(index = 1, value_parser = task_names(), required_unless_present = "resume")]
    pub(super) task: Option<&'static TaskSpec>,
    /// Directory for the run, which must be empty or not exist yet
    #[arg(long, value_name = "DIR", required_unless_present = "resume")]
    pub(super) out: Option<PathBuf>,
    /// Replace a run that is already in DIR; a directory that contains anything else is refused
    #[arg(long)]
    pub(super) force: bool,
    /// Resume the stopped run in DIR. It keeps its options; only --max-steps may be raised
    #[arg(long, value_name = "DIR", conflicts_with_all = ["out", "force"])]
    pub(super) resume: Option<PathBuf>,
    #[command(flatten)]
    pub(super) options: RunOptions,
    /// Train one run for each of these seeds, such as 0..10 for the seeds 0 to 9, and print a table. They run side by side on
    /// the cores (on wgpu one after the other), each on one thread and in its own directory below DIR
    #[arg(long, value_name = "A..B", value_parser = parse_seeds, conflicts_with_all = ["seed", "threads", "resume"])]
    pub(super) seeds: Option<Range<u64>>,
    /// Show only the result, without progress
    #[arg(long, short)]
    pub(super) quiet: bool,
}

impl TrainArguments {
    /// Whether a stopped run is resumed.
    pub(crate) fn resumes(&self) -> bool {
        self.resume.is_some()
    }
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
