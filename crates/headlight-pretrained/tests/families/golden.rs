//! A golden of a family: a tiny model, and what transformers computes of it.
//!
//! `goldens/golden_families.py` made them, and `goldens/golden_heads.py` those of heads.

use std::path::PathBuf;

use burn::tensor::{Device, Tensor, TensorData};
use headlight_model::{AttentionKind, Sequences, Tokens};
use headlight_pretrained::{Opened, Speech, known_families, open};
use safetensors::{Dtype, SafeTensors};
use serde_json::Value;

pub struct Golden {
    pub directory: PathBuf,
    tensors: Vec<u8>,
}

/// Where the goldens are that lie here.
pub const OWN: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/goldens");

/// Another set can be named by this variable: `golden_families.py OUT --larger` makes one, `golden_variants.py` one with the variants.
/// What the set does not have is read from our own.
fn directory(name: &str) -> PathBuf {
    let named = std::env::var_os("HEADLIGHT_FAMILIES").map(|root| PathBuf::from(root).join(name));
    named.filter(|named| named.exists()).unwrap_or_else(|| PathBuf::from(OWN).join(name))
}

/// Asks `check` of every golden of a family that is built: with its name, its model and its input.
macro_rules! of_each_family {
    ($check:ident) => {
        let device = crate::device::device();
        for name in crate::golden::Golden::names() {
            let golden = crate::golden::Golden::read(&name);
            match golden.open(&device).model {
                headlight_pretrained::Model::Text(model) => $check(&name, &*model, &golden.sequences(&device)),
                headlight_pretrained::Model::Speech(model) => $check(&name, &*model, &golden.speech(&device)),
                headlight_pretrained::Model::Image(model) => $check(&name, &*model, &golden.pixels(&device)),
            }
        }
    };
}
pub(crate) use of_each_family;

impl Golden {
    /// Those of families that are built.
    pub fn names() -> Vec<String> {
        let entries = std::fs::read_dir(OWN).expect("goldens are there");
        let names = entries.map(|entry| entry.expect("it can be listed").file_name().into_string().expect("ASCII"));
        let known: Vec<&str> = known_families().collect();
        let mut names: Vec<String> = names
            .filter(|name| {
                let config = std::fs::read(directory(name).join("config.json"));
                let config: Option<Value> =
                    config.ok().map(|bytes| serde_json::from_slice(&bytes).expect("it is JSON"));
                config.is_some_and(|config| config["model_type"].as_str().is_some_and(|name| known.contains(&name)))
            })
            .collect();
        names.sort();
        names
    }

    pub fn read(name: &str) -> Self {
        Self::at(directory(name))
    }

    /// Of the project's own set, whichever the variable names.
    pub fn own(name: &str) -> Self {
        Self::at(PathBuf::from(OWN).join(name))
    }

    pub fn at(directory: PathBuf) -> Self {
        let tensors = std::fs::read(directory.join("golden.safetensors")).expect("a golden has this file");
        Self { directory, tensors }
    }

    pub fn open(&self, device: &Device) -> Opened {
        open(&self.directory, device).unwrap_or_else(|error| panic!("{}: {error}", self.directory.display()))
    }

    /// By how much transformers' own 32-bit attention is off its 64-bit one.
    pub fn own_error(&self) -> f64 {
        let json = std::fs::read(self.directory.join("golden.json")).expect("a golden has this file");
        let json: Value = serde_json::from_slice(&json).expect("it is JSON");
        json["attention_f32_minus_f64"].as_f64().expect("a number")
    }

    pub fn has(&self, name: &str) -> bool {
        self.file().tensor(name).is_ok()
    }

    /// A tensor's shape and numbers, whatever type they have.
    pub fn numbers(&self, name: &str) -> (Vec<usize>, Vec<f64>) {
        let file = self.file();
        let tensor = file.tensor(name).unwrap_or_else(|error| panic!("{name}: {error}"));
        let numbers = match tensor.dtype() {
            Dtype::F32 => chunks(tensor.data()).map(|bytes| f64::from(f32::from_le_bytes(bytes))).collect(),
            Dtype::F64 => chunks(tensor.data()).map(f64::from_le_bytes).collect(),
            Dtype::I64 => chunks(tensor.data()).map(|bytes| i64::from_le_bytes(bytes) as f64).collect(),
            other => panic!("{name} is {other:?}"),
        };
        (tensor.shape().to_vec(), numbers)
    }

    /// The name of a kind of attention, as the golden has it: a model with one stack calls it `self`.
    pub fn attention(&self, kind: AttentionKind, layer: usize) -> (Vec<usize>, Vec<f64>) {
        let kind = match kind {
            AttentionKind::Cross => "cross",
            AttentionKind::EncoderSelf if self.has("attn.encoder_self.0") => "encoder_self",
            AttentionKind::DecoderSelf if self.has("attn.decoder_self.0") => "decoder_self",
            AttentionKind::EncoderSelf | AttentionKind::DecoderSelf => "self",
        };
        self.numbers(&format!("attn.{kind}.{layer}.f64"))
    }

    /// Token numbers, padding and segments of the sequence with this prefix: `` or `decoder_`.
    fn tokens(&self, prefix: &str, device: &Device) -> Tokens {
        let padding = format!("in.{prefix}attention_mask");
        let segments = format!("in.{prefix}token_type_ids");
        Tokens {
            padding: self.has(&padding).then(|| self.floats(&padding, device).equal_elem(0.0)),
            segments: self.has(&segments).then(|| self.floats::<2>(&segments, device).int()),
            ids: self.floats::<2>(&format!("in.{prefix}input_ids"), device).int(),
        }
    }

    pub fn sequences(&self, device: &Device) -> Sequences {
        if self.has("in.decoder_input_ids") {
            Sequences { source: Some(self.tokens("", device)), target: self.tokens("decoder_", device) }
        } else {
            Sequences { source: None, target: self.tokens("", device) }
        }
    }

    pub fn speech(&self, device: &Device) -> Speech {
        Speech { features: self.floats("in.input_features", device), target: self.tokens("decoder_", device) }
    }

    pub fn pixels(&self, device: &Device) -> Tensor<4> {
        self.floats("in.pixel_values", device)
    }

    fn floats<const D: usize>(&self, name: &str, device: &Device) -> Tensor<D> {
        let (shape, numbers) = self.numbers(name);
        let numbers: Vec<f32> = numbers.into_iter().map(|number| number as f32).collect();
        Tensor::from_data(TensorData::new(numbers, shape), device)
    }

    fn file(&self) -> SafeTensors<'_> {
        SafeTensors::deserialize(&self.tensors).expect("a golden is a safetensors file")
    }
}

fn chunks<const N: usize>(bytes: &[u8]) -> impl Iterator<Item = [u8; N]> {
    bytes.as_chunks().0.iter().copied()
}
