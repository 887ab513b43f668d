use std::path::Path;

use headlight_model::Architecture;
use headlight_plot::{PlotOptions, write_head, write_heatmaps};
use headlight_train::{
    Replace, RunConfig, RunDirectory, RunResult, SavedRun, Training, generate as generate_answers, heatmap_directory,
    records,
};

use crate::arguments::{GenerateArguments, PlotArguments, TrainArguments};
use crate::interrupt::{self, Interrupted};
use crate::output::{note, say};
use crate::progress::Progress;

/// Where the tour's run goes.
const TOUR: &str = "runs/copy";

pub(crate) fn tour() -> anyhow::Result<()> {
    let config = RunConfig { tour: true, ..RunConfig::copy(Architecture::Decoder) };
    let path = Path::new(TOUR);
    train_and_draw(config, path, Replace::Tour, false)?;
    let headlight = if std::env::var_os("CARGO").is_some() { "cargo run -q --" } else { "headlight" };
    say(format_args!("Next, let it copy something:  {headlight} generate {TOUR} --input \"3 1 4 1 5 9 2 6 5 3\""))?;
    say(format_args!("or look at other tokens:      {headlight} plot {TOUR} --input \"0 0 0 0 0 1 1 1 1 1\""))
}

pub(crate) fn train(arguments: &TrainArguments) -> anyhow::Result<()> {
    let replace = if arguments.force { Replace::AnyRun } else { Replace::Nothing };
    train_and_draw(arguments.config(), &arguments.out, replace, arguments.quiet)
}

pub(crate) fn generate(arguments: &GenerateArguments) -> anyhow::Result<()> {
    let run = SavedRun::open(&arguments.run)?;
    let source = run.encode(&arguments.input)?;
    let (task, vocabulary) = (&run.config.task, run.config.task.vocabulary());
    let answers = generate_answers(&run.model, task, std::slice::from_ref(&source), &run.device);
    let right = task.answer(&source);
    let words = |ids: &[usize]| vocabulary.tokens(ids).join(" ");
    say(format_args!("input:  {}", words(&source)))?;
    say(format_args!("answer: {}", words(&answers[0])))?;
    if answers[0] == right { say("right") } else { say(format_args!("wrong: it should be {}", words(&right))) }?;
    if source.len() != task.length {
        note(format_args!("note: the run was trained on {} tokens, and this is {}", task.length, source.len()));
    }
    Ok(())
}

pub(crate) fn plot(arguments: &PlotArguments) -> anyhow::Result<()> {
    let run = SavedRun::open(&arguments.run)?;
    let records = match &arguments.input {
        None => run.records()?,
        Some(input) => {
            let (source, steps) = (run.encode(input)?, run.result()?.steps);
            records(&run.model, &run.config.task, &source, Some(steps), &run.device)?
        }
    };
    let directory = arguments.out.clone().unwrap_or_else(|| heatmap_directory(&arguments.run));
    let options = PlotOptions { scale: arguments.scale };
    let paths = match (arguments.layer, arguments.head) {
        (Some(layer), Some(head)) => write_head(&records, layer, head, &directory, &options)?,
        _ => write_heatmaps(&records, &directory, &options)?,
    };
    for path in paths {
        say(path.display())?;
    }
    Ok(())
}

/// Trains with progress, writes the run and its pictures, and says how it went.
fn train_and_draw(config: RunConfig, path: &Path, replace: Replace, quiet: bool) -> anyhow::Result<()> {
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
    let aligned = records.iter().filter_map(|record| Some((record.kind().title(), record.best_aligned_head()?)));
    for (kind, (layer, head, score)) in aligned.filter(|_| result.solved) {
        say(format_args!(
            "Layer {layer} head {head} ({kind}) looks at the token to copy: {score:.2} of its weight is there."
        ))?;
    }
    let directory = heatmap_directory(path);
    let pictures = write_heatmaps(&records, &directory, &PlotOptions::default())?;
    for grid in pictures.iter().filter(|path| path.to_string_lossy().ends_with("_grid.png")) {
        say(format_args!("All heads in one picture:     {}", grid.display()))?;
    }
    say(format_args!("One picture per head:         {}", directory.display()))
}

fn summary(result: &RunResult) -> String {
    let RunResult { steps, train_seconds, held_out, exact_match, .. } = result;
    if result.solved {
        format!(
            "Solved after {steps} steps in {train_seconds:.1} s: all {held_out} held-out sequences copied without an error."
        )
    } else {
        format!(
            "Not solved after {steps} steps ({train_seconds:.1} s): {:.1} % of {held_out} held-out sequences are right; \
             more steps may help (--max-steps).",
            exact_match * 100.0
        )
    }
}
