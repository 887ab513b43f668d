use std::io;
use std::path::PathBuf;

use crate::tensors::TensorFileError;

/// Why a directory is not a model that can be read.
#[derive(Debug, thiserror::Error)]
pub enum CheckpointError {
    /// No `config.json`.
    #[error("{} is not a model: it has no config.json", .0.display())]
    NoConfig(PathBuf),
    /// The system says no.
    #[error("cannot read {}: {source}", .file.display())]
    Read {
        /// The file.
        file: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// A file that is longer than any of its kind.
    #[error("{} is too long: more than {longest} bytes", .file.display())]
    Long {
        /// The file.
        file: PathBuf,
        /// How long it may be.
        longest: u64,
    },
    /// A configuration of more lists and objects than any has.
    #[error("{} is not a configuration: it has more than {most} lists and objects", .file.display())]
    Lists {
        /// The file.
        file: PathBuf,
        /// How many it may have.
        most: usize,
    },
    /// A file that is not JSON, or says other things than it should.
    #[error("{}: {source}", .file.display())]
    Json {
        /// The file.
        file: PathBuf,
        /// What is wrong with it.
        source: serde_json::Error,
    },
    /// No family's name.
    #[error("{} does not name the model's family (it has no model_type)", .0.display())]
    NoModelType(PathBuf),
    /// Parameters in fewer bits than 16, whose numbers mean nothing without what they were scaled by.
    #[error("its parameters are quantised ({0}), which is not supported: use the model that this one was made from")]
    Quantised(String),
    /// No file of parameters.
    #[error("{} has no parameters: neither model.safetensors nor model.safetensors.index.json is there", .0.display())]
    NoParameters(PathBuf),
    /// Parameters as a Python pickle, which is a program.
    #[error(
        "{} has its parameters as pytorch_model.bin alone. With PyTorch at hand, this converts them, in that directory: \
         python -c \"import glob, torch, safetensors.torch as s; s.save_file({{name: tensor.contiguous().clone() \
         for file in glob.glob('pytorch_model*.bin') for name, tensor in \
         torch.load(file, map_location='cpu', weights_only=True).items()}}, 'model.safetensors')\"",
        .0.display()
    )]
    Pickled(PathBuf),
    /// A file of parameters that cannot be read.
    #[error("{}: {source}", .file.display())]
    Parameters {
        /// The file.
        file: PathBuf,
        /// What is wrong with it.
        source: TensorFileError,
    },
    /// An index that names something else than a file beside it.
    #[error("{} names '{shard}', which is not a file beside it", .index.display())]
    Outside {
        /// The index.
        index: PathBuf,
        /// What it names.
        shard: String,
    },
    /// An index that names a file that is not there.
    #[error("{} names {shard}, which is missing", .index.display())]
    NoShard {
        /// The index.
        index: PathBuf,
        /// What it names.
        shard: String,
    },
    /// An index that names a tensor that is not there.
    #[error("{} says that {tensor} is in {shard}, but it is not", .index.display())]
    NotInShard {
        /// The index.
        index: PathBuf,
        /// The file.
        shard: String,
        /// The tensor.
        tensor: String,
    },
}
