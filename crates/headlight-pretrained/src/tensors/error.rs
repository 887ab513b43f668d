use std::io;

use safetensors::{Dtype, SafeTensorError};

/// Why a file is not one of parameters that can be read.
#[derive(Debug, thiserror::Error)]
pub enum TensorFileError {
    /// The system says no.
    #[error("cannot be read: {0}")]
    Read(#[from] io::Error),
    /// Something else than a file.
    #[error("is not a file")]
    NoFile,
    /// Too short for a header, or for the one that it announces.
    #[error("not a safetensors file, or cut off: {found} bytes, and the header ends at {expected}")]
    Short {
        /// Where the header ends.
        expected: u64,
        /// How long the file is.
        found: u64,
    },
    /// A header that is longer than any.
    #[error("not a safetensors file: its header would be {0} bytes long")]
    LongHeader(u64),
    /// A header that is not JSON, or says other things.
    #[error("not a safetensors file: its header is damaged: {0}")]
    Header(#[from] serde_json::Error),
    /// Tensors that overlap, leave gaps, or have more or fewer numbers than their shapes.
    #[error("damaged: {0}")]
    Tensors(#[from] SafeTensorError),
    /// Less or more numbers than the header says.
    #[error("damaged: {found} bytes, and by its header {expected}")]
    Length {
        /// How long the file should be.
        expected: u64,
        /// How long it is.
        found: u64,
    },
    /// Numbers of a type that cannot be read.
    #[error("{name} is {dtype:?}, which is not supported: parameters are read from F32, F16, BF16 and F64")]
    Type {
        /// The tensor.
        name: String,
        /// Its type.
        dtype: Dtype,
    },
}
