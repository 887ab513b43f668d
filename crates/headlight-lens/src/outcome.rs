use burn::tensor::activation::log_softmax;
use burn::tensor::{Int, Tensor};
use headlight_model::{Intervention, Traceable};
use headlight_record::findings::{Baseline, Counted};

use crate::bootstrap::Bootstrap;
use crate::examples::{Example, ExampleBatch};

/// How a model does on one example.
#[derive(Clone, Debug, PartialEq)]
pub struct Outcome {
    /// Mean cross-entropy of the answer's tokens, given the right ones before, in nats.
    pub loss: f64,
    /// Log probability of the whole answer, in nats: −loss times the answer's length.
    pub log_probability: f64,
    /// What is most likely at each token of the answer, given the right ones before.
    pub predicted: Vec<usize>,
    /// Whether the model answers without an error, token by token. The most likely tokens, said one after the other, are the right
    /// answer exactly where each is most likely after the right ones before: so this needs no generation, where no position's
    /// output depends on later ones.
    pub is_right: bool,
    /// Share of the answer's tokens that are the most likely ones, given the right ones before.
    pub token_accuracy: f64,
}

impl Outcome {
    /// How right this example is: 1 or 0, or the share of its tokens.
    pub(crate) fn right(&self, counted: Counted) -> f64 {
        match counted {
            Counted::Answers => f64::from(u8::from(self.is_right)),
            Counted::Tokens => self.token_accuracy,
        }
    }
}

/// How the unchanged model does.
pub(crate) fn baseline(outcomes: &[Outcome], counted: Counted, bootstrap: &Bootstrap) -> Baseline {
    let mean = |of: &dyn Fn(&Outcome) -> f64| bootstrap.estimate(&outcomes.iter().map(of).collect::<Vec<_>>());
    Baseline { exact_match: mean(&|outcome| outcome.right(counted)), loss: mean(&|outcome| outcome.loss) }
}

/// How a model does on each example of a batch, with some of its pass changed.
///
/// # Panics
///
/// When an intervention does not fit the model.
pub fn outcomes<M: Traceable + ?Sized>(
    model: &M,
    batch: &ExampleBatch<M::Input>,
    interventions: &[Intervention],
) -> Vec<Outcome> {
    outcomes_of(model.trace(&batch.input, interventions).logits, &batch.examples)
}

/// The same of logits that were computed already.
///
/// # Shapes
///
/// - logits: `[batch_size, seq_length, vocab_size]`, a row for each example
pub fn outcomes_of(logits: Tensor<3>, examples: &[Example]) -> Vec<Outcome> {
    let [_, seq_length, _] = logits.dims();
    let predicted: Tensor<3, Int> = logits.clone().argmax(2);
    let predicted: Vec<usize> = predicted.into_data().iter::<i64>().map(|id| id as usize).collect();
    let log_probabilities = log_softmax(logits, 2);
    let [_, _, vocab_size] = log_probabilities.dims();
    let log_probabilities: Vec<f32> = log_probabilities.into_data().iter().collect();
    let rows = examples.iter().enumerate().map(|(row, example)| {
        let at = |position: usize| row * seq_length + position;
        let of_token = |position: usize, token: usize| f64::from(log_probabilities[at(position) * vocab_size + token]);
        let log_probability: f64 = example.answer.iter().map(|asked| of_token(asked.position, asked.token)).sum();
        let predicted: Vec<usize> = example.answer.iter().map(|asked| predicted[at(asked.position)]).collect();
        let pairs = example.answer.iter().zip(&predicted);
        let (right, length) =
            (pairs.filter(|(asked, predicted)| asked.token == **predicted).count(), example.answer.len());
        Outcome {
            loss: -log_probability / length as f64,
            log_probability,
            predicted,
            is_right: right == length,
            token_accuracy: right as f64 / length as f64,
        }
    });
    rows.collect()
}
