//! Directories that a test makes.

use std::path::Path;

use half::{bf16, f16};
use headlight_pretrained::{Checkpoint, CheckpointError};
use safetensors::Dtype;
use safetensors::tensor::TensorView;
use tempfile::TempDir;

use crate::device::device;

pub const CONFIG: &[u8] = br#"{"model_type": "gpt2", "n_head": 2, "layer_norm_epsilon": 1e-05, "pad_token_id": null,
    "task_specific_params": {"summarization": {"max_length": [50, 2.5]}}, "quantization_config": null}"#;

/// A tensor of a file: name, type, shape and numbers.
pub type Made<'a> = (&'a str, Dtype, &'a [usize], &'a [f32]);

/// A file of these tensors. Numbers of other types than floats are whole.
pub fn safetensors(tensors: &[Made<'_>]) -> Vec<u8> {
    let bytes: Vec<Vec<u8>> = tensors
        .iter()
        .map(|(_, dtype, _, numbers)| {
            let bytes = |number: &f32| match dtype {
                Dtype::F32 => number.to_le_bytes().to_vec(),
                Dtype::F64 => f64::from(*number).to_le_bytes().to_vec(),
                Dtype::F16 => f16::from_f32(*number).to_le_bytes().to_vec(),
                Dtype::BF16 => bf16::from_f32(*number).to_le_bytes().to_vec(),
                Dtype::I64 => (*number as i64).to_le_bytes().to_vec(),
                _ => (*number as i8).to_le_bytes().to_vec(),
            };
            numbers.iter().flat_map(bytes).collect()
        })
        .collect();
    let views = tensors.iter().zip(&bytes).map(|((name, dtype, shape, _), bytes)| {
        (*name, TensorView::new(*dtype, shape.to_vec(), bytes).expect("numbers fit the shape"))
    });
    safetensors::serialize(views, None).expect("it is written")
}

/// A directory of these files.
pub fn directory(files: &[(&str, &[u8])]) -> TempDir {
    let directory = tempfile::tempdir().expect("a place for it");
    for (name, bytes) in files {
        std::fs::write(directory.path().join(name), bytes).expect("it is written");
    }
    directory
}

pub fn open(directory: &Path) -> Result<Checkpoint, CheckpointError> {
    Checkpoint::open(directory, &device())
}
