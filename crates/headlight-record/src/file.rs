//! Records as one safetensors file: a float32 tensor per kind, with its projections behind it where a record has any, and
//! everything else as JSON under one metadata key.

use std::collections::HashMap;
use std::fs::File;
use std::io::Read;
use std::path::Path;

use safetensors::{Dtype, SafeTensors, tensor::TensorView};
use serde::{Deserialize, Serialize};

use crate::seal::{check_safetensors, seal_safetensors};
use crate::{AttentionKind, AttentionRecord, MaskCell, Origin, Projections, RecordError, write_whole};

/// The metadata key that holds the JSON. Only one beside the checksum's: safetensors writes several in the order of a hash
/// map, so that equal records could give unequal files.
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
}

/// Writes records of one example, at most one of each kind, whole or not at all.
///
/// # Errors
///
/// When two records share a kind, or the file cannot be written.
pub fn write_records(path: &Path, records: &[AttentionRecord]) -> Result<(), RecordError> {
    let bytes = to_bytes(records).map_err(|reason| RecordError::damaged(path, reason))?;
    write_whole(path, &bytes).map_err(RecordError::io(path))
}

/// Reads what [`write_records`] wrote.
///
/// # Errors
///
/// When the file cannot be read, is damaged, or was written by a newer Headlight.
pub fn read_records(path: &Path) -> Result<Vec<AttentionRecord>, RecordError> {
    let bytes = std::fs::read(path).map_err(RecordError::io(path))?;
    from_bytes(&bytes).map_err(|reason| RecordError::damaged(path, reason))
}

/// Whether a safetensors file says that it holds records. It may be damaged all the same: [`read_records`] says how.
///
/// # Errors
///
/// When the file cannot be read.
pub fn holds_records(path: &Path) -> Result<bool, RecordError> {
    let mut file = File::open(path).map_err(RecordError::io(path))?;
    let mut length = [0; 8];
    if file.read_exact(&mut length).is_err() {
        return Ok(false); // too short for anything
    }
    let mut header = Vec::new();
    let length = u64::from_le_bytes(length).min(LONGEST_HEADER);
    file.take(length).read_to_end(&mut header).map_err(RecordError::io(path))?;
    // As text, since a flipped bit may have made it other than JSON. Other files of ours have the key, too, without records.
    let holds = |words: &str| header.windows(words.len()).any(|window| window == words.as_bytes());
    Ok(holds(&format!("\"{METADATA_KEY}\":")) && holds("\\\"records\\\":["))
}

/// The bytes of the file that [`write_records`] writes; equal records give equal bytes.
///
/// # Errors
///
/// When two records share a kind.
pub fn records_to_bytes(records: &[AttentionRecord]) -> Result<Vec<u8>, RecordError> {
    to_bytes(records).map_err(RecordError::Contents)
}

/// The records in a file's bytes.
///
/// # Errors
///
/// When the bytes are damaged or were written by a newer Headlight.
pub fn records_from_bytes(bytes: &[u8]) -> Result<Vec<AttentionRecord>, RecordError> {
    from_bytes(bytes).map_err(RecordError::Contents)
}

/// Says in words what is wrong; whoever knows the file adds its name.
fn to_bytes(records: &[AttentionRecord]) -> Result<Vec<u8>, String> {
    let header = Header { version: VERSION, records: records.iter().map(RecordHeader::of).collect() };
    let json = serde_json::to_string(&header).map_err(|error| error.to_string())?;
    let mut tensors: Vec<(String, Vec<u8>, Vec<usize>)> = Vec::new();
    for (at, record) in records.iter().enumerate() {
        let name = record.kind().name();
        if records[..at].iter().any(|other| other.kind() == record.kind()) {
            return Err(format!("two records of the kind {name} do not fit in one file"));
        }
        tensors.push((name.to_string(), to_le_bytes(record.weights()), record.shape().to_vec()));
        tensors.extend(projection_tensors(record));
    }
    let tensors = tensors.iter().map(|(name, bytes, shape)| {
        let view = TensorView::new(Dtype::F32, shape.clone(), bytes).map_err(|error| error.to_string())?;
        Ok((name.as_str(), view))
    });
    let tensors = tensors.collect::<Result<Vec<_>, String>>()?;
    let metadata = HashMap::from([(METADATA_KEY.to_string(), json)]);
    let bytes = safetensors::serialize(tensors, Some(metadata)).map_err(|error| error.to_string())?;
    Ok(seal_safetensors(&bytes))
}

