use std::path::{Path, PathBuf};

use headlight_device::DeviceError;
use headlight_model::ParametersError;
use headlight_record::RecordFileError;
use headlight_train::{Divergence, TrainError};

use crate::config_error::or_none;
use crate::{ArchiveError, Damage, PlanDifference, PlanError, QuestionError, RunConfigError};

/// Why a run could not be trained, written, found or read.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// A configuration that nothing can be trained with.
    #[error(transparent)]
    Config(#[from] RunConfigError),
    /// A device that cannot be opened.
    #[error(transparent)]
    Device(#[from] DeviceError),
    /// A training that failed, or was refused.
    #[error(transparent)]
    Train(TrainError),
    /// Numbers that are no longer finite.
    #[error("{divergence} ({}): try a smaller one", last_good(checkpoint.as_ref()))]
    Diverged {
        /// Where the training had come to.
        divergence: Divergence,
        /// The last file to resume from, and its step.
        checkpoint: Option<(PathBuf, usize)>,
    },
    /// A question that a run's model cannot be asked.
    #[error(transparent)]
    Question(#[from] QuestionError),
    /// A directory that already holds something.
    #[error("{} is not empty: choose another directory", path.display())]
    NotEmpty {
        /// The directory.
        path: PathBuf,
    },
    /// A path that is something else than a directory.
    #[error("{} is a file: choose a directory", path.display())]
    NotADirectory {
        /// The path.
        path: PathBuf,
    },
    /// Something that may not be replaced.
    #[error("not replacing {}: {reason}", path.display())]
    NotReplaced {
        /// What was to be replaced.
        path: PathBuf,
        /// Why not.
        reason: Replacing,
    },
    /// A directory in which another run is being trained.
    #[error("{} is in use by another run: wait for its end, or choose another directory", path.display())]
    InUse {
        /// The directory.
        path: PathBuf,
    },
    /// A file system without locks, on which two processes could train the same run.
    #[error("{}: its file system has no locks ({source}): choose a directory elsewhere, or mount it with locks", path.display())]
    NoLocks {
        /// What could not be locked.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// A setting that would make another run of one that was started.
    #[error("{name} {} would change the run: it was started with {name} {}", or_none(asked), or_none(started))]
    Changed {
        /// Its key in `config.json`.
        name: String,
        /// What was asked for; `None` where that is no value.
        asked: Option<String>,
        /// What the run was started with.
        started: Option<String>,
    },
    /// A plan with a run that cannot be trained.
    #[error(transparent)]
    Plan(#[from] PlanError),
    /// A directory that holds something else than a sweep.
    #[error("{} holds {holds}, not a sweep: choose another directory", path.display())]
    NotASweep {
        /// The directory.
        path: PathBuf,
        /// What is in it.
        holds: &'static str,
    },
    /// A directory that has the plan already for which another was to make room.
    #[error("{} already holds this sweep", path.display())]
    SamePlan {
        /// The directory.
        path: PathBuf,
    },
    /// A directory with the sweep of another plan.
    #[error("{} holds another sweep ({difference}): choose another directory", path.display())]
    OtherPlan {
        /// The directory.
        path: PathBuf,
        /// What is other in it.
        difference: PlanDifference,
    },
    /// A directory without a sweep.
    #[error("{} is not a sweep: {missing} is missing", path.display())]
    NoSweep {
        /// The directory.
        path: PathBuf,
        /// The file that a sweep would have.
        missing: &'static str,
    },
    /// A number that no run of a sweep has.
    #[error("{} has no run {number}: its runs are 0 to {}", path.display(), count.saturating_sub(1))]
    NoSuchRun {
        /// The directory of the sweep.
        path: PathBuf,
        /// The number.
        number: usize,
        /// How many runs there are.
        count: usize,
    },
    /// A run that has not come to its end, and so has no result yet.
    #[error("{} holds a run that was stopped before its end", path.display())]
    Unfinished {
        /// The directory.
        path: PathBuf,
    },
    /// A directory without a run.
    #[error("{} is not a run: {missing} is missing", path.display())]
    NoRun {
        /// The directory.
        path: PathBuf,
        /// The file that a run would have.
        missing: &'static str,
    },
    /// A file whose contents are not what they should be.
    #[error("{}: {source}", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        source: Box<Damage>,
    },
    /// Parameters or records that could not be turned into bytes.
    #[error(transparent)]
    Parameters(#[from] ParametersError),
    /// Records that are not ones.
    #[error(transparent)]
    Record(#[from] RecordFileError),
    /// An archive that is not a run's.
    #[error(transparent)]
    Archive(#[from] ArchiveError),
    /// A file of pairs that is not there, or cannot be read.
    #[error("{}: {source}", path.display())]
    Pairs {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// A path that should be that of a file of pairs, and is a directory or something else.
    #[error("{}: not a file", path.display())]
    NotAFile {
        /// The path.
        path: PathBuf,
    },
    /// A file that could not be read or written.
    #[error("{}: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
}

/// Why something is not replaced.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Replacing {
    /// Files, but no run of ours.
    #[error("it is not empty, and has no config.json of a run")]
    NoRun,
    /// A run of another layout.
    #[error("its {file} was written by a newer Headlight (layout {version})")]
    Newer {
        /// The file that says so.
        file: &'static str,
        /// Its layout.
        version: u64,
    },
    /// A run of a layout that kept no list of its files.
    #[error(
        "it holds a run of an older Headlight (layout {version}), which kept no list of its files; remove it yourself"
    )]
    Older {
        /// Its layout.
        version: u64,
    },
    /// A run that the tour may not replace.
    #[error("it holds a run that the tour did not make; move it away first")]
    NotTheTours,
    /// Something that no run wrote.
    #[error("it contains {}, which is not part of a run; move it away first", path.display())]
    Stranger {
        /// Its path below the directory.
        path: PathBuf,
    },
    /// A file that Headlight did not write, or that was changed since.
    #[error("Headlight did not write it, or it was changed since; move it away first")]
    NotOurs,
    /// A file that a run needs.
    #[error("it is a file of the run itself; choose another name")]
    OfTheRun,
}

impl RunError {
    /// Whether the system or the training failed, rather than the request having been wrong.
    pub fn is_failure(&self) -> bool {
        match self {
            Self::Io { .. } | Self::Diverged { .. } | Self::Parameters(_) => true,
            Self::Train(error) | Self::Config(RunConfigError::Train(error)) => error.is_failure(),
            Self::Device(error) => error.is_failure(),
            _ => false,
        }
    }

    /// The error with the last good checkpoint in it, where it is one that asks for that.
    pub(crate) fn with_checkpoint(mut self, path: &Path, step: Option<usize>) -> Self {
        if let Self::Diverged { checkpoint, .. } = &mut self {
            *checkpoint = step.map(|step| (path.to_owned(), step));
        }
        self
    }

    pub(crate) fn io(path: &Path) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::Io { path, source }
    }

    pub(crate) fn damaged(path: &Path, source: impl Into<Damage>) -> Self {
        Self::Damaged { path: path.to_owned(), source: Box::new(source.into()) }
    }
}

impl From<TrainError> for RunError {
    fn from(error: TrainError) -> Self {
        match error {
            TrainError::Diverged(divergence) => Self::Diverged { divergence, checkpoint: None },
            error => Self::Train(error),
        }
    }
}

fn last_good(checkpoint: Option<&(PathBuf, usize)>) -> String {
    match checkpoint {
        Some((path, step)) => format!("the last good checkpoint is {}, of step {step}", path.display()),
        None => "there is no checkpoint before it".to_string(),
    }
}
