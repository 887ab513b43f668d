//! Toy sequence tasks, the training loop and the run directory.
//!
//! The loop is in plain sight: whoever trains calls [`Training::step`] until it is done.
//!
//! ```
//! use headlight_model::Architecture;
//! use headlight_train::{RunConfig, Training, tasks};
//!
//! let mut config = RunConfig::for_task(&tasks::copy::SPEC, Architecture::Decoder);
//! config.max_steps = 3; // a taste; fewer than a hundred steps solve it
//! let mut training = Training::new(config)?;
//! while !training.is_done() {
//!     let outcome = training.step()?;
//!     println!("step {}: loss {:.3}", outcome.step, outcome.score.loss);
//! }
//! # Ok::<(), headlight_train::TrainError>(())
//! ```
//!
//! In reading order: [`Task`], [`Batch`], [`forward_backward`], [`Replicas`], [`generate`], [`Training`],
//! [`RunDirectory`], [`StoppedRun`], [`SeedDirectory`].

mod task;
pub mod tasks;
mod pair_file;
mod vocabulary;
mod batch;
mod step;
mod replicas;
mod generate;
mod schedule;
mod config;
mod config_file;
mod defaults;
mod training;
mod step_times;
mod state;
mod run;
mod saved_run;
mod evaluate;
mod replace;
mod measured;
mod checkpoint;
mod resume;
mod seeds;
mod lock;
mod error;

pub use batch::Batch;
pub use checkpoint::Checkpoint;
pub use config::{RunConfig, default_threads};
pub use error::TrainError;
pub use evaluate::Evaluation;
pub use generate::{count_exact, generate};
pub use measured::{Measured, MeasuredRun, SecondExam};
pub use pair_file::{load_pairs, read_pairs};
pub use replace::{Replace, refuse_file_of_a_run};
pub use replicas::Replicas;
pub use resume::StoppedRun;
pub use run::{
    RunDirectory, RunResult, film_directory, heatmap_directory, metrics_path, record_directory, recorded_step,
    report_path,
};
pub use saved_run::SavedRun;
pub use schedule::Schedule;
pub use seeds::{SeedDirectory, SeedRun};
pub use state::TrainingState;
pub use step::{BatchScore, batch_loss, clip_gradients, forward_backward};
pub use step_times::StepTimes;
pub use task::{
    Example, Half, HeldOut, HeldOutBy, Layout, LineError, MAX_HELD_OUT, MAX_INPUT, MAX_LENGTH, MAX_SYMBOLS, PairError,
    PairFile, Prompt, Questions, Spelling, StoredTask, Task, TaskDefaults, TaskError, TaskSpec, Worked,
};
pub use training::{StepOutcome, Training, records};
pub use vocabulary::Vocabulary;
