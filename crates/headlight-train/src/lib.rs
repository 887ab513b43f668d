//! Toy sequence tasks, and training a model on them.
//!
//! No file, no clock and no terminal: whoever trains calls [`Training::step`] until it is done, and brings the device and the
//! [`Replicas`]. Without the feature `threads` there is one replica, which works in the caller's thread.
//!
//! ```
//! use headlight_device::DeviceName;
//! use headlight_model::Architecture;
//! use headlight_train::{ModelConfig, Replicas, Task, TaskSpec, Training, TrainingConfig, tasks};
//!
//! let task = Task::new(&tasks::copy::SPEC, Architecture::Decoder);
//! let model = ModelConfig::default().for_task(&task, 0);
//! let mut config = TrainingConfig::for_task(&task);
//! config.max_steps = 3; // a taste; fewer than a hundred steps solve it
//! let mut training = Training::new(&model, task, config, Replicas::new(1)?, &DeviceName::default().open()?)?;
//! while !training.is_done() {
//!     let outcome = training.step()?;
//!     println!("step {}: loss {:.3}", outcome.step, outcome.score.loss);
//! }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! In reading order: [`Task`], [`Batch`], [`forward_backward`], [`Replicas`], [`generate`], [`Training`], [`evaluate`].

mod task;
pub mod tasks;
mod vocabulary;
mod tally;
mod batch;
mod step;
mod part;
mod gradients;
mod replicas;
mod generate;
mod schedule;
mod setting_error;
mod learning_rate;
mod config;
mod defaults;
mod records;
mod training;
mod state;
mod state_error;
mod evaluate;
mod measured;
mod error;

pub use batch::Batch;
pub use config::{ModelConfig, TrainingConfig};
pub use error::{Divergence, TrainError};
pub use evaluate::{Evaluation, evaluate};
pub use generate::{count_exact, generate};
pub use measured::{Measured, MeasuredRun, OtherQuestions};
pub use part::Part;
pub use records::{records, records_with};
pub use replicas::Replicas;
pub use schedule::Schedule;
pub use setting_error::SettingError;
pub use state::TrainingState;
pub use state_error::StateError;
pub use step::{BatchScore, batch_loss, clip_gradients, forward_backward};
pub use tally::Tally;
pub use task::{
    Example, Half, HeldOut, HeldOutBy, Layout, LineError, MAX_HELD_OUT, MAX_INPUT, MAX_LENGTH, MAX_SYMBOLS, PairError,
    PairFile, PairFileError, Prompt, Questions, Spelling, StoredTask, Task, TaskDefaults, TaskError, TaskSpec, Worked,
};
pub use training::{StepOutcome, Training};
pub use vocabulary::Vocabulary;
