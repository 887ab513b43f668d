pub(crate) mod charts;
mod comparing;

use std::path::{Path, PathBuf};

use anyhow::bail;
use clap::{Args, ValueEnum};
use headlight_plot::{Drawn, MissingCharacters, Picture, PlotOptions, draw, draw_heads};
use headlight_record::{AttentionRecord, Findings};
use headlight_runs::{RunError, read_metrics, write_into_run};

use super::device::read_run;
use super::drawing::{DrawingArguments, FormatArguments};
use super::layers::layers_in;
use super::numbers::Numbers;
use super::positions::positions;
use super::source::{Source, SourceArguments};
use crate::output::{note, say};
use charts::{drawn, findings_in, has_cells, shows_shares};
use comparing::{Choice, Combined, ComparingArguments};

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
    #[command(flatten)]
    comparing: ComparingArguments,
    /// Directory for the pictures [default: DIR/heatmaps, or pictures/FILE for a file]
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    #[command(flatten)]
    format: FormatArguments,
    #[command(flatten)]
    drawing: DrawingArguments,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum PictureArgument {
    /// Each head by itself, and all in a grid
    Heatmaps,
    /// All kinds of attention on one sheet
    Sheet,
    /// Lines between two columns of tokens
    Lines,
    /// Loss, accuracy and learning rate of a run
    Curves,
    /// Sinusoidal and rotary position encodings and the biases of ALiBi, for the run's width
    Positions,
}

pub(crate) fn plot(arguments: &PlotArguments) -> anyhow::Result<()> {
    let findings = findings_in(arguments.source.path())?;
    match &findings {
        Some(findings) => arguments.refuse_flags_idle_for(findings)?,
        None => arguments.refuse_idle_flags()?,
    }
    let options = PlotOptions { format: arguments.format.format(), ..arguments.drawing.options()? };
    let path = arguments.source.path();
    let directory = arguments.out.clone().unwrap_or_else(|| arguments.source.directory());
    if let Some(findings) = findings {
        return write(&drawn(&findings.charts, &options, "")?, &directory);
    }
    let pictures = match arguments.picture {
        PictureArgument::Curves => {
            read_run(path)?; // says what is missing where there is no run
            let metrics = read_metrics(path)?;
            named("curves", draw(&Picture::Curves { metrics: &metrics }, &options)?, &options)
        }
        PictureArgument::Positions => drawn(&positions(&read_run(path)?), &options, "")?,
        _ => arguments.of_records(Source::open(&arguments.source, arguments.layer.as_ref())?.records, &options)?,
    };
    write(&pictures, &directory)
}

impl PlotArguments {
    /// A flag that would change nothing is a misunderstanding.
    fn refuse_idle_flags(&self) -> anyhow::Result<()> {
        let chosen = [(self.layer.is_some(), "--layer"), (self.head.is_some(), "--head")];
        let chosen = chosen.into_iter().find(|(given, _)| *given).map(|(_, flag)| flag);
        let (drawing, difference) = (&self.drawing, self.comparing.is_difference());
        let (picture, idle) = match self.picture {
            PictureArgument::Curves => (
                "--picture curves",
                self.source
                    .flag()
                    .or(chosen)
                    .or(self.comparing.flag())
                    .or(drawing.colour_flag())
                    .or(drawing.value_flag()),
            ),
            PictureArgument::Positions => (
                "--picture positions",
                self.source.flag().or(chosen).or(self.comparing.flag()).or(drawing.colour_flag()),
            ),
            PictureArgument::Lines | PictureArgument::Sheet if difference => ("a difference", Some("--picture")),
            PictureArgument::Lines => ("--picture lines", drawing.heatmap_flag().or(drawing.value_flag())),
            PictureArgument::Heatmaps if difference => {
                ("a difference, which has its own colours,", drawing.colour_flag())
            }
            PictureArgument::Heatmaps | PictureArgument::Sheet => return Ok(()),
        };
        match idle {
            None => Ok(()),
            Some(flag) => bail!("{picture} has no use for {flag}: leave it out"),
        }
    }

    /// The same for a file that says what to draw, and how.
    fn refuse_flags_idle_for(&self, findings: &Findings) -> anyhow::Result<()> {
        let given = [
            (self.picture != PictureArgument::Heatmaps, "--picture"),
            (self.layer.is_some(), "--layer"),
            (self.head.is_some(), "--head"),
        ];
        let given = given.into_iter().find(|(given, _)| *given).map(|(_, flag)| flag);
        let colour = self.drawing.colour_flag().filter(|_| !findings.charts.iter().any(shows_shares));
        let value = self.drawing.value_flag().filter(|_| !findings.charts.iter().any(has_cells));
        match given.or(self.source.flag()).or(self.comparing.flag()).or(colour).or(value) {
            None => Ok(()),
            Some(flag) => {
                bail!("{}: what this lens found has no use for {flag}: leave it out", self.source.path().display())
            }
        }
    }

