//! Attention weights that others computed: NumPy arrays, safetensors and JSON.

mod array;
mod json;
mod npy;
mod npz;
mod tensors;

use std::fs::File;
use std::io::BufReader;
use std::path::Path;

use crate::RecordError;

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
/// the file has numbers, whatever sizes it declares.
pub fn read_weights(path: &Path, choice: &WeightsChoice<'_>) -> Result<Weights, RecordError> {
    let extension = path.extension().map(|extension| extension.to_string_lossy().to_ascii_lowercase());
    let open = || File::open(path).map_err(RecordError::io(path));
    let damaged = |reason| RecordError::damaged(path, reason);
    match extension.as_deref() {
        Some("npy") => npy::read(&mut BufReader::new(open()?), choice.batch_index).map_err(damaged),
        Some("npz") => npz::read(BufReader::new(open()?), choice).map_err(damaged),
        Some("safetensors") => tensors::read(&mut BufReader::new(open()?), choice).map_err(damaged),
        Some("json") => json::read(BufReader::new(open()?), choice).map_err(damaged),
        _ => Err(damaged("weights are read from files that end in .npy, .npz, .safetensors or .json".to_string())),
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
