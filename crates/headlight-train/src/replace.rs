//! Making room for a run without losing anything that is not one.

use std::fs::File;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::TrainError;
use crate::config::CONFIG_VERSION;
use crate::config_file::{CONFIG, refuse_newer};
use crate::lock::{LOCK, lock};
use crate::run::{ATTENTION, CHECKPOINT, FILMS, HEATMAPS, METRICS, MODEL, RECORDS, REPORT, RESULT};
use crate::seeds::SEEDS;

/// The folders of a run.
const FOLDERS: [&str; 3] = [HEATMAPS, FILMS, RECORDS];

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

/// Refuses a path at which a run keeps, or would keep, a file of its own, so that nothing that is made from a run takes the place
/// of a part of it. Links on the way are followed.
///
/// # Errors
///
/// When there is a configuration where the run's would be, and the name is one of a run's.
pub fn refuse_file_of_a_run(path: &Path) -> Result<(), TrainError> {
    let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let (Ok(directory), Some(name)) = (parent.canonicalize(), path.file_name().and_then(|name| name.to_str())) else {
        return Ok(()); // writing there will say what is wrong
    };
    let folder = directory.file_name().and_then(|folder| folder.to_str()).unwrap_or_default();
    let has_run = |directory: &Path| directory.join(CONFIG).is_file();
    let is_taken = has_run(&directory) && is_name_in_a_run(&[name])
        || directory.parent().is_some_and(has_run) && is_name_in_a_run(&[folder, name])
        || name == SEEDS && path.is_file();
    if is_taken {
        let reason = "it is a file of the run itself; choose another name".to_string();
        return Err(TrainError::NotReplaced { path: path.to_owned(), reason });
    }
    Ok(())
}

/// Makes the directory if need be, removes the run in it as far as `replace` allows, and keeps others out for as long as the
/// returned file is open.
///
/// The old configuration stays: the new one takes its place in one step, so that a directory that is killed on the way holds a
/// run at every moment.
pub(crate) fn make_room(path: &Path, replace: Replace) -> Result<File, TrainError> {
    if path.exists() && !path.is_dir() {
        return Err(TrainError::NotADirectory { path: path.to_owned() });
    }
    std::fs::create_dir_all(path).map_err(TrainError::io(path))?;
    let lock = lock(path)?;
    let mut files = files_of_run(path, replace)?;
    files.retain(|file| *file != path.join(CONFIG));
    remove_all(&files)?;
    Ok(lock)
}

/// The files of the run in a directory, in the order in which they are to be removed.
///
/// # Errors
///
/// When there is anything that may not be replaced.
pub(crate) fn files_of_run(path: &Path, replace: Replace) -> Result<Vec<PathBuf>, TrainError> {
    let entries = list(path)?;
    if entries.iter().all(|entry| is_leftover(entry)) {
        // A run that was killed before it had written anything.
        return Ok(entries.into_iter().filter(|entry| is_unfinished_file(entry)).collect());
    }
    if replace == Replace::Nothing {
        return Err(TrainError::NotEmpty { path: path.to_owned() });
    }
    let refuse = |reason: String| Err(TrainError::NotReplaced { path: path.to_owned(), reason });
    // What has no configuration is no run of ours. Of the configuration only what every layout had: an older one is no less a
    // run, and a newer one may hold what we know nothing of.
    let text = std::fs::read(path.join(CONFIG)).unwrap_or_default();
    let value: Value = serde_json::from_slice(&text).unwrap_or_default();
    let (Some(_), Some(is_tour)) = (value["version"].as_u64(), value["tour"].as_bool()) else {
        return refuse(format!("it is not empty, and has no {CONFIG} of a run"));
    };
    if let Err(newer) = refuse_newer(&value, CONFIG_VERSION) {
        return refuse(format!("its {CONFIG} was {newer}"));
    }
    if replace == Replace::Tour && !is_tour {
        return refuse("it holds a run that the tour did not make; move it away".to_string());
    }
    let mut files = Vec::new();
    for entry in entries {
        // A link is a stranger, whatever it leads to: what lies behind it is not ours to remove.
        let is_directory = entry.symlink_metadata().map_err(TrainError::io(&entry))?.is_dir();
        let inside = if is_directory && is_folder_of_a_run(&entry) { list(&entry)? } else { vec![entry] };
        files.extend(inside);
    }
    if let Some(stranger) = files.iter().find(|file| !is_file_of_a_run(path, file)) {
        return refuse(format!("{} is no part of a run; move it away first", stranger.display()));
    }
    // The result promises all the others, so it goes first. What a checkpoint cannot go on without goes after it.
    let last = [CHECKPOINT, METRICS, CONFIG];
    files.sort_by_key(|file| (*file != path.join(RESULT), last.iter().position(|name| *file == path.join(name))));
    Ok(files)
}

/// Removes a run's directory, whose files are these.
pub(crate) fn remove_run(run: &Path, files: &[PathBuf]) -> Result<(), TrainError> {
    remove_all(files)?;
    let folders = FOLDERS.map(|folder| run.join(folder));
    for directory in folders.iter().map(PathBuf::as_path).chain([run]).filter(|path| path.is_dir()) {
        std::fs::remove_dir(directory).map_err(TrainError::io(directory))?;
    }
    Ok(())
}

