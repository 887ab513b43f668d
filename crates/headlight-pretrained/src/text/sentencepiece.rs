//! SentencePiece models (`spiece.model`, `tokenizer.model`, `source.spm`): a protocol buffer of pieces, how they were trained,
//! and how a text is normalised. Read as `sentencepiece_model.proto` in google/sentencepiece has it, and built as
//! `SpmConverter.build_tokenizer_from_spm_proto` in transformers does.

use super::description::{AddedToken, Description};
use super::error::TokenizerError;
use super::model::{self, BpeOptions};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use prost::Message;
use serde_json::{Value, json};
use std::collections::HashMap;
use tokenizers::ModelWrapper;

#[derive(Message)]
struct ModelProto {
    #[prost(message, repeated, tag = "1")]
    pieces: Vec<Piece>,
    #[prost(message, optional, tag = "2")]
    trainer: Option<TrainerSpec>,
    #[prost(message, optional, tag = "3")]
    normalizer: Option<NormalizerSpec>,
}

#[derive(Message)]
struct Piece {
    #[prost(string, optional, tag = "1")]
    piece: Option<String>,
    #[prost(float, optional, tag = "2")]
    score: Option<f32>,
    #[prost(int32, optional, tag = "3")]
    kind: Option<i32>,
}

#[derive(Message)]
struct TrainerSpec {
    #[prost(int32, optional, tag = "3")]
    model_type: Option<i32>,
    #[prost(bool, optional, tag = "24")]
    treat_whitespace_as_suffix: Option<bool>,
    #[prost(bool, optional, tag = "35")]
    byte_fallback: Option<bool>,
    #[prost(int32, optional, tag = "40")]
    unk_id: Option<i32>,
}

#[derive(Message)]
struct NormalizerSpec {
    #[prost(bytes = "vec", optional, tag = "2")]
    precompiled_charsmap: Option<Vec<u8>>,
    #[prost(bool, optional, tag = "3")]
    add_dummy_prefix: Option<bool>,
    #[prost(bool, optional, tag = "4")]
    remove_extra_whitespaces: Option<bool>,
    #[prost(bool, optional, tag = "5")]
    escape_whitespaces: Option<bool>,
}

/// The values of `ModelType` and `SentencePiece.Type` in the protocol buffer.
const UNIGRAM: i32 = 1;
const BPE: i32 = 2;
const NORMAL: i32 = 1;
const CONTROL: i32 = 3;
const USER_DEFINED: i32 = 4;

/// Which parts of a text begin with a space that isn't there.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Prefix {
    /// The text and every part of it after a special token, as SentencePiece itself does.
    EveryPart,
    /// The text only.
    FirstPart,
}

/// A SentencePiece model.
pub(super) struct SentencePiece {
    proto: ModelProto,
    file: &'static str,
}

impl SentencePiece {
    /// Reads the bytes of `file`.
    pub(super) fn read(bytes: &[u8], file: &'static str) -> Result<Self, TokenizerError> {
        let proto = ModelProto::decode(bytes).map_err(|error| TokenizerError::malformed(file, error))?;
        if proto.pieces.is_empty() {
            return Err(TokenizerError::malformed(file, "it has no pieces"));
        }
        Ok(Self { proto, file })
    }

    /// The number of a piece.
    pub(super) fn number(&self, piece: &str) -> Option<u32> {
        let at = self.proto.pieces.iter().position(|other| other.piece.as_deref() == Some(piece))?;
        u32::try_from(at).ok()
    }

