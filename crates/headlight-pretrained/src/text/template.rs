//! Where a model's special tokens stand around its texts.

use super::description::AddedToken;
use super::settings::Settings;
use serde_json::{Map, Value, json};

/// A special token's spelling, or [`FIRST`] or [`SECOND`], and the segment it is in.
pub(super) type Piece<'a> = (&'a str, u32);

/// Where the text stands.
pub(super) const FIRST: &str = "$A";
/// Where the second text stands.
pub(super) const SECOND: &str = "$B";

/// A post-processor that puts `single` around a text and `pair` around two.
///
/// # Errors
///
/// A special token that has no number.
pub(super) fn around(
    single: &[Piece<'_>],
    pair: &[Piece<'_>],
    number: impl Fn(&str) -> Option<u32>,
) -> Result<Value, String> {
    let mut special_tokens = Map::new();
    for (token, _) in single.iter().chain(pair).filter(|(token, _)| ![FIRST, SECOND].contains(token)) {
        let id = number(token).ok_or_else(|| format!("the special token '{token}' is not in the vocabulary"))?;
        special_tokens.insert(token.to_string(), json!({"id": token, "ids": [id], "tokens": [token]}));
    }
    let pieces = |pieces: &[Piece<'_>]| -> Vec<Value> {
        pieces
            .iter()
            .map(|(token, segment)| match *token {
                FIRST => json!({"Sequence": {"id": "A", "type_id": segment}}),
                SECOND => json!({"Sequence": {"id": "B", "type_id": segment}}),
                token => json!({"SpecialToken": {"id": token, "type_id": segment}}),
            })
            .collect()
    };
    Ok(json!({
        "type": "TemplateProcessing",
        "single": pieces(single),
        "pair": pieces(pair),
        "special_tokens": special_tokens,
    }))
}

/// The post-processor of a decoder-only model, which may have a token before each text and one after.
pub(super) fn between(
    begin: Option<&str>,
    end: Option<&str>,
    number: impl Fn(&str) -> Option<u32>,
) -> Result<Value, String> {
    let surrounded = |text, segment| {
        let begin = begin.map(|token| (token, segment));
        let end = end.map(|token| (token, segment));
        begin.into_iter().chain([(text, segment)]).chain(end).collect::<Vec<_>>()
    };
    let single = surrounded(FIRST, 0);
    let pair = [single.clone(), surrounded(SECOND, 1)].concat();
    around(&single, &pair, number)
}

/// The number of a special token, in the vocabulary or among the added tokens of known numbers.
pub(super) fn number(token: &str, vocabulary: Option<u32>, added: &[AddedToken]) -> Option<u32> {
    vocabulary.or_else(|| added.iter().find(|added| added.content == token)?.id)
}

/// The tokens that `add_bos_token` and `add_eos_token` ask for.
pub(super) fn asked<'a>(
    settings: &'a Settings,
    begins: bool,
    bos: &'a str,
    eos: &'a str,
) -> (Option<&'a str>, Option<&'a str>) {
    let begins = settings.flag("add_bos_token").unwrap_or(begins);
    let ends = settings.flag("add_eos_token").unwrap_or_default();
    let begin = begins.then(|| settings.token("bos_token").unwrap_or(bos));
    (begin, ends.then(|| settings.token("eos_token").unwrap_or(eos)))
}
