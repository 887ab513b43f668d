//! Records as the bytes of one safetensors file: a float32 tensor per kind, with its projections behind it where a record has any,
//! and everything else as JSON under one metadata key.

use std::borrow::Cow;
use std::collections::HashMap;
use std::io::Read;

use safetensors::{Dtype, SafeTensorError, SafeTensors, View};
use serde::{Deserialize, Serialize};

use crate::{AttentionKind, AttentionRecord, MaskCell, Origin, Projections, RecordError};

/// The metadata key that holds the JSON. Only one: safetensors writes several in the order of a hash map, so that equal records
/// could give unequal files.
const METADATA_KEY: &str = "headlight";
const VERSION: u32 = 1;
/// Headers of real files are smaller.
const LONGEST_HEADER: u64 = 1 << 26;

#[derive(Serialize, Deserialize)]
struct Header {
    version: u32,
    records: Vec<RecordHeader>,
}

/// All of a record but its weights.
#[derive(Serialize, Deserialize)]
struct RecordHeader {
    kind: AttentionKind,
    query_tokens: Vec<String>,
    key_tokens: Vec<String>,
    origin: Origin,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    mask: Option<Vec<MaskCell>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    alignment: Option<Vec<Vec<usize>>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    segments: Option<Vec<usize>>,
    /// Where the record does not have a model's first layers, all of them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    layers: Option<Vec<usize>>,
}

