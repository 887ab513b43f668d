use burn::tensor::Device;
use headlight_model::Transformer;

use crate::step::batch_loss;
use crate::{Batch, Example, Task, count_exact};

/// How a model does on examples.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Evaluation {
    /// How many there were.
    pub examples: usize,
    /// Share of them that the model answers without an error, token by token.
    pub exact_match: f64,
    /// Share of the answers' tokens that it predicts correctly, given the correct ones before.
    pub token_accuracy: f64,
}

/// Asks a model every one of these examples.
///
/// # Panics
///
/// When there is no example, or the model does not fit the task.
pub fn evaluate(model: &Transformer, task: &Task, examples: &[Example], device: &Device) -> Evaluation {
    // Small batches stay in the processor's cache.
    const BATCH_SIZE: usize = 64;

    let exact = count_exact(model, task, examples, device);
    let (mut correct, mut answer_tokens) = (0, 0);
    for examples in examples.chunks(BATCH_SIZE) {
        let batch = Batch::new(task, examples, device);
        let (_, right) = batch_loss(model, &batch);
        correct += right.iter().filter(|right| **right).count();
        answer_tokens += batch.answer_tokens();
    }
    Evaluation {
        examples: examples.len(),
        exact_match: exact as f64 / examples.len() as f64,
        token_accuracy: correct as f64 / answer_tokens as f64,
    }
}
