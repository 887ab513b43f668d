use std::path::{Path, PathBuf};

use headlight_record::{AttentionKind, AttentionRecord, write_whole};

use crate::{PlotError, PlotOptions, grid_png, head_png};

/// The name of the file that holds one head: `cross_L0_H3.png`.
pub fn head_file_name(kind: AttentionKind, layer: usize, head: usize) -> String {
    format!("{kind}_L{layer}_H{head}.png")
}

/// The name of the file that holds all heads: `cross_grid.png`.
pub fn grid_file_name(kind: AttentionKind) -> String {
    format!("{kind}_grid.png")
}

/// Draws every head and the grid of every record into `directory`, which is made if it does not exist.
///
/// Returns the paths written: record by record, layer by layer, head by head, the record's grid last. Files of the
/// same names are replaced, so of two records of one kind the later stays.
///
/// # Errors
///
/// When a picture cannot be drawn (see [`head_png`]): nothing is written then. Or when the directory does not take one.
pub fn write_heatmaps(
    records: &[AttentionRecord],
    directory: &Path,
    options: &PlotOptions,
) -> Result<Vec<PathBuf>, PlotError> {
    let mut pictures = Vec::new();
    for record in records {
        let [layers, heads, ..] = record.shape();
        for layer in 0..layers {
            for head in 0..heads {
                pictures.push((head_file_name(record.kind(), layer, head), head_png(record, layer, head, options)?));
            }
        }
        pictures.push((grid_file_name(record.kind()), grid_png(record, options)?));
    }
    write_all(pictures, directory)
}

/// Draws one head of every record into `directory`, as [`write_heatmaps`] does.
///
/// # Errors
///
/// As [`write_heatmaps`], and when there is no such layer or head.
pub fn write_head(
    records: &[AttentionRecord],
    layer: usize,
    head: usize,
    directory: &Path,
    options: &PlotOptions,
) -> Result<Vec<PathBuf>, PlotError> {
    let draw = |record: &AttentionRecord| {
        Ok((head_file_name(record.kind(), layer, head), head_png(record, layer, head, options)?))
    };
    write_all(records.iter().map(draw).collect::<Result<_, PlotError>>()?, directory)
}

fn write_all(pictures: Vec<(String, Vec<u8>)>, directory: &Path) -> Result<Vec<PathBuf>, PlotError> {
    std::fs::create_dir_all(directory).map_err(PlotError::io(directory))?;
    let write = |(name, png): (String, Vec<u8>)| {
        let path = directory.join(name);
        write_whole(&path, &png).map_err(PlotError::io(&path))?;
        Ok(path)
    };
    pictures.into_iter().map(write).collect()
}
