use std::path::{Path, PathBuf};

use anyhow::bail;
use clap::{Args, ValueEnum};
use headlight_plot::{Drawn, Picture, PlotOptions, draw, draw_heads, write_pictures};
use headlight_record::{AttentionRecord, Combination, read_metrics};
use headlight_train::{SavedRun, heatmap_directory};

use super::drawing::DrawingArguments;
use super::numbers::Numbers;
use super::positions::positions;
use super::source::{Source, SourceArguments};
use crate::output::{note, say};

#[derive(Args)]
pub(crate) struct PlotArguments {
    #[command(flatten)]
    source: SourceArguments,
    /// What to draw
    #[arg(long, value_enum, default_value = "heatmaps")]
    picture: PictureArgument,
    /// Draw these layers only, counted from 0: 1 or 0,2-3
    #[arg(long, value_name = "L")]
    layer: Option<Numbers>,
    /// Draw these heads only, counted from 0: 1 or 0,2-3
    #[arg(long, value_name = "H")]
    head: Option<Numbers>,
    /// Draw one head a layer in place of all: their mean or their maximum
    #[arg(long, value_enum, value_name = "HOW")]
    combine: Option<CombineArgument>,
    /// Take away the weights of another run or file, of the same shape
    #[arg(long, value_name = "SOURCE", conflicts_with_all = ["minus_head"])]
    minus: Option<PathBuf>,
    /// Take away the weights of another head, of the layer and head L,H; needs --layer and --head
    #[arg(long, value_name = "L,H", value_parser = layer_and_head, requires_all = ["layer", "head"])]
    minus_head: Option<(usize, usize)>,
    /// Directory for the pictures [default: DIR/heatmaps, or pictures for a file]
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    #[command(flatten)]
    drawing: DrawingArguments,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum PictureArgument {
    /// Every head by itself, and a grid of all
    Heatmaps,
    /// All kinds of attention on one sheet
    Sheet,
    /// Lines between the tokens of two columns
    Lines,
    /// Loss, accuracy and learning rate of a run
    Curves,
    /// Sinusoidal and rotary positions, and the biases of ALiBi, as wide as the run's model
    Positions,
}

#[derive(Clone, Copy, ValueEnum)]
enum CombineArgument {
    /// What the heads look at on average
    Mean,
    /// What any head looks at
    Maximum,
}

pub(crate) fn plot(arguments: &PlotArguments) -> anyhow::Result<()> {
    let options = arguments.drawing.options();
    let path = arguments.source.path();
    let computes = !matches!(arguments.picture, PictureArgument::Curves | PictureArgument::Positions);
    if !computes && arguments.source.device().is_some() {
        bail!("this picture shows no attention, so that nothing is computed: leave out --device");
    }
    let default = if path.is_dir() { heatmap_directory(path) } else { PathBuf::from("pictures") };
    let directory = arguments.out.clone().unwrap_or(default);
    let named = |name: &str, drawn: Drawn| vec![(format!("{name}.{}", options.format.extension()), drawn)];
    let pictures = match arguments.picture {
        PictureArgument::Curves => {
            SavedRun::open(path)?; // says what is missing where there is no run
            let metrics = read_metrics(&path.join("metrics.jsonl"))?;
            named("curves", draw(&Picture::Curves { metrics: &metrics }, &options)?)
        }
        PictureArgument::Positions => positions(&SavedRun::open(path)?, &options)?,
        _ => {
            let source = Source::open(&arguments.source)?;
            let records = arguments.combined(source.records);
            match arguments.picture {
                PictureArgument::Sheet => named("sheet", draw(&Picture::Sheet { records: &records }, &options)?),
                _ => arguments.of_heads(&records, &options)?,
            }
        }
    };
    write(&pictures, &directory)
}

impl PlotArguments {
    fn combined(&self, records: Vec<AttentionRecord>) -> Vec<AttentionRecord> {
        let combination = match self.combine {
            None => return records,
            Some(CombineArgument::Mean) => Combination::Mean,
            Some(CombineArgument::Maximum) => Combination::Maximum,
        };
        records.iter().map(|record| record.combine_heads(combination)).collect()
    }

    /// Pictures of the chosen layers and heads of each record.
    fn of_heads(&self, records: &[AttentionRecord], options: &PlotOptions) -> anyhow::Result<Vec<(String, Drawn)>> {
        let others = match &self.minus {
            None => None,
            Some(path) => Some(self.combined(Source::open(&self.source.at(path))?.records)),
        };
        let mut pictures = Vec::new();
        for record in records {
            let [layer_count, head_count, ..] = record.shape();
            let layers = Numbers::or_all(self.layer.as_ref(), layer_count);
            let heads = Numbers::or_all(self.head.as_ref(), head_count);
            let name = |what: &str| format!("{}_{what}.{}", record.kind(), options.format.extension());
            if let Some(others) = &others {
                let Some(other) = others.iter().find(|other| other.kind() == record.kind()) else {
                    bail!("the other source has no {}: choose one that has", record.kind().title());
                };
                let picture = Picture::Difference { records: [record, other], layers: &layers, heads: &heads };
                pictures.push((name("difference"), draw(&picture, options)?));
            } else if let Some(other) = self.minus_head {
                let ([layer], [head]) = (&layers[..], &heads[..]) else {
                    bail!("--minus-head compares two heads: choose one with --layer and one with --head");
                };
                // The picture of each says which does not exist.
                for (layer, head) in [(*layer, *head), other] {
                    draw(&Picture::Heads { record, layers: &[layer], heads: &[head] }, options)?;
                }
                let pair = [record.one_head(*layer, *head), record.one_head(other.0, other.1)];
                let title = format!("layer {layer} · head {head} minus layer {} · head {}", other.0, other.1);
                let options = PlotOptions { title: options.title.clone().or(Some(title)), ..options.clone() };
                let picture = Picture::Difference { records: [&pair[0], &pair[1]], layers: &[0], heads: &[0] };
                let what = format!("L{layer}_H{head}_minus_L{}_H{}", other.0, other.1);
                pictures.push((name(&what), draw(&picture, &options)?));
            } else if self.picture == PictureArgument::Lines {
                let picture = Picture::Lines { record, layers: &layers, heads: &heads };
                pictures.push((name("lines"), draw(&picture, options)?));
            } else if let Some(how) = self.combine {
                let how = if matches!(how, CombineArgument::Mean) { "mean" } else { "maximum" };
                let title = format!("{} · {how} of the heads", record.kind().title());
                let options = PlotOptions { title: options.title.clone().or(Some(title)), ..options.clone() };
                pictures.push((name(how), draw(&Picture::Heads { record, layers: &layers, heads: &heads }, &options)?));
            } else {
                pictures.extend(draw_heads(record, &layers, &heads, options)?);
            }
        }
        Ok(pictures)
    }
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

fn layer_and_head(text: &str) -> Result<(usize, usize), String> {
    let wrong = || format!("'{text}' is no head: write its layer and its number, such as 1,0");
    let (layer, head) = text.split_once(',').ok_or_else(wrong)?;
    let number = |text: &str| text.trim().parse().map_err(|_| wrong());
    Ok((number(layer)?, number(head)?))
}
