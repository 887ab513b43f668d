use std::path::PathBuf;

use clap::Args;
use headlight_plot::{PlotOptions, write_head, write_heatmaps};
use headlight_train::{SavedRun, heatmap_directory, records};

use crate::output::say;

#[derive(Args)]
pub(crate) struct PlotArguments {
    /// Directory of a run
    #[arg(value_name = "DIR")]
    run: PathBuf,
    /// A question, as the task has them; without one, the held-out example that the run recorded
    #[arg(long, value_name = "TOKENS")]
    input: Option<String>,
    /// Draw one head only: its layer, counted from 0
    #[arg(long, value_name = "L", requires = "head")]
    layer: Option<usize>,
    /// Draw one head only: its number, counted from 0
    #[arg(long, value_name = "H", requires = "layer")]
    head: Option<usize>,
    /// Directory for the pictures [default: DIR/heatmaps]
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Size of the pictures: 2 has twice as many pixels a side
    #[arg(long, value_name = "S", default_value_t = 1.0)]
    scale: f64,
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
