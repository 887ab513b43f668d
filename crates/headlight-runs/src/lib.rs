//! Everything of a training that is on disk: the run directory, its configuration, checkpoints, resuming, seeds.
//!
//! ```
//! use headlight_model::Architecture;
//! use headlight_runs::{Replace, RunConfig, RunDirectory, SavedRun};
//! use headlight_train::tasks;
//!
//! # let place = tempfile::tempdir()?;
//! # let path = place.path().join("run");
//! let mut config = RunConfig::for_task(&tasks::copy::SPEC, Architecture::Decoder);
//! config.training.max_steps = 3; // a taste; fewer than a hundred steps solve it
//! let mut training = config.start()?;
//! let mut run = RunDirectory::create(&path, &config, Replace::Nothing)?;
//! while !training.is_done() {
//!     run.step(&mut training)?;
//! }
//! run.finish(&training)?;
//! assert_eq!(SavedRun::open(&path)?.result()?.steps, 3);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! In reading order: [`RunConfig`], [`Layout`], [`RunDirectory`], [`StoppedRun`], [`SavedRun`], [`SeedDirectory`]. A run keeps a
//! list of the files written into it (`list.rs`): by that a damaged file is known, and what a new run may take the place of.

mod config;
mod memory;
mod version;
mod config_file;
mod layout;
mod list;
mod files;
mod contents;
mod whole;
mod run;
mod checkpoint;
mod at_rest;
mod branch;
mod resume;
mod archive;
mod saved_run;
mod question;
mod encode;
mod pairs;
mod replace;
mod ready;
mod several;
mod seeds;
mod sweep;
mod gather;
mod step_times;
mod lock;
mod error;
mod config_error;
mod plan_error;
mod damage;

pub use archive::{ArchiveError, ArchivedRun, PackedRun, RunArchive};
pub use checkpoint::Checkpoint;
pub use config::{Branch, RunConfig, default_threads};
pub use config_error::RunConfigError;
pub use damage::Damage;
pub use error::{Replacing, RunError};
pub use gather::{GatheredRun, refuse_changed};
pub use layout::Layout;
pub use list::{read_metrics, read_records, read_records_of_steps, write_into_run};
pub use pairs::read_pairs;
pub use plan_error::{PlanDifference, PlanError};
pub use question::QuestionError;
pub use ready::ReadyRun;
pub use replace::{Replace, refuse_file_of_a_run};
pub use resume::StoppedRun;
pub use run::{RunDirectory, RunResult};
pub use saved_run::SavedRun;
pub use seeds::SeedDirectory;
pub use step_times::StepTimes;
pub use sweep::{PlannedRun, RunState, Sweep, SweepPlan, SweepRun};
pub use whole::{write_all_or_none, write_whole};
