//! Making room for a run without losing anything that is not one.

use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::config::CONFIG_VERSION;
use crate::layout::{Layout, entries};
use crate::list::{FileList, run_of};
use crate::lock::{Lock, lock};
use crate::version::layout_of;
use crate::whole::directory_of;
use crate::{Replacing, RunError};

/// The folders that a run makes before it puts anything into them.
const FOLDERS: [&str; 4] = [Layout::HEATMAPS, Layout::FILMS, Layout::RECORDS, Layout::PARAMETERS];

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

/// All that a run has in its directory.
#[derive(Default)]
pub(crate) struct RunFiles {
    /// In the order in which they are to be removed; the list of them is not among them.
    pub(crate) files: Vec<PathBuf>,
    /// Folders within others before those.
    pub(crate) folders: Vec<PathBuf>,
}

/// Refuses a path at which a run keeps, or would keep, a file of its own, or has one from its list, so that nothing that is made from a run takes the place
/// of a part of it. Links on the way are followed.
///
/// # Errors
///
/// When there is a configuration where the run's would be, and the name is one of a run's.
pub fn refuse_file_of_a_run(path: &Path) -> Result<(), RunError> {
    let (Ok(directory), Some(name)) =
        (directory_of(path).canonicalize(), path.file_name().and_then(|name| name.to_str()))
    else {
        return Ok(()); // writing there will say what is wrong
    };
    let folder = directory.file_name().and_then(|folder| folder.to_str()).unwrap_or_default();
    let has_run = |directory: &Path| Layout::of(directory).config().is_file();
    let is_taken = has_run(&directory) && Layout::is_own(&[name])
        || directory.parent().is_some_and(has_run) && Layout::is_own(&[folder, name])
        || [Layout::SEEDS, Layout::SWEEP].contains(&name) && path.is_file();
    let is_listed = || run_of(path).is_some_and(|(run, name)| FileList::read(&run).is_ok_and(|list| list.has(&name)));
    if is_taken || is_listed() { Err(not_replaced(path, Replacing::OfTheRun)) } else { Ok(()) }
}

/// Makes the directory if need be, removes the run in it as far as `replace` allows, and keeps others out for as long as the
/// returned lock lives.
///
/// The old configuration stays: the new one takes its place in one step, so that a directory that is killed on the way holds a
/// run at every moment.
pub(crate) fn make_room(path: &Path, replace: Replace) -> Result<Lock, RunError> {
    if path.exists() && !path.is_dir() {
        return Err(RunError::NotADirectory { path: path.to_owned() });
    }
    std::fs::create_dir_all(path).map_err(RunError::io(path))?;
    let lock = lock(path)?;
    let RunFiles { mut files, folders } = contents_of_run(path, replace)?;
    files.retain(|file| *file != Layout::of(path).config());
    remove(&files, &folders)?;
    FileList::read(path)?.keep_only(path, Layout::CONFIG)?;
    Ok(lock)
}

/// What the run in a directory has there.
///
/// # Errors
///
/// When there is anything that may not be replaced.
pub(crate) fn contents_of_run(path: &Path, replace: Replace) -> Result<RunFiles, RunError> {
    let all = entries(path)?;
    if all.iter().all(|entry| is_leftover(entry)) {
        // A run that was killed before it had written anything.
        let files = all.into_iter().filter(|entry| is_unfinished(entry)).collect();
        return Ok(RunFiles { files, folders: Vec::new() });
    }
    if replace == Replace::Nothing {
        return Err(RunError::NotEmpty { path: path.to_owned() });
    }
    check_config(path, replace).map_err(|reason| not_replaced(path, reason))?;
    let mut contents = RunFiles::default();
    // The configuration is a run's, as was just seen, also where its lines were removed from the list to edit it by hand.
    collect(path, path, &FileList::read(path)?.with(Layout::CONFIG), &mut contents)?;
    // The result promises all the others, so it goes first. What a checkpoint cannot be resumed without goes after it.
    let layout = Layout::of(path);
    let last = [layout.checkpoint(), layout.metrics(), layout.config()];
    contents.files.sort_by_key(|file| (*file != layout.result(), last.iter().position(|late| file == late)));
    Ok(contents)
}