fn from_bytes(bytes: &[u8]) -> Result<Vec<AttentionRecord>, String> {
    check_safetensors(bytes).map_err(|error| error.to_string())?;
    let (_, metadata) = SafeTensors::read_metadata(bytes).map_err(|error| format!("damaged: {error}"))?;
    let json = metadata.metadata().as_ref().and_then(|metadata| metadata.get(METADATA_KEY));
    let json = json.ok_or("holds no attention record (the metadata key 'headlight' is missing)")?;
    let version = serde_json::from_str::<serde_json::Value>(json)
        .map_err(|error| format!("damaged: {error}"))?
        .get("version")
        .and_then(serde_json::Value::as_u64);
    match version {
        Some(version) if version == u64::from(VERSION) => {}
        Some(version) => return Err(format!("is a record of version {version}; this Headlight reads {VERSION}")),
        None => return Err("damaged: its record has no version".to_string()),
    }
    let header: Header = serde_json::from_str(json).map_err(|error| format!("damaged: {error}"))?;
    for (at, record) in header.records.iter().enumerate() {
        if header.records[..at].iter().any(|other| other.kind == record.kind) {
            return Err(format!("damaged: two records of the kind {}", record.kind));
        }
    }
    let tensors = SafeTensors::deserialize(bytes).map_err(|error| format!("damaged: {error}"))?;
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
        }
    }

    fn with_weights(self, tensors: &SafeTensors<'_>) -> Result<AttentionRecord, String> {
        let name = self.kind.name();
        let (shape, weights) = read_tensor::<4>(tensors, name)?;
        let projections = read_projections(tensors, name, shape)?;
        let record = AttentionRecord::new(self.kind, shape, weights, self.query_tokens, self.key_tokens, self.origin)
            .and_then(|record| match self.mask {
                Some(mask) => record.with_mask(mask),
                None => Ok(record),
            })
            .and_then(|record| match self.alignment {
                Some(alignment) => record.with_alignment(alignment),
                None => Ok(record),
            })
            .and_then(|record| match projections {
                Some(projections) => record.with_projections(projections),
                None => Ok(record),
            });
        record.map_err(|error| format!("damaged: {error}"))
    }
}

/// What the weights came from, as tensors named behind them: `cross.query`, …
fn projection_tensors(record: &AttentionRecord) -> Vec<(String, Vec<u8>, Vec<usize>)> {
    let Some(Projections { d_head, d_value, query, key, value, bias }) = record.projections() else {
        return Vec::new();
    };
    let [layers, heads, queries, keys] = record.shape();
    let named = |part: &str, numbers: &[f32], shape: &[usize]| {
        (format!("{}.{part}", record.kind().name()), to_le_bytes(numbers), shape.to_vec())
    };
    let mut tensors = vec![
        named("query", query, &[layers, heads, queries, *d_head]),
        named("key", key, &[layers, heads, keys, *d_head]),
        named("value", value, &[layers, heads, keys, *d_value]),
    ];
    tensors.extend(bias.as_ref().map(|bias| named("bias", bias, &[heads, queries, keys])));
    tensors
}

/// Those of the kind `name`, whose weights have this shape: all of them, or none.
fn read_projections(
    tensors: &SafeTensors<'_>,
    name: &str,
    [layers, heads, queries, keys]: [usize; 4],
) -> Result<Option<Projections>, String> {
    let named = |part: &str| format!("{name}.{part}");
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
        return Err(format!("damaged: the shapes of {name} and of its query, key, value and bias do not fit together"));
    }
    let bias = bias.map(|(_, numbers)| numbers);
    Ok(Some(Projections { d_head, d_value, query, key, value, bias }))
}

/// A tensor's shape and numbers.
fn read_tensor<const D: usize>(tensors: &SafeTensors<'_>, name: &str) -> Result<([usize; D], Vec<f32>), String> {
    let tensor = tensors.tensor(name).map_err(|error| format!("damaged: {name}: {error}"))?;
    if tensor.dtype() != Dtype::F32 {
        return Err(format!("damaged: {name} is {:?}, not F32", tensor.dtype()));
    }
    let axes = tensor.shape().len();
    let shape = tensor.shape().try_into().map_err(|_| format!("damaged: {name} has {axes} axes, not {D}"))?;
    let (numbers, _) = tensor.data().as_chunks::<4>();
    Ok((shape, numbers.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect()))
}

fn to_le_bytes(numbers: &[f32]) -> Vec<u8> {
    numbers.iter().flat_map(|number| number.to_le_bytes()).collect()
}
