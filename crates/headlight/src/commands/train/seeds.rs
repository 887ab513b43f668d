use std::ops::Range;
use std::path::Path;
use std::sync::Mutex;

use headlight_plot::{PlotOptions, draw_heatmaps};
use headlight_runs::{Layout, ReadyRun, Replace, RunConfig, RunResult, SeedDirectory};

use super::arguments::TrainArguments;
use super::asked::{asked_of, named_as_flags};
use super::unshown::train_until_stopped;
use crate::commands::announce;
use crate::commands::plot::write_pictures;
use crate::interrupt::{self, Interrupted};
use crate::output::{note, say};

/// Trains a run for each seed, side by side on the cores, each on one thread, and prints how they went. On wgpu one after the other.
pub(super) fn train_seeds(
    arguments: &TrainArguments,
    seeds: Range<u64>,
    config: RunConfig,
    path: &Path,
    replace: Replace,
) -> anyhow::Result<()> {
    interrupt::watch()?;
    let mut config = RunConfig { threads: 1, ..config };
    config.training.seed = seeds.start;
    side_by_side(&SeedDirectory::create(path, seeds, config, replace)?, path, arguments.quiet)
}

/// Resumes the seeds that have not ended.
pub(super) fn resume_seeds(arguments: &TrainArguments, path: &Path) -> anyhow::Result<()> {
    interrupt::watch()?;
    let directory = SeedDirectory::open(path)?;
    let config = asked_of(arguments, directory.config())?;
    side_by_side(&directory.with_config(config).map_err(named_as_flags)?, path, arguments.quiet)
}

/// A seed's result, or what kept it from one.
type Outcome = (u64, Result<Option<RunResult>, anyhow::Error>);

fn side_by_side(directory: &SeedDirectory, path: &Path, quiet: bool) -> anyhow::Result<()> {
    let seeds = directory.seeds();
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let device = &directory.config().device;
    // A graphics card is shared: side by side, each run would be the slower for the others, and need memory all the while.
    let workers = if device.takes_threads() { cores.min((seeds.end - seeds.start) as usize) } else { 1 };
    if !quiet {
        note(format_args!("Training {} seeds, {workers} at a time, each on one thread.", seeds.end - seeds.start));
        announce(device);
    }
    // Whichever worker is free takes the next seed. What a seed becomes does not depend on who took it, or when.
    let next = Mutex::new(seeds);
    let outcomes: Mutex<Vec<Outcome>> = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..workers {
            scope.spawn(|| {
                while let Some(seed) = if interrupt::is_asked() { None } else { taken(&next).next() } {
                    let outcome = train_seed(directory, seed);
                    match &outcome {
                        Ok(Some(result)) if !quiet => note(format_args!("seed {seed}: {}", in_words(result))),
                        Err(_) => note(format_args!("seed {seed}: failed")),
                        _ => {}
                    }
                    taken(&outcomes).push((seed, outcome));
                }
            });
        }
    });
    let mut outcomes = outcomes.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
    outcomes.sort_by_key(|(seed, _)| *seed);
    let results: Vec<RunResult> = outcomes.iter().filter_map(|(_, outcome)| outcome.as_ref().ok()?.clone()).collect();
    for line in table(&results) {
        say(line)?;
    }
    // The others are done; what is wrong with one is said last, and decides how the program ends.
    if let Some(failure) = outcomes.into_iter().find_map(|(_, outcome)| outcome.err()) {
        return Err(failure);
    }
    let seeds = directory.seeds();
    if (results.len() as u64) < seeds.end - seeds.start {
        note(format_args!("stopped: resume with 'headlight train --resume {}'", path.display()));
        return Err(Interrupted.into());
    }
    Ok(())
}

/// The result of a seed, or `None` if the user stopped it.
fn train_seed(directory: &SeedDirectory, seed: u64) -> anyhow::Result<Option<RunResult>> {
    let (mut run, mut training) = match directory.run(seed)? {
        ReadyRun::Ended(result) => return Ok(Some(result)),
        ReadyRun::Open(open) => *open,
    };
    train_until_stopped(&mut run, &mut training)?;
    if !training.is_done() {
        run.finish(&training)?;
        return Ok(None);
    }
    let (result, records) = run.finish_model(&training)?;
    let pictures = draw_heatmaps(&records, &PlotOptions::default())?;
    write_pictures(&pictures, &Layout::of(&directory.path_of(seed)).heatmaps())?;
    run.write_result(&result)?;
    Ok(Some(result))
}

fn in_words(result: &RunResult) -> String {
    let solved = if result.solved { "solved" } else { "not solved" };
    format!("{solved} after {} steps in {:.1} s", result.steps, result.train_seconds)
}

/// A line for each seed, and the mean and the standard deviation of those that were solved.
fn table(results: &[RunResult]) -> Vec<String> {
    let mut lines =
        vec![format!("{:>6}  {:6}  {:>11}  {:>7}  {:>7}", "seed", "solved", "exact match", "steps", "seconds")];
    lines.extend(results.iter().map(|result| {
        let RunResult { seed, solved, exact_match, steps, train_seconds, .. } = result;
        let (solved, exact_match) = (if *solved { "yes" } else { "no" }, exact_match * 100.0);
        format!("{seed:>6}  {solved:6}  {exact_match:>9.1} %  {steps:>7}  {train_seconds:>7.1}")
    }));
    let solved = || results.iter().filter(|result| result.solved);
    let steps: Vec<f64> = solved().map(|result| result.steps as f64).collect();
    let seconds: Vec<f64> = solved().map(|result| result.train_seconds).collect();
    lines.push(format!("{} of {} solved", steps.len(), results.len()));
    if let (Some(steps), Some(seconds)) = (mean(&steps), mean(&seconds)) {
        lines.push(format!("{:27}  {steps:>7.1}  {seconds:>7.1}", "mean of solved seeds"));
    }
    if let (Some(steps), Some(seconds)) = (spread(&steps), spread(&seconds)) {
        lines.push(format!("{:27}  {steps:>7.1}  {seconds:>7.1}", "standard deviation"));
    }
    lines
}

fn mean(numbers: &[f64]) -> Option<f64> {
    (!numbers.is_empty()).then(|| numbers.iter().sum::<f64>() / numbers.len() as f64)
}

/// The standard deviation of a sample, with n − 1: what other seeds would show.
fn spread(numbers: &[f64]) -> Option<f64> {
    let mean = mean(numbers).filter(|_| numbers.len() > 1)?;
    let squares: f64 = numbers.iter().map(|number| (number - mean).powi(2)).sum();
    Some((squares / (numbers.len() - 1) as f64).sqrt())
}

/// A worker that panics ends the program; what it held is as good as before.
fn taken<T>(shared: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    shared.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_spread_is_that_of_a_sample() {
        assert_eq!((mean(&[]), spread(&[]), spread(&[5.0])), (None, None, None));
        assert_eq!(mean(&[2.0, 4.0, 9.0]), Some(5.0));
        // (9 + 1 + 16) / 2 = 13
        assert_eq!(spread(&[2.0, 4.0, 9.0]), Some(13.0_f64.sqrt()));
    }
}
