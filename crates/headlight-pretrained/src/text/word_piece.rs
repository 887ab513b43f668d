//! `vocab.txt`: BERT's WordPiece.

use super::description::Description;
use super::error::TokenizerError;
use super::files::WORD_PIECES;
use super::model;
use super::settings::Settings;
use super::template::{self, FIRST, SECOND};
use serde_json::json;
use tokenizers::models::bpe::Vocab;

/// The classes and model types whose `vocab.txt` is read as BERT's.
const KNOWN: [&str; 8] = ["Bert", "DistilBert", "Electra", "MobileBert", "bert", "distilbert", "electra", "mobilebert"];

const DEFAULTS: [(&str, &str); 5] = [
    ("unk_token", "[UNK]"),
    ("sep_token", "[SEP]"),
    ("pad_token", "[PAD]"),
    ("cls_token", "[CLS]"),
    ("mask_token", "[MASK]"),
];

/// The tokenizer of a `vocab.txt`: one token a line, in the order of their numbers.
pub(super) fn describe(bytes: &[u8], settings: &Settings) -> Result<Description, TokenizerError> {
    let class = settings.class().or(settings.model_type());
    if class.is_some_and(|class| !KNOWN.contains(&class)) {
        return Err(TokenizerError::unknown(class, WORD_PIECES, "Bert, DistilBert, Electra and MobileBert"));
    }
    let malformed = |reason: String| TokenizerError::malformed(WORD_PIECES, reason);
    let vocab = vocabulary(bytes).map_err(malformed)?;
    let added_tokens = settings.added_beside(&DEFAULTS, |token| vocab.contains_key(token))?;
    let number = |token: &str| template::number(token, vocab.get(token).copied(), &added_tokens);
    let cls = settings.token("cls_token").unwrap_or("[CLS]");
    let sep = settings.token("sep_token").unwrap_or("[SEP]");
    let single = [(cls, 0), (FIRST, 0), (sep, 0)];
    let pair = [(cls, 0), (FIRST, 0), (sep, 0), (SECOND, 1), (sep, 1)];
    let post_processor = template::around(&single, &pair, number).map_err(malformed)?;
    let unk_token = settings.token("unk_token").unwrap_or("[UNK]").to_string();
    Ok(Description {
        normalizer: json!({
            "type": "BertNormalizer",
            "clean_text": true,
            "handle_chinese_chars": settings.flag("tokenize_chinese_chars").unwrap_or(true),
            "strip_accents": settings.flag("strip_accents"),
            "lowercase": settings.flag("do_lower_case").unwrap_or(true),
        }),
        pre_tokenizer: json!({"type": "BertPreTokenizer"}),
        post_processor,
        decoder: json!({"type": "WordPiece", "prefix": "##", "cleanup": true}),
        added_tokens,
        model: model::word_piece(vocab, unk_token, "##".to_string(), 100).map_err(malformed)?,
    })
}

/// The lines' numbers, from 0. As Python reads lines: a carriage return ends one too.
fn vocabulary(bytes: &[u8]) -> Result<Vocab, String> {
    let text = std::str::from_utf8(bytes).map_err(|error| error.to_string())?;
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    let mut vocab = Vocab::new();
    for (id, line) in text.strip_suffix('\n').unwrap_or(&text).split('\n').enumerate() {
        vocab.insert(line.to_string(), u32::try_from(id).map_err(|error| error.to_string())?);
    }
    Ok(vocab)
}
