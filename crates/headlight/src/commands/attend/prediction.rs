//! What the model predicts, so that a reader sees that it is the real one.

use headlight_pretrained::{Answer, Predicts, Scores};

use crate::commands::pretrained::{Asked, Input};

/// As many tokens are shown of a prediction.
const SHOWN: usize = 5;

/// It in lines.
pub(super) fn lines(Asked { model, input, answer, continued, .. }: &Asked) -> Vec<String> {
    if let Some(continued) = continued {
        return vec![format!("continues with: {}", input.vocabulary.text(continued))];
    }
    let last = input.prompt.last_position();
    match &model.facts.predicts {
        Predicts::NextToken => {
            vec![format!("next token: {}", likeliest(answer, last, |id| input.vocabulary.token(id)))]
        }
        Predicts::MaskedToken => masked(input, answer),
        Predicts::Label { names, scores } => vec![labelled(answer, names, *scores)],
        Predicts::NotBuilt(head) => vec![format!("not shown: what the model's head predicts ({head})")],
        Predicts::Nothing => {
            let embedding = answer.embedding();
            let first: Vec<String> = embedding.iter().take(SHOWN).map(|number| format!("{number:.3}")).collect();
            vec![format!("sentence vector: {} … ({} numbers)", first.join(" "), embedding.len())]
        }
    }
}

/// The labels with shares of a whole, each with its own likelihood, or their scores as they are. A single one has nothing that it could be
/// a share of.
fn labelled(answer: &Answer, names: &[String], scores: Scores) -> String {
    let found = answer.labelled(scores, SHOWN);
    let each = |score: &dyn Fn(f64) -> String| -> String {
        found.iter().map(|(id, value)| format!("{} {}", names[*id], score(*value))).collect::<Vec<_>>().join(" · ")
    };
    match (scores, &found[..]) {
        (Scores::Softmax, _) => format!("label: {}", each(&percent)),
        (Scores::Sigmoid, [(_, score)]) => format!("score: {score:.3} (the sigmoid of the logit)"),
        (Scores::Logits, [(_, score)]) => format!("score: {score:.3} (the logit)"),
        (Scores::Sigmoid, _) => format!("labels, each by itself: {}", each(&percent)),
        (Scores::Logits, _) => format!("scores (the logits): {}", each(&|score| format!("{score:.3}"))),
    }
}

/// What the model puts where the text has its mask; without one, what it expects at each position.
fn masked(input: &Input, answer: &Answer) -> Vec<String> {
    let masks = input.masks();
    if masks.is_empty() {
        let expected =
            (0..input.prompt.target().len()).filter_map(|position| answer.likeliest(position, 1).first().copied());
        let expected: Vec<usize> = expected.map(|(id, _)| id).collect();
        return vec![format!("expects at each position: {}", input.vocabulary.text(&expected))];
    }
    let at = |position| likeliest(answer, position, |id| input.vocabulary.token(id));
    masks.into_iter().map(|position| format!("position {position}: {}", at(position))).collect()
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
