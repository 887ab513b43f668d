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
    let mut named: Vec<(&str, &str)> = weight_map.iter().map(|(tensor, shard)| (&shard[..], &tensor[..])).collect();
    named.sort_unstable();

    let mut tensors = Tensors::none(device);
    for named in named.chunk_by(|(one, _), (other, _)| one == other) {
        let shard = named[0].0;
        // A file of this directory: an index that is somebody else's must not have others read.
        if Path::new(shard).file_name() != Some(OsStr::new(shard)) || shard.contains('\\') {
            return Err(CheckpointError::Outside { index, shard: shard.to_owned() });
        }
        let Some(file) = open(directory, shard)? else {
            return Err(CheckpointError::NoShard { index, shard: shard.to_owned() });
        };
        let (file, mut places) = header(directory, shard, file)?;
        let found: BTreeSet<&str> = places.iter().map(|(tensor, _)| &tensor[..]).collect();
        if let Some((_, tensor)) = named.iter().find(|(_, tensor)| !found.contains(tensor)) {
            return Err(CheckpointError::NotInShard { index, shard: shard.to_owned(), tensor: (*tensor).to_owned() });
        }
        // What a file has besides is that of another, by the index, or of none.
        places.retain(|(tensor, _)| named.binary_search(&(shard, tensor)).is_ok());
        tensors.add(file, places);
    }
    Ok(tensors)
}

fn header(directory: &Path, name: &str, file: File) -> Result<(TensorFile, Vec<(String, Place)>), CheckpointError> {
    let opened = Source::of_file(file).and_then(TensorFile::open);
    opened.map_err(|source| CheckpointError::Parameters { file: directory.join(name), source })
}