    /// Pieces that stand for no text, such as `<s>`.
    pub(super) fn control(&self) -> impl Iterator<Item = AddedToken> + '_ {
        self.of_kind(CONTROL).map(AddedToken::special)
    }

    /// The same model for one that doesn't read `<s>` and `</s>` in a text: where spaces are written as `▁`, no text has a
    /// piece with a space.
    pub(super) fn without_control(mut self) -> Self {
        for piece in self.proto.pieces.iter_mut().filter(|piece| piece.kind == Some(CONTROL)) {
            piece.piece = piece.piece.take().map(|spelling| format!(" {spelling}"));
        }
        self
    }

    fn of_kind(&self, kind: i32) -> impl Iterator<Item = &str> {
        let pieces = self.proto.pieces.iter().filter(move |piece| piece.kind.unwrap_or(NORMAL) == kind);
        pieces.filter_map(|piece| piece.piece.as_deref()).filter(|piece| !piece.is_empty())
    }

    /// The tokenizer, without special tokens around a text. `first` are the steps before SentencePiece's own, and
    /// `further` the pieces that the model has after those of the file.
    pub(super) fn describe(
        &self,
        prefix: Prefix,
        first: &[Value],
        further: &[String],
    ) -> Result<Description, TokenizerError> {
        let model = self.model(further).map_err(|reason| TokenizerError::malformed(self.file, reason))?;
        let has_prefix = self.normalizes(|normalizer| normalizer.add_dummy_prefix);
        Ok(Description {
            model,
            added_tokens: Vec::new(),
            normalizer: json!({"type": "Sequence", "normalizers": self.normalizers(prefix, first)}),
            pre_tokenizer: json!({"type": "Sequence", "pretokenizers": self.pre_tokenizers(prefix)}),
            post_processor: Value::Null,
            decoder: json!({"type": "Sequence", "decoders": decoders(self.byte_fallback(), has_prefix)}),
        })
    }

    fn byte_fallback(&self) -> bool {
        self.proto.trainer.as_ref().and_then(|trainer| trainer.byte_fallback).unwrap_or_default()
    }

    /// A setting of the normaliser that is on unless the file says otherwise.
    fn normalizes(&self, setting: impl Fn(&NormalizerSpec) -> Option<bool>) -> bool {
        self.proto.normalizer.as_ref().and_then(setting).unwrap_or(true)
    }

    fn model(&self, further: &[String]) -> Result<ModelWrapper, String> {
        let trainer = self.proto.trainer.as_ref();
        if trainer.and_then(|trainer| trainer.treat_whitespace_as_suffix).unwrap_or_default() {
            return Err("it marks the ends of words, not their beginnings, which is not supported".to_string());
        }
        let unk_id = trainer.and_then(|trainer| trainer.unk_id).unwrap_or_default();
        let unk_id = usize::try_from(unk_id).ok().filter(|id| *id < self.proto.pieces.len());
        let unk_id = unk_id.ok_or("its unknown token is not among its pieces")?;
        let spelling = |piece: &Piece| piece.piece.clone().unwrap_or_default();
        match trainer.and_then(|trainer| trainer.model_type).unwrap_or(UNIGRAM) {
            UNIGRAM => {
                let pieces =
                    self.proto.pieces.iter().map(|piece| (spelling(piece), f64::from(piece.score.unwrap_or_default())));
                let further = further.iter().map(|piece| (piece.clone(), 0.0));
                model::unigram(pieces.chain(further).collect(), Some(unk_id), self.byte_fallback())
            }
            BPE => {
                let pieces = self.proto.pieces.iter().map(spelling).chain(further.iter().cloned());
                let options = BpeOptions {
                    unk_token: Some(spelling(&self.proto.pieces[unk_id])),
                    fuse_unk: true,
                    byte_fallback: self.byte_fallback(),
                    ignore_merges: self.of_kind(USER_DEFINED).next().is_some(),
                    ..BpeOptions::default()
                };
                model::bpe(pieces.zip(0..).collect(), self.merges(), options)
            }
            _ => Err("it is neither a Unigram nor a BPE model".to_string()),
        }
    }

    /// SentencePiece merges the two neighbours that make the piece of the best score, so every way to put a piece together is a
    /// merge of that piece's rank.
    fn merges(&self) -> Vec<(String, String)> {
        let normal = self.proto.pieces.iter().enumerate().filter(|(_, piece)| piece.kind.unwrap_or(NORMAL) == NORMAL);
        let ranks: HashMap<&str, (f32, usize)> = normal
            .filter_map(|(at, piece)| Some((piece.piece.as_deref()?, (-piece.score.unwrap_or_default(), at))))
            .collect();
        let mut merges = Vec::new();
        for (piece, rank) in &ranks {
            // A piece of n characters is looked at in n ways, so only as many as the vocabulary's are kept.
            for (at, _) in piece.char_indices().skip(1) {
                let (left, right) = piece.split_at(at);
                if ranks.contains_key(left) && ranks.contains_key(right) {
                    merges.push((*rank, left, right));
                }
            }
        }
        merges.sort_by(|((score, at), left, _), ((other, other_at), other_left, _)| {
            score.total_cmp(other).then(at.cmp(other_at)).then(left.cmp(other_left))
        });
        merges.into_iter().map(|(_, left, right)| (left.to_string(), right.to_string())).collect()
    }

    fn normalizers(&self, prefix: Prefix, first: &[Value]) -> Vec<Value> {
        let mut steps = first.to_vec();
        let charsmap = self.proto.normalizer.as_ref().and_then(|normalizer| normalizer.precompiled_charsmap.as_deref());
        if let Some(charsmap) = charsmap.filter(|charsmap| !charsmap.is_empty()) {
            steps.push(json!({"type": "Precompiled", "precompiled_charsmap": STANDARD.encode(charsmap)}));
        }
        if self.normalizes(|normalizer| normalizer.remove_extra_whitespaces) {
            steps.push(replace(r"\A +| +\z", ""));
            steps.push(replace(" {2,}", " "));
        }
        if self.normalizes(|normalizer| normalizer.escape_whitespaces) {
            steps.push(json!({"type": "Replace", "pattern": {"String": " "}, "content": "▁"}));
        }
        if self.normalizes(|normalizer| normalizer.add_dummy_prefix) && prefix == Prefix::EveryPart {
            // Metaspace adds no space where there is one already, SentencePiece does.
            steps.push(replace(r"\A▁", "▁▁"));
        }
        steps
    }

    fn pre_tokenizers(&self, prefix: Prefix) -> Vec<Value> {
        let mut steps = Vec::new();
        if self.normalizes(|normalizer| normalizer.add_dummy_prefix) {
            let scheme = match prefix {
                Prefix::EveryPart => "always",
                Prefix::FirstPart => "first",
            };
            steps.push(json!({"type": "Metaspace", "replacement": "▁", "prepend_scheme": scheme, "split": false}));
        }
        let mut whole: Vec<&str> = self.of_kind(USER_DEFINED).collect();
        if !whole.is_empty() {
            // What its user defined is never cut nor merged, and the longest is found first.
            whole.sort_by_key(|piece| std::cmp::Reverse(piece.chars().count()));
            let pattern = whole.into_iter().map(escaped).collect::<Vec<_>>().join("|");
            steps
                .push(json!({"type": "Split", "pattern": {"Regex": pattern}, "behavior": "Isolated", "invert": false}));
        }
        steps
    }
}

fn replace(pattern: &str, content: &str) -> Value {
    json!({"type": "Replace", "pattern": {"Regex": pattern}, "content": content})
}

fn escaped(piece: &str) -> String {
    piece
        .chars()
        .flat_map(|character| character.is_ascii_punctuation().then_some('\\').into_iter().chain([character]))
        .collect()
}

fn decoders(byte_fallback: bool, has_prefix: bool) -> Vec<Value> {
    let mut steps = vec![json!({"type": "Replace", "pattern": {"String": "▁"}, "content": " "})];
    if byte_fallback {
        steps.push(json!({"type": "ByteFallback"}));
    }
    steps.push(json!({"type": "Fuse"}));
    if has_prefix {
        steps.push(json!({"type": "Strip", "content": " ", "start": 1, "stop": 0}));
    }
    steps
}
