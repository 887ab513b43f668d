use std::path::{Path, PathBuf};

use headlight_record::{AttentionKind, AttentionRecord, write_whole};

use crate::picture::{Drawn, Picture, draw};
use crate::{Format, PlotError, PlotOptions};

/// The name of the file that holds one head: `cross_L0_H3.png`.
pub fn head_file_name(kind: AttentionKind, layer: usize, head: usize, format: Format) -> String {
    format!("{kind}_L{layer}_H{head}.{}", format.extension())
}

/// The name of the file that holds all heads: `cross_grid.png`.
pub fn grid_file_name(kind: AttentionKind, format: Format) -> String {
    format!("{kind}_grid.{}", format.extension())
}

/// Draws every head and the grid of every record into `directory`, which is made if it does not exist.
///
/// Returns the paths written: record by record, layer by layer, head by head, the record's grid last if it
/// has several. Files of the same names are replaced, so of two records of one kind the later stays.
///
/// # Errors
///
/// When a picture cannot be drawn (see [`draw`]): nothing is written then. Or when the directory does not take one.
pub fn write_heatmaps(
    records: &[AttentionRecord],
    directory: &Path,
    options: &PlotOptions,
) -> Result<Vec<PathBuf>, PlotError> {
    let mut pictures = Vec::new();
    for record in records {
        let [layers, heads, ..] = record.shape();
        let (layers, heads): (Vec<_>, Vec<_>) = ((0..layers).collect(), (0..heads).collect());
        pictures.extend(draw_heads(record, &layers, &heads, options)?);
    }
    write_pictures(&pictures, directory)
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
    let all = layers.len() == layer_count && heads.len() == head_count;
    if pictures.len() > 1 {
        let numbers = |numbers: &[usize]| numbers.iter().map(usize::to_string).collect::<Vec<_>>().join("+");
        let name = if all {
            grid_file_name(record.kind(), options.format)
        } else {
            let extension = options.format.extension();
            format!("{}_L{}_H{}_grid.{extension}", record.kind(), numbers(layers), numbers(heads))
        };
        pictures.push((name, draw(&Picture::Heads { record, layers, heads }, options)?));
    }
    Ok(pictures)
}

/// Writes pictures under their names into `directory`, which is made if it does not exist, and returns their paths.
///
/// # Errors
///
/// When the directory does not take one.
pub fn write_pictures(pictures: &[(String, Drawn)], directory: &Path) -> Result<Vec<PathBuf>, PlotError> {
    std::fs::create_dir_all(directory).map_err(PlotError::io(directory))?;
    let write = |(name, drawn): &(String, Drawn)| {
        let path = directory.join(name);
        write_whole(&path, &drawn.bytes).map_err(PlotError::io(&path))?;
        Ok(path)
    };
    pictures.iter().map(write).collect()
}

fn draw_head(
    record: &AttentionRecord,
    layer: usize,
    head: usize,
    options: &PlotOptions,
) -> Result<(String, Drawn), PlotError> {
    let drawn = draw(&Picture::Heads { record, layers: &[layer], heads: &[head] }, options)?;
    Ok((head_file_name(record.kind(), layer, head, options.format), drawn))
}
