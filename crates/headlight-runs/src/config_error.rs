use headlight_device::DeviceName;
use headlight_model::ConfigError;
use headlight_train::TrainError;

/// Why nothing can be trained with a configuration.
#[derive(Debug, thiserror::Error)]
pub enum RunConfigError {
    /// A task, a size or a rate that cannot be trained.
    #[error(transparent)]
    Train(#[from] TrainError),
    /// A model that cannot be made.
    #[error(transparent)]
    Model(#[from] ConfigError),
    /// More threads than the device has use for.
    #[error("several threads are for processor devices; {device} takes one")]
    DeviceThreads {
        /// The device asked for.
        device: DeviceName,
    },
    /// A model or batch that no ordinary machine can hold.
    #[error(
        "training this takes about {gigabytes} GiB of memory, and more than {max} is refused: choose a smaller batch, \
         length, width or number of layers"
    )]
    Memory {
        /// Roughly what it would take.
        gigabytes: u128,
        /// What is allowed.
        max: u128,
    },
    /// A number that JSON does not give back as it was.
    #[error("{name} {value} has too many digits to be written down and read again: round it")]
    Digits {
        /// The number's key in `config.json`.
        name: String,
        /// The number.
        value: String,
    },
    /// A configuration that JSON cannot hold.
    #[error(transparent)]
    Json(#[from] serde_json::Error),
}

/// A value as an error names it.
pub(crate) fn or_none(value: &Option<String>) -> &str {
    value.as_deref().unwrap_or("none")
}
