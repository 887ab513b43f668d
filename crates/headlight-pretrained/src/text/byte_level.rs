//! `vocab.json` and `merges.txt`: byte-pair encoding over bytes, as GPT-2 has it, and the classes that differ from it in
//! their special tokens or in how they cut a text into words.

use super::description::{AddedToken, Description};
use super::error::TokenizerError;
use super::files::{MERGES, TOKENIZER_CONFIG, VOCABULARY};
use super::model::{self, BpeOptions};
use super::settings::Settings;
use super::template::{self, FIRST, Piece, SECOND};
use serde_json::{Value, json};
use tokenizers::models::bpe::{Merges, Vocab};

/// Qwen cuts numbers into digits and keeps line ends apart.
const WORDS_OF_QWEN: &str =
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";

const END_OF_TEXT: &str = "<|endoftext|>";

#[derive(Clone, Copy, PartialEq)]
enum Class {
    Gpt2,
    GptNeoX,
    Roberta,
    Whisper,
    Qwen2,
}

impl Class {
    fn of(settings: &Settings) -> Result<Self, TokenizerError> {
        let named = |class: &str| match class {
            "GPT2" | "gpt2" | "opt" | "gpt_neo" | "gptj" => Some(Self::Gpt2),
            "GPTNeoX" | "gpt_neox" => Some(Self::GptNeoX),
            "Roberta" | "Bart" | "roberta" | "bart" => Some(Self::Roberta),
            "Whisper" | "whisper" => Some(Self::Whisper),
            "Qwen2" | "qwen2" | "qwen3" => Some(Self::Qwen2),
            _ => None,
        };
        let class = settings.class().or(settings.model_type());
        let known = "GPT2, GPTNeoX, Roberta, Bart, Whisper, Qwen2 and Marian";
        class.and_then(named).ok_or_else(|| TokenizerError::unknown(class, VOCABULARY, known))
    }

    /// The special tokens that need not be named in a file.
    fn defaults(self) -> &'static [(&'static str, &'static str)] {
        match self {
            Self::Gpt2 | Self::Whisper => {
                &[("unk_token", END_OF_TEXT), ("bos_token", END_OF_TEXT), ("eos_token", END_OF_TEXT)]
            }
            Self::GptNeoX => &[
                ("unk_token", END_OF_TEXT),
                ("bos_token", END_OF_TEXT),
                ("eos_token", END_OF_TEXT),
                ("pad_token", "<|padding|>"),
            ],
            Self::Qwen2 => &[("unk_token", END_OF_TEXT), ("eos_token", END_OF_TEXT), ("pad_token", END_OF_TEXT)],
            Self::Roberta => &[
                ("bos_token", "<s>"),
                ("eos_token", "</s>"),
                ("unk_token", "<unk>"),
                ("sep_token", "</s>"),
                ("pad_token", "<pad>"),
                ("cls_token", "<s>"),
                ("mask_token", "<mask>"),
            ],
        }
    }

    fn normalizer(self) -> Value {
        match self {
            Self::Qwen2 | Self::GptNeoX => json!({"type": "NFC"}),
            Self::Gpt2 | Self::Roberta | Self::Whisper => Value::Null,
        }
    }

    fn pre_tokenizer(self, settings: &Settings) -> Value {
        let bytes = json!({
            "type": "ByteLevel",
            "add_prefix_space": settings.flag("add_prefix_space").unwrap_or_default(),
            "trim_offsets": true,
            "use_regex": self != Self::Qwen2,
        });
        match self {
            Self::Qwen2 => json!({
                "type": "Sequence",
                "pretokenizers": [
                    {"type": "Split", "pattern": {"Regex": WORDS_OF_QWEN}, "behavior": "Isolated", "invert": false},
                    bytes,
                ],
            }),
            _ => bytes,
        }
    }

    fn post_processor(self, settings: &Settings, number: impl Fn(&str) -> Option<u32>) -> Result<Value, String> {
        match self {
            Self::Gpt2 | Self::GptNeoX | Self::Qwen2 => {
                let (begin, end) = template::asked(settings, false, END_OF_TEXT, END_OF_TEXT);
                template::between(begin, end, number)
            }
            Self::Roberta => {
                let cls = settings.token("cls_token").unwrap_or("<s>");
                let sep = settings.token("sep_token").unwrap_or("</s>");
                let single = [(cls, 0), (FIRST, 0), (sep, 0)];
                let pair = [(cls, 0), (FIRST, 0), (sep, 0), (sep, 0), (SECOND, 0), (sep, 0)];
                template::around(&single, &pair, number)
            }
            Self::Whisper => {
                let prompt = prompt(settings)?;
                let end = settings.token("eos_token").unwrap_or(END_OF_TEXT);
                let around = |texts: &[Piece<'_>], segment| -> Vec<(String, u32)> {
                    let prompt = prompt.iter().map(|token| (token.clone(), 0));
                    let texts = texts.iter().map(|(text, segment)| (text.to_string(), *segment));
                    prompt.chain(texts).chain([(end.to_string(), segment)]).collect()
                };
                let (single, pair) = (around(&[(FIRST, 0)], 0), around(&[(FIRST, 0), (SECOND, 1)], 1));
                template::around(&borrowed(&single), &borrowed(&pair), number)
            }
        }
    }
}

