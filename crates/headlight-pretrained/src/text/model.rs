//! The models of the `tokenizers` crate, with what it would panic at refused before.

use serde::Deserialize;
use serde::de::{Deserializer, Error, MapAccess, SeqAccess, Visitor};
use std::collections::HashSet;
use tokenizers::ModelWrapper;
use tokenizers::models::bpe::{BPE, Merges, Vocab};
use tokenizers::models::unigram::Unigram;
use tokenizers::models::wordlevel::WordLevel;
use tokenizers::models::wordpiece::WordPiece;

/// The crate keeps the pieces of a Unigram model in a tree of as many levels as the longest has bytes, and drops it by recursion.
const MAX_PIECE: usize = 2048;

/// Far above every logarithm of a probability, and far below where a sum over a text would overflow.
const MAX_SCORE: f64 = 1e30;

/// How byte-pair encoding treats what its vocabulary doesn't have, and how the vocabulary marks the parts of a word.
#[derive(Default)]
pub(super) struct BpeOptions {
    pub(super) unk_token: Option<String>,
    pub(super) continuing_subword_prefix: Option<String>,
    pub(super) end_of_word_suffix: Option<String>,
    pub(super) fuse_unk: bool,
    pub(super) byte_fallback: bool,
    pub(super) ignore_merges: bool,
}

/// Byte-pair encoding: pieces are merged in the order of `merges`.
pub(super) fn bpe(vocab: Vocab, merges: Merges, options: BpeOptions) -> Result<ModelWrapper, String> {
    numbered_once(&vocab)?;
    let prefix = options.continuing_subword_prefix.as_deref().unwrap_or_default();
    let mut merged = String::new();
    for (left, right) in &merges {
        let rest = right
            .strip_prefix(prefix)
            .ok_or_else(|| format!("the merge of '{left}' and '{right}' does not continue a word with '{prefix}'"))?;
        merged.clear();
        merged.push_str(left);
        merged.push_str(rest);
        for token in [left, right, &merged] {
            if !vocab.contains_key(token) {
                return Err(format!("'{token}' of the merge of '{left}' and '{right}' is not in the vocabulary"));
            }
        }
    }
    let mut builder = BPE::builder()
        .vocab_and_merges(vocab, merges)
        .fuse_unk(options.fuse_unk)
        .byte_fallback(options.byte_fallback)
        .ignore_merges(options.ignore_merges);
    if let Some(token) = options.unk_token {
        builder = builder.unk_token(token);
    }
    if let Some(prefix) = options.continuing_subword_prefix {
        builder = builder.continuing_subword_prefix(prefix);
    }
    if let Some(suffix) = options.end_of_word_suffix {
        builder = builder.end_of_word_suffix(suffix);
    }
    builder.build().map(ModelWrapper::from).map_err(|error| error.to_string())
}

/// WordPiece: each word is cut into the longest pieces that the vocabulary has, from its beginning on.
pub(super) fn word_piece(
    vocab: Vocab,
    unk_token: String,
    continuing: String,
    max_characters: usize,
) -> Result<ModelWrapper, String> {
    numbered_once(&vocab)?;
    let builder = WordPiece::builder().vocab(vocab).unk_token(unk_token).continuing_subword_prefix(continuing);
    let model = builder.max_input_chars_per_word(max_characters).build();
    model.map(ModelWrapper::from).map_err(|error| error.to_string())
}

/// Every word is a token.
pub(super) fn word_level(vocab: Vocab, unk_token: String) -> Result<ModelWrapper, String> {
    numbered_once(&vocab)?;
    let model = WordLevel::builder().vocab(vocab).unk_token(unk_token).build();
    model.map(ModelWrapper::from).map_err(|error| error.to_string())
}

/// SentencePiece's Unigram: the pieces whose logarithms of probability add up to the most.
pub(super) fn unigram(
    pieces: Vec<(String, f64)>,
    unk_id: Option<usize>,
    byte_fallback: bool,
) -> Result<ModelWrapper, String> {
    if pieces.is_empty() {
        return Err("the vocabulary is empty".to_string());
    }
    for (piece, score) in &pieces {
        if piece.len() > MAX_PIECE {
            let start: String = piece.chars().take(20).collect();
            return Err(format!("the token '{start}…' has {} bytes; at most {MAX_PIECE} are supported", piece.len()));
        }
        // Not a number is refused too.
        if !(-MAX_SCORE..=MAX_SCORE).contains(score) {
            return Err(format!("the token '{piece}' has the score {score}"));
        }
    }
    let model = Unigram::from(pieces, unk_id, byte_fallback);
    model.map(ModelWrapper::from).map_err(|error| error.to_string())
}

