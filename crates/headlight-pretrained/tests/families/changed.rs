//! A golden with something about it changed.

use std::collections::BTreeMap;
use std::path::Path;

use safetensors::tensor::TensorView;
use safetensors::{Dtype, SafeTensors};
use serde_json::{Map, Value};
use tempfile::TempDir;

/// What is changed.
#[derive(Debug)]
pub enum Change {
    /// An option is this.
    Option(&'static str, Value),
    /// An option is not there.
    NoOption(&'static str),
    /// A tensor is not there.
    NoTensor(&'static str),
    /// There is a tensor more.
    NewTensor(&'static str),
    /// A tensor has half as many rows.
    Halved(&'static str),
    /// A tensor is of whole numbers.
    Whole(&'static str),
}

/// Configuration and parameters of a golden, in memory.
#[derive(Clone)]
pub struct Files {
    pub config: Map<String, Value>,
    tensors: BTreeMap<String, (Dtype, Vec<usize>, Vec<u8>)>,
}

impl Files {
    pub fn of(directory: &Path) -> Self {
        let read = |file: &str| std::fs::read(directory.join(file)).expect("a golden has this file");
        let tensors = read("model.safetensors");
        let tensors = SafeTensors::deserialize(&tensors).expect("it is a safetensors file");
        let tensors = tensors
            .iter()
            .map(|(name, tensor)| (name.to_owned(), (tensor.dtype(), tensor.shape().to_vec(), tensor.data().to_vec())));
        Self { config: serde_json::from_slice(&read("config.json")).expect("it is JSON"), tensors: tensors.collect() }
    }

    pub fn change(&mut self, change: &Change) {
        match change {
            Change::Option(name, value) => drop(self.config.insert((*name).to_owned(), value.clone())),
            Change::NoOption(name) => drop(self.config.remove(*name).expect("the option is there")),
            Change::NoTensor(name) => drop(self.tensors.remove(*name).expect("the tensor is there")),
            Change::NewTensor(name) => {
                self.tensors.insert((*name).to_owned(), (Dtype::F32, vec![1], vec![0; 4]));
            }
            Change::Halved(name) => {
                let (_, shape, bytes) = self.tensors.get_mut(*name).expect("the tensor is there");
                shape[0] /= 2;
                bytes.truncate(bytes.len() / 2);
            }
            Change::Whole(name) => self.tensors.get_mut(*name).expect("the tensor is there").0 = Dtype::I32,
        }
    }

    /// A directory of them.
    pub fn write(&self) -> TempDir {
        let directory = tempfile::tempdir().expect("a place for it");
        let write =
            |name: &str, bytes: &[u8]| std::fs::write(directory.path().join(name), bytes).expect("it is written");
        write("config.json", &serde_json::to_vec(&self.config).expect("it is written"));
        let views = self.tensors.iter().map(|(name, (dtype, shape, bytes))| {
            (name, TensorView::new(*dtype, shape.clone(), bytes).expect("numbers fit the shape"))
        });
        write("model.safetensors", &safetensors::serialize(views, None).expect("it is written"));
        directory
    }
}
