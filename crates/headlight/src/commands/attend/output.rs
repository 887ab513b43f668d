//! What is written: the records, a picture of each kind of attention, and the page.

use std::fs::File;
use std::path::{Path, PathBuf};

use anyhow::bail;
use clap::Args;
use headlight_plot::{Drawn, Picture, PlotOptions, draw, draw_heads};
use headlight_record::{AttentionRecord, holds_records, records_to_bytes};
use headlight_report::{Report, report_html};
use headlight_runs::{Layout, write_into_run};

use crate::commands::drawing::{DrawingArguments, FormatArguments};
use crate::commands::model::failed;
use crate::commands::numbers::Numbers;
use crate::commands::place::Place;
use crate::commands::plot::note_missing;
use crate::commands::pretrained::Asked;
use crate::output::say;

#[derive(Args)]
pub(super) struct OutputArguments {
    /// Draw these heads only, each also by itself, counted from 0: 1 or 0,2-3
    #[arg(long, value_name = "H")]
    head: Option<Numbers>,
    /// Directory for everything that is written [default: attention/NAME]
    #[arg(long, short, value_name = "DIR")]
    out: Option<PathBuf>,
    #[command(flatten)]
    format: FormatArguments,
    #[command(flatten)]
    drawing: DrawingArguments,
}

impl OutputArguments {
    /// Where everything goes. What Headlight did not write there stays as it is.
    ///
    /// # Errors
    ///
    /// When something of the same name is there.
    pub(super) fn directory(&self, place: &Place) -> anyhow::Result<PathBuf> {
        let directory = self.out.clone().unwrap_or_else(|| Path::new("attention").join(&place.name));
        let layout = Layout::of(&directory);
        if layout.config().exists() {
            bail!(
                "not writing into {}, which is a run or a model: choose another directory with --out",
                directory.display()
            );
        }
        let path = layout.attention();
        if path.exists() && !holds_records(File::open(&path)?)? {
            bail!(
                "not replacing {}, which Headlight did not write: choose another directory with --out",
                path.display()
            );
        }
        Ok(directory)
    }

    /// Writes what a model attended to, and says where.
    pub(super) fn write(&self, directory: &Path, asked: &Asked) -> anyhow::Result<()> {
        let layout = Layout::of(directory);
        let records = asked.records()?;
        let pictures = self.pictures(&records)?;
        note_missing(&pictures);
        let mut files = vec![(layout.attention(), records_to_bytes(&records)?)];
        files.extend(pictures.into_iter().map(|(name, drawn)| (layout.heatmaps().join(name), drawn.bytes)));
        let report = Report { title: asked.title(), moments: vec![records], metrics: vec![], findings: vec![] };
        files.push((layout.report(), report_html(&report)?.into_bytes()));
        write_into_run(&files).map_err(failed)?;
        files.iter().try_for_each(|(path, _)| say(path.display()))
    }

    /// All heads of each record in one picture; chosen heads by themselves, too.
    fn pictures(&self, records: &[AttentionRecord]) -> anyhow::Result<Vec<(String, Drawn)>> {
        let options = PlotOptions { format: self.format.format(), ..self.drawing.options()? };
        let mut pictures = Vec::new();
        for record in records {
            let [layers, heads, ..] = record.shape();
            let layers: Vec<usize> = (0..layers).collect();
            if let Some(Numbers(heads)) = &self.head {
                pictures.extend(draw_heads(record, &layers, heads, &options)?);
                continue;
            }
            let heads: Vec<usize> = (0..heads).collect();
            let picture = Picture::Heads { record, layers: &layers, heads: &heads };
            let name = format!("{}_grid.{}", record.kind(), options.format.extension());
            pictures.push((name, draw(&picture, &options)?));
        }
        Ok(pictures)
    }
}
