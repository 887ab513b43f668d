//! The names of a tokenizer's files, and their bytes.

use super::error::TokenizerError;
use std::io::ErrorKind;
use std::path::Path;

pub(super) const TOKENIZER: &str = "tokenizer.json";
pub(super) const TOKENIZER_CONFIG: &str = "tokenizer_config.json";
pub(super) const SPECIAL_TOKENS: &str = "special_tokens_map.json";
pub(super) const ADDED_TOKENS: &str = "added_tokens.json";
pub(super) const CONFIG: &str = "config.json";
pub(super) const WORD_PIECES: &str = "vocab.txt";
pub(super) const VOCABULARY: &str = "vocab.json";
pub(super) const MERGES: &str = "merges.txt";
pub(super) const SOURCE_PIECES: &str = "source.spm";
pub(super) const TARGET_PIECES: &str = "target.spm";
pub(super) const PIECES: [&str; 3] = ["spiece.model", "tokenizer.model", "sentencepiece.bpe.model"];

/// The bytes of a file, or `None` where there is none of that name.
pub(super) fn read(directory: &Path, name: &str) -> Result<Option<Vec<u8>>, TokenizerError> {
    let path = directory.join(name);
    match std::fs::read(&path) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(reason) if reason.kind() == ErrorKind::NotFound => Ok(None),
        Err(reason) => Err(TokenizerError::Unreadable { file: path.display().to_string(), reason }),
    }
}

/// The bytes of a file that `present` is of no use without.
pub(super) fn read_beside(
    directory: &Path,
    missing: &'static str,
    present: &'static str,
) -> Result<Vec<u8>, TokenizerError> {
    read(directory, missing)?.ok_or(TokenizerError::Incomplete { present, missing })
}
