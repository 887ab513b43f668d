//! Pictures of a model's heads.

use clap::Args;
use headlight_plot::{Drawn, PatchedImage, Picture, PlotOptions, draw, draw_heads};
use headlight_pretrained::Patches;
use headlight_pretrained::image::Rgb;
use headlight_record::AttentionRecord;

use crate::commands::drawing::{DrawingArguments, FormatArguments};
use crate::commands::numbers::Numbers;

#[derive(Args)]
pub(super) struct PictureArguments {
    /// Draw these heads only, each also by itself, counted from 0: 1 or 0,2-3
    #[arg(long, value_name = "H")]
    head: Option<Numbers>,
    #[command(flatten)]
    format: FormatArguments,
    #[command(flatten)]
    drawing: DrawingArguments,
}

impl PictureArguments {
    /// All heads of each record in one picture, and chosen heads by themselves, too; where the model sees a picture, what lies over it.
    pub(super) fn draw(&self, records: &[AttentionRecord]) -> anyhow::Result<Vec<(String, Drawn)>> {
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

    /// What the class token, or each query that is asked for, attends to, over the picture that the model sees.
    pub(super) fn draw_over_picture(
        &self,
        record: &AttentionRecord,
        seen: &Rgb,
        patches: Patches,
        queries: Option<&Numbers>,
    ) -> anyhow::Result<Vec<(String, Drawn)>> {
        let image = PatchedImage {
            rgb: &seen.bytes,
            width: seen.width,
            height: seen.height,
            grid: patches.grid,
            first_patch: patches.first,
        };
        let options = PlotOptions { format: self.format.format(), ..self.drawing.options()? };
        let [layers, heads, ..] = record.shape();
        let (layers, heads): (Vec<usize>, Vec<usize>) =
            ((0..layers).collect(), Numbers::or_all(self.head.as_ref(), heads));
        let queries = queries.map_or_else(|| vec![0], |Numbers(queries)| queries.clone());
        let drawn = queries.into_iter().map(|query| {
            let picture = Picture::OverImage { record, layers: &layers, heads: &heads, query, image };
            let name = format!("{}_over_picture_Q{query}.{}", record.kind(), options.format.extension());
            Ok((name, draw(&picture, &options)?))
        });
        drawn.collect()
    }
}
