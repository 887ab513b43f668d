use burn::store::RecordError;
use burn::tensor::DType;
use burn_store::burn_pack::Error as PackError;
use safetensors::SafeTensorError;

/// Why a training state cannot be made or taken up.
#[derive(Debug, thiserror::Error)]
pub enum StateError {
    /// Tensors that do not become safetensors, or bytes that are none.
    #[error("damaged: {0}")]
    Safetensors(#[from] SafeTensorError),
    /// The optimiser's bytes, which are Burn's.
    #[error("damaged: {0}")]
    Packed(#[from] PackError),
    /// The optimiser's state.
    #[error("damaged: {0}")]
    Optimizer(#[from] RecordError),
    /// A tensor that belongs to no parameter of the model.
    #[error("unknown tensor {name}")]
    Unknown {
        /// The tensor.
        name: String,
    },
    /// A tensor that a parameter needs.
    #[error("there is no tensor {name}")]
    Missing {
        /// The tensor.
        name: String,
    },
    /// A count of steps that is not one.
    #[error("the optimiser's count of steps for {name} is not a whole number")]
    Count {
        /// The parameter.
        name: String,
    },
    /// An average that does not fit its parameter.
    #[error("{moment} has another shape or type than {name}")]
    Shape {
        /// The average.
        moment: String,
        /// The parameter.
        name: String,
    },
    /// A tensor of a type that no state has.
    #[error("unsupported tensor type {0:?}")]
    Type(DType),
}