/// Why records cannot be one file, or a file holds no records or metrics.
#[derive(Debug, thiserror::Error)]
pub enum RecordFileError {
    /// Two records of one kind, of which a file has one.
    #[error("two records of the kind {0} do not fit in one file")]
    TwoOfAKind(AttentionKind),
    /// Bytes that are not safetensors.
    #[error("damaged: {0}")]
    Safetensors(#[from] SafeTensorError),
    /// Metadata that is not JSON, or JSON that is something else.
    #[error("damaged: {0}")]
    Json(#[from] serde_json::Error),
    /// A line that is not the metrics of a step.
    #[error("line {line}: {source}")]
    Line {
        /// Counted from 1.
        line: usize,
        /// What is wrong with it.
        source: serde_json::Error,
    },
    /// Safetensors of something else.
    #[error("holds no attention record (the metadata key 'headlight' is missing)")]
    NoRecord,
    /// A record of another version.
    #[error("is a record of version {found}; this Headlight reads {VERSION}")]
    Version {
        /// Its version.
        found: u64,
    },
    /// A record without a version.
    #[error("damaged: its record has no version")]
    NoVersion,
    /// A tensor that is not there.
    #[error("damaged: {name}: {source}")]
    Tensor {
        /// Its name.
        name: String,
        /// What is wrong.
        source: SafeTensorError,
    },
    /// A tensor of another type.
    #[error("damaged: {name} is {dtype:?}, not F32")]
    Type {
        /// Its name.
        name: String,
        /// Its type.
        dtype: Dtype,
    },
    /// A tensor with another count of axes.
    #[error("damaged: {name} has {found} axes, not {expected}")]
    Axes {
        /// Its name.
        name: String,
        /// How many it has.
        found: usize,
        /// How many it should have.
        expected: usize,
    },
    /// A kind's tensors that are not of one record.
    #[error("damaged: the shapes of {0} and of its query, key, value and bias do not fit together")]
    Shapes(AttentionKind),
    /// Tensors and tokens that are no record.
    #[error("damaged: {0}")]
    Record(#[from] RecordError),
}

/// Whether a safetensors file says that it holds records. It may be damaged all the same: [`records_from_bytes`] says how.
///
/// # Errors
///
/// When the source cannot be read.
pub fn holds_records(mut source: impl Read) -> std::io::Result<bool> {
    let mut length = [0; 8];
    if source.read_exact(&mut length).is_err() {
        return Ok(false); // too short for anything
    }
    let mut header = Vec::new();
    let length = u64::from_le_bytes(length).min(LONGEST_HEADER);
    source.take(length).read_to_end(&mut header)?;
    // As text, since a flipped bit may have made it other than JSON. Other files of ours have the key, too, without records.
    let holds = |words: &str| header.windows(words.len()).any(|window| window == words.as_bytes());
    Ok(holds(&format!("\"{METADATA_KEY}\":")) && holds("\\\"records\\\":["))
}

/// Records of one example, at most one of each kind, as the bytes of a file; equal records give equal bytes.
///
/// # Errors
///
/// When two records share a kind.
pub fn records_to_bytes(records: &[AttentionRecord]) -> Result<Vec<u8>, RecordFileError> {
    let header = Header { version: VERSION, records: records.iter().map(RecordHeader::of).collect() };
    let mut tensors: Vec<(String, Numbers<'_>)> = Vec::new();
    for (at, record) in records.iter().enumerate() {
        if records[..at].iter().any(|other| other.kind() == record.kind()) {
            return Err(RecordFileError::TwoOfAKind(record.kind()));
        }
        tensors.push((record.kind().name().to_string(), Numbers::new(record.weights(), record.shape())));
        tensors.extend(projection_tensors(record));
    }
    tensors.sort_by(|(one, _), (other, _)| one.cmp(other)); // as in the file
    let metadata = HashMap::from([(METADATA_KEY.to_string(), serde_json::to_string(&header)?)]);
    let views = tensors.iter().map(|(name, numbers)| (name.as_str(), numbers));
    let mut bytes = safetensors::serialize(views, Some(metadata))?;
    tensors.iter().for_each(|(_, numbers)| append(numbers.numbers, &mut bytes));
    Ok(bytes)
}

/// A tensor of a file. The library asks for its bytes, which would be a second copy of all numbers: it is told of none, so that it writes
/// the header and makes room, and they are appended behind it.
struct Numbers<'a> {
    numbers: &'a [f32],
    shape: Vec<usize>,
}

impl<'a> Numbers<'a> {
    fn new(numbers: &'a [f32], shape: impl Into<Vec<usize>>) -> Self {
        Self { numbers, shape: shape.into() }
    }
}

impl View for &Numbers<'_> {
    fn dtype(&self) -> Dtype {
        Dtype::F32
    }

    fn shape(&self) -> &[usize] {
        &self.shape
    }

    fn data(&self) -> Cow<'_, [u8]> {
        Cow::Borrowed(&[])
    }

    fn data_len(&self) -> usize {
        size_of_val(self.numbers)
    }
}

fn append(numbers: &[f32], bytes: &mut Vec<u8>) {
    let before = bytes.len();
    bytes.resize(before + size_of_val(numbers), 0);
    let (places, _) = bytes[before..].as_chunks_mut();
    places.iter_mut().zip(numbers).for_each(|(place, number)| *place = number.to_le_bytes());
}

/// The records in a file's bytes.
///
/// # Errors
///
/// When the bytes are damaged or were written by a newer Headlight.
pub fn records_from_bytes(bytes: &[u8]) -> Result<Vec<AttentionRecord>, RecordFileError> {
    let (_, metadata) = SafeTensors::read_metadata(bytes)?;
    let json = metadata.metadata().as_ref().and_then(|metadata| metadata.get(METADATA_KEY));
    let json = json.ok_or(RecordFileError::NoRecord)?;
    let value: serde_json::Value = serde_json::from_str(json)?;
    match value.get("version").and_then(serde_json::Value::as_u64) {
        Some(version) if version == u64::from(VERSION) => {}
        Some(found) => return Err(RecordFileError::Version { found }),
        None => return Err(RecordFileError::NoVersion),
    }
    let header: Header = serde_json::from_value(value)?;
    for (at, record) in header.records.iter().enumerate() {
        if header.records[..at].iter().any(|other| other.kind == record.kind) {
            return Err(RecordFileError::TwoOfAKind(record.kind));
        }
    }
    let tensors = SafeTensors::deserialize(bytes)?;
    header.records.into_iter().map(|record| record.with_weights(&tensors)).collect()
}

impl RecordHeader {
    fn of(record: &AttentionRecord) -> Self {
        Self {
            kind: record.kind(),
            query_tokens: record.query_tokens().to_vec(),
            key_tokens: record.key_tokens().to_vec(),
            origin: record.origin().clone(),
            mask: record.mask().map(<[_]>::to_vec),
            alignment: record.alignment().map(<[_]>::to_vec),
            segments: record.segments().map(<[_]>::to_vec),
            layers: record.layer_numbers.clone(),
        }
    }