fn borrowed(pieces: &[(String, u32)]) -> Vec<Piece<'_>> {
    pieces.iter().map(|(token, segment)| (token.as_str(), *segment)).collect()
}

/// What Whisper's decoder is told before the text: the language and the task where they are set, and that no times are asked.
fn prompt(settings: &Settings) -> Result<Vec<String>, String> {
    let mut prompt = vec!["<|startoftranscript|>".to_string()];
    if let Some(language) = settings.text("language") {
        if language.len() != 2 {
            return Err(format!("in {TOKENIZER_CONFIG}, the language '{language}' is not a code such as 'en'"));
        }
        prompt.push(format!("<|{language}|>"));
    }
    prompt.extend(settings.text("task").map(|task| format!("<|{task}|>")));
    if !settings.flag("predict_timestamps").unwrap_or_default() {
        prompt.push("<|notimestamps|>".to_string());
    }
    Ok(prompt)
}

/// The tokenizer of a `vocab.json` (tokens with their numbers) and a `merges.txt` (two tokens a line, the earliest merge first).
pub(super) fn describe(vocab: &[u8], merges: &[u8], settings: &Settings) -> Result<Description, TokenizerError> {
    let class = Class::of(settings)?;
    let vocab = vocabulary(vocab)?;
    let merges = read_merges(merges).map_err(|reason| TokenizerError::malformed(MERGES, reason))?;
    let added_tokens = added(class, settings, &vocab)?;
    let number = |token: &str| template::number(token, vocab.get(token).copied(), &added_tokens);
    let malformed = |reason| TokenizerError::malformed(VOCABULARY, reason);
    Ok(Description {
        normalizer: class.normalizer(),
        pre_tokenizer: class.pre_tokenizer(settings),
        post_processor: class.post_processor(settings, number).map_err(malformed)?,
        decoder: json!({"type": "ByteLevel", "add_prefix_space": true, "trim_offsets": true, "use_regex": true}),
        added_tokens,
        model: model::bpe(vocab, merges, BpeOptions::default())
            .map_err(|reason| TokenizerError::malformed(MERGES, reason))?,
    })
}

fn added(class: Class, settings: &Settings, vocab: &Vocab) -> Result<Vec<AddedToken>, TokenizerError> {
    settings.added_beside(class.defaults(), |token| vocab.contains_key(token))
}

/// A `vocab.json`.
pub(super) fn vocabulary(bytes: &[u8]) -> Result<Vocab, TokenizerError> {
    serde_json::from_slice::<std::collections::HashMap<String, u32>>(bytes)
        .map(|vocab| vocab.into_iter().collect())
        .map_err(|error| TokenizerError::malformed(VOCABULARY, error))
}

fn read_merges(bytes: &[u8]) -> Result<Merges, String> {
    let text = std::str::from_utf8(bytes).map_err(|error| error.to_string())?;
    let mut merges = Merges::new();
    for (at, line) in text.lines().enumerate() {
        if line.starts_with("#version") || line.is_empty() {
            continue;
        }
        match line.split_once(' ') {
            Some((left, right)) if !right.contains(' ') => merges.push((left.to_string(), right.to_string())),
            _ => return Err(format!("line {} is not two tokens", at + 1)),
        }
    }
    Ok(merges)
}
