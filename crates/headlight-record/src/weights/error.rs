use safetensors::Dtype;
use zip::result::ZipError;

/// Why no attention weights can be read from a file of another program's.
#[derive(Debug, thiserror::Error)]
pub enum ArrayError {
    /// A file without arrays.
    #[error("holds no array")]
    NoArray,
    /// An array that is not in the file.
    #[error("has no array '{asked}': choose from {}", listed(names))]
    NoSuchArray {
        /// The one asked for.
        asked: String,
        /// Those that there are.
        names: Vec<String>,
    },
    /// Several arrays, and none was asked for.
    #[error("holds several arrays: choose one of {}", listed(names))]
    SeveralArrays {
        /// Their names.
        names: Vec<String>,
    },
    /// An array that was asked for by name in a file that has no names.
    #[error("has no array '{asked}': a .json file holds one, without a name")]
    NoNames {
        /// The one asked for.
        asked: String,
    },
    /// An array that is no attention of any layers and heads.
    #[error(
        "has the shape {0:?}; attention weights are [queries, keys], [heads, queries, keys], [layers, heads, queries, keys] or \
         [layers, batch, heads, queries, keys]"
    )]
    Shape(Vec<usize>),
    /// An array of too few or too many axes for any features.
    #[error("has the shape {0:?}; features have two to four axes")]
    Axes(Vec<usize>),
    /// An array with an axis of nothing.
    #[error("has the shape {0:?}: it is empty")]
    Empty(Vec<usize>),
    /// More numbers than are read.
    #[error("declares the shape {shape:?}, more than the {most} numbers that are read: save fewer layers or heads")]
    Large {
        /// The array's shape.
        shape: Vec<usize>,
        /// As many as it may have.
        most: usize,
    },
    /// An example that is not there.
    #[error("has no example {index}: choose one from 0–{}", count - 1)]
    NoSuchExample {
        /// The one asked for.
        index: usize,
        /// How many there are.
        count: usize,
    },
    /// Several examples, and none was asked for.
    #[error("holds {count} examples: choose one from 0–{}", count - 1)]
    SeveralExamples {
        /// How many there are.
        count: usize,
    },
    /// An example that was asked for where there is no axis of them.
    #[error("has the shape {0:?}, without an axis of examples")]
    NoExamples(Vec<usize>),
    /// Numbers of a type that is not read.
    #[error("holds numbers of the type '{0}': convert them first, with .astype('float32')")]
    NumberType(String),
    /// A tensor of a type that is not read.
    #[error("'{name}' holds numbers of the type {dtype:?}: convert them to float32 first")]
    TensorType {
        /// The tensor.
        name: String,
        /// Its type.
        dtype: Dtype,
    },
    /// A NumPy array of records.
    #[error("holds records of several fields: save one array of numbers")]
    Fields,
    /// A NumPy array of pickled objects.
    #[error("holds pickled Python objects, which are programs and are not run: save one array of numbers")]
    Pickled,
    /// Too few bytes for any file of this format.
    #[error("not a {0} file (too short)")]
    Short(&'static str),
    /// Bytes that do not begin as NumPy's do.
    #[error("not a .npy file (bad magic number)")]
    Magic,
    /// A NumPy header that nobody writes.
    #[error("damaged: its header is of no known version")]
    HeaderVersion,
    /// A NumPy header without something, or with something else in its place.
    #[error("damaged: its header has no {0}")]
    Header(&'static str),
    /// An axis of a NumPy header that is no number.
    #[error("damaged: '{0}' is not the size of an axis")]
    Axis(String),
    /// A header that is longer than any.
    #[error("not a .safetensors file (its header would be too long)")]
    LongHeader,
    /// A tensor whose place in the file is none.
    #[error("damaged: a tensor lies outside the file")]
    Outside,
    /// A file that is cut off.
    #[error("damaged: ends before its last number")]
    EndsEarly,
    /// An archive that is none, or damaged.
    #[error("damaged: {0}")]
    Zip(#[from] ZipError),
    /// An archive that unpacks to far more than it has.
    #[error("unpacks from {packed} bytes to {unpacked}, which is like a zip bomb: save it as .npy if it is none")]
    Bomb {
        /// The bytes in the archive.
        packed: u64,
        /// The bytes of the array.
        unpacked: u64,
    },
    /// Text that is not JSON, or JSON of something else.
    #[error("damaged: {source}{}", if is_no_value(source) { " (NaN and Infinity are not JSON)" } else { "" })]
    Json {
        /// What is wrong.
        source: serde_json::Error,
    },
    /// JSON without weights.
    #[error("has no \"weights\"")]
    NoWeights,
    /// A file that could not be read on.
    #[error("damaged: {0}")]
    Io(std::io::Error),
}

impl From<std::io::Error> for ArrayError {
    fn from(error: std::io::Error) -> Self {
        match error.kind() {
            std::io::ErrorKind::UnexpectedEof => Self::EndsEarly,
            _ => Self::Io(error),
        }
    }
}

/// Whether something stands where a number should be.
fn is_no_value(error: &serde_json::Error) -> bool {
    error.to_string().starts_with("expected value")
}

fn listed(names: &[String]) -> String {
    let more = if names.len() > 12 { ", …" } else { "" };
    names.iter().take(12).map(String::as_str).collect::<Vec<_>>().join(", ") + more
}
