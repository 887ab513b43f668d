//! The families, a line each.

mod albert;
mod bart;
mod bert;
mod distilbert;
mod encoder_decoder;
mod gpt2;
mod gpt_neox;
mod llama;
mod marian;
mod opt;
mod roberta;
mod t5;
mod vit;

use std::path::Path;

use burn::tensor::{Device, Tensor};
use headlight_model::{Sequences, Tokens};
use serde_json::{Map, Value};

use crate::checkpoint::Checkpoint;
use crate::config::quotable;
use crate::error::PretrainedError;
use crate::family::Attends;

/// All families.
#[rustfmt::skip]
pub(crate) const FAMILIES: &[Entry] = &[
    albert::FAMILY,
    bart::FAMILY,
    bert::FAMILY,
    distilbert::FAMILY,
    gpt2::FAMILY,
    gpt_neox::FAMILY,
    llama::FAMILY,
    marian::FAMILY,
    opt::FAMILY,
    roberta::FAMILY,
    t5::FAMILY,
    vit::FAMILY,
];

/// One family.
pub(crate) struct Entry {
    /// As `model_type` in `config.json` names it and its relatives.
    pub(crate) model_types: &'static [&'static str],
    /// Reads a model.
    pub(crate) open: fn(&mut Checkpoint) -> Result<(Model, Facts), PretrainedError>,
    /// Tensors that change nothing one pass computes, each by how its name begins or ends: buffers, heads of a task that is not shown.
    pub(crate) not_needed: &'static [&'static str],
}

/// A model that others trained, by what it takes.
#[derive(Debug)]
pub enum Model {
    /// Token numbers: one sequence as the target, or with an encoder and a decoder a source and a target.
    Text(Box<dyn Attends<Input = Sequences>>),
    /// Features of sound, and token numbers.
    Speech(Box<dyn Attends<Input = Speech>>),
    /// The pixels of a picture, `[batch_size, channels, height, width]`.
    Image(Box<dyn Attends<Input = Tensor<4>>>),
}

/// What a model of speech takes.
#[derive(Clone, Debug)]
pub struct Speech {
    /// The logarithm of the mel spectrum, `[batch_size, n_mels, frames]`.
    pub features: Tensor<3>,
    /// For the decoder.
    pub target: Tokens,
}

/// What the logits of a model are about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Predicts {
    /// At each position the token that comes next.
    NextToken,
    /// At each position the token that stands there, which may be masked.
    MaskedToken,
    /// At the first position the label of the whole, by its number.
    Label(Vec<String>),
    /// Nothing: the model has no output layer, and its logits are the last layer's output.
    Nothing,
}

/// What a family says of a model.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Facts {
    /// What its logits are about.
    pub predicts: Predicts,
    /// The longest sequence that it has positions for; `None` where its positions have no end.
    pub max_length: Option<usize>,
    /// How many texts at most it tells apart in one input ([`Tokens::segments`]); 0 where it has no embedding for that.
    pub n_segments: usize,
    /// How it cuts a picture up; `None` where it reads none.
    pub patches: Option<Patches>,
}

/// A picture as a model reads it: square patches, row by row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Patches {
    /// `[channels, height, width]` of the pictures that it reads.
    pub picture: [usize; 3],
    /// `[rows, columns]` of patches.
    pub grid: [usize; 2],
    /// The position of the first patch: before it are tokens of the model's own.
    pub first: usize,
}

impl Facts {
    /// Those of a model that reads neither several texts nor a picture.
    pub(crate) fn new(predicts: Predicts, max_length: Option<usize>) -> Self {
        Self { predicts, max_length, n_segments: 0, patches: None }
    }
}

/// A model, and what is known of it.
#[derive(Debug)]
pub struct Opened {
    /// The model.
    pub model: Model,
    /// What its family says.
    pub facts: Facts,
    /// As `config.json` calls its family: `gpt2`, `bert`, ….
    pub model_type: String,
    /// The tokens that the decoder of an encoder–decoder model begins with; empty for others.
    pub start: Vec<usize>,
    /// The tokens that end a sequence.
    pub end: Vec<usize>,
    /// The token that fills sequences up.
    pub padding: Option<usize>,
    /// What it computes on.
    pub(crate) device: Device,
}

/// Reads a model from the directory that Hugging Face's transformers wrote.
///
/// # Errors
///
/// When a file is missing or damaged, the family is unknown, an option of `config.json` is not supported, or the parameters are not
/// those of the configuration.
pub fn open(directory: &Path, device: &Device) -> Result<Opened, PretrainedError> {
    let mut checkpoint = Checkpoint::open(directory, device)?;
    let model_type = checkpoint.model_type()?.to_owned();
    let Some(family) = FAMILIES.iter().find(|family| family.model_types.contains(&&model_type[..])) else {
        return Err(PretrainedError::UnknownFamily {
            model_type: quotable(&model_type),
            known: known_families().collect::<Vec<_>>().join(", "),
        });
    };
    let (model, facts) = (family.open)(&mut checkpoint)?;
    let is_not_needed =
        |name: &str| family.not_needed.iter().any(|known| name.starts_with(known) || name.ends_with(known));
    if let Some(name) = checkpoint.tensors().unused().find(|name| !is_not_needed(name)) {
        return Err(PretrainedError::UnknownTensor { name: quotable(name) });
    }
    let config = checkpoint.config();
    Ok(Opened {
        model,
        facts,
        start: ids(config, "decoder_start_token_id"),
        end: ids(config, "eos_token_id"),
        padding: ids(config, "pad_token_id").first().copied(),
        model_type,
        device: device.clone(),
    })
}

/// The model types that [`open`] knows.
pub fn known_families() -> impl Iterator<Item = &'static str> {
    FAMILIES.iter().flat_map(|family| family.model_types.iter().copied())
}

/// The token numbers of an option: one, several or none.
fn ids(config: &Map<String, Value>, name: &str) -> Vec<usize> {
    let id = |value: &Value| value.as_u64().and_then(|id| usize::try_from(id).ok());
    match config.get(name) {
        Some(Value::Array(several)) => several.iter().filter_map(id).collect(),
        Some(one) => id(one).into_iter().collect(),
        None => Vec::new(),
    }
}
