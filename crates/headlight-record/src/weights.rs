//! Attention weights that others computed: NumPy arrays, safetensors and JSON.

mod array;
mod choice;
mod error;
mod json;
mod npy;
mod npz;
mod numbers;
mod tensors;

use std::io::{BufReader, Read, Seek, SeekFrom};

pub use choice::WeightsChoice;
pub use error::ArrayError;
pub use npy::read_npy;
pub use numbers::Weights;

use array::Array;
use npy::Header;
use npz::Npz;

/// What a file of weights is written as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WeightsFormat {
    /// NumPy's `.npy`.
    Npy,
    /// NumPy's `.npz`.
    Npz,
    /// `.safetensors`.
    Safetensors,
    /// `.json`.
    Json,
}

impl WeightsFormat {
    /// The format of files that end so, `npy` and the like, in small or large letters.
    pub fn of_extension(extension: &str) -> Option<Self> {
        Some(match extension.to_ascii_lowercase().as_str() {
            "npy" => Self::Npy,
            "npz" => Self::Npz,
            "safetensors" => Self::Safetensors,
            "json" => Self::Json,
            _ => return None,
        })
    }
}

/// A file of weights of which only the header has been read, so that its shape can be refused before its numbers take memory.
/// (A `.json` has no header, and is read whole.)
pub struct WeightsFile<R> {
    shape: [usize; 4],
    contents: Contents<R>,
}

enum Contents<R> {
    /// The rest of the file begins with these numbers.
    Array(Array, BufReader<R>),
    Npz(Box<Npz<BufReader<R>>>),
    Read(Box<Weights>),
}

/// Reads weights of the type float16, bfloat16, float32 or float64 from a file's bytes.
///
/// # Shapes
///
/// - `[queries, keys]`: one head
/// - `[heads, queries, keys]`: one layer
/// - `[layers, heads, queries, keys]`
/// - `[layers, batch, heads, queries, keys]`, of which `batch_index` chooses an example; Hugging Face's
///   `torch.stack(output.attentions)` has this shape
///
/// # Errors
///
/// When the bytes cannot be read, are not of this format or damaged, or the choice does not fit them. No more memory is taken than
/// the file has numbers, whatever sizes it declares; of an archive, 64 MiB or what a hundred times its bytes hold.
pub fn read_weights(
    source: impl Read + Seek,
    format: WeightsFormat,
    choice: &WeightsChoice<'_>,
) -> Result<Weights, ArrayError> {
    WeightsFile::open(source, format, choice)?.read()
}

impl<R: Read + Seek> WeightsFile<R> {
    /// Reads a file's header; see [`read_weights`].
    ///
    /// # Errors
    ///
    /// As [`read_weights`].
    pub fn open(source: R, format: WeightsFormat, choice: &WeightsChoice<'_>) -> Result<Self, ArrayError> {
        let mut source = BufReader::new(source);
        let (shape, contents) = match format {
            WeightsFormat::Npy => {
                let length = source.seek(SeekFrom::End(0))?;
                source.rewind()?;
                let header = Header::read(&mut source)?;
                let array = header.array(choice.batch_index)?;
                array.check_room(length.saturating_sub(header.length))?;
                (array.shape(), Contents::Array(array, source))
            }
            WeightsFormat::Npz => {
                let (npz, array) = Npz::open(source, choice)?;
                (array.shape(), Contents::Npz(Box::new(npz)))
            }
            WeightsFormat::Safetensors => {
                let array = tensors::open(&mut source, choice)?;
                (array.shape(), Contents::Array(array, source))
            }
            WeightsFormat::Json => {
                let weights = json::read(source, choice)?;
                (weights.shape, Contents::Read(Box::new(weights)))
            }
        };
        Ok(Self { shape, contents })
    }

    /// `[layers, heads, queries, keys]`.
    pub fn shape(&self) -> [usize; 4] {
        self.shape
    }

    /// The tokens at the queries and at the keys, where the file says.
    pub fn tokens(&self) -> [Option<&[String]>; 2] {
        match &self.contents {
            Contents::Read(weights) => [weights.query_tokens.as_deref(), weights.key_tokens.as_deref()],
            Contents::Array(..) | Contents::Npz(_) => [None, None],
        }
    }

    /// Reads the numbers.
    ///
    /// # Errors
    ///
    /// When the file is damaged or cannot be read to its end.
    pub fn read(self) -> Result<Weights, ArrayError> {
        let values = match self.contents {
            Contents::Array(array, mut source) => array.read(&mut source)?,
            Contents::Npz(mut npz) => npz.read()?,
            Contents::Read(weights) => return Ok(*weights),
        };
        Ok(Weights { shape: self.shape, values, query_tokens: None, key_tokens: None })
    }
}
