//! Marian: a SentencePiece model for the source language, one for the target language, and one vocabulary that numbers the
//! pieces of both.

use super::byte_level;
use super::description::AddedToken;
use super::encoding::Encoding;
use super::error::TokenizerError;
use super::files::{SOURCE_PIECES, TARGET_PIECES, TOKENIZER_CONFIG, VOCABULARY};
use super::readable::Spelling;
use super::sentencepiece::{Prefix, SentencePiece};
use super::settings::Settings;
use super::whole::Whole;
use std::collections::{HashMap, HashSet};

pub(super) struct Marian {
    source: Whole,
    target: Whole,
    ids: HashMap<String, usize>,
    tokens: HashMap<usize, String>,
    special: HashSet<usize>,
    unknown: usize,
    end: usize,
}

impl Marian {
    /// Reads the bytes of `source.spm`, `target.spm` and `vocab.json`.
    pub(super) fn read(
        source: &[u8],
        target: &[u8],
        vocab: &[u8],
        settings: &Settings,
    ) -> Result<Self, TokenizerError> {
        if settings.flag("separate_vocabs").unwrap_or_default() {
            return Err(TokenizerError::malformed(
                TOKENIZER_CONFIG,
                "separate vocabularies (separate_vocabs) are not supported",
            ));
        }
        let ids: HashMap<String, usize> =
            byte_level::vocabulary(vocab)?.into_iter().map(|(token, id)| (token, id as usize)).collect();
        let named = |name, default| {
            let token = settings.token(name).unwrap_or(default);
            let id = ids.get(token).copied();
            id.ok_or_else(|| {
                TokenizerError::malformed(VOCABULARY, format_args!("the special token '{token}' is not in it"))
            })
        };
        let (unknown, end) = (named("unk_token", "<unk>")?, named("eos_token", "</s>")?);
        let defaults = [("eos_token", "</s>"), ("unk_token", "<unk>"), ("pad_token", "<pad>")];
        let special = settings.added_beside(&defaults, |token| ids.contains_key(token))?;
        let side = |bytes: &[u8], file| {
            let mut description =
                SentencePiece::read(bytes, file)?.without_control().describe(Prefix::EveryPart, &[], &[])?;
            // Found in a text by their spelling; the numbers that the SentencePiece model gives them are not used.
            description.added_tokens = special.iter().map(|token| AddedToken { id: None, ..token.clone() }).collect();
            Whole::new(description, file)
        };
        Ok(Self {
            source: side(source, SOURCE_PIECES)?,
            target: side(target, TARGET_PIECES)?,
            special: special
                .iter()
                .filter(|token| token.special)
                .filter_map(|token| ids.get(&token.content).copied())
                .collect(),
            tokens: ids.iter().map(|(token, id)| (*id, token.clone())).collect(),
            ids,
            unknown,
            end,
        })
    }

    pub(super) fn encode(&self, text: &str, second: Option<&str>) -> Result<Encoding, TokenizerError> {
        let first = self.numbers(&self.source, text)?;
        let second = second.map(|second| self.numbers(&self.source, second)).transpose()?;
        Ok(self.ended(first, second))
    }

    pub(super) fn encode_target(&self, text: &str) -> Result<Encoding, TokenizerError> {
        Ok(self.ended(self.numbers(&self.target, text)?, None))
    }

    fn ended(&self, first: Vec<usize>, second: Option<Vec<usize>>) -> Encoding {
        let last = usize::from(second.is_some());
        let second = second.unwrap_or_default();
        let segments = [vec![0; first.len()], vec![last; second.len() + 1]].concat();
        let around = (0..segments.len()).map(|at| at + 1 == segments.len()).collect();
        Encoding { ids: [first, second, vec![self.end]].concat(), segments, around }
    }

    /// The numbers of a text's pieces, after that of a language code at its beginning, such as `>>fra<<`.
    fn numbers(&self, side: &Whole, text: &str) -> Result<Vec<usize>, TokenizerError> {
        let end_of_code = text.starts_with(">>").then(|| text.find("<<")).flatten();
        let (code, text) = text.split_at(end_of_code.map_or(0, |at| at + "<<".len()));
        let code = (!code.is_empty()).then(|| code.to_string());
        let tokens = code.into_iter().chain(side.tokens(text)?);
        Ok(tokens.map(|token| self.ids.get(&token).copied().unwrap_or(self.unknown)).collect())
    }

    pub(super) fn decode(&self, ids: &[usize]) -> String {
        let tokens = ids.iter().filter(|id| !self.is_special(**id)).filter_map(|id| self.tokens.get(id));
        tokens.map(|token| token.replace('▁', " ")).collect::<String>().trim().to_string()
    }

    pub(super) fn readable(&self, id: usize) -> String {
        let spelling = Spelling { space: Some('▁'), ..Spelling::default() };
        if self.is_special(id) { self.raw(id) } else { spelling.readable(&self.raw(id)) }
    }

    pub(super) fn raw(&self, id: usize) -> String {
        self.tokens.get(&id).cloned().unwrap_or_else(|| format!("[{id}]"))
    }

    pub(super) fn is_special(&self, id: usize) -> bool {
        self.special.contains(&id)
    }

    pub(super) fn id(&self, raw: &str) -> Option<usize> {
        self.ids.get(raw).copied()
    }
}
