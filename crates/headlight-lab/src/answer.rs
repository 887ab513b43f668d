//! What a model answers with some of it changed, token by token.

use burn::tensor::{Device, Int, Tensor, TensorData};
use headlight_model::{Intervention, Tokens, Transformer};
use headlight_train::{Prompt, Task, generate};

/// What the model answers to a question: the most likely token each time, as [`generate`] takes it, but of passes that are changed.
pub(crate) fn answer(
    model: &Transformer,
    task: &Task,
    question: &[usize],
    interventions: &[Intervention],
    device: &Device,
) -> Vec<usize> {
    if interventions.is_empty() {
        return generate(model, task, &[question.to_vec()], device).remove(0);
    }
    let Prompt { source, mut target, asked } = task.prompt(question);
    let source = source.map(|source| tokens(&source, device));
    let mut asked = asked.map(Vec::into_iter);
    let mut answer = Vec::new();
    loop {
        let logits = model.trace(source.as_ref(), &tokens(&target, device), interventions).logits;
        let said: Tensor<3, Int> = logits.narrow(1, target.len() - 1, 1).argmax(2);
        let said = said.into_scalar::<i64>() as usize;
        answer.push(said);
        if Some(said) == task.end() || answer.len() >= task.says_at_most(question) {
            return answer;
        }
        // What is read next: what was said, or what is asked next.
        target.push(asked.as_mut().and_then(Iterator::next).unwrap_or(said));
    }
}

fn tokens(ids: &[usize], device: &Device) -> Tokens {
    let numbers: Vec<i64> = ids.iter().map(|id| *id as i64).collect();
    Tokens::from(Tensor::<2, Int>::from_data(TensorData::new(numbers, [1, ids.len()]), device))
}
