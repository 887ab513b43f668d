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
/// When a picture cannot be drawn (see [`head_png`]), or the directory does not take it. What was written stays.
pub fn write_heatmaps(
    records: &[AttentionRecord],
    directory: &Path,
    options: &PlotOptions,
) -> Result<Vec<PathBuf>, PlotError> {
    options.check()?;
    std::fs::create_dir_all(directory).map_err(PlotError::io(directory))?;
    let mut paths = Vec::new();
    let mut write = |name: String, png: Vec<u8>| {
        let path = directory.join(name);
        write_whole(&path, &png).map_err(PlotError::io(&path))?;
        paths.push(path);
        Ok::<(), PlotError>(())
    };
    for record in records {
        let [layers, heads, ..] = record.shape();
        for layer in 0..layers {
            for head in 0..heads {
                write(head_file_name(record.kind(), layer, head), head_png(record, layer, head, options)?)?;
            }
        }
        write(grid_file_name(record.kind()), grid_png(record, options)?)?;
    }
    Ok(paths)
}
