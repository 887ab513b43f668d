use std::path::PathBuf;

use anyhow::bail;
use clap::Args;
use headlight_plot::{Drawn, FilmOptions, Frame, film as draw_film};
use headlight_record::{AttentionRecord, StepMetrics};
use headlight_runs::{Layout, read_metrics, read_records_of_steps};

use super::device::read_run;
use super::drawing::DrawingArguments;
use super::numbers::Numbers;
use super::plot::write;

#[derive(Args)]
pub(crate) struct FilmArguments {
    /// Directory of a run that was trained with --record-every
    #[arg(value_name = "DIR")]
    run: PathBuf,
    /// Show these layers only, counted from 0: 1 or 0,2-3
    #[arg(long, value_name = "L")]
    layer: Option<Numbers>,
    /// Show these heads only, counted from 0: 1 or 0,2-3
    #[arg(long, value_name = "H")]
    head: Option<Numbers>,
    /// Frames per second, from 1 to 50
    #[arg(long, value_name = "N", default_value_t = 8, value_parser = clap::value_parser!(u16).range(1..=50))]
    fps: u16,
    /// Directory for the films [default: DIR/films]
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    #[command(flatten)]
    drawing: DrawingArguments,
}

/// A GIF and an APNG for each kind of attention that the run recorded.
pub(crate) fn film(arguments: &FilmArguments) -> anyhow::Result<()> {
    read_run(&arguments.run)?; // says what is missing where there is no run
    let metrics = read_metrics(&arguments.run)?;
    let steps = Layout::of(&arguments.run).recorded()?.into_iter().map(|(step, _)| step);
    let recorded = read_records_of_steps(&arguments.run, steps)?;
    let Some(first) = recorded.first() else {
        bail!(
            "{}: nothing was recorded during training: train with --record-every 5, and film that run",
            arguments.run.display()
        );
    };
    let directory = arguments.out.clone().unwrap_or_else(|| Layout::of(&arguments.run).films());
    let options = arguments.drawing.options()?;
    for (at, example) in first.iter().enumerate() {
        let [layers, heads, ..] = example.shape();
        let layers = Numbers::or_all(arguments.layer.as_ref(), layers);
        let heads = Numbers::or_all(arguments.head.as_ref(), heads);
        let frames: Vec<Frame<'_>> = recorded
            .iter()
            .filter_map(|records| records.get(at))
            .map(|record| Frame { record, title: title(record, &metrics, options.title.as_deref()) })
            .collect();
        let shown = FilmOptions { layers: &layers, heads: &heads, fps: arguments.fps };
        let film = draw_film(&frames, &shown, &options)?;
        let mut words = vec![example.kind().to_string()];
        words.extend(Numbers::file_words(arguments.layer.as_ref(), arguments.head.as_ref()));
        let name = |extension: &str| format!("{}.{extension}", words.join("_"));
        let films = [
            (name("gif"), Drawn { bytes: film.gif, missing: film.missing }),
            (name("apng"), Drawn { bytes: film.apng, missing: None }),
        ];
        write(&films, &directory)?;
    }
    Ok(())
}

/// The headline of a frame. All of a film are equally long, so that they do not move: two spaces are as wide as a digit.
fn title(record: &AttentionRecord, metrics: &[StepMetrics], given: Option<&str>) -> String {
    let step = record.origin().step.unwrap_or(0);
    // What step 1 measured before it changed anything is the loss of the model of step 0.
    let loss = metrics.iter().find(|line| line.step == step.max(1)).map(|line| format!(" · loss {:.3}", line.loss));
    let digits = metrics.last().map_or(0, |line| line.step.to_string().len());
    let padding = "  ".repeat(digits.saturating_sub(step.to_string().len()));
    format!("{} · step {padding}{step}{}", given.unwrap_or(record.kind().title()), loss.unwrap_or_default())
}
