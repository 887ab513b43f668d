//! A training at rest, as one safetensors file: written whole or not at all, and read only if every bit of it is right.

use std::collections::{BTreeMap, HashMap};

use burn::tensor::{DType, TensorData};
use headlight_record::{Seal, check_safetensors, seal_safetensors};
use safetensors::tensor::TensorView;
use safetensors::{Dtype, SafeTensors};
use serde::{Deserialize, Serialize};

use crate::config_file::refuse_newer;
use crate::state::{TrainingState, view};
use crate::{RunConfig, TrainError};

/// Everything that a run needs to go on.
#[derive(Clone, Debug, PartialEq)]
pub struct Checkpoint {
    /// What the run was asked to do.
    pub config: RunConfig,
    /// Where it stood.
    pub state: TrainingState,
    /// CRC-32 of the lines of `metrics.jsonl` so far, each without what a clock measured.
    pub metrics_crc32: u32,
}

/// The metadata key that holds the [`Header`], as in records.
const METADATA_KEY: &str = "headlight";
const VERSION: u32 = 1;
/// A tensor of its own: JSON may not give back every bit of a number.
const EXACT_MATCH: &str = "exact_match";

#[derive(Serialize, Deserialize)]
struct Header {
    version: u32,
    step: usize,
    evaluated_at: usize,
    metrics_crc32: u32,
    config: RunConfig,
}

impl Checkpoint {
    /// The file's bytes; equal checkpoints give equal bytes.
    ///
    /// # Errors
    ///
    /// When a tensor is none that a file can hold.
    pub fn to_bytes(&self) -> Result<Vec<u8>, TrainError> {
        let Self { config, state, metrics_crc32 } = self;
        let header = Header {
            version: VERSION,
            step: state.step,
            evaluated_at: state.evaluated_at,
            metrics_crc32: *metrics_crc32,
            config: config.clone(),
        };
        let unwritable = |error: &dyn std::fmt::Display| TrainError::State(error.to_string());
        let json = serde_json::to_string(&header).map_err(|error| unwritable(&error))?;
        let exact_match = state.exact_match.to_le_bytes();
        let mut tensors = vec![(
            EXACT_MATCH,
            TensorView::new(Dtype::F64, vec![1], &exact_match).map_err(|error| unwritable(&error))?,
        )];
        for (name, data) in &state.tensors {
            tensors.push((name, view(data)?));
        }
        let metadata = HashMap::from([(METADATA_KEY.to_string(), json)]);
        let bytes = safetensors::serialize(tensors, Some(metadata)).map_err(|error| unwritable(&error))?;
        Ok(seal_safetensors(&bytes))
    }

    /// The checkpoint in a file's bytes.
    ///
    /// # Errors
    ///
    /// Says in words what is wrong with them: damaged, or written by a newer Headlight.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, String> {
        let damaged = |error: &dyn std::fmt::Display| format!("damaged: {error}");
        let (_, metadata) = SafeTensors::read_metadata(bytes).map_err(|error| damaged(&error))?;
        let json = metadata.metadata().as_ref().and_then(|metadata| metadata.get(METADATA_KEY));
        let json = json.ok_or("damaged: the metadata key 'headlight' is missing")?;
        let value: serde_json::Value = serde_json::from_str(json).map_err(|error| damaged(&error))?;
        refuse_newer(&value, VERSION)?;
        if check_safetensors(bytes).map_err(|error| error.to_string())? == Seal::Absent {
            return Err("damaged: it has no CRC-32".to_string());
        }
        let header: Header = serde_json::from_value(value).map_err(|error| damaged(&error))?;

        let mut tensors = BTreeMap::new();
        let mut exact_match = None;
        for (name, tensor) in SafeTensors::deserialize(bytes).map_err(|error| damaged(&error))?.iter() {
            let dtype = match tensor.dtype() {
                Dtype::F64 if name == EXACT_MATCH => {
                    exact_match = tensor.data().first_chunk().map(|bytes| f64::from_le_bytes(*bytes));
                    continue;
                }
                Dtype::F32 => DType::F32,
                Dtype::I64 => DType::I64,
                other => return Err(format!("damaged: {name} is {other:?}")),
            };
            let data = TensorData::from_bytes_vec(tensor.data().to_vec(), tensor.shape().to_vec(), dtype);
            tensors.insert(name.to_string(), data);
        }
        let exact_match = exact_match.ok_or("damaged: there is no tensor exact_match")?;
        let Header { step, evaluated_at, metrics_crc32, config, .. } = header;
        Ok(Self { config, state: TrainingState { step, exact_match, evaluated_at, tensors }, metrics_crc32 })
    }
}