    fn of_records(&self, records: Vec<AttentionRecord>, options: &PlotOptions) -> anyhow::Result<Vec<(String, Drawn)>> {
        let choice = Choice { layer: self.layer.as_ref(), head: self.head.as_ref() };
        let combined = self.comparing.combined(records, &self.source, choice)?;
        if self.comparing.is_difference() {
            return self.comparing.differences(&combined, &self.source, options);
        }
        if self.picture == PictureArgument::Sheet {
            return sheet(&combined, options);
        }
        let mut pictures = Vec::new();
        for record in &combined.records {
            let (layers, heads) = combined.chosen(record)?;
            let (layers, heads) = (&layers[..], &heads[..]);
            let options = titled(options, record.kind().title(), &combined);
            if self.picture == PictureArgument::Lines {
                let name = combined.file_name(Some(record), "lines");
                pictures.extend(named(&name, draw(&Picture::Lines { record, layers, heads }, &options)?, &options));
            } else if combined.made.is_some() {
                let name = combined.file_name(Some(record), "");
                pictures.extend(named(&name, draw(&Picture::Heads { record, layers, heads }, &options)?, &options));
            } else {
                pictures.extend(draw_heads(record, layers, heads, &options)?);
            }
        }
        Ok(pictures)
    }
}

fn sheet(combined: &Combined, options: &PlotOptions) -> anyhow::Result<Vec<(String, Drawn)>> {
    let options = titled(options, "all attention", combined);
    let numbers = |choice: &'_ Option<Numbers>| choice.as_ref().map(|Numbers(numbers)| numbers.clone());
    let layers = match (&combined.layer, combined.records.first()) {
        (Some(_), Some(record)) => Some(layers_in(record, combined.layer.as_ref())?),
        _ => None,
    };
    let heads = numbers(&combined.head);
    let picture = Picture::Sheet { records: &combined.records, layers: layers.as_deref(), heads: heads.as_deref() };
    Ok(named(&combined.file_name(None, "sheet"), draw(&picture, &options)?, &options))
}

/// Options with a title that says what was combined, where something was and the user gave none.
fn titled(options: &PlotOptions, what: &str, combined: &Combined) -> PlotOptions {
    let own = combined.made.as_ref().map(|[_, words]| format!("{what} · {words}"));
    PlotOptions { title: options.title.clone().or(own), ..options.clone() }
}

fn named(name: &str, drawn: Drawn, options: &PlotOptions) -> Vec<(String, Drawn)> {
    vec![(format!("{name}.{}", options.format.extension()), drawn)]
}

/// Writes pictures, says where they are, and notes once what they could not show.
pub(crate) fn write(pictures: &[(String, Drawn)], directory: &Path) -> anyhow::Result<()> {
    note_missing(pictures);
    let paths = write_pictures(pictures, directory)?;
    paths.iter().try_for_each(|path| say(path.display()))
}

/// Notes once what pictures could not show.
pub(super) fn note_missing(pictures: &[(String, Drawn)]) {
    let mut missing: Vec<&MissingCharacters> =
        pictures.iter().filter_map(|(_, drawn)| drawn.missing.as_ref()).collect();
    missing.dedup();
    for missing in missing {
        let advice = if missing.need_only_a_font() {
            "give a font that has them (--font FILE), or draw an SVG"
        } else {
            "draw an SVG, whose viewer can set them"
        };
        note(format_args!("note: {missing}; {advice}"));
    }
}

/// Writes pictures under their names into `directory`, which is made if it does not exist, and returns their paths. A run in whose
/// directory they are knows of them.
pub(crate) fn write_pictures(pictures: &[(String, Drawn)], directory: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let files: Vec<_> = pictures.iter().map(|(name, drawn)| (directory.join(name), drawn.bytes.clone())).collect();
    write_into_run(&files).map_err(cannot_write)?;
    Ok(files.into_iter().map(|(path, _)| path).collect())
}

/// A directory that does not take a picture; advice on resuming a run does not fit.
fn cannot_write(error: RunError) -> anyhow::Error {
    let RunError::Io { path, source } = error else { return error.into() };
    let path = path.display();
    std::io::Error::other(format!("cannot write {path}: {source}; choose a directory that you can write to")).into()
}
