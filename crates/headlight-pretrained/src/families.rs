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
mod whisper;

use std::path::Path;

use burn::tensor::Device;
use serde_json::{Map, Value};

use crate::checkpoint::Checkpoint;
use crate::config::quotable;
use crate::error::PretrainedError;
use crate::generate::Generation;
use crate::model::{Entry, Facts, Model, Predicts};

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
    whisper::FAMILY,
];

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
    /// How it generates text, or why that is not known: heads can be looked at all the same.
    pub generation: Result<Generation, PretrainedError>,
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
    let (model, mut facts) = (family.open)(&mut checkpoint)?;
    let is_not_needed =
        |name: &str| family.not_needed.iter().any(|known| name.starts_with(known) || name.ends_with(known));
    let head = |name: &str| family.not_built.iter().copied().find(|head| name.starts_with(head));
    if let Some(name) = checkpoint.tensors().unused().find(|name| !is_not_needed(name) && head(name).is_none()) {
        return Err(PretrainedError::UnknownTensor { name: quotable(name) });
    }
    let not_built = checkpoint.tensors().unused().find_map(head);
    if let (Predicts::Nothing, Some(head)) = (&facts.predicts, not_built) {
        facts.predicts = Predicts::NotBuilt(named(head, checkpoint.config()));
    }
    let generation = Generation::of(&checkpoint);
    let config = checkpoint.config();
    Ok(Opened {
        model,
        facts,
        start: generation.as_ref().map_or_else(|_| ids(config, "decoder_start_token_id"), Generation::start),
        end: generation.as_ref().map_or_else(|_| ids(config, "eos_token_id"), |rules| rules.end().to_vec()),
        padding: ids(config, "pad_token_id").first().copied(),
        model_type,
        generation,
        device: device.clone(),
    })
}

/// A head by the class that it was saved as, where the configuration says that, and by its tensors: `qa_outputs of BertForQuestionAnswering`.
fn named(head: &str, config: &Map<String, Value>) -> String {
    let head = head.trim_end_matches('.');
    let class = config.get("architectures").and_then(|classes| classes.get(0)).and_then(Value::as_str);
    class.map_or_else(|| head.to_owned(), |class| format!("{head} of {}", quotable(class)))
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
