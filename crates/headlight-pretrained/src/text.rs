//! Text ↔ token numbers: the tokenizer that lies beside a model's parameters.
//!
//! A `tokenizer.json` says all. Older directories have a vocabulary in one of three forms, and which class of tokenizer it
//! belongs to in `tokenizer_config.json`; each is described here as a `tokenizer.json` would, and built the same way.

mod byte_level;
mod charsmap;
mod components;
mod description;
mod encoding;
mod error;
mod files;
mod marian;
mod model;
mod pieces;
mod readable;
mod sentencepiece;
mod settings;
mod template;
mod whole;
mod word_piece;

pub use encoding::Encoding;
use encoding::Side;
pub use error::TokenizerError;

use self::description::Description;
use self::files::{MERGES, PIECES, SOURCE_PIECES, TARGET_PIECES, TOKENIZER, VOCABULARY, WORD_PIECES};
use self::marian::Marian;
use self::settings::Settings;
use self::whole::Whole;
use std::path::Path;

/// The tokenizer of a model's directory.
pub struct Tokenizer {
    kind: Kind,
    settings: Settings,
}

enum Kind {
    Whole(Box<Whole>),
    Marian(Box<Marian>),
}

impl Tokenizer {
    /// Opens the tokenizer in a directory: `tokenizer.json`, or else `source.spm`, `vocab.txt`, `vocab.json` or a SentencePiece
    /// model with what belongs to it. `None` where the directory has no tokenizer file.
    ///
    /// # Errors
    ///
    /// A file that cannot be read, or that is not what its name says; a vocabulary whose class of tokenizer is not known.
    pub fn open(directory: &Path) -> Result<Option<Self>, TokenizerError> {
        let settings = Settings::read(directory)?;
        let described = |description: Result<Description, TokenizerError>, file| {
            Whole::new(description?, file).map(|whole| Some(Kind::Whole(Box::new(whole))))
        };
        let kind = if let Some(bytes) = files::read(directory, TOKENIZER)? {
            let description =
                Description::from_json(&bytes).map_err(|reason| TokenizerError::malformed(TOKENIZER, reason));
            described(description, TOKENIZER)?
        } else if let Some(source) = files::read(directory, SOURCE_PIECES)? {
            let target = files::read_beside(directory, TARGET_PIECES, SOURCE_PIECES)?;
            let vocab = files::read_beside(directory, VOCABULARY, SOURCE_PIECES)?;
            Some(Kind::Marian(Box::new(Marian::read(&source, &target, &vocab, &settings)?)))
        } else if let Some(vocab) = files::read(directory, WORD_PIECES)? {
            described(word_piece::describe(&vocab, &settings), WORD_PIECES)?
        } else if let Some(vocab) = files::read(directory, VOCABULARY)? {
            let merges = files::read_beside(directory, MERGES, VOCABULARY)?;
            described(byte_level::describe(&vocab, &merges, &settings), VOCABULARY)?
        } else {
            let mut found = None;
            for name in PIECES {
                if let Some(bytes) = files::read(directory, name)? {
                    found = described(pieces::describe(&bytes, name, &settings), name)?;
                    break;
                }
            }
            found
        };
        Ok(kind.map(|kind| Self { kind, settings }))
    }

    /// A text's tokens, with the special tokens of the model. `second` is a second text, as in BERT's sentence pairs.
    ///
    /// # Errors
    ///
    /// A text with something in it that the vocabulary has no token for, not even one for the unknown.
    pub fn encode(&self, text: &str, second: Option<&str>) -> Result<Encoding, TokenizerError> {
        match &self.kind {
            Kind::Whole(whole) => whole.encode(text, second),
            Kind::Marian(marian) => marian.encode(text, second),
        }
    }

    /// A text on the target side of an encoder–decoder model, as far as the model predicts it: without the token that its
    /// decoder starts with, and with the one that ends a text.
    ///
    /// # Errors
    ///
    /// As [`Self::encode`].
    pub fn encode_target(&self, text: &str) -> Result<Encoding, TokenizerError> {
        let mut encoding = match &self.kind {
            Kind::Whole(whole) => whole.encode(text, None)?,
            Kind::Marian(marian) => marian.encode_target(text)?,
        };
        if encoding.ids.first().is_some_and(|first| self.settings.decoder_start_token() == Some(*first)) {
            encoding.ids.remove(0);
            encoding.segments.remove(0);
            encoding.around.remove(0);
        }
        Ok(encoding)
    }

    /// One text in at most so many tokens, as transformers' tokenizers truncate it: tokens of the text are left out at its end, or at its
    /// beginning where `truncation_side` says so, and the special tokens around it stay.
    pub fn cut(&self, encoding: Encoding, most: usize) -> Encoding {
        let side = if self.settings.text("truncation_side") == Some("left") { Side::First } else { Side::Last };
        encoding.cut(most, side)
    }

    /// Token numbers as a text, without special tokens and without numbers that are not in the vocabulary.
    pub fn decode(&self, ids: &[usize]) -> String {
        match &self.kind {
            Kind::Whole(whole) => whole.decode(ids),
            Kind::Marian(marian) => marian.decode(ids),
        }
    }

    /// The text that each token stands for: ` cat` for GPT-2's `Ġcat` and SentencePiece's `▁cat`, `ing` for BERT's `##ing`,
    /// special tokens by their names. Where a token is a part of a character, its bytes are shown, such as `\xF0\x9F`.
    /// A number that is not in the vocabulary is shown in brackets.
    pub fn readable(&self, ids: &[usize]) -> Vec<String> {
        let shown = ids.iter().map(|id| match &self.kind {
            Kind::Whole(whole) => whole.readable(*id),
            Kind::Marian(marian) => marian.readable(*id),
        });
        shown.collect()
    }

    /// The vocabulary's own spelling of each token.
    pub fn raw(&self, ids: &[usize]) -> Vec<String> {
        let spelled = ids.iter().map(|id| match &self.kind {
            Kind::Whole(whole) => whole.raw(*id),
            Kind::Marian(marian) => marian.raw(*id),
        });
        spelled.collect()
    }

    /// The token that stands for a word to be guessed.
    pub fn mask_token(&self) -> Option<usize> {
        match self.settings.token("mask_token") {
            Some(token) => self.id(token),
            None => ["[MASK]", "<mask>"].into_iter().filter_map(|token| self.id(token)).find(|id| self.is_special(*id)),
        }
    }

    /// Whether a token stands for no text.
    pub fn is_special(&self, id: usize) -> bool {
        match &self.kind {
            Kind::Whole(whole) => whole.is_special(id),
            Kind::Marian(marian) => marian.is_special(id),
        }
    }

    /// The number of a token, by the vocabulary's own spelling.
    pub fn id(&self, raw: &str) -> Option<usize> {
        match &self.kind {
            Kind::Whole(whole) => whole.id(raw),
            Kind::Marian(marian) => marian.id(raw),
        }
    }
}
