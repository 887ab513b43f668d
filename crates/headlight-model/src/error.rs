use burn::tensor::DType;
use burn_store::burn_pack::Error as PackError;
use burn_store::{ApplyError, SafetensorsStoreError};

/// Why a configuration is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ConfigError {
    /// Heads share the width of the model evenly, or not at all.
    #[error(
        "{n_heads} heads do not divide a width of {d_model}: choose at least one head, and a d_model that is a multiple of the heads"
    )]
    Heads {
        /// The width asked for.
        d_model: usize,
        /// The heads asked for.
        n_heads: usize,
    },
    /// A size that must be positive.
    #[error("{name} is 0, but must be at least 1")]
    Zero {
        /// The field's name.
        name: &'static str,
    },
    /// Sinusoidal positions come in pairs of sine and cosine.
    #[error("sinusoidal positions need an even width, and d_model is {d_model}")]
    OddWidth {
        /// The width asked for.
        d_model: usize,
    },
    /// Rotary positions rotate pairs of a head's features.
    #[error(
        "rotary positions need heads of even width, and {n_heads} heads share a width of {d_model}: choose a d_model that is an \
         even multiple of the heads"
    )]
    OddHead {
        /// The width asked for.
        d_model: usize,
        /// The heads asked for.
        n_heads: usize,
    },
    /// ALiBi's distances are those of a decoder, which attends to earlier tokens.
    #[error("alibi positions are for a decoder alone: with an encoder choose sinusoidal, learned or rotary")]
    AlibiWithEncoder,
    /// A probability that leaves nothing, or is none.
    #[error("dropout {dropout} is not in [0, 1)")]
    Dropout {
        /// The number asked for, as text.
        dropout: String,
    },
}

/// Why parameters could not be turned into bytes, or bytes into parameters.
#[derive(Debug, thiserror::Error)]
pub enum ParametersError {
    /// The bytes are no safetensors.
    #[error("damaged parameters: {0}")]
    Damaged(#[from] SafetensorsStoreError),
    /// A tensor in them cannot be read.
    #[error("damaged parameters: {0}")]
    DamagedTensor(#[from] PackError),
    /// The tensors are not the ones that this module has.
    #[error("these parameters belong to another model: {0}")]
    Mismatch(#[from] Mismatch),
}

/// The first thing that is wrong with tensors that a module does not have.
#[derive(Debug, thiserror::Error)]
pub enum Mismatch {
    /// A tensor of another number type.
    #[error("{name} is {found:?}, not F32")]
    Type {
        /// The tensor.
        name: String,
        /// Its type.
        found: DType,
    },
    /// A tensor of another shape.
    #[error(transparent)]
    Tensor(Box<ApplyError>),
    /// A tensor that the module needs.
    #[error("there is no tensor {name}")]
    Missing {
        /// The tensor.
        name: String,
    },
    /// A tensor that the module does not have.
    #[error("the model has no tensor {name}")]
    Unknown {
        /// The tensor.
        name: String,
    },
    /// PyTorch's `add_bias_kv`, which adds a learned key and value to each sequence.
    #[error("{name} (add_bias_kv) is not supported")]
    AddedKeysAndValues {
        /// The tensor.
        name: String,
    },
    /// A tensor of PyTorch's that does not fit the module.
    #[error("{name} has shape {found:?} in the file, but {expected:?} in this model")]
    Shape {
        /// The tensor.
        name: String,
        /// As the module would have it.
        expected: Vec<usize>,
        /// As it is.
        found: Vec<usize>,
    },
}
