//! Records as one safetensors file: a float32 tensor per kind, everything else as JSON under one metadata key.

use std::collections::HashMap;
use std::path::Path;

use safetensors::{Dtype, SafeTensors, tensor::TensorView};
use serde::{Deserialize, Serialize};

use crate::seal::{check_safetensors, seal_safetensors};
use crate::{AttentionKind, AttentionRecord, MaskCell, Origin, RecordError, write_whole};

/// The metadata key that holds the JSON. Only one beside the checksum's: safetensors writes several in the order of a hash
/// map, so that equal records could give unequal files.
const METADATA_KEY: &str = "headlight";
const VERSION: u32 = 1;

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
    let weights: Vec<(&str, Vec<u8>, [usize; 4])> = records
        .iter()
        .map(|record| {
            let bytes = record.weights().iter().flat_map(|weight| weight.to_le_bytes()).collect();
            (record.kind().name(), bytes, record.shape())
        })
        .collect();
    let mut tensors = Vec::with_capacity(weights.len());
    for (name, bytes, shape) in &weights {
        if tensors.iter().any(|(other, _)| other == name) {
            return Err(format!("two records of the kind {name} do not fit in one file"));
        }
        let view = TensorView::new(Dtype::F32, shape.to_vec(), bytes).map_err(|error| error.to_string())?;
        tensors.push((*name, view));
    }
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
        let tensor = tensors.tensor(name).map_err(|error| format!("damaged: {name}: {error}"))?;
        if tensor.dtype() != Dtype::F32 {
            return Err(format!("damaged: {name} is {:?}, not F32", tensor.dtype()));
        }
        let shape: [usize; 4] = tensor
            .shape()
            .try_into()
            .map_err(|_| format!("damaged: {name} has {} axes, not 4", tensor.shape().len()))?;
        let (numbers, _) = tensor.data().as_chunks::<4>();
        let weights = numbers.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect();
        let mut record =
            AttentionRecord::new(self.kind, shape, weights, self.query_tokens, self.key_tokens, self.origin)
                .map_err(|error| format!("damaged: {error}"))?;
        if let Some(mask) = self.mask {
            record = record.with_mask(mask).map_err(|error| format!("damaged: {error}"))?;
        }
        if let Some(alignment) = self.alignment {
            record = record.with_alignment(alignment).map_err(|error| format!("damaged: {error}"))?;
        }
        Ok(record)
    }
}
