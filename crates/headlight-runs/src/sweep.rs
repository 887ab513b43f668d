//! A sweep: the runs that a plan lists, in one directory.

mod file;
mod plan;
mod state;

use std::path::{Path, PathBuf};

pub use self::plan::{PlannedRun, SweepPlan};
pub use self::state::RunState;
use crate::contents::Contents;
use crate::files::Files;
use crate::layout::{Layout, entries};
use crate::list::write;
use crate::lock::{Lock, lock, share};
use crate::ready::{ReadyRun, ready};
use crate::replace::is_leftover;
use crate::several::{SWEEP_VERSION, Several, make_room};
use crate::version::check_layout;
use crate::{Damage, Replace, RunError};

/// A directory with the plan of a sweep, and with its runs.
pub struct Sweep {
    path: PathBuf,
    plan: SweepPlan,
    /// The version of the Headlight that wrote the plan, if it says so.
    written_by: String,
    _lock: Option<Lock>,
}

/// One run of a sweep. Whoever trains it needs to know nothing of the others.
pub struct SweepRun {
    path: PathBuf,
    planned: PlannedRun,
}

impl Sweep {
    /// Writes a plan into its directory, after making room as far as `replace` allows; or finds the same plan there, which is then
    /// continued. No other can create or hold the sweep meanwhile, but its runs are anyone's to train.
    ///
    /// # Errors
    ///
    /// When a run cannot be trained; when the directory holds something else than a sweep, another plan that may not be replaced, or
    /// this one where another was to be replaced; when it is in use, or cannot be written.
    pub fn create(path: &Path, plan: SweepPlan, replace: Replace) -> Result<Self, RunError> {
        plan.check()?;
        refuse_another_kind(path)?;
        share(path)?;
        let held = lock(path)?;
        let text = file::to_text(&plan).map_err(crate::RunConfigError::from)?;
        let written_by = match writer_of(path, &plan, &text, replace)? {
            Some(writer) => writer,
            None => {
                make_room(path, Several::Sweep, replace)?;
                write(path, Layout::SWEEP, text.as_bytes())?;
                file::VERSION.to_string()
            }
        };
        Ok(Self { path: path.to_owned(), plan, written_by, _lock: Some(held) })
    }

    /// Finds the sweep again, to continue it. No other can create or hold it meanwhile, but its runs are anyone's to train.
    ///
    /// # Errors
    ///
    /// As [`open`](Self::open), and when it is in use.
    pub fn hold(path: &Path) -> Result<Self, RunError> {
        read(path)?; // what is no sweep is not locked
        share(path)?;
        let held = lock(path)?;
        Ok(Self { _lock: Some(held), ..Self::open(path)? })
    }

    /// Reads the plan of a sweep, of which others may train the runs meanwhile.
    ///
    /// # Errors
    ///
    /// When there is none, it is damaged, or a newer Headlight wrote it.
    pub fn open(path: &Path) -> Result<Self, RunError> {
        let damaged = |damage: Damage| RunError::damaged(&path.join(Layout::SWEEP), damage);
        let (plan, written_by) = file::plan_in(&read(path)?).map_err(|error| damaged(error.into()))?;
        plan.check().map_err(|error| damaged(error.into()))?;
        Ok(Self { path: path.to_owned(), plan, written_by: written_by.unwrap_or_default(), _lock: None })
    }

    /// Whether this is the directory of a sweep.
    pub fn is_one(path: &Path) -> bool {
        path.join(Layout::SWEEP).is_file()
    }

    /// What the sweep is to do.
    pub fn plan(&self) -> &SweepPlan {
        &self.plan
    }

    /// The version of the Headlight that wrote the plan, where that is another than this one.
    pub fn other_version(&self) -> Option<&str> {
        Some(&self.written_by[..]).filter(|version| !version.is_empty() && *version != file::VERSION)
    }

    /// Its directory.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Where a run is.
    pub fn path_of(&self, run: &PlannedRun) -> PathBuf {
        self.path.join(&run.directory)
    }

    /// The state of a run that has an outcome; of one that has none, no more is read than it takes to see that.
    pub fn outcome(&self, run: &PlannedRun) -> Option<RunState> {
        RunState::outcome_of(&self.path_of(run), &run.config)
    }

    /// Whether somebody trains a run now. Whoever asks holds it for a moment.
    pub fn is_in_use(&self, run: &PlannedRun) -> bool {
        matches!(lock(&self.path_of(run)), Err(RunError::InUse { .. }))
    }

