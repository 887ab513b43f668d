//! A program that was compiled into a transformer: NAME.json beside NAME.safetensors.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{anyhow, bail};
use headlight_device::DeviceName;
use headlight_lens::{Example, ExampleBatch, Examples, Prediction};
use headlight_model::{AttentionKind, Sequences};
use headlight_pretrained::{Compiled, Question};
use headlight_record::Origin;
use headlight_record::findings::Counted;

/// Reads the program, and asks it `wanted` of its own questions or one that was given.
pub(super) fn open(
    path: &Path,
    wanted: usize,
    input: Option<&str>,
    seed: u64,
    device: &DeviceName,
) -> anyhow::Result<(Compiled, Examples<Sequences>)> {
    let read = |path: &Path| std::fs::read(path).map_err(|error| anyhow!("{}: {error}", path.display()));
    let parameters = path.with_extension("safetensors");
    let model = Compiled::from_bytes(&read(path)?, &read(&parameters)?, &device.open()?)
        .map_err(|error| anyhow!("{}: {error}", path.display()))?;
    let program = model.program();
    let questions = match input {
        Some(input) => vec![question(&model, input)?],
        None => program.questions.iter().take(wanted).cloned().collect(),
    };
    let mut by_length: BTreeMap<usize, Vec<Question>> = BTreeMap::new();
    for question in questions {
        by_length.entry(question.tokens.len()).or_default().push(question);
    }
    let batches = by_length.into_values().map(|questions| ExampleBatch {
        input: model.input(&questions.iter().map(|question| &question.tokens[..]).collect::<Vec<_>>()),
        examples: questions.into_iter().map(|question| example(question, model.attention_kind())).collect(),
    });
    let examples = Examples {
        batches: batches.collect(),
        vocabulary: program.tokens.clone(),
        answers: program.outputs.clone(),
        counted: Counted::default(),
        origin: Origin { task: program.name.clone(), model: "compiled program".to_string(), step: None },
        seed,
    };
    Ok((model, examples))
}

/// An input in words, with the program's own answer to it.
fn question(model: &Compiled, input: &str) -> anyhow::Result<Question> {
    let program = model.program();
    let begin = program.tokens.iter().position(|token| token == "BOS");
    let mut tokens = Vec::new();
    for word in input.split_whitespace() {
        match program.token(word) {
            Some(token) => tokens.push(token),
            None => bail!("unknown token '{word}'; this program's tokens are {}", program.tokens.join(" ")),
        }
    }
    if let Some(begin) = begin.filter(|begin| tokens.first() != Some(begin)) {
        tokens.insert(0, begin);
    }
    let (length, longest) = (tokens.len(), model.max_length());
    if !(2..=longest).contains(&length) {
        bail!("the program takes from 1 to {} tokens after BOS, not {}", longest - 1, length - 1);
    }
    Ok(model.answer(&tokens))
}

fn example(question: Question, kind: AttentionKind) -> Example {
    let Question { tokens, answers } = question;
    let [source, target] = if kind == AttentionKind::EncoderSelf { [tokens, vec![]] } else { [vec![], tokens] };
    let answer = answers.into_iter().map(|(position, token)| Prediction { position, token }).collect();
    Example { source, target, answer, needed: BTreeMap::new() }
}