/// Whether the run in a directory may be replaced, by its configuration.
fn check_config(run: &Path, replace: Replace) -> Result<(), Replacing> {
    // Of the configuration only what every layout had: what has none is not Headlight's run, and a newer one may hold what we know
    // nothing of.
    let text = std::fs::read(Layout::of(run).config()).unwrap_or_default();
    let value: Value = serde_json::from_slice(&text).unwrap_or_default();
    let (Some(version), Some(is_tour)) = (layout_of(&value), value["tour"].as_bool()) else {
        return Err(Replacing::NoRun);
    };
    if version > u64::from(CONFIG_VERSION) {
        return Err(Replacing::Newer { file: Layout::CONFIG, version });
    }
    if version < u64::from(CONFIG_VERSION) {
        return Err(Replacing::Older { version });
    }
    if replace == Replace::Tour && !is_tour { Err(Replacing::NotTheTours) } else { Ok(()) }
}

/// Adds what lies in a folder of a run, and in the folders there, if the run wrote all of it.
fn collect(run: &Path, folder: &Path, list: &FileList, contents: &mut RunFiles) -> Result<(), RunError> {
    entries(folder)?.into_iter().try_for_each(|entry| collect_entry(run, entry, list, contents))
}

/// Adds a file, or a folder with all that is in it, if the run wrote it.
pub(crate) fn collect_entry(
    run: &Path,
    entry: PathBuf,
    list: &FileList,
    contents: &mut RunFiles,
) -> Result<(), RunError> {
    let stranger = |path: &Path| {
        not_replaced(run, Replacing::Stranger { path: path.strip_prefix(run).unwrap_or(path).to_owned() })
    };
    let name = name_in(run, &entry).ok_or_else(|| stranger(&entry))?;
    // A link is a stranger, whatever it leads to: what lies behind it is not ours to remove.
    let metadata = entry.symlink_metadata().map_err(RunError::io(&entry))?;
    if metadata.is_dir() && (FOLDERS.contains(&&name[..]) || list.has_folder(&name)) {
        collect(run, &entry, list, contents)?;
        contents.folders.push(entry);
    } else if metadata.is_file() && name == Layout::LIST {
    } else if metadata.is_file() && (list.has(&name) || is_unfinished(&entry)) {
        contents.files.push(entry);
    } else {
        return Err(stranger(&entry));
    }
    Ok(())
}

/// The name by which the list knows a file.
fn name_in(run: &Path, file: &Path) -> Option<String> {
    let names: Option<Vec<&str>> = file.strip_prefix(run).ok()?.iter().map(|part| part.to_str()).collect();
    Some(names?.join("/"))
}

/// Removes a run's directory, which has these contents.
pub(crate) fn remove_run(run: &Path, contents: &RunFiles) -> Result<(), RunError> {
    let (config, others): (Vec<_>, Vec<_>) =
        contents.files.iter().cloned().partition(|file| *file == Layout::of(run).config());
    remove(&others, &contents.folders)?;
    // Killed after the configuration is gone, this leaves a list that was only begun, which is nobody's loss.
    FileList::read(run)?.keep_only(run, Layout::CONFIG)?;
    remove(&config, &[])?;
    let list = run.join(Layout::LIST);
    if list.exists() {
        std::fs::remove_file(&list).map_err(RunError::io(&list))?;
    }
    // Those of a run that was killed before it had written anything.
    for folder in FOLDERS.map(|folder| run.join(folder)).iter().filter(|folder| folder.is_dir()) {
        std::fs::remove_dir(folder).map_err(RunError::io(folder))?;
    }
    // Whoever waits for this lock finds nothing behind it any more.
    let lock = run.join(Layout::LOCK);
    if lock.is_file() {
        std::fs::remove_file(&lock).map_err(RunError::io(&lock))?;
    }
    std::fs::remove_dir(run).map_err(RunError::io(run))
}

