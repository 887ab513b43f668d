//! A tokenizer with one vocabulary and one way from text to tokens.

use super::description::Description;
use super::encoding::Encoding;
use super::error::TokenizerError;
use super::readable::Spelling;
use tokenizers::{EncodeInput, Tokenizer};

/// The crate's tokenizer, and what it doesn't tell of its vocabulary.
pub(super) struct Whole {
    tokenizer: Tokenizer,
    spelling: Spelling,
}

impl Whole {
    /// Builds what `file` describes.
    pub(super) fn new(description: Description, file: &'static str) -> Result<Self, TokenizerError> {
        let built = description.build().map_err(|reason| TokenizerError::malformed(file, reason))?;
        let (tokenizer, spelling) = built;
        Ok(Self { tokenizer, spelling })
    }

    pub(super) fn encode(&self, text: &str, second: Option<&str>) -> Result<Encoding, TokenizerError> {
        let input = match second {
            Some(second) => EncodeInput::from((text, second)),
            None => EncodeInput::from(text),
        };
        let encoding =
            self.tokenizer.encode_fast(input, true).map_err(|error| TokenizerError::Text(error.to_string()))?;
        let around = encoding.get_special_tokens_mask().iter().map(|mark| *mark == 1).collect();
        Ok(Encoding { ids: wide(encoding.get_ids()), segments: wide(encoding.get_type_ids()), around })
    }

    /// The tokens of a part of a text, without special tokens around it, as the vocabulary spells them.
    pub(super) fn tokens(&self, text: &str) -> Result<Vec<String>, TokenizerError> {
        let encoding = self.tokenizer.encode(text, false).map_err(|error| TokenizerError::Text(error.to_string()))?;
        Ok(encoding.get_tokens().to_vec())
    }

    pub(super) fn decode(&self, ids: &[usize]) -> String {
        let ids: Vec<u32> = ids
            .iter()
            .filter_map(|id| u32::try_from(*id).ok())
            .filter(|id| self.tokenizer.id_to_token(*id).is_some())
            .collect();
        let has_text = ids.iter().any(|id| !self.is_special(*id as usize));
        // The crate's decoders fail on nothing but a pattern that backtracks without end; then the tokens say what they can.
        let decoded = has_text.then(|| self.tokenizer.decode(&ids, true).ok());
        match decoded {
            None => String::new(),
            Some(Some(text)) => text,
            Some(None) => ids.iter().map(|id| self.readable(*id as usize)).collect(),
        }
    }

    pub(super) fn readable(&self, id: usize) -> String {
        let added = u32::try_from(id)
            .ok()
            .and_then(|id| self.tokenizer.get_added_vocabulary().get_added_tokens_decoder().get(&id));
        match added {
            Some(token) => token.content.clone(),
            None => self.spelling.readable(&self.raw(id)),
        }
    }

    pub(super) fn raw(&self, id: usize) -> String {
        u32::try_from(id).ok().and_then(|id| self.tokenizer.id_to_token(id)).unwrap_or_else(|| format!("[{id}]"))
    }

    pub(super) fn is_special(&self, id: usize) -> bool {
        let added = self.tokenizer.get_added_vocabulary().get_added_tokens_decoder();
        u32::try_from(id).ok().and_then(|id| added.get(&id)).is_some_and(|token| token.special)
    }

    pub(super) fn id(&self, raw: &str) -> Option<usize> {
        self.tokenizer.token_to_id(raw).map(|id| id as usize)
    }
}

fn wide(ids: &[u32]) -> Vec<usize> {
    ids.iter().map(|id| *id as usize).collect()
}
