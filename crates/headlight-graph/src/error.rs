/// Why a model could not be exported.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
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
    Damaged(String),
    /// The parameters are not this graph's.
    #[error("these parameters belong to another model: {0}")]
    OtherModel(String),
    /// A file that ONNX cannot hold.
    #[error("the parameters take {bytes} bytes, but an ONNX file must be smaller than 2 GiB: choose a smaller model")]
    TooLarge {
        /// What they take.
        bytes: u128,
    },
}
