//! A sweep: the runs that a plan lists, in one directory.

mod file;
mod plan;
mod state;

use std::fs::File;
use std::path::{Path, PathBuf};

pub use self::plan::{Axis, PlannedRun, SweepPlan};
pub use self::state::RunState;
use crate::files::Files;
use crate::layout::Layout;
use crate::list::write;
use crate::lock::lock;
use crate::ready::{ReadyRun, ready};
use crate::several::{SWEEP_VERSION, Several, make_room};
use crate::version::check_layout;
use crate::{Damage, Replace, RunError};

/// A directory with the plan of a sweep, and with its runs.
pub struct Sweep {
    path: PathBuf,
    plan: SweepPlan,
    _lock: Option<File>,
}

/// One run of a sweep. Whoever trains it needs to know nothing of the others.
pub struct SweepRun {
    path: PathBuf,
    planned: PlannedRun,
}

impl Sweep {
    /// Writes a plan into its directory, after making room as far as `replace` allows; or finds the same plan there, which is then
    /// gone on with. No other can create or hold the sweep meanwhile, but its runs are anyone's to train.
    ///
    /// # Errors
    ///
    /// When a run cannot be trained; when the directory holds another plan or anything else that may not be replaced, is in use,
    /// or cannot be written.
    pub fn create(path: &Path, plan: SweepPlan, replace: Replace) -> Result<Self, RunError> {
        plan.check()?;
        if path.exists() && !path.is_dir() {
            return Err(RunError::NotADirectory { path: path.to_owned() });
        }
        std::fs::create_dir_all(path).map_err(RunError::io(path))?;
        let held = lock(path)?;
        let text = file::to_text(&plan).map_err(crate::RunConfigError::from)?;
        if !has_plan(path, &plan, &text, replace)? {
            make_room(path, Several::Sweep, replace)?;
            write(path, Layout::SWEEP, text.as_bytes())?;
        }
        Ok(Self { path: path.to_owned(), plan, _lock: Some(held) })
    }

    /// Finds the sweep again, to go on with it. No other can create or hold it meanwhile, but its runs are anyone's to train.
    ///
    /// # Errors
    ///
    /// As [`open`](Self::open), and when it is in use.
    pub fn hold(path: &Path) -> Result<Self, RunError> {
        read(path)?; // what is no sweep is not locked
        let held = lock(path)?;
        Ok(Self { _lock: Some(held), ..Self::open(path)? })
    }

    /// Reads the plan of a sweep, of which others may train the runs meanwhile.
    ///
    /// # Errors
    ///
    /// When there is none, it is damaged, or a newer Headlight wrote it.
    pub fn open(path: &Path) -> Result<Self, RunError> {
        let plan = file::plan_in(&read(path)?).map_err(Damage::from);
        let plan = plan.and_then(|plan| plan.check().map(|()| plan).map_err(Damage::from));
        let plan = plan.map_err(|damage| RunError::damaged(&path.join(Layout::SWEEP), damage))?;
        Ok(Self { path: path.to_owned(), plan, _lock: None })
    }

    /// Whether this is the directory of a sweep.
    pub fn is_one(path: &Path) -> bool {
        path.join(Layout::SWEEP).is_file()
    }

    /// What the sweep is to do.
    pub fn plan(&self) -> &SweepPlan {
        &self.plan
    }

    /// Its directory.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Where a run is.
    pub fn path_of(&self, run: &PlannedRun) -> PathBuf {
        self.path.join(&run.directory)
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
        ready(&self.path, &self.planned.config)
    }
}

/// Whether a directory has this plan. Another one is refused where it may not be replaced.
fn has_plan(path: &Path, plan: &SweepPlan, text: &str, replace: Replace) -> Result<bool, RunError> {
    match read(path) {
        Ok(found) if found == text.as_bytes() => return Ok(true),
        // Room is made for what may be replaced, whatever it is, and the rest refused there.
        Err(RunError::NoSweep { .. }) => return Ok(false),
        _ if replace != Replace::Nothing => {}
        Err(error) => return Err(error),
        Ok(_) => {}
    }
    let found = match Sweep::open(path) {
        Err(_) if replace != Replace::Nothing => return Ok(false),
        found => found?,
    };
    match found.plan.difference(plan) {
        None => Ok(true),
        Some(_) if replace != Replace::Nothing => Ok(false),
        Some(difference) => Err(RunError::OtherPlan { path: path.to_owned(), difference }),
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
