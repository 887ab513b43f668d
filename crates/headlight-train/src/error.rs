use burn::tensor::ExecutionError;
use headlight_model::{ConfigError, ParametersError};
use headlight_record::RecordError;

use crate::setting_error::SettingError;
use crate::{StateError, TaskError};

/// Why something could not be trained.
#[derive(Debug, thiserror::Error)]
pub enum TrainError {
    /// A setting that nothing can be trained with.
    #[error(transparent)]
    Setting(#[from] SettingError),
    /// A task that cannot be trained on.
    #[error(transparent)]
    Task(#[from] TaskError),
    /// A loss that is no longer finite.
    #[error("{0}: try a smaller one")]
    Diverged(#[from] Divergence),
    /// The system gives no more threads.
    #[cfg(feature = "threads")]
    #[error("{threads} threads could not be started: {source}")]
    Threads {
        /// How many were asked for.
        threads: usize,
        /// What the system said.
        source: rayon::ThreadPoolBuildError,
    },
    /// More replicas than there are threads for.
    #[cfg(not(feature = "threads"))]
    #[error("this build has no threads: choose one replica, not {threads}")]
    OneThread {
        /// How many were asked for.
        threads: usize,
    },
    /// Numbers of another step than the one that comes next, or of another model.
    #[error("the parts of a step add up to {found} numbers, but must to {expected}")]
    Sum {
        /// How many there are.
        found: usize,
        /// How many this step has.
        expected: usize,
    },
    /// More right answers than there are questions.
    #[error("{right} answers cannot be right of {held_out}")]
    Right {
        /// How many were said to be right.
        right: usize,
        /// How many there are.
        held_out: usize,
    },
    /// A device that failed at its work.
    #[error("the device failed: {0}")]
    Device(#[from] ExecutionError),
    /// A model that cannot be made.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// A record that could not be made, read or written.
    #[error(transparent)]
    Record(#[from] RecordError),
    /// Parameters that could not be turned into bytes, or are another model's.
    #[error(transparent)]
    Parameters(#[from] ParametersError),
    /// A state that is damaged or of another training.
    #[error(transparent)]
    State(#[from] StateError),
}

/// A training that came to numbers that are not finite, as of a step too large.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
#[error("the loss became {loss} at step {step}, with a learning rate of {learning_rate:?}")]
pub struct Divergence {
    /// The step.
    pub step: usize,
    /// Infinite or NaN.
    pub loss: f64,
    /// The learning rate of that step.
    pub learning_rate: f64,
}

impl TrainError {
    /// Whether the system or the training failed, rather than the request having been wrong.
    pub fn is_failure(&self) -> bool {
        #[cfg(feature = "threads")]
        if matches!(self, Self::Threads { .. }) {
            return true;
        }
        matches!(self, Self::Diverged(_) | Self::Device(_) | Self::Parameters(_) | Self::State(_))
    }
}
