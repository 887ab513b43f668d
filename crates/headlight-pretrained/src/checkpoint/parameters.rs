//! Which files hold a model's parameters.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsStr;
use std::fs::File;
use std::path::Path;

use burn::tensor::Device;
use serde::Deserialize;

use super::error::CheckpointError;
use super::files::{open, read};
use crate::tensors::{Place, Source, TensorFile, Tensors};

const WHOLE: &str = "model.safetensors";
const INDEX: &str = "model.safetensors.index.json";
const PICKLED: [&str; 2] = ["pytorch_model.bin", "pytorch_model.bin.index.json"];
/// A model of hundreds of files and a hundred thousand tensors has a shorter index.
const LONGEST_INDEX: u64 = 1 << 24;

/// Which tensor is in which file.
#[derive(Deserialize)]
struct Index {
    weight_map: BTreeMap<String, String>,
}

/// The tensors of a model's directory, of which nothing but the headers of their files has been read.
pub(super) fn parameters(directory: &Path, device: &Device) -> Result<Tensors, CheckpointError> {
    if let Some(file) = open(directory, WHOLE)? {
        let mut tensors = Tensors::none(device);
        let (file, places) = header(directory, WHOLE, file)?;
        tensors.add(file, places);
        return Ok(tensors);
    }
    match read(directory, INDEX, LONGEST_INDEX)? {
        Some(bytes) => sharded(directory, &bytes, device),
        None if PICKLED.iter().any(|name| directory.join(name).exists()) => {
            Err(CheckpointError::Pickled(directory.to_owned()))
        }
        None => Err(CheckpointError::NoParameters(directory.to_owned())),
    }
}

fn sharded(directory: &Path, bytes: &[u8], device: &Device) -> Result<Tensors, CheckpointError> {
    let index = directory.join(INDEX);
    let Index { weight_map } =
        serde_json::from_slice(bytes).map_err(|source| CheckpointError::Json { file: index.clone(), source })?;
    let mut shards: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for (tensor, shard) in &weight_map {
        shards.entry(shard).or_default().insert(tensor);
    }

    let mut tensors = Tensors::none(device);
    for (shard, expected) in shards {
        // A file of this directory: an index that is somebody else's must not have others read.
        if Path::new(shard).file_name() != Some(OsStr::new(shard)) || shard.contains('\\') {
            return Err(CheckpointError::Outside { index, shard: shard.to_owned() });
        }
        let Some(file) = open(directory, shard)? else {
            return Err(CheckpointError::NoShard { index, shard: shard.to_owned() });
        };
        let (file, mut places) = header(directory, shard, file)?;
        let found: BTreeSet<&str> = places.iter().map(|(tensor, _)| &tensor[..]).collect();
        if let Some(tensor) = expected.difference(&found).next() {
            return Err(CheckpointError::NotInShard { index, shard: shard.to_owned(), tensor: (*tensor).to_owned() });
        }
        // What a file has besides is that of another, by the index, or of none.
        places.retain(|(tensor, _)| expected.contains(&tensor[..]));
        tensors.add(file, places);
    }
    Ok(tensors)
}

fn header(directory: &Path, name: &str, file: File) -> Result<(TensorFile, Vec<(String, Place)>), CheckpointError> {
    let opened = Source::of_file(file).and_then(TensorFile::open);
    opened.map_err(|source| CheckpointError::Parameters { file: directory.join(name), source })
}
