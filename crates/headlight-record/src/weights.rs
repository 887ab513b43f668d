//! Attention weights that others computed: NumPy arrays, safetensors and JSON.

mod array;
mod json;
mod npy;
mod npz;
mod tensors;

use std::fs::File;
use std::io::{BufReader, Read};
use std::path::{Path, PathBuf};

use crate::RecordError;
use array::Array;
use npz::Npz;

/// Which of a file's weights to read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct WeightsChoice<'a> {
    /// The name of the array, where a file holds several.
    pub array: Option<&'a str>,
    /// Which example, where the array has an axis of them; it may be left out where there is only one.
    pub batch_index: Option<usize>,
}

/// Attention weights from a file: numbers, and tokens where the file has them. Nothing is known of them but their count.
#[derive(Clone, Debug, PartialEq)]
pub struct Weights {
    /// `[layers, heads, queries, keys]`.
    pub shape: [usize; 4],
    /// All numbers, row-major.
    pub values: Vec<f32>,
    /// The tokens at the queries, where the file says.
    pub query_tokens: Option<Vec<String>>,
    /// The tokens at the keys, where the file says.
    pub key_tokens: Option<Vec<String>>,
}

/// A file of weights of which only the header has been read, so that its shape can be refused before its numbers take memory.
/// (A `.json` has no header, and is read whole.)
pub struct WeightsFile {
    path: PathBuf,
    shape: [usize; 4],
    contents: Contents,
}

enum Contents {
    /// The rest of the file begins with these numbers.
    Array(Array, Box<dyn Read>),
    Npz(Box<Npz<BufReader<File>>>),
    Read(Box<Weights>),
}

/// Reads weights from a `.npy`, `.npz`, `.safetensors` or `.json` file, of the type float16, bfloat16, float32 or float64.
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
/// When the file cannot be read, is none of these or is damaged, or the choice does not fit it. No more memory is taken than
/// the file has numbers, whatever sizes it declares; of an archive, 64 MiB or what a hundred times its bytes hold.
pub fn read_weights(path: &Path, choice: &WeightsChoice<'_>) -> Result<Weights, RecordError> {
    WeightsFile::open(path, choice)?.read()
}

impl WeightsFile {
    /// Opens a file and reads its header; see [`read_weights`].
    ///
    /// # Errors
    ///
    /// As [`read_weights`].
    pub fn open(path: &Path, choice: &WeightsChoice<'_>) -> Result<Self, RecordError> {
        let extension = path.extension().map(|extension| extension.to_string_lossy().to_ascii_lowercase());
        let file = || File::open(path).map_err(RecordError::io(path));
        let damaged = |reason| RecordError::damaged(path, reason);
        let (shape, contents) = match extension.as_deref() {
            Some("npy") => {
                let file = file()?;
                let length = file.metadata().map_err(RecordError::io(path))?.len();
                let mut source = BufReader::new(file);
                let (array, header) = npy::header(&mut source, choice.batch_index).map_err(damaged)?;
                array.check_room(length.saturating_sub(header)).map_err(damaged)?;
                (array.shape(), Contents::Array(array, Box::new(source)))
            }
            Some("npz") => {
                let (npz, array) = Npz::open(BufReader::new(file()?), choice).map_err(damaged)?;
                (array.shape(), Contents::Npz(Box::new(npz)))
            }
            Some("safetensors") => {
                let mut source = BufReader::new(file()?);
                let array = tensors::open(&mut source, choice).map_err(damaged)?;
                (array.shape(), Contents::Array(array, Box::new(source)))
            }
            Some("json") => {
                let weights = json::read(BufReader::new(file()?), choice).map_err(damaged)?;
                (weights.shape, Contents::Read(Box::new(weights)))
            }
            _ => {
                return Err(damaged(
                    "weights are read from files that end in .npy, .npz, .safetensors or .json".to_string(),
                ));
            }
        };
        Ok(Self { path: path.to_owned(), shape, contents })
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
    pub fn read(self) -> Result<Weights, RecordError> {
        let values = match self.contents {
            Contents::Array(array, mut source) => array.read(&mut source),
            Contents::Npz(mut npz) => npz.read(),
            Contents::Read(weights) => return Ok(*weights),
        };
        let values = values.map_err(|reason| RecordError::damaged(&self.path, reason))?;
        Ok(Weights { shape: self.shape, values, query_tokens: None, key_tokens: None })
    }
}

/// The one array that a file holds, or the one that was asked for.
fn choose<'n>(names: &[&'n str], asked: Option<&str>) -> Result<&'n str, String> {
    let listed = || {
        let more = if names.len() > 12 { ", …" } else { "" };
        names.iter().take(12).copied().collect::<Vec<_>>().join(", ") + more
    };
    match (names, asked) {
        ([], _) => Err("holds no array".to_string()),
        (_, Some(asked)) => match names.iter().find(|name| **name == asked) {
            Some(name) => Ok(name),
            None => Err(format!("has no array '{asked}': choose from {}", listed())),
        },
        ([only], None) => Ok(only),
        (_, None) => Err(format!("holds several arrays: choose one of {} (--array NAME)", listed())),
    }
}