/// Two tokens cannot share a number.
fn numbered_once(vocab: &Vocab) -> Result<(), String> {
    if vocab.is_empty() {
        return Err("the vocabulary is empty".to_string());
    }
    let mut ids = HashSet::with_capacity(vocab.len());
    let twice: HashSet<u32> = vocab.values().copied().filter(|id| !ids.insert(*id)).collect();
    // The first by name: a map has no order, and a message should be the same each time.
    match vocab.iter().filter(|(_, id)| twice.contains(id)).min() {
        Some((token, id)) => Err(format!("the token '{token}' and another one both have the number {id}")),
        None => Ok(()),
    }
}

/// The `model` of a `tokenizer.json`.
#[derive(Deserialize)]
pub(super) struct ModelJson {
    /// Files of before 2021 don't have it.
    #[serde(rename = "type")]
    kind: Option<String>,
    vocab: VocabJson,
    merges: Option<Vec<MergeJson>>,
    unk_token: Option<String>,
    unk_id: Option<usize>,
    continuing_subword_prefix: Option<String>,
    end_of_word_suffix: Option<String>,
    max_input_chars_per_word: Option<usize>,
    fuse_unk: Option<bool>,
    byte_fallback: Option<bool>,
    ignore_merges: Option<bool>,
}

impl ModelJson {
    pub(super) fn build(self) -> Result<ModelWrapper, String> {
        let kind = match (self.kind.as_deref(), &self.vocab) {
            (Some(kind), _) => kind,
            (None, VocabJson::Scored(_)) => "Unigram",
            (None, _) if self.merges.is_some() => "BPE",
            (None, _) if self.continuing_subword_prefix.is_some() => "WordPiece",
            (None, _) => "WordLevel",
        };
        let unk_token = |default: &str| self.unk_token.clone().unwrap_or_else(|| default.to_string());
        match (kind, self.vocab) {
            ("BPE", VocabJson::Numbered(vocab)) => {
                let merges = self.merges.unwrap_or_default().into_iter().map(|MergeJson(left, right)| (left, right));
                let options = BpeOptions {
                    unk_token: self.unk_token,
                    continuing_subword_prefix: self.continuing_subword_prefix,
                    end_of_word_suffix: self.end_of_word_suffix,
                    fuse_unk: self.fuse_unk.unwrap_or_default(),
                    byte_fallback: self.byte_fallback.unwrap_or_default(),
                    ignore_merges: self.ignore_merges.unwrap_or_default(),
                };
                bpe(vocab, merges.collect(), options)
            }
            ("WordPiece", VocabJson::Numbered(vocab)) => {
                let continuing = self.continuing_subword_prefix.clone().unwrap_or_else(|| "##".to_string());
                word_piece(vocab, unk_token("[UNK]"), continuing, self.max_input_chars_per_word.unwrap_or(100))
            }
            ("WordLevel", VocabJson::Numbered(vocab)) => word_level(vocab, unk_token("<unk>")),
            ("Unigram", VocabJson::Scored(pieces)) => {
                unigram(pieces, self.unk_id, self.byte_fallback.unwrap_or_default())
            }
            ("BPE" | "WordPiece" | "WordLevel" | "Unigram", _) => {
                Err(format!("the vocabulary is not that of a {kind} model"))
            }
            (kind, _) => Err(format!("unknown model '{kind}'")),
        }
    }
}

/// Tokens with their numbers, or, for a Unigram model, with their scores in the order of their numbers.
enum VocabJson {
    Numbered(Vocab),
    Scored(Vec<(String, f64)>),
}

impl<'de> Deserialize<'de> for VocabJson {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Either;
        impl<'de> Visitor<'de> for Either {
            type Value = VocabJson;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("tokens with numbers or scores")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut vocab = Vocab::new();
                while let Some((token, id)) = map.next_entry::<String, u32>()? {
                    vocab.insert(token, id);
                }
                Ok(VocabJson::Numbered(vocab))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut sequence: A) -> Result<Self::Value, A::Error> {
                let mut pieces = Vec::new();
                while let Some(piece) = sequence.next_element()? {
                    pieces.push(piece);
                }
                Ok(VocabJson::Scored(pieces))
            }
        }
        deserializer.deserialize_any(Either)
    }
}

/// `"a b"`, as older files have it, or `["a", "b"]`.
struct MergeJson(String, String);

impl<'de> Deserialize<'de> for MergeJson {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Either;
        impl<'de> Visitor<'de> for Either {
            type Value = MergeJson;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("a merge of two tokens")
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
                match text.split_once(' ') {
                    Some((left, right)) if !right.contains(' ') => Ok(MergeJson(left.to_string(), right.to_string())),
                    _ => Err(E::custom(format_args!("'{text}' is not a merge of two tokens"))),
                }
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut sequence: A) -> Result<Self::Value, A::Error> {
                match (sequence.next_element()?, sequence.next_element()?, sequence.next_element::<String>()?) {
                    (Some(left), Some(right), None) => Ok(MergeJson(left, right)),
                    _ => Err(A::Error::custom("a merge is not of two tokens")),
                }
            }
        }
        deserializer.deserialize_any(Either)
    }
}
