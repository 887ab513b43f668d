mod ctranslate2;
mod error;
mod files;
mod parameters;

use std::path::{Path, PathBuf};

use burn::tensor::Device;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

pub use error::CheckpointError;
pub(crate) use files::json;

use crate::tensors::Tensors;
use parameters::parameters;

/// A model's directory as Hugging Face's transformers writes it: `config.json`, and the parameters in `model.safetensors`, or in
/// several such files with `model.safetensors.index.json`. Whisper may be as CTranslate2 writes it, too.
pub struct Checkpoint {
    directory: PathBuf,
    config: Map<String, Value>,
    tensors: Tensors,
}

impl Checkpoint {
    /// Reads the configuration, and what tensors there are; their numbers stay on disk until they are asked for.
    ///
    /// # Errors
    ///
    /// When a file is missing, damaged or of a kind that is not supported.
    pub fn open(directory: &Path, device: &Device) -> Result<Self, CheckpointError> {
        let config: Option<Map<String, Value>> = json(directory, "config.json")?;
        let config = config.ok_or_else(|| CheckpointError::NoConfig(directory.to_owned()))?;
        if let Some(quantisation) = config.get("quantization_config").filter(|value| !value.is_null()) {
            let method = quantisation.get("quant_method").and_then(Value::as_str);
            return Err(CheckpointError::Quantised(method.unwrap_or("an unnamed method").to_owned()));
        }
        let is_foreign = !config.contains_key("model_type");
        let foreign = if is_foreign { ctranslate2::open(directory, &config, device)? } else { None };
        let (config, tensors) = match foreign {
            Some(converted) => converted,
            None => (config, parameters(directory, device)?),
        };
        Ok(Self { directory: directory.to_owned(), config, tensors })
    }

    /// The directory.
    pub fn directory(&self) -> &Path {
        &self.directory
    }

    /// What `config.json` says.
    pub fn config(&self) -> &Map<String, Value> {
        &self.config
    }

    /// What `config.json` says, as a family's own configuration.
    ///
    /// # Errors
    ///
    /// When something is missing there or of another kind.
    pub fn config_as<Config: DeserializeOwned>(&self) -> Result<Config, CheckpointError> {
        let config = Config::deserialize(&self.config);
        config.map_err(|source| CheckpointError::Json { file: self.directory.join("config.json"), source })
    }

    /// The name of the model's family: `gpt2`, `bert`, ….
    ///
    /// # Errors
    ///
    /// When `config.json` does not say.
    pub fn model_type(&self) -> Result<&str, CheckpointError> {
        let name = self.config.get("model_type").and_then(Value::as_str);
        name.ok_or_else(|| CheckpointError::NoModelType(self.directory.join("config.json")))
    }

    /// The model's parameters.
    pub fn tensors(&mut self) -> &mut Tensors {
        &mut self.tensors
    }

    /// What another JSON file of the directory says, such as `preprocessor_config.json` or `generation_config.json`, where there is one.
    ///
    /// # Errors
    ///
    /// When the file cannot be read, is too long, or is not one JSON object.
    pub fn json(&self, name: &str) -> Result<Option<Map<String, Value>>, CheckpointError> {
        json(&self.directory, name)
    }
}
