//! Token numbers and what they stand for.

use std::path::Path;

use anyhow::anyhow;
use headlight_pretrained::{Encoding, Sequence, Tokenizer};

/// How tokens are shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Spelling {
    /// As the text that they stand for.
    Readable,
    /// As the vocabulary has them.
    Raw,
}

/// The tokens of a model, by its tokenizer; where there is none, they are their numbers.
pub(crate) struct Vocabulary {
    tokenizer: Option<Tokenizer>,
    spelling: Spelling,
}

impl Vocabulary {
    /// That of the model in a directory.
    pub(super) fn of(directory: &Path, spelling: Spelling) -> anyhow::Result<Self> {
        let tokenizer = Tokenizer::open(directory).map_err(|error| anyhow!("{}: {error}", directory.display()))?;
        Ok(Self { tokenizer, spelling })
    }

    /// A text's tokens.
    pub(super) fn encode(&self, text: &str, second: Option<&str>) -> anyhow::Result<Sequence> {
        let Encoding { ids, segments, .. } = self.tokenizer()?.encode(text, second)?;
        Ok(Sequence { ids, segments: Some(segments), padding: None })
    }

    /// The tokens of a text as the decoder of an encoder–decoder model predicts them.
    pub(super) fn encode_target(&self, text: &str) -> anyhow::Result<Vec<usize>> {
        Ok(self.tokenizer()?.encode_target(text)?.ids)
    }

    fn tokenizer(&self) -> anyhow::Result<&Tokenizer> {
        let none = || {
            anyhow!("the model has no tokenizer: give token numbers, as in 'headlight attend MODEL --ids \"17 4 33\"'")
        };
        self.tokenizer.as_ref().ok_or_else(none)
    }

    /// Tokens as they are shown, one by one.
    pub(crate) fn tokens(&self, ids: &[usize]) -> Vec<String> {
        match (&self.tokenizer, self.spelling) {
            (Some(tokenizer), Spelling::Readable) => tokenizer.readable(ids),
            (Some(tokenizer), Spelling::Raw) => tokenizer.raw(ids),
            (None, _) => ids.iter().map(usize::to_string).collect(),
        }
    }

    /// A token as it stands in a line of others, in quotes where it is a text, so that the spaces in it are seen.
    pub(crate) fn token(&self, id: usize) -> String {
        let token = self.tokens(&[id]).concat();
        match &self.tokenizer {
            Some(tokenizer) if !tokenizer.is_special(id) => format!("{token:?}"),
            _ => token,
        }
    }

    /// Tokens as one text.
    pub(crate) fn text(&self, ids: &[usize]) -> String {
        match &self.tokenizer {
            Some(tokenizer) => tokenizer.decode(ids),
            None => self.tokens(ids).join(" "),
        }
    }

    /// The token that stands for a word to be guessed.
    pub(super) fn mask(&self) -> Option<usize> {
        self.tokenizer.as_ref()?.mask_token()
    }
}
