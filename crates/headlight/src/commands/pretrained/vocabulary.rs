//! Token numbers and what they stand for.

use std::path::Path;

use anyhow::{anyhow, bail};
use headlight_pretrained::Sequence;

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
    spelling: Spelling,
}

impl Vocabulary {
    /// That of the model in a directory.
    pub(crate) fn of(directory: &Path, spelling: Spelling) -> anyhow::Result<Self> {
        let _ = directory;
        Ok(Self { spelling })
    }

    /// A text's tokens.
    pub(crate) fn encode(&self, text: &str, second: Option<&str>) -> anyhow::Result<Sequence> {
        let _ = (text, second);
        bail!(no_tokenizer())
    }

    /// The tokens of a text as the decoder of an encoder–decoder model predicts them.
    pub(crate) fn encode_target(&self, text: &str) -> anyhow::Result<Vec<usize>> {
        let _ = text;
        bail!(no_tokenizer())
    }

    /// Tokens as they are shown, one by one.
    pub(crate) fn tokens(&self, ids: &[usize]) -> Vec<String> {
        let _ = self.spelling;
        ids.iter().map(usize::to_string).collect()
    }

    /// A token as it is shown in a line of others, where the spaces in it are seen.
    pub(crate) fn token(&self, id: usize) -> String {
        self.tokens(&[id]).concat()
    }

    /// Tokens as one text.
    pub(crate) fn text(&self, ids: &[usize]) -> String {
        self.tokens(ids).join(" ")
    }

    /// The token that stands for a word to be guessed.
    pub(crate) fn mask(&self) -> Option<usize> {
        None
    }
}

fn no_tokenizer() -> anyhow::Error {
    anyhow!("the model has no tokenizer: give token numbers with --ids \"17 4 33\"")
}
