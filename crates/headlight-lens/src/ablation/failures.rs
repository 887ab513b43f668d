use headlight_model::Stack;

use crate::examples::{Example, Examples};
use crate::outcome::Outcome;

/// How many questions are shown.
const SHOWN: usize = 5;

/// The first few questions that the unchanged model answers rightly and the changed one does not: question, right answer, and the
/// changed model's, in words.
///
/// A decoder's own answer is known up to its first wrong token: what it says then depends on that token, which the teacher-forced pass
/// does not read. So it ends there, in `…` where tokens are left. An encoder predicts every token of its answer from the input alone.
pub(super) fn failures<'a, I>(
    output_stack: Stack,
    examples: &Examples<I>,
    outcomes: impl Iterator<Item = ((&'a Example, &'a Outcome), &'a Outcome)>,
) -> Vec<[String; 3]> {
    let fails = outcomes.filter(|((_, before), after)| before.is_right && !after.is_right);
    let in_words = |((example, _), after): ((&Example, &Outcome), &Outcome)| {
        let answer: Vec<usize> = example.answer.iter().map(|asked| asked.token).collect();
        let wrong = answer.iter().zip(&after.predicted).position(|(right, said)| right != said);
        let known = match (output_stack, wrong) {
            (Stack::Decoder, Some(wrong)) => wrong + 1,
            _ => answer.len(),
        };
        let mut said = words(&examples.answers, &after.predicted[..known]);
        if known < answer.len() {
            said.push_str(" …");
        }
        [words(&examples.vocabulary, question(example)), words(&examples.answers, &answer), said]
    };
    fails.take(SHOWN).map(in_words).collect()
}

/// What is asked: the source, or what stands in the target before the first token of the answer is predicted.
fn question(example: &Example) -> &[usize] {
    match example.answer.first() {
        Some(asked) if example.source.is_empty() => &example.target[..=asked.position],
        _ => &example.source,
    }
}

fn words(vocabulary: &[String], tokens: &[usize]) -> String {
    tokens.iter().map(|token| &vocabulary[*token][..]).collect::<Vec<_>>().join(" ")
}
