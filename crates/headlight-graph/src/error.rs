use safetensors::{Dtype, SafeTensorError};

/// Why a model could not be exported.
#[derive(Debug, thiserror::Error)]
pub enum GraphError {
    /// A version of ONNX's operators that the writer does not know.
    #[error("unknown opset {opset}: choose one from {first} to {last}", first = .known.0, last = .known.1)]
    Opset {
        /// The version asked for.
        opset: i64,
        /// The first and last that there are.
        known: (i64, i64),
    },
    /// Bytes that are not parameters, or not all of them.
    #[error("the parameters are damaged: {0}")]
    Damaged(#[from] SafeTensorError),
    /// The parameters are not this graph's.
    #[error("these parameters belong to another model: {name} {reason}")]
    OtherModel {
        /// The first parameter that the graph has otherwise.
        name: String,
        /// How it differs.
        reason: Mismatch,
    },
    /// A file that ONNX cannot hold.
    #[error("the parameters take {bytes} bytes, but an ONNX file must be smaller than 2 GiB: choose a smaller model")]
    TooLarge {
        /// What they take.
        bytes: u128,
    },
}

/// How a parameter in a file differs from the graph's.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Mismatch {
    /// The file has none of this name.
    #[error("is missing")]
    Missing,
    /// It has another shape.
    #[error("is {there:?} there, but {here:?} here")]
    Shape {
        /// In the file.
        there: Vec<usize>,
        /// In the graph.
        here: Vec<usize>,
    },
    /// It is of another type of numbers.
    #[error("is {0:?}, not F32")]
    Type(Dtype),
}
