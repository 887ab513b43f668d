/// Why a model could not be exported.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum GraphError {
    /// A version of ONNX's operators that the writer does not know.
    #[error("opset {opset} is not known: choose one from {first} to {last}", first = .known.0, last = .known.1)]
    Opset {
        /// The version asked for.
        opset: i64,
        /// The first and last that there are.
        known: (i64, i64),
    },
    /// Bytes that hold no weights, or not all of them.
    #[error("the weights are damaged: {0}")]
    Damaged(String),
    /// The weights are not this graph's.
    #[error("these weights belong to another model: {0}")]
    Weights(String),
    /// A file that ONNX cannot hold.
    #[error("the weights take {bytes} bytes, and one ONNX file holds less than 2 GiB: choose a smaller model")]
    TooLarge {
        /// What they take.
        bytes: u128,
    },
}
