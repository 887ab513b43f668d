use std::ops::RangeInclusive;

use headlight_record::AttentionRecord;

use crate::PlotError;
use crate::layout::{View, lay_out};
use crate::text::Pen;

/// The scales that give a useful picture: below, no text can be read; above, no viewer opens the file.
pub(crate) const SCALES: RangeInclusive<f64> = 0.25..=32.0;

/// How to draw.
#[derive(Clone, Debug, PartialEq)]
pub struct PlotOptions {
    /// Multiplies every size, text and strokes included: 2 gives the same picture with four times the pixels.
    /// From 0.25 to 32.
    pub scale: f64,
}

impl Default for PlotOptions {
    fn default() -> Self {
        Self { scale: 1.0 }
    }
}

impl PlotOptions {
    pub(crate) fn check(&self) -> Result<(), PlotError> {
        if SCALES.contains(&self.scale) { Ok(()) } else { Err(PlotError::Scale { scale: self.scale }) }
    }
}

/// Draws the weights of one head as a PNG: queries down, keys across, a colour bar from 0 to 1.
///
/// Labels that do not fit are turned, made a little smaller and then left out at even steps; the first always stays.
/// Signs without ink are made visible: a space at an edge of a token is `␣`, a line break `↵`, a tab `⇥`, and a
/// character that the font does not have is its code point, such as `U+4E2D`.
///
/// # Errors
///
/// When the record has no such layer or head, or the scale is out of range or makes the picture too large.
pub fn head_png(
    record: &AttentionRecord,
    layer: usize,
    head: usize,
    options: &PlotOptions,
) -> Result<Vec<u8>, PlotError> {
    let [layers, heads, ..] = record.shape();
    if layer >= layers {
        return Err(PlotError::Layer { layer, layers });
    }
    if head >= heads {
        return Err(PlotError::Head { head, heads });
    }
    png(record, View::Head { layer, head }, options)
}

/// Draws the weights of every head as one PNG: a row a layer, a column a head, one colour bar for all.
///
/// The tokens stand once a row and once a column, since they are the same for every head.
///
/// # Errors
///
/// When the scale is out of range or makes the picture too large.
pub fn grid_png(record: &AttentionRecord, options: &PlotOptions) -> Result<Vec<u8>, PlotError> {
    png(record, View::Grid, options)
}

fn png(record: &AttentionRecord, view: View, options: &PlotOptions) -> Result<Vec<u8>, PlotError> {
    options.check()?;
    let pen = Pen::new()?;
    lay_out(&pen, record, view, options.scale).draw(&pen)?.to_png()
}
