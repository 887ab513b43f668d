//! Heatmaps in one call: a head, a grid, or all of them with the names of their files.

use headlight_record::{AttentionKind, AttentionRecord};

use crate::draw::{Drawn, draw};
use crate::error::PlotError;
use crate::options::{Format, PlotOptions};
use crate::pictures::Picture;

/// Draws the weights of one head as a PNG: queries down, keys across, a colour bar from 0 to 1.
///
/// Labels that do not fit are turned, made a little smaller and then left out at even steps; the first, the last and
/// special tokens stay. Characters without ink are made visible: a space at an edge of a token is `␣`, a line break `↵`, a tab
/// `⇥`, and a character that no font has is its code point, such as `U+4E2D`.
///
/// # Errors
///
/// As [`draw`].
pub fn head_png(
    record: &AttentionRecord,
    layer: usize,
    head: usize,
    options: &PlotOptions,
) -> Result<Vec<u8>, PlotError> {
    png(&Picture::Heads { record, layers: &[layer], heads: &[head] }, options)
}

/// Draws the weights of every head as one PNG: a row a layer, a column a head, one colour bar for all.
///
/// The tokens stand once a row and once a column, since they are the same for every head.
///
/// # Errors
///
/// As [`draw`].
pub fn grid_png(record: &AttentionRecord, options: &PlotOptions) -> Result<Vec<u8>, PlotError> {
    let [layers, heads, ..] = record.shape();
    let (layers, heads): (Vec<_>, Vec<_>) = ((0..layers).collect(), (0..heads).collect());
    png(&Picture::Heads { record, layers: &layers, heads: &heads }, options)
}

fn png(picture: &Picture<'_>, options: &PlotOptions) -> Result<Vec<u8>, PlotError> {
    let options = PlotOptions { format: Format::Png, ..options.clone() };
    draw(picture, &options).map(|Drawn { bytes, .. }| bytes)
}

/// The name of the file that holds one head: `cross_L0_H3.png`.
pub fn head_file_name(kind: AttentionKind, layer: usize, head: usize, format: Format) -> String {
    format!("{kind}_L{layer}_H{head}.{}", format.extension())
}

/// The name of the file that holds all heads: `cross_grid.png`.
pub fn grid_file_name(kind: AttentionKind, format: Format) -> String {
    format!("{kind}_grid.{}", format.extension())
}

/// Draws every head of every record by itself, and the grid of each record that has several heads.
///
/// Each picture comes with the name of its file: record by record, layer by layer, head by head, the record's grid last. Two
/// records of one kind give the same names.
///
/// # Errors
///
/// As [`draw`].
pub fn draw_heatmaps(records: &[AttentionRecord], options: &PlotOptions) -> Result<Vec<(String, Drawn)>, PlotError> {
    let mut pictures = Vec::new();
    for record in records {
        let [layers, heads, ..] = record.shape();
        let (layers, heads): (Vec<_>, Vec<_>) = ((0..layers).collect(), (0..heads).collect());
        pictures.extend(draw_heads(record, &layers, &heads, options)?);
    }
    Ok(pictures)
}

/// Draws each chosen head of a record by itself, and then, unless it is only one, their grid, each with its file's name.
///
/// # Errors
///
/// As [`draw`].
pub fn draw_heads(
    record: &AttentionRecord,
    layers: &[usize],
    heads: &[usize],
    options: &PlotOptions,
) -> Result<Vec<(String, Drawn)>, PlotError> {
    let each = layers.iter().flat_map(|layer| heads.iter().map(move |head| (*layer, *head)));
    let mut pictures =
        each.map(|(layer, head)| draw_head(record, layer, head, options)).collect::<Result<Vec<_>, PlotError>>()?;
    let [layer_count, head_count, ..] = record.shape();
    let all = layers.len() == layer_count && heads.len() == head_count && record.layer_at(0).is_some();
    if pictures.len() > 1 {
        let numbers = |numbers: &[usize]| numbers.iter().map(usize::to_string).collect::<Vec<_>>().join("+");
        let name = if all {
            grid_file_name(record.kind(), options.format)
        } else {
            let extension = options.format.extension();
            let layers: Vec<_> = layers.iter().map(|layer| record.layer_number(*layer)).collect();
            format!("{}_L{}_H{}_grid.{extension}", record.kind(), numbers(&layers), numbers(heads))
        };
        pictures.push((name, draw(&Picture::Heads { record, layers, heads }, options)?));
    }
    Ok(pictures)
}

fn draw_head(
    record: &AttentionRecord,
    layer: usize,
    head: usize,
    options: &PlotOptions,
) -> Result<(String, Drawn), PlotError> {
    let drawn = draw(&Picture::Heads { record, layers: &[layer], heads: &[head] }, options)?;
    Ok((head_file_name(record.kind(), record.layer_number(layer), head, options.format), drawn))
}
