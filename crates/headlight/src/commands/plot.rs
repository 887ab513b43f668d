use std::path::{Path, PathBuf};

use clap::Args;
use headlight_plot::{Drawn, draw_heads, write_pictures};
use headlight_train::{SavedRun, heatmap_directory, records};

use super::drawing::DrawingArguments;
use super::numbers::Numbers;
use crate::output::{note, say};

#[derive(Args)]
pub(crate) struct PlotArguments {
    /// Directory of a run
    #[arg(value_name = "DIR")]
    run: PathBuf,
    /// A question, as the task has them; without one, the held-out example that the run recorded
    #[arg(long, value_name = "TOKENS")]
    input: Option<String>,
    /// Draw these layers only, counted from 0: 1 or 0,2-3
    #[arg(long, value_name = "L")]
    layer: Option<Numbers>,
    /// Draw these heads only, counted from 0: 1 or 0,2-3
    #[arg(long, value_name = "H")]
    head: Option<Numbers>,
    /// Directory for the pictures [default: DIR/heatmaps]
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    #[command(flatten)]
    drawing: DrawingArguments,
}

pub(crate) fn plot(arguments: &PlotArguments) -> anyhow::Result<()> {
    let run = SavedRun::open(&arguments.run)?;
    let records = match &arguments.input {
        None => run.records()?,
        Some(input) => {
            let (example, steps) = (run.example(input)?, run.result()?.steps);
            records(&run.model, &run.config.task, &example, Some(steps), &run.device)?
        }
    };
    let directory = arguments.out.clone().unwrap_or_else(|| heatmap_directory(&arguments.run));
    let options = arguments.drawing.options();
    let mut pictures = Vec::new();
    for record in &records {
        let [layers, heads, ..] = record.shape();
        let layers = Numbers::or_all(arguments.layer.as_ref(), layers);
        let heads = Numbers::or_all(arguments.head.as_ref(), heads);
        pictures.extend(draw_heads(record, &layers, &heads, &options)?);
    }
    write(&pictures, &directory)
}

/// Writes pictures, says where they are, and notes once what they could not show.
pub(crate) fn write(pictures: &[(String, Drawn)], directory: &Path) -> anyhow::Result<()> {
    let mut warnings: Vec<&String> = pictures.iter().flat_map(|(_, drawn)| &drawn.warnings).collect();
    warnings.dedup();
    for warning in warnings {
        note(format_args!("note: {warning}"));
    }
    let paths = write_pictures(pictures, directory)?;
    paths.iter().try_for_each(|path| say(path.display()))
}
