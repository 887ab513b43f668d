//! A training at rest, as one safetensors file.

use std::collections::{BTreeMap, HashMap};

use burn::tensor::{DType, TensorData};
use headlight_train::{TrainError, Training, TrainingState};
use safetensors::tensor::TensorView;
use safetensors::{Dtype, SafeTensors};
use serde::{Deserialize, Serialize};

use crate::version::refuse_other_layout;
use crate::{Damage, RunConfig};

/// Everything that a run needs to be resumed.
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
const VERSION: u32 = 2;
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
    /// Where a training stands.
    ///
    /// # Errors
    ///
    /// When its parameters are no numbers any more: nothing could be resumed from them.
    pub(crate) fn of(training: &Training, config: &RunConfig, metrics_crc32: u32) -> Result<Self, TrainError> {
        let state = training.state()?;
        if state.is_finite() {
            Ok(Self { config: config.clone(), state, metrics_crc32 })
        } else {
            Err(training.divergence().into())
        }
    }

    /// The file's bytes; equal checkpoints give equal bytes.
    ///
    /// # Errors
    ///
    /// When a tensor is none that a file can hold.
    pub fn to_bytes(&self) -> Result<Vec<u8>, Damage> {
        let Self { config, state, metrics_crc32 } = self;
        let header = Header {
            version: VERSION,
            step: state.step,
            evaluated_at: state.evaluated_at,
            metrics_crc32: *metrics_crc32,
            config: config.clone(),
        };
        let exact_match = state.exact_match.to_le_bytes();
        let mut tensors = vec![(EXACT_MATCH, TensorView::new(Dtype::F64, vec![1], &exact_match)?)];
        for (name, data) in &state.tensors {
            let dtype = if data.dtype() == DType::I64 { Dtype::I64 } else { Dtype::F32 };
            tensors.push((name, TensorView::new(dtype, data.shape().to_vec(), data.as_bytes())?));
        }
        let metadata = HashMap::from([(METADATA_KEY.to_string(), serde_json::to_string(&header)?)]);
        Ok(safetensors::serialize(tensors, Some(metadata))?)
    }

    /// The checkpoint in a file's bytes.
    ///
    /// # Errors
    ///
    /// When they are damaged, or another layout's.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, Damage> {
        let (_, metadata) = SafeTensors::read_metadata(bytes)?;
        let json = metadata.metadata().as_ref().and_then(|metadata| metadata.get(METADATA_KEY));
        let value: serde_json::Value = serde_json::from_str(json.ok_or(Damage::Missing("metadata key 'headlight'"))?)?;
        refuse_other_layout(&value, VERSION)?;
        let Header { step, evaluated_at, metrics_crc32, config, .. } = serde_json::from_value(value)?;

        let mut tensors = BTreeMap::new();
        let mut exact_match = None;
        for (name, tensor) in SafeTensors::deserialize(bytes)?.iter() {
            let dtype = match tensor.dtype() {
                Dtype::F64 if name == EXACT_MATCH => {
                    exact_match = tensor.data().first_chunk().map(|bytes| f64::from_le_bytes(*bytes));
                    continue;
                }
                Dtype::F32 => DType::F32,
                Dtype::I64 => DType::I64,
                dtype => return Err(Damage::Type { name: name.to_string(), dtype }),
            };
            let data = TensorData::from_bytes_vec(tensor.data().to_vec(), tensor.shape().to_vec(), dtype);
            tensors.insert(name.to_string(), data);
        }
        let exact_match = exact_match.ok_or(Damage::Missing("tensor exact_match"))?;
        if evaluated_at > step || !(0.0..=1.0).contains(&exact_match) {
            return Err(Damage::Evaluation { exact_match, evaluated_at, step });
        }
        Ok(Self { config, state: TrainingState { step, exact_match, evaluated_at, tensors }, metrics_crc32 })
    }
}
