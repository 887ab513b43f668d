use headlight_model::ParametersError;

/// Why a model that others trained cannot be opened.
#[derive(Debug, thiserror::Error)]
pub enum PretrainedError {
    /// Its files cannot be read.
    #[error(transparent)]
    Checkpoint(#[from] crate::CheckpointError),
    /// Its parameters are not those that its configuration says.
    #[error(transparent)]
    Parameters(#[from] ParametersError),
    /// Nobody built this family.
    #[error("model type '{model_type}' is unknown; the known ones are {known}")]
    UnknownFamily {
        /// As in `config.json`.
        model_type: String,
        /// All of them.
        known: String,
    },
    /// A size or choice that does not fit.
    #[error("config.json: {0}")]
    Config(String),
    /// An option that is built for one value only.
    #[error("config.json: {name} {value} is not supported, only {only}")]
    Option {
        /// The option.
        name: String,
        /// As it stands there.
        value: String,
        /// As it is built.
        only: String,
    },
    /// An option that might change the result.
    #[error("config.json: unknown option '{name}' ({value}), which might change what the model computes")]
    UnknownOption {
        /// The option.
        name: String,
        /// As it stands there.
        value: String,
    },
    /// An option of how text is generated.
    #[error("generation_config.json: {0}")]
    Generation(String),
    /// Parameters that the family does not have.
    #[error("the model has a tensor {name}, which its family does not have: it computes something else")]
    UnknownTensor {
        /// The tensor.
        name: String,
    },
}
