//! What is written: the records, a picture of each kind of attention, and the page.

use std::fs::File;
use std::path::{Path, PathBuf};

use anyhow::bail;
use clap::Args;
use headlight_record::{AttentionRecord, holds_records, records_to_bytes};
use headlight_report::{Report, report_html};
use headlight_runs::Layout;

use super::pictures::PictureArguments;
use crate::commands::numbers::Numbers;
use crate::commands::place::Place;
use crate::commands::plot::note_missing;
use crate::commands::pretrained::Asked;

#[derive(Args)]
pub(super) struct OutputArguments {
    /// Show these queries only, by their positions counted from 0: 0-59 or 3,7-20. The record has all
    #[arg(long, value_name = "N")]
    queries: Option<Numbers>,
    /// Show these keys only, likewise
    #[arg(long, value_name = "N")]
    keys: Option<Numbers>,
    /// Directory for everything that is written [default: attention/NAME]
    #[arg(long, short, value_name = "DIR")]
    out: Option<PathBuf>,
    #[command(flatten)]
    pictures: PictureArguments,
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

    /// What is to be written of what a model attended to.
    pub(super) fn files(&self, directory: &Path, asked: Asked) -> anyhow::Result<Vec<(PathBuf, Vec<u8>)>> {
        let layout = Layout::of(directory);
        let title = asked.name.clone();
        let seen = asked.input.picture.clone().zip(asked.model.facts.patches);
        let records = asked.records()?;

        // 1. The pictures.
        let mut pictures = Vec::new();
        if let Some((picture, patches)) = &seen {
            for record in &records {
                pictures.extend(self.pictures.draw_over_picture(record, picture, *patches, self.queries.as_ref())?);
            }
        }
        let chosen = self.chosen(&records)?;
        pictures.extend(self.pictures.draw(chosen.as_ref().unwrap_or(&records))?);
        note_missing(&pictures);
        let pictures = pictures.into_iter().map(|(name, drawn)| (layout.heatmaps().join(name), drawn.bytes));
        let pictures: Vec<(PathBuf, Vec<u8>)> = pictures.collect();

        // 2. The page, then the record: of long texts, both by themselves are large.
        let whole = if chosen.is_some() { Some(records_to_bytes(&records)?) } else { None };
        let moments = vec![chosen.unwrap_or(records)];
        let report = Report { title, moments, metrics: vec![], findings: vec![] };
        let page = report_html(&report)?.into_bytes();
        let whole = match whole {
            Some(whole) => whole,
            None => records_to_bytes(&report.moments[0])?,
        };
        Ok([(layout.attention(), whole)].into_iter().chain(pictures).chain([(layout.report(), page)]).collect())
    }

    /// The records with the queries and keys that are asked for; those of which they have none are left out. `None` where all are shown.
    fn chosen(&self, records: &[AttentionRecord]) -> anyhow::Result<Option<Vec<AttentionRecord>>> {
        if self.queries.is_none() && self.keys.is_none() {
            return Ok(None);
        }
        let of = |choice: Option<&Numbers>, count| -> Vec<usize> {
            Numbers::or_all(choice, count).into_iter().filter(|position| *position < count).collect()
        };
        let chosen = |record: &AttentionRecord| {
            let [.., queries, keys] = record.shape();
            let (queries, keys) = (of(self.queries.as_ref(), queries), of(self.keys.as_ref(), keys));
            (!queries.is_empty() && !keys.is_empty()).then(|| record.chosen_positions(&queries, &keys))
        };
        let shown: Vec<AttentionRecord> = records.iter().filter_map(chosen).collect();
        if shown.is_empty() {
            let [.., queries, keys] = records.first().map_or([0; 4], AttentionRecord::shape);
            bail!(
                "there are {queries} queries and {keys} keys, counted from 0: choose among them with --queries and --keys"
            );
        }
        Ok(Some(shown))
    }
}
