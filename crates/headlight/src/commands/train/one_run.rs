//! One run, from where it stands to its end.

use std::path::Path;

use headlight_plot::{PlotOptions, draw_heatmaps};
use headlight_runs::{Layout, Replace, RunConfig, RunDirectory, RunResult};
use headlight_train::Training;

use crate::commands::plot::write_pictures;
use crate::commands::write_report;
use crate::interrupt::{self, Interrupted};
use crate::output::{note, say};
use crate::progress::Progress;

/// Trains with progress, writes the run and its pictures, and says how it went.
pub(crate) fn train_and_draw(config: RunConfig, path: &Path, replace: Replace, quiet: bool) -> anyhow::Result<()> {
    interrupt::watch()?;
    let training = config.start()?;
    if interrupt::is_asked() {
        return Err(Interrupted.into()); // before an old run is replaced
    }
    let run = RunDirectory::create(path, &config, replace)?;
    to_the_end(training, run, path, quiet)
}

/// Trains a run from its current step to its end, with progress, draws it, and says how it went.
pub(super) fn to_the_end(
    mut training: Training,
    mut run: RunDirectory,
    path: &Path,
    quiet: bool,
) -> anyhow::Result<()> {
    let progress = Progress::start(&training, run.config(), quiet);
    run.keep_due(&training)?;
    while !training.is_done() && !interrupt::is_asked() {
        progress.show(&run.step(&mut training)?);
    }
    progress.end();

    if !training.is_done() {
        let (result, _) = run.finish(&training)?;
        let path = path.display();
        note(format_args!(
            "stopped at step {}: resume with 'headlight train --resume {path}', or draw what it has learned so far with \
             'headlight plot {path}'",
            result.steps
        ));
        return Err(Interrupted.into());
    }
    let (result, records) = run.finish_model(&training)?;
    let directory = Layout::of(path).heatmaps();
    let pictures = write_pictures(&draw_heatmaps(&records, &PlotOptions::default())?, &directory)?;
    let page = if run.config().tour { Some(write_report(path, records.clone())?) } else { None };
    run.write_result(&result)?; // the last file: a run that has it has all the others

    say(summary(&result))?;
    let target = training.task().spec.looks_at;
    let aligned = records.iter().filter_map(|record| Some((record.kind().title(), record.best_aligned_head()?)));
    for (kind, (layer, head, score)) in aligned.filter(|_| result.solved) {
        say(format_args!(
            "Layer {layer} head {head} ({kind}) attends to {target}, with {score:.2} of its attention weight."
        ))?;
    }
    if let Some(page) = &page {
        say(format_args!("The whole run on one page:    {} (open it in a browser)", page.display()))?;
    }
    for grid in pictures.iter().filter(|path| path.to_string_lossy().ends_with("_grid.png")) {
        say(format_args!("All heads in one picture:     {}", grid.display()))?;
    }
    say(format_args!("One picture per head:         {}", directory.display()))
}

pub(super) fn summary(result: &RunResult) -> String {
    let RunResult { steps, train_seconds, held_out, exact_match, target, .. } = result;
    let percent = |share: f64| format!("{:.1} %", share * 100.0);
    match (result.solved, *exact_match == 1.0) {
        (true, true) => format!(
            "Solved after {steps} steps in {train_seconds:.1} s: all {held_out} held-out examples answered correctly."
        ),
        (true, false) => format!(
            "Solved after {steps} steps in {train_seconds:.1} s: {} of {held_out} held-out examples answered correctly (the \
             target is {}).",
            percent(*exact_match),
            percent(*target)
        ),
        (false, _) => format!(
            "Not solved after {steps} steps ({train_seconds:.1} s): {} of {held_out} held-out examples answered correctly, but \
             the target is {}; more steps may help (--max-steps).",
            percent(*exact_match),
            percent(*target)
        ),
    }
}
