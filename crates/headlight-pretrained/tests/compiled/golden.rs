//! A golden of a compiled program: what JAX computed, and what it was given.
//!
//! `programs/golden_compiled.py` made them with Tracr (PyPI `tracr-pypi`) and JAX.

use burn::tensor::{Device, Tensor};
use headlight_model::Sequences;
use headlight_pretrained::{Compiled, Program};
use safetensors::SafeTensors;
use serde_json::Value;

const DIRECTORY: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/programs");

/// All programs, in the order of their names.
pub const PROGRAMS: [&str; 7] =
    ["first", "histogram", "induction", "previous", "reverse", "shuffle_dyck", "sort_unique"];

pub struct Golden {
    pub json: Vec<u8>,
    pub safetensors: Vec<u8>,
}

impl Golden {
    pub fn read(name: &str) -> Self {
        let read = |ending: &str| std::fs::read(format!("{DIRECTORY}/{name}.{ending}")).expect("each has two files");
        Self { json: read("json"), safetensors: read("safetensors") }
    }

    pub fn compiled(&self, device: &Device) -> Compiled {
        Compiled::from_bytes(&self.json, &self.safetensors, device).expect("goldens are read")
    }

    pub fn description(&self) -> Value {
        serde_json::from_slice(&self.json).expect("the description is JSON")
    }

    /// A tensor's shape and numbers.
    pub fn tensor(&self, name: &str) -> (Vec<usize>, Vec<f32>) {
        let file = SafeTensors::deserialize(&self.safetensors).expect("a golden is a safetensors file");
        let tensor = file.tensor(name).unwrap_or_else(|error| panic!("{name}: {error}"));
        let numbers = tensor.data().as_chunks().0.iter().map(|bytes| f32::from_le_bytes(*bytes));
        (tensor.shape().to_vec(), numbers.collect())
    }
}

/// The names of the files beside each other.
pub fn names_on_disk() -> Vec<String> {
    let entries = std::fs::read_dir(DIRECTORY).expect("the goldens lie beside this test");
    let names = entries.map(|entry| entry.expect("an entry").file_name().into_string().expect("ASCII"));
    let mut names: Vec<String> = names.filter_map(|name| Some(name.strip_suffix(".json")?.to_owned())).collect();
    names.sort();
    names
}

/// One sequence of tokens as a model's input.
pub fn input(tokens: &[String], model: &Compiled) -> Sequences {
    let ids: Vec<usize> = tokens.iter().map(|token| model.program().token(token).expect("a known token")).collect();
    model.input(&[&ids])
}

/// The likeliest output at each position, by name.
pub fn decoded(logits: Tensor<3>, program: &Program) -> Vec<String> {
    let best: Vec<i64> = logits.argmax(2).into_data().iter().collect();
    best.into_iter().map(|token| program.outputs[token as usize].clone()).collect()
}
