//! The classes that have a SentencePiece model of their own: T5, ALBERT and Llama.

use super::description::{AddedToken, Description};
use super::error::TokenizerError;
use super::sentencepiece::{Prefix, SentencePiece};
use super::settings::Settings;
use super::template::{self, FIRST, SECOND};
use serde_json::{Value, json};

/// T5's tokens for what was cut out of a text.
const N_SENTINELS: usize = 100;

enum Class {
    T5,
    Albert,
    Llama,
}

impl Class {
    fn of(settings: &Settings, file: &'static str) -> Result<Self, TokenizerError> {
        let class = settings.class().or(settings.model_type());
        match class {
            Some("T5" | "t5") => Ok(Self::T5),
            Some("Albert" | "albert") => Ok(Self::Albert),
            Some("Llama" | "llama" | "mistral") => Ok(Self::Llama),
            _ => Err(TokenizerError::unknown(class, file, "T5, Albert and Llama")),
        }
    }

    fn defaults(&self) -> &'static [(&'static str, &'static str)] {
        match self {
            Self::T5 => &[("eos_token", "</s>"), ("unk_token", "<unk>"), ("pad_token", "<pad>")],
            Self::Albert => &[
                ("bos_token", "[CLS]"),
                ("eos_token", "[SEP]"),
                ("unk_token", "<unk>"),
                ("sep_token", "[SEP]"),
                ("pad_token", "<pad>"),
                ("cls_token", "[CLS]"),
                ("mask_token", "[MASK]"),
            ],
            Self::Llama => &[("unk_token", "<unk>"), ("bos_token", "<s>"), ("eos_token", "</s>")],
        }
    }
}

/// The tokenizer of a SentencePiece model in the file of that name.
pub(super) fn describe(bytes: &[u8], file: &'static str, settings: &Settings) -> Result<Description, TokenizerError> {
    let class = Class::of(settings, file)?;
    let pieces = SentencePiece::read(bytes, file)?;
    let malformed = |reason: String| TokenizerError::malformed(file, reason);
    let sentinels = match class {
        Class::T5 => sentinels(&pieces),
        Class::Albert | Class::Llama => Vec::new(),
    };
    let legacy = settings.flag("legacy").unwrap_or_default();
    let prefix = if matches!(class, Class::Llama) && !legacy { Prefix::FirstPart } else { Prefix::EveryPart };
    let first = match class {
        Class::Albert => before_albert(settings),
        Class::T5 | Class::Llama => Vec::new(),
    };
    let description = pieces.describe(prefix, &first, &sentinels)?;

    let number = |token: &str| pieces.number(token);
    let mut added_tokens = settings.added_beside(class.defaults(), |token| number(token).is_some())?;
    let further = pieces.control().chain(sentinels.iter().map(|token| AddedToken::special(token)));
    for token in further {
        if added_tokens.iter().all(|added| added.content != token.content) {
            added_tokens.push(token);
        }
    }
    let number = |token: &str| template::number(token, number(token), &added_tokens);
    let post_processor = match class {
        Class::T5 => {
            let end = settings.token("eos_token").unwrap_or("</s>");
            template::around(&[(FIRST, 0), (end, 0)], &[(FIRST, 0), (end, 0), (SECOND, 0), (end, 0)], number)
        }
        Class::Albert => {
            let cls = settings.token("cls_token").unwrap_or("[CLS]");
            let sep = settings.token("sep_token").unwrap_or("[SEP]");
            let pair = [(cls, 0), (FIRST, 0), (sep, 0), (SECOND, 1), (sep, 1)];
            template::around(&pair[..3], &pair, number)
        }
        Class::Llama => {
            let (begin, end) = template::asked(settings, true, "<s>", "</s>");
            template::between(begin, end, number)
        }
    };
    Ok(Description { post_processor: post_processor.map_err(malformed)?, added_tokens, ..description })
}

/// `<extra_id_99>` … `<extra_id_0>`, which follow the pieces of the file.
fn sentinels(pieces: &SentencePiece) -> Vec<String> {
    let names = (0..N_SENTINELS).rev().map(|number| format!("<extra_id_{number}>"));
    names.filter(|name| pieces.number(name).is_none()).collect()
}

/// What ALBERT does to a text before SentencePiece sees it.
fn before_albert(settings: &Settings) -> Vec<Value> {
    let quotation = |marks: &str| json!({"type": "Replace", "pattern": {"String": marks}, "content": "\""});
    let mut steps = vec![quotation("``"), quotation("''")];
    if !settings.flag("keep_accents").unwrap_or_default() {
        steps.extend([json!({"type": "NFKD"}), json!({"type": "StripAccents"})]);
    }
    if settings.flag("do_lower_case").unwrap_or(true) {
        steps.push(json!({"type": "Lowercase"}));
    }
    steps
}