    fn with_weights(self, tensors: &SafeTensors<'_>) -> Result<AttentionRecord, RecordFileError> {
        let (shape, weights) = read_tensor::<4>(tensors, self.kind.name())?;
        let projections = read_projections(tensors, self.kind, shape)?;
        let mut record =
            AttentionRecord::new(self.kind, shape, weights, self.query_tokens, self.key_tokens, self.origin)?;
        if let Some(mask) = self.mask {
            record = record.with_mask(mask)?;
        }
        if let Some(alignment) = self.alignment {
            record = record.with_alignment(alignment)?;
        }
        if let Some(segments) = self.segments {
            record = record.with_segments(segments)?;
        }
        if let Some(layers) = self.layers {
            record = record.with_layer_numbers(layers)?;
        }
        if let Some(projections) = projections {
            record = record.with_projections(projections)?;
        }
        Ok(record)
    }
}

/// What the weights came from, as tensors named behind them: `cross.query`, …
fn projection_tensors(record: &AttentionRecord) -> Vec<(String, Numbers<'_>)> {
    let Some(Projections { d_head, d_value, query, key, value, bias }) = record.projections() else {
        return Vec::new();
    };
    let [layers, heads, queries, keys] = record.shape();
    let name = |part: &str| format!("{}.{part}", record.kind().name());
    let mut tensors = vec![
        (name("query"), Numbers::new(query, [layers, heads, queries, *d_head])),
        (name("key"), Numbers::new(key, [layers, heads, keys, *d_head])),
        (name("value"), Numbers::new(value, [layers, heads, keys, *d_value])),
    ];
    tensors.extend(bias.as_ref().map(|bias| (name("bias"), Numbers::new(bias, [heads, queries, keys]))));
    tensors
}

/// Those of a kind whose weights have this shape: all of them, or none.
fn read_projections(
    tensors: &SafeTensors<'_>,
    kind: AttentionKind,
    [layers, heads, queries, keys]: [usize; 4],
) -> Result<Option<Projections>, RecordFileError> {
    let named = |part: &str| format!("{}.{part}", kind.name());
    if !tensors.names().iter().any(|other| ["query", "key", "value", "bias"].map(named).contains(&other.to_string())) {
        return Ok(None);
    }
    let (query_shape, query) = read_tensor::<4>(tensors, &named("query"))?;
    let (key_shape, key) = read_tensor::<4>(tensors, &named("key"))?;
    let (value_shape, value) = read_tensor::<4>(tensors, &named("value"))?;
    let bias = match tensors.tensor(&named("bias")) {
        Ok(_) => Some(read_tensor::<3>(tensors, &named("bias"))?),
        Err(_) => None,
    };
    let ([.., d_head], [.., d_value]) = (query_shape, value_shape);
    let fits = query_shape == [layers, heads, queries, d_head]
        && key_shape == [layers, heads, keys, d_head]
        && value_shape == [layers, heads, keys, d_value]
        && bias.as_ref().is_none_or(|(shape, _)| *shape == [heads, queries, keys]);
    if !fits {
        return Err(RecordFileError::Shapes(kind));
    }
    let bias = bias.map(|(_, numbers)| numbers);
    Ok(Some(Projections { d_head, d_value, query, key, value, bias }))
}

/// A tensor's shape and numbers.
fn read_tensor<const D: usize>(
    tensors: &SafeTensors<'_>,
    name: &str,
) -> Result<([usize; D], Vec<f32>), RecordFileError> {
    let named = || name.to_string();
    let tensor = tensors.tensor(name).map_err(|source| RecordFileError::Tensor { name: named(), source })?;
    if tensor.dtype() != Dtype::F32 {
        return Err(RecordFileError::Type { name: named(), dtype: tensor.dtype() });
    }
    let found = tensor.shape().len();
    let shape = tensor.shape().try_into();
    let shape = shape.map_err(|_| RecordFileError::Axes { name: named(), found, expected: D })?;
    let (numbers, _) = tensor.data().as_chunks::<4>();
    Ok((shape, numbers.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect()))
}
