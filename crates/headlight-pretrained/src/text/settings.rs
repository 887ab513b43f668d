//! What a tokenizer's small JSON files say: its class, its options and its special tokens.

use super::description::AddedToken;
use super::error::TokenizerError;
use super::files::{self, ADDED_TOKENS, CONFIG, SPECIAL_TOKENS, TOKENIZER_CONFIG};
use serde_json::{Map, Value};
use std::path::Path;

/// The special tokens that have a name of their own in `tokenizer_config.json`.
const NAMED: [&str; 7] = ["bos_token", "eos_token", "unk_token", "sep_token", "pad_token", "cls_token", "mask_token"];

/// The lists of further special tokens, as they are called by older and newer files.
const FURTHER: [&str; 2] = ["additional_special_tokens", "extra_special_tokens"];

/// `tokenizer_config.json`, and the older files that say parts of the same.
#[derive(Default)]
pub(super) struct Settings {
    tokenizer_config: Map<String, Value>,
    special_tokens_map: Map<String, Value>,
    added_tokens: Map<String, Value>,
    config: Map<String, Value>,
}

impl Settings {
    pub(super) fn read(directory: &Path) -> Result<Self, TokenizerError> {
        let object = |name| match files::read(directory, name)? {
            None => Ok(Map::new()),
            Some(bytes) => serde_json::from_slice(&bytes).map_err(|error| TokenizerError::malformed(name, error)),
        };
        Ok(Self {
            tokenizer_config: object(TOKENIZER_CONFIG)?,
            special_tokens_map: object(SPECIAL_TOKENS)?,
            added_tokens: object(ADDED_TOKENS)?,
            config: object(CONFIG)?,
        })
    }

    /// The tokenizer's class without "Tokenizer" and "Fast", such as `GPT2`; `None` where only the model is named.
    pub(super) fn class(&self) -> Option<&str> {
        let class = self.tokenizer_config.get("tokenizer_class")?.as_str()?;
        let class = class.strip_suffix("Fast").unwrap_or(class);
        Some(class.strip_suffix("Tokenizer").unwrap_or(class))
    }

    /// The model's family, such as `gpt2`.
    pub(super) fn model_type(&self) -> Option<&str> {
        self.config.get("model_type")?.as_str()
    }

    pub(super) fn flag(&self, name: &str) -> Option<bool> {
        self.tokenizer_config.get(name)?.as_bool()
    }

    /// The token that an encoder–decoder model's target begins with.
    pub(super) fn decoder_start_token(&self) -> Option<usize> {
        usize::try_from(self.config.get("decoder_start_token_id")?.as_u64()?).ok()
    }

    /// The spelling of a named special token, such as `cls_token`.
    pub(super) fn token(&self, name: &str) -> Option<&str> {
        content(self.value(name)?)
    }

    /// Every special and added token, those of known numbers first and in their order, and each once.
    ///
    /// # Errors
    ///
    /// An entry that is no token.
    pub(super) fn added(&self) -> Result<Vec<AddedToken>, TokenizerError> {
        let mut tokens = self.numbered()?;
        for name in NAMED {
            let Some(value) = self.value(name).filter(|value| !value.is_null()) else { continue };
            let token = special(value).ok_or_else(|| no_token(name))?;
            add(&mut tokens, token);
        }
        for name in FURTHER {
            for value in self.value(name).and_then(Value::as_array).into_iter().flatten() {
                let token = special(value).ok_or_else(|| no_token(name))?;
                add(&mut tokens, token);
            }
        }
        Ok(tokens)
    }

    /// [`Self::added`], and the special tokens that a class has of itself: those of the vocabulary that no file renames.
    pub(super) fn added_beside(
        &self,
        defaults: &[(&str, &str)],
        is_known: impl Fn(&str) -> bool,
    ) -> Result<Vec<AddedToken>, TokenizerError> {
        let mut tokens = self.added()?;
        for (name, spelling) in defaults {
            if self.value(name).is_none() && is_known(spelling) {
                add(&mut tokens, AddedToken::special(spelling));
            }
        }
        Ok(tokens)
    }

    pub(super) fn text(&self, name: &str) -> Option<&str> {
        self.tokenizer_config.get(name)?.as_str()
    }

    fn value(&self, name: &str) -> Option<&Value> {
        self.tokenizer_config.get(name).or_else(|| self.special_tokens_map.get(name))
    }

    /// The tokens of `added_tokens_decoder` and `added_tokens.json`, by number.
    fn numbered(&self) -> Result<Vec<AddedToken>, TokenizerError> {
        let mut tokens = Vec::new();
        if let Some(decoder) = self.tokenizer_config.get("added_tokens_decoder").and_then(Value::as_object) {
            for (number, value) in decoder {
                let id = number.parse().map_err(|_| no_token("added_tokens_decoder"))?;
                let token = AddedToken::from_json(value).ok_or_else(|| no_token("added_tokens_decoder"))?;
                tokens.push(AddedToken { id: Some(id), ..token });
            }
        }
        for (spelling, number) in &self.added_tokens {
            let id = number.as_u64().and_then(|id| u32::try_from(id).ok());
            let id = id.ok_or_else(|| TokenizerError::malformed(ADDED_TOKENS, "a token's number is not a number"))?;
            if tokens.iter().all(|token| token.content != *spelling) {
                tokens.push(AddedToken { id: Some(id), ..AddedToken::special(spelling) });
            }
        }
        tokens.sort_by_key(|token| token.id);
        Ok(tokens)
    }
}

/// A special token as both files write it: a string, or an object with its options.
fn special(value: &Value) -> Option<AddedToken> {
    match value {
        Value::String(content) => Some(AddedToken::special(content)),
        value => AddedToken::from_json(value).map(|token| AddedToken { special: true, ..token }),
    }
}

fn content(value: &Value) -> Option<&str> {
    value.as_str().or_else(|| value.get("content")?.as_str())
}

fn no_token(name: &str) -> TokenizerError {
    TokenizerError::malformed(TOKENIZER_CONFIG, format_args!("'{name}' is not a token"))
}

/// A token that is there already is special from now on, and keeps its options.
fn add(tokens: &mut Vec<AddedToken>, token: AddedToken) {
    match tokens.iter_mut().find(|other| other.content == token.content) {
        Some(other) => other.special = true,
        None => tokens.push(token),
    }
}