/// Removes what a killed process was in the midst of writing in a run's directory.
pub(crate) fn remove_leftovers(run: &Path) -> Result<(), TrainError> {
    for directory in FOLDERS.map(|folder| run.join(folder)).into_iter().chain([run.to_owned()]) {
        if directory.symlink_metadata().is_ok_and(|metadata| metadata.is_dir()) {
            let leftovers: Vec<PathBuf> =
                list(&directory)?.into_iter().filter(|entry| is_unfinished_file(entry)).collect();
            remove_all(&leftovers)?;
        }
    }
    Ok(())
}

fn remove_all(files: &[PathBuf]) -> Result<(), TrainError> {
    files.iter().try_for_each(|file| std::fs::remove_file(file).map_err(TrainError::io(file)))
}

/// The entries of a directory, but for the lock.
pub(crate) fn list(directory: &Path) -> Result<Vec<PathBuf>, TrainError> {
    let entries = std::fs::read_dir(directory).map_err(TrainError::io(directory))?;
    let mut paths = Vec::new();
    for entry in entries {
        paths.push(entry.map_err(TrainError::io(directory))?.path());
    }
    paths.retain(|path| path.file_name().is_none_or(|name| name != LOCK));
    Ok(paths)
}

fn is_folder_of_a_run(path: &Path) -> bool {
    path.file_name().is_some_and(|name| FOLDERS.iter().any(|folder| name == *folder))
}

fn is_file_of_a_run(run: &Path, file: &Path) -> bool {
    let is_plain = file.symlink_metadata().is_ok_and(|metadata| metadata.is_file());
    let names: Option<Vec<&str>> =
        file.strip_prefix(run).ok().and_then(|inside| inside.iter().map(|part| part.to_str()).collect());
    is_plain && names.is_some_and(|names| is_name_in_a_run(&names))
}

/// Whether a run gives this name to one of its files; folder and file, where it has a folder.
fn is_name_in_a_run(names: &[&str]) -> bool {
    match names {
        [name] => [CONFIG, METRICS, RESULT, MODEL, ATTENTION, CHECKPOINT, REPORT].contains(name) || is_unfinished(name),
        [HEATMAPS, name] => is_heatmap(name) || is_unfinished(name),
        [FILMS, name] => is_film(name) || is_unfinished(name),
        [RECORDS, name] => is_numbered(name, "step_", ".safetensors") || is_unfinished(name),
        _ => false,
    }
}

/// What a killed process leaves of a run that is none: files that it was writing, and folders that it had made or emptied.
pub(crate) fn is_leftover(path: &Path) -> bool {
    let is_directory = path.symlink_metadata().is_ok_and(|metadata| metadata.is_dir());
    let is_empty = || list(path).is_ok_and(|entries| entries.is_empty());
    is_unfinished_file(path) || is_directory && is_folder_of_a_run(path) && is_empty()
}

fn is_unfinished_file(path: &Path) -> bool {
    let name = path.file_name().and_then(|name| name.to_str());
    name.is_some_and(is_unfinished) && path.symlink_metadata().is_ok_and(|metadata| metadata.is_file())
}

/// A file that was being written when the program was killed.
fn is_unfinished(name: &str) -> bool {
    name.starts_with(".headlight-")
}

/// A picture as `headlight plot` and `headlight explain` name it, in any format: `<kind>_L0_H0.png` of a head, `<kind>_L0+1_H0+2_grid.png`
/// of some, `<kind>_H1_lines.png`, `<kind>_L0_H0_minus_L1_H1.png`, `<kind>_mean_with_runs-other.png`, `<kind>_L0_H0_steps.png` and the like,
/// `mean_sheet.png`, and those of the run itself.
fn is_heatmap(name: &str) -> bool {
    const OF_A_RUN: [&str; 6] =
        ["sheet", "curves", "scaling", "positions_sinusoidal", "positions_rotary", "positions_alibi"];
    let Some(stem) = [".png", ".svg"].iter().find_map(|extension| name.strip_suffix(extension)) else { return false };
    if OF_A_RUN.contains(&stem) {
        return true;
    }
    let kinds = headlight_record::AttentionKind::ALL;
    let of_a_kind = kinds.iter().find_map(|kind| stem.strip_prefix(kind.name())?.strip_prefix('_'));
    match (of_a_kind, stem.strip_suffix("_sheet")) {
        (Some(words), _) => is_picture(&words.split('_').collect::<Vec<_>>()),
        (None, Some(words)) => {
            let words: Vec<&str> = words.split('_').collect();
            let made = after_choice(&words);
            made.is_empty() || after_made(made).is_some_and(<[_]>::is_empty)
        }
        (None, None) => false,
    }
}