/// Removes what a killed process was in the midst of writing in a run's directory.
pub(crate) fn remove_leftovers(run: &Path) -> Result<(), RunError> {
    for directory in FOLDERS.map(|folder| run.join(folder)).into_iter().chain([run.to_owned()]) {
        if directory.symlink_metadata().is_ok_and(|metadata| metadata.is_dir()) {
            let leftovers: Vec<PathBuf> =
                entries(&directory)?.into_iter().filter(|entry| is_unfinished(entry)).collect();
            remove(&leftovers, &[])?;
        }
    }
    Ok(())
}

pub(crate) fn remove(files: &[PathBuf], folders: &[PathBuf]) -> Result<(), RunError> {
    files.iter().try_for_each(|file| std::fs::remove_file(file).map_err(RunError::io(file)))?;
    folders.iter().try_for_each(|folder| std::fs::remove_dir(folder).map_err(RunError::io(folder)))
}

/// What a killed process leaves of a run that is none: files that it was writing, the list that it had begun, and folders that it
/// had made or emptied.
pub(crate) fn is_leftover(path: &Path) -> bool {
    let is_named = |names: &[&str]| path.file_name().is_some_and(|name| names.iter().any(|known| name == *known));
    match path.symlink_metadata() {
        Ok(metadata) if metadata.is_dir() => {
            is_named(&FOLDERS) && entries(path).is_ok_and(|entries| entries.is_empty())
        }
        Ok(metadata) if metadata.is_file() && is_named(&[Layout::LIST]) => {
            path.parent().is_some_and(FileList::is_begun)
        }
        _ => is_unfinished(path),
    }
}

/// A file that was being written when the program was killed.
fn is_unfinished(path: &Path) -> bool {
    let name = path.file_name().and_then(|name| name.to_str());
    name.is_some_and(|name| name.starts_with(Layout::UNFINISHED))
        && path.symlink_metadata().is_ok_and(|metadata| metadata.is_file())
}

fn not_replaced(path: &Path, reason: Replacing) -> RunError {
    RunError::NotReplaced { path: path.to_owned(), reason }
}

#[cfg(test)]
mod tests {
    use headlight_model::Architecture;
    use headlight_train::tasks;

    use super::*;
    use crate::config_file::{read_config, write_config};
    use crate::files::Files;
    use crate::list::write;
    use crate::{RunConfig, StoppedRun, write_into_run};

    /// A run as far as replacing it is concerned.
    fn put_run(path: &Path) -> RunConfig {
        let config = RunConfig::for_task(&tasks::copy::SPEC, Architecture::Decoder);
        write_config(path, &config).expect("room");
        for name in [Layout::METRICS, Layout::CHECKPOINT, Layout::MODEL, Layout::ATTENTION, Layout::RESULT] {
            write(path, name, b"old").expect("room");
        }
        write_into_run(&[(path.join("heatmaps/cross_grid.png"), b"old".to_vec())]).expect("room");
        config
    }

    /// What a kill between the removal of the old run and the writing of the new one leaves.
    #[test]
    fn a_directory_with_room_still_holds_a_run() {
        let directory = tempfile::tempdir().expect("a temporary directory");
        let config = put_run(directory.path());
        drop(make_room(directory.path(), Replace::AnyRun).expect("a run may be replaced"));
        assert_eq!(read_config(Files::In(directory.path())).expect("the old one"), config);
        let run = StoppedRun::open(directory.path()).expect("it can be resumed");
        assert_eq!(run.step(), 0);
        drop(run);
        drop(make_room(directory.path(), Replace::AnyRun).expect("and be replaced again"));
    }

    #[test]
    fn the_result_goes_first_and_the_configuration_last() {
        let directory = tempfile::tempdir().expect("a temporary directory");
        put_run(directory.path());
        let RunFiles { files, .. } = contents_of_run(directory.path(), Replace::AnyRun).expect("a run may be replaced");
        let names: Vec<_> = files.iter().map(|file| file.file_name().and_then(|name| name.to_str())).collect();
        assert_eq!(names[0], Some(Layout::RESULT));
        assert_eq!(names[4..], [Some(Layout::CHECKPOINT), Some(Layout::METRICS), Some(Layout::CONFIG)]);
    }
}
