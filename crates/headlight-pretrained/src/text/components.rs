//! Normalizers, pre-tokenizers, post-processors and decoders of a `tokenizer.json`, with what the `tokenizers` crate would
//! panic at refused before.

use super::charsmap;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use serde_json::Value;
use std::collections::HashMap;

/// Splitting by a pattern is compiled, and what is compiled can be many times as long.
const MAX_PATTERN: usize = 20_000;

/// The four steps of a tokenizer besides its model.
#[derive(Clone, Copy)]
pub(super) enum Step {
    Normalizer,
    PreTokenizer,
    PostProcessor,
    Decoder,
}

impl Step {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Normalizer => "normalizer",
            Self::PreTokenizer => "pre-tokenizer",
            Self::PostProcessor => "post-processor",
            Self::Decoder => "decoder",
        }
    }

    /// The types that the crate knows.
    fn types(self) -> &'static [&'static str] {
        match self {
            Self::Normalizer => &[
                "BertNormalizer",
                "Strip",
                "StripAccents",
                "NFC",
                "NFD",
                "NFKC",
                "NFKD",
                "Sequence",
                "Lowercase",
                "Nmt",
                "Precompiled",
                "Replace",
                "Prepend",
                "ByteLevel",
            ],
            Self::PreTokenizer => &[
                "BertPreTokenizer",
                "ByteLevel",
                "CharDelimiterSplit",
                "Metaspace",
                "Whitespace",
                "Sequence",
                "Split",
                "Punctuation",
                "WhitespaceSplit",
                "Digits",
                "UnicodeScripts",
                "FixedLength",
            ],
            Self::PostProcessor => {
                &["RobertaProcessing", "BertProcessing", "ByteLevel", "TemplateProcessing", "Sequence"]
            }
            Self::Decoder => &[
                "BPEDecoder",
                "ByteLevel",
                "WordPiece",
                "Metaspace",
                "CTC",
                "Sequence",
                "Replace",
                "Fuse",
                "Strip",
                "ByteFallback",
            ],
        }
    }

    /// Where a sequence keeps its parts.
    fn parts(self) -> &'static str {
        match self {
            Self::Normalizer => "normalizers",
            Self::PreTokenizer => "pretokenizers",
            Self::PostProcessor => "processors",
            Self::Decoder => "decoders",
        }
    }
}

/// Every part of a step that is not a sequence, in order. No step at all has none.
pub(super) fn leaves(step: Step, component: &Value) -> Vec<&Value> {
    if component.is_null() {
        return Vec::new();
    }
    match component.get(step.parts()).and_then(Value::as_array) {
        Some(parts) if kind(component) == Some("Sequence") => {
            parts.iter().flat_map(|part| leaves(step, part)).collect()
        }
        _ => vec![component],
    }
}

/// The type of a part, such as `ByteLevel`.
pub(super) fn kind(component: &Value) -> Option<&str> {
    component.get("type")?.as_str()
}

/// Whether the crate can be given this step.
pub(super) fn check(step: Step, component: &Value) -> Result<(), String> {
    for leaf in leaves(step, component) {
        let kind = kind(leaf).ok_or_else(|| format!("a {} has no type", step.name()))?;
        if !step.types().contains(&kind) {
            return Err(format!("unknown {} '{kind}'", step.name()));
        }
        match (step, kind) {
            (Step::Normalizer, "Precompiled") => precompiled(leaf)?,
            (Step::PreTokenizer, "FixedLength") if leaf.get("length").and_then(Value::as_u64) == Some(0) => {
                return Err("the pre-tokenizer 'FixedLength' has the length 0".to_string());
            }
            (Step::Decoder, "Strip") if leaf.get("stop").and_then(Value::as_u64) != Some(0) => {
                return Err("the decoder 'Strip' cuts ends of tokens, which is not supported".to_string());
            }
            (Step::PostProcessor, "TemplateProcessing") => template(leaf)?,
            (_, "Split" | "Replace") => pattern(leaf)?,
            _ => {}
        }
    }
    Ok(())
}

fn precompiled(normalizer: &Value) -> Result<(), String> {
    let text = normalizer.get("precompiled_charsmap").and_then(Value::as_str).unwrap_or_default();
    let bytes = STANDARD.decode(text).map_err(|error| format!("the precompiled normalizer is not base64: {error}"))?;
    charsmap::check(&bytes)
}

fn pattern(component: &Value) -> Result<(), String> {
    let pattern = component.get("pattern");
    let text =
        pattern.and_then(|pattern| pattern.get("Regex").or_else(|| pattern.get("String"))).and_then(Value::as_str);
    match text {
        None => Err("a pattern is neither a string nor a regular expression".to_string()),
        Some("") => Err("a pattern is empty".to_string()),
        Some(text) if text.len() > MAX_PATTERN => {
            Err(format!("a pattern has {} bytes; at most {MAX_PATTERN} are supported", text.len()))
        }
        Some(_) => Ok(()),
    }
}

#[derive(Deserialize)]
struct Template {
    single: Vec<Piece>,
    pair: Vec<Piece>,
    special_tokens: HashMap<String, SpecialToken>,
}

#[derive(Deserialize)]
enum Piece {
    Sequence { id: Part },
    SpecialToken { id: String },
}

#[derive(Deserialize, PartialEq)]
enum Part {
    A,
    B,
}

#[derive(Deserialize)]
struct SpecialToken {
    ids: Vec<u32>,
    tokens: Vec<String>,
}

fn template(processor: &Value) -> Result<(), String> {
    let template = Template::deserialize(processor)
        .map_err(|error| format!("the template of special tokens is broken: {error}"))?;
    for piece in template.single.iter().chain(&template.pair) {
        if let Piece::SpecialToken { id } = piece
            && !template.special_tokens.contains_key(id)
        {
            return Err(format!("the template of special tokens has '{id}', but not its number"));
        }
    }
    if template.single.iter().any(|piece| matches!(piece, Piece::Sequence { id: Part::B })) {
        return Err("the template of special tokens for one text has a second one".to_string());
    }
    match template.special_tokens.iter().find(|(_, token)| token.ids.len() != token.tokens.len()) {
        Some((id, _)) => Err(format!("the special token '{id}' has not as many numbers as tokens")),
        None => Ok(()),
    }
}