/// The words behind a kind: which layers and heads, what was made of them, and how that was drawn.
fn is_picture(words: &[&str]) -> bool {
    let rest = after_choice(words);
    let choice = &words[..words.len() - rest.len()];
    match rest {
        [] | ["steps" | "masks"] => is_one_head(choice),
        ["grid"] => choice.len() != 1,
        ["minus", layer, head] => is_one_head(choice) && is_one_head(&[*layer, *head]),
        ["difference"] => true, // of older versions
        ["lines"] | ["minus", _] => is_end(rest),
        _ => after_made(rest).is_some_and(is_end),
    }
}

/// What follows a choice of layers and heads: `L0`, `H0+2`, both or none.
fn after_choice<'w, 's>(words: &'w [&'s str]) -> &'w [&'s str] {
    let has = |at: usize, letter| words.get(at).is_some_and(|word| word.starts_with(letter) && is_choice(word));
    let layers = usize::from(has(0, 'L'));
    &words[layers + usize::from(has(layers, 'H'))..]
}

/// What follows the name of a mean or a maximum: of a layer's heads, of two sources or of two heads.
fn after_made<'w, 's>(words: &'w [&'s str]) -> Option<&'w [&'s str]> {
    let ["mean" | "maximum", rest @ ..] = words else { return None };
    Some(match rest {
        ["with", other, rest @ ..] if is_slug(other) => rest,
        ["of", "two", rest @ ..] => rest, // of older versions
        [layer, head, rest @ ..] if is_one_head(&[*layer, *head]) => rest,
        rest => rest,
    })
}

fn is_end(words: &[&str]) -> bool {
    matches!(words, [] | ["lines"]) || matches!(words, ["minus", other] if is_slug(other))
}

fn is_one_head(words: &[&str]) -> bool {
    matches!(words, [layer, head] if is_numbered(layer, "L", "") && is_numbered(head, "H", ""))
}

/// `L0`, `H0+2` and the like.
fn is_choice(word: &str) -> bool {
    let numbers = word.strip_prefix(['L', 'H']);
    numbers.is_some_and(|numbers| numbers.split('+').all(|number| is_numbered(number, "", "")))
}

/// What another run or file is called in a picture's name: its path, in one word.
fn is_slug(word: &str) -> bool {
    !word.is_empty() && word.chars().all(|c| c.is_alphanumeric() || ['-', '.'].contains(&c))
}

/// `<kind>.gif` or `<kind>.apng`, or of some heads: `<kind>_L0_H1.gif`.
fn is_film(name: &str) -> bool {
    let Some(stem) = [".gif", ".apng"].iter().find_map(|extension| name.strip_suffix(extension)) else { return false };
    let kinds = headlight_record::AttentionKind::ALL;
    let Some(rest) = kinds.iter().find_map(|kind| stem.strip_prefix(kind.name())) else { return false };
    rest.is_empty()
        || rest.strip_prefix('_').is_some_and(|words| after_choice(&words.split('_').collect::<Vec<_>>()).is_empty())
}

pub(crate) fn is_numbered(name: &str, before: &str, after: &str) -> bool {
    let number = name.strip_prefix(before).and_then(|rest| rest.strip_suffix(after));
    number.is_some_and(|number| !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use headlight_model::Architecture;

    use super::*;
    use crate::config_file::{read_config, write_config};
    use crate::{RunConfig, tasks};

    /// What a kill between the removal of the old run and the writing of the new one leaves.
    #[test]
    fn a_directory_with_room_still_holds_a_run() {
        let directory = tempfile::tempdir().expect("a temporary directory");
        let config = RunConfig::for_task(&tasks::copy::SPEC, Architecture::Decoder);
        write_config(directory.path(), &config).expect("room");
        std::fs::create_dir(directory.path().join(HEATMAPS)).expect("room");
        for name in [METRICS, CHECKPOINT, MODEL, RESULT, "heatmaps/cross_grid.png"] {
            std::fs::write(directory.path().join(name), "old").expect("room");
        }
        drop(make_room(directory.path(), Replace::AnyRun).expect("a run may be replaced"));
        assert_eq!(read_config(directory.path()).expect("the old one"), config);
        let run = crate::StoppedRun::open(directory.path()).expect("it can go on");
        assert_eq!(run.step(), 0);
        drop(run);
        drop(make_room(directory.path(), Replace::AnyRun).expect("and be replaced again"));
    }

    #[test]
    fn the_result_goes_first_and_the_configuration_last() {
        let directory = tempfile::tempdir().expect("a temporary directory");
        write_config(directory.path(), &RunConfig::for_task(&tasks::copy::SPEC, Architecture::Decoder)).expect("room");
        for name in [METRICS, CHECKPOINT, MODEL, RESULT, ATTENTION] {
            std::fs::write(directory.path().join(name), "old").expect("room");
        }
        let files = files_of_run(directory.path(), Replace::AnyRun).expect("a run may be replaced");
        let names: Vec<_> = files.iter().map(|file| file.file_name().and_then(|name| name.to_str())).collect();
        assert_eq!(names[0], Some(RESULT));
        assert_eq!(names[3..], [Some(CHECKPOINT), Some(METRICS), Some(CONFIG)]);
    }
}
