//! Making room for a run without losing anything that is not one.

use std::path::{Path, PathBuf};

use crate::run::{ATTENTION, CONFIG, HEATMAPS, METRICS, MODEL, RECORDS, RESULT};
use crate::{RunConfig, TrainError};

/// What a new run may take the place of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Replace {
    /// Nothing: the directory is empty or not there.
    Nothing,
    /// Any run, but nothing else.
    AnyRun,
    /// A run that the tour made, but nothing else.
    Tour,
}

/// Makes the directory if need be, and removes the run in it as far as `replace` allows.
pub(crate) fn make_room(path: &Path, replace: Replace) -> Result<(), TrainError> {
    std::fs::create_dir_all(path).map_err(TrainError::io(path))?;
    let mut entries = list(path)?;
    if entries.is_empty() {
        return Ok(());
    }
    if replace == Replace::Nothing {
        return Err(TrainError::NotEmpty { path: path.to_owned() });
    }
    let refuse = |reason: String| Err(TrainError::NotReplaced { path: path.to_owned(), reason });
    if !entries.iter().any(|entry| *entry == path.join(CONFIG)) {
        return refuse("it is not empty and holds no run".to_string());
    }
    if let Some(stranger) = entries.iter().find(|entry| !is_of_a_run(path, entry)) {
        return refuse(format!("{} is no part of a run; move it away first", stranger.display()));
    }
    if replace == Replace::Tour && !was_made_by_the_tour(path) {
        return refuse(
            "it holds a run that the tour did not make; move it away, or use 'headlight train copy'".to_string(),
        );
    }
    // The configuration goes last: a removal that is cut short leaves something that is still known to be a run.
    entries.sort_by_key(|entry| *entry == path.join(CONFIG));
    for entry in entries {
        std::fs::remove_file(&entry).map_err(TrainError::io(&entry))?;
    }
    Ok(())
}

/// Every file below the directory.
fn list(directory: &Path) -> Result<Vec<PathBuf>, TrainError> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(directory).map_err(TrainError::io(directory))? {
        let path = entry.map_err(TrainError::io(directory))?.path();
        // A link is a file here, whatever it leads to: what lies behind it is not ours to remove.
        let is_directory = path.symlink_metadata().map_err(TrainError::io(&path))?.is_dir();
        if is_directory { files.extend(list(&path)?) } else { files.push(path) }
    }
    Ok(files)
}

fn is_of_a_run(run: &Path, file: &Path) -> bool {
    let Ok(inside) = file.strip_prefix(run) else { return false };
    let names: Vec<&str> = inside.iter().filter_map(|part| part.to_str()).collect();
    match names[..] {
        [name] => [CONFIG, METRICS, RESULT, MODEL, ATTENTION].contains(&name) || name.starts_with(".headlight-"),
        [HEATMAPS, name] => name.ends_with(".png") || name.starts_with(".headlight-"),
        [RECORDS, name] => name.starts_with("step_") || name.starts_with(".headlight-"),
        _ => false,
    }
}

fn was_made_by_the_tour(path: &Path) -> bool {
    let text = std::fs::read_to_string(path.join(CONFIG)).unwrap_or_default();
    serde_json::from_str::<RunConfig>(&text).is_ok_and(|config| config.tour)
}
