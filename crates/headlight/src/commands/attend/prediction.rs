//! What the model predicts, so that a reader sees that it is the real one.

use headlight_pretrained::{Answer, Predicts};

use crate::commands::pretrained::{Asked, Input};
use crate::output::say;

/// As many tokens are shown of a prediction.
const SHOWN: usize = 5;

/// Prints it.
pub(super) fn print(Asked { model, input, answer, continued, .. }: &Asked) -> anyhow::Result<()> {
    if let Some(continued) = continued {
        return say(format_args!("continues with: {}", input.vocabulary.text(continued)));
    }
    let last = input.prompt.last_position();
    match &model.facts.predicts {
        Predicts::NextToken => {
            say(format_args!("next token: {}", likeliest(answer, last, |id| input.vocabulary.token(id))))
        }
        Predicts::MaskedToken => masked(input, answer),
        Predicts::Label(labels) => {
            let label = |id: usize| labels.get(id).cloned().unwrap_or_else(|| id.to_string());
            say(format_args!("label: {}", likeliest(answer, 0, label)))
        }
        Predicts::Nothing => {
            let embedding = answer.embedding();
            let first: Vec<String> = embedding.iter().take(SHOWN).map(|number| format!("{number:.3}")).collect();
            say(format_args!("sentence vector: {} … ({} numbers)", first.join(" "), embedding.len()))
        }
    }
}

/// What the model puts where the text has its mask; without one, what it expects at each position.
fn masked(input: &Input, answer: &Answer) -> anyhow::Result<()> {
    let masks = input.masks();
    for position in &masks {
        say(format_args!("position {position}: {}", likeliest(answer, *position, |id| input.vocabulary.token(id))))?;
    }
    if masks.is_empty() {
        let expected =
            (0..input.prompt.target().len()).filter_map(|position| answer.likeliest(position, 1).first().copied());
        let expected: Vec<usize> = expected.map(|(id, _)| id).collect();
        say(format_args!("expects at each position: {}", input.vocabulary.text(&expected)))?;
    }
    Ok(())
}

/// ` mat 12 % · …`
fn likeliest(answer: &Answer, position: usize, name: impl Fn(usize) -> String) -> String {
    let shares = answer.likeliest(position, SHOWN).into_iter();
    let shares = shares.map(|(id, share)| format!("{} {}", name(id), percent(share)));
    shares.collect::<Vec<_>>().join(" · ")
}

fn percent(share: f64) -> String {
    let percent = 100.0 * share;
    if percent >= 9.95 { format!("{percent:.0} %") } else { format!("{percent:.1} %") }
}
