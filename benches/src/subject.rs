//! The models that others made that are measured, and what they are given.

use std::path::Path;
use std::process::Command;

use anyhow::Context;
use headlight_pretrained::Tokenizer;
use serde_json::Value;

use crate::child;
use crate::work::{Asked, Case, Subject};

/// As many tokens each text has, special tokens included.
pub(crate) const LENGTHS: [usize; 2] = [128, 512];

/// Common words, of which most are one token each: a text of them can have any number of tokens.
const WORDS: &str = "the old man went down to the water in the morning and his son walked behind him with a small dog they \
                     said little because the day was cold and the road long but both had seen the boat from the hill and knew \
                     that someone had come back over the sea";

/// Looks at a model's directory, and makes texts for its tokenizer.
pub(crate) fn read(model: &Path) -> anyhow::Result<Subject> {
    let not_read = || format!("cannot read the model {}", model.display());
    let config = std::fs::read(model.join("config.json")).with_context(not_read)?;
    let config: Value = serde_json::from_slice(&config).with_context(not_read)?;
    let family = config.get("model_type").and_then(Value::as_str).unwrap_or("model");
    let bytes = parameter_bytes(model).with_context(not_read)?;
    let asked = LENGTHS
        .map(|n_tokens| Ok(Asked { model: model.to_path_buf(), text: text_by_a_child(model, n_tokens)?, n_tokens }));
    let asked = asked.into_iter().collect::<anyhow::Result<_>>()?;
    Ok(Subject { name: format!("{family} of {} MB", bytes.div_ceil(1_000_000)), bytes, asked })
}

/// A text of so many tokens, from a process of its own. Linux counts towards a process's peak what the one that started it held, so that
/// the tokenizer's memory would stand in every row.
fn text_by_a_child(model: &Path, n_tokens: usize) -> anyhow::Result<String> {
    let case = Case::Text { model: model.to_path_buf(), n_tokens };
    let program = std::env::current_exe().context("cannot tell where this program is")?;
    let answer = child::run(Command::new(program).arg("case").arg(case.to_json()))?;
    let text = answer.fields.get("text").and_then(Value::as_str);
    Ok(text.context("a text was made, and not handed over")?.to_string())
}

/// A text that has so many tokens by a model's tokenizer.
pub(crate) fn text_for(model: &Path, n_tokens: usize) -> anyhow::Result<String> {
    let tokenizer = Tokenizer::open(model)?.with_context(|| format!("{} has no tokenizer", model.display()))?;
    text(n_tokens, |text| Ok(tokenizer.encode(text, None)?.ids.len()))
}

fn parameter_bytes(model: &Path) -> std::io::Result<u64> {
    let mut bytes = 0;
    for entry in std::fs::read_dir(model)? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "safetensors") {
            bytes += std::fs::metadata(path)?.len();
        }
    }
    Ok(bytes)
}

/// The words over and over, until there are so many tokens. A word that would be too many is left out for the next that fits.
fn text(n_tokens: usize, count: impl Fn(&str) -> anyhow::Result<usize>) -> anyhow::Result<String> {
    let (mut text, mut counted, mut left_out) = (String::new(), 0, 0);
    for word in WORDS.split_whitespace().cycle() {
        if counted == n_tokens || left_out > WORDS.len() {
            break;
        }
        let longer = if text.is_empty() { word.to_string() } else { format!("{text} {word}") };
        match count(&longer)? {
            tokens if tokens <= n_tokens => (text, counted, left_out) = (longer, tokens, 0),
            _ => left_out += 1,
        }
    }
    anyhow::ensure!(counted == n_tokens, "no text has {n_tokens} tokens by this tokenizer");
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_has_as_many_tokens_as_are_asked_for() {
        // Two special tokens, and two for a word of more than four letters.
        let count = |text: &str| 2 + text.split(' ').map(|word| if word.len() > 4 { 2 } else { 1 }).sum::<usize>();
        for n_tokens in [3, 50, 128] {
            let text = text(n_tokens, |text| Ok(count(text))).expect("there is one");
            assert_eq!(count(&text), n_tokens, "{text}");
        }
        assert!(text(128, |_| Ok(500)).is_err());
        assert!(text(128, |_| anyhow::bail!("no token for it")).is_err());
    }

    #[test]
    fn a_directory_without_a_model_is_named() {
        let directory = tempfile::tempdir().expect("a temporary directory");
        let error = read(directory.path()).expect_err("it is empty");
        assert!(error.to_string().contains(&directory.path().display().to_string()), "{error}");
    }
}