    /// The checksum of the plan's file.
    ///
    /// # Errors
    ///
    /// When the file cannot be read.
    pub fn crc32(&self) -> Result<u32, RunError> {
        Ok(Contents::of(&read(&self.path)?).crc32)
    }

    /// What became of a run so far.
    pub fn state(&self, run: &PlannedRun) -> RunState {
        RunState::of(&self.path_of(run), &run.config)
    }
}

impl SweepRun {
    /// Finds one run of a sweep.
    ///
    /// # Errors
    ///
    /// When there is no sweep, or no run of that number; when the plan is damaged, or a newer Headlight wrote it.
    pub fn open(sweep: &Path, number: usize) -> Result<Self, RunError> {
        let damaged = |damage: Damage| RunError::damaged(&sweep.join(Layout::SWEEP), damage);
        let (planned, count) = file::run_in(&read(sweep)?, number).map_err(|error| damaged(error.into()))?;
        let no_such = || RunError::NoSuchRun { path: sweep.to_owned(), number, count };
        let mut planned = planned.ok_or_else(no_such)?;
        planned.check_at(number).map_err(|error| damaged(error.into()))?;
        let path = sweep.join(&planned.directory);
        planned.config.load_pairs(Files::In(&path))?;
        Ok(Self { path, planned })
    }

    /// What the run is to do.
    pub fn planned(&self) -> &PlannedRun {
        &self.planned
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The state of the run, if it has an outcome.
    pub fn outcome(&self) -> Option<RunState> {
        RunState::outcome_of(&self.path, &self.planned.config)
    }

    /// What became of it so far.
    pub fn state(&self) -> RunState {
        RunState::of(&self.path, &self.planned.config)
    }

    /// Begins the run, or resumes it where it was stopped.
    ///
    /// # Errors
    ///
    /// As [`RunDirectory::create`](crate::RunDirectory::create), [`StoppedRun::open`](crate::StoppedRun::open) and
    /// [`StoppedRun::resume`](crate::StoppedRun::resume).
    pub fn ready(&self) -> Result<ReadyRun, RunError> {
        share(&self.path)?;
        ready(&self.path, &self.planned.config)
    }
}

/// Refuses a directory that holds something else than a sweep, which nothing here replaces.
fn refuse_another_kind(path: &Path) -> Result<(), RunError> {
    let has = |name| path.join(name).exists();
    let holds = match () {
        () if !path.is_dir() || has(Layout::SWEEP) || entries(path)?.iter().all(|entry| is_leftover(entry)) => {
            return Ok(());
        }
        () if has(Layout::CONFIG) => "a run",
        () if has(Layout::SEEDS) => "runs of several seeds",
        () => "other files",
    };
    Err(RunError::NotASweep { path: path.to_owned(), holds })
}

/// The version that wrote the plan of a directory, where it is this one, to be continued. Another one is refused where it may not be
/// replaced.
fn writer_of(path: &Path, plan: &SweepPlan, text: &str, replace: Replace) -> Result<Option<String>, RunError> {
    let (difference, written_by) = match read(path) {
        // Room is made for what may be replaced, whatever it is, and the rest refused there.
        Err(RunError::NoSweep { .. }) => return Ok(None),
        // Without reading it: there may be a hundred thousand runs.
        Ok(found) if found == text.as_bytes() => (None, file::VERSION.to_string()),
        _ => match Sweep::open(path) {
            Err(_) if replace != Replace::Nothing => return Ok(None),
            found => found.map(|found| (found.plan.difference(plan), found.written_by))?,
        },
    };
    match (difference, replace) {
        (None, Replace::Nothing) => Ok(Some(written_by)),
        (None, _) => Err(RunError::SamePlan { path: path.to_owned() }),
        (Some(difference), Replace::Nothing) => Err(RunError::OtherPlan { path: path.to_owned(), difference }),
        (Some(_), _) => Ok(None),
    }
}

/// The plan's file, as it was written.
fn read(sweep: &Path) -> Result<Vec<u8>, RunError> {
    let path = sweep.join(Layout::SWEEP);
    let bytes = std::fs::read(&path).map_err(|error| match error.kind() {
        std::io::ErrorKind::NotFound | std::io::ErrorKind::NotADirectory => {
            RunError::NoSweep { path: sweep.to_owned(), missing: Layout::SWEEP }
        }
        _ => RunError::io(&path)(error),
    })?;
    check_layout(&bytes, SWEEP_VERSION).map_err(|damage| RunError::damaged(&path, damage))?;
    Files::In(sweep).check(Layout::SWEEP, &bytes)?;
    Ok(bytes)
}
