use std::collections::BTreeSet;

use super::error::DownloadError;
use crate::hub::name::is_plain;

/// What is read beside the parameters, as far as a model has it.
const FILES: [&str; 16] = [
    "config.json",
    "generation_config.json",
    "preprocessor_config.json",
    "processor_config.json",
    "tokenizer.json",
    "tokenizer_config.json",
    "special_tokens_map.json",
    "added_tokens.json",
    "vocab.json",
    "vocab.txt",
    "merges.txt",
    "spiece.model",
    "sentencepiece.bpe.model",
    "tokenizer.model",
    "source.spm",
    "target.spm",
];
const WHOLE: &str = "model.safetensors";
const INDEX: &str = "model.safetensors.index.json";

/// Of a model's files those that Headlight reads; the parameters, which take longest, last. Not the same parameters in other formats.
pub(super) fn files_to_read(model: &str, names: &BTreeSet<&str>) -> Result<Vec<String>, DownloadError> {
    let is_shard = |name: &&str| name.starts_with("model-") && name.ends_with(".safetensors") && is_plain(name);
    if !names.contains(FILES[0]) {
        return Err(DownloadError::NoConfig(model.to_owned()));
    }
    let mut files: Vec<String> =
        FILES.iter().filter(|name| names.contains(*name)).map(|&name| name.to_owned()).collect();
    if names.contains(WHOLE) {
        files.push(WHOLE.to_owned());
    } else if names.contains(INDEX) {
        files.push(INDEX.to_owned());
        files.extend(names.iter().copied().filter(is_shard).map(str::to_owned));
    } else {
        return Err(DownloadError::NoParameters(model.to_owned()));
    }
    Ok(files)
}
