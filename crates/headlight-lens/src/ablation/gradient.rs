use std::collections::BTreeMap;

use burn::tensor::activation::log_softmax;
use burn::tensor::{Device, Int, Tensor, TensorData};
use headlight_model::{AttentionKind, Head, Intervention, Traceable};

use crate::examples::{Example, ExampleBatch};
use crate::names::heads;

/// |∂L(x)/∂ξ_h| of each example x and head h, at the gate ξ_h = 1 that multiplies the head's context: its mean over the examples is
/// I_h in equation 2 of Michel, Levy and Neubig, [2019](https://arxiv.org/abs/1905.10650). L(x) is the mean cross-entropy of the
/// answer's tokens.
///
/// Every example has a gate of its own, so that one backward pass gives the gradients of a whole batch. The gates alone are in the
/// autodiff graph; beside them the model's parameters are constants, so that any model will do.
pub(super) fn gradient_importance<M: Traceable + ?Sized>(
    model: &M,
    batches: &[&ExampleBatch<M::Input>],
    device: &Device,
) -> BTreeMap<Head, Vec<f64>> {
    let mut found: BTreeMap<Head, Vec<f64>> = BTreeMap::new();
    for batch in batches {
        for (head, importance) in of_batch(model, batch, &device.clone().autodiff()) {
            found.entry(head).or_default().extend(importance);
        }
    }
    found
}

fn of_batch<M: Traceable + ?Sized>(
    model: &M,
    batch: &ExampleBatch<M::Input>,
    device: &Device,
) -> Vec<(Head, Vec<f64>)> {
    let batch_size = batch.examples.len();
    let attentions =
        AttentionKind::ALL.into_iter().flat_map(|kind| (0..model.n_layers(kind)).map(move |layer| (kind, layer)));
    let gates: BTreeMap<(AttentionKind, usize), Tensor<2>> = attentions
        .map(|(kind, layer)| {
            let gate = Tensor::ones([batch_size, model.n_heads(kind)], device).require_grad();
            ((kind, layer), gate)
        })
        .collect();
    let interventions: Vec<Intervention> = gates
        .iter()
        .map(|((kind, layer), gate)| Intervention::Gate { kind: *kind, layer: *layer, gate: gate.clone() })
        .collect();

    // An example's loss depends on its own gates alone, so the sum of the losses has each one's gradients side by side.
    let gradients = sum_of_losses(model.trace(&batch.input, &interventions).logits, &batch.examples).backward();
    let of_attention: BTreeMap<(AttentionKind, usize), Vec<f32>> = gates
        .iter()
        .map(|(attention, gate)| {
            let gradient = gate.grad(&gradients).expect("a gate requires a gradient");
            (*attention, gradient.into_data().iter().collect())
        })
        .collect();
    let of_head = |head: Head| {
        let gradients = of_attention[&(head.kind, head.layer)].chunks(model.n_heads(head.kind));
        (head, gradients.map(|example| f64::from(example[head.head].abs())).collect())
    };
    heads(model).into_iter().map(of_head).collect()
}

/// The sum over the examples of the mean cross-entropy of their answers' tokens, `[1]`.
///
/// # Shapes
///
/// - logits: `[batch_size, seq_length, vocab_size]`
fn sum_of_losses(logits: Tensor<3>, examples: &[Example]) -> Tensor<1> {
    let [batch_size, seq_length, vocab_size] = logits.dims();
    let device = logits.device();
    let (mut rows, mut tokens, mut shares) = (Vec::new(), Vec::new(), Vec::new());
    for (row, example) in examples.iter().enumerate() {
        for asked in &example.answer {
            rows.push((row * seq_length + asked.position) as i64);
            tokens.push(asked.token as i64);
            shares.push(1.0 / example.answer.len() as f32);
        }
    }
    let count = rows.len();
    let int = |numbers: Vec<i64>| Tensor::<1, Int>::from_data(TensorData::new(numbers, [count]), &device);
    let log_probabilities = log_softmax(logits, 2).reshape([batch_size * seq_length, vocab_size]).select(0, int(rows));
    let asked = log_probabilities.gather(1, int(tokens).unsqueeze_dim(1)); // [answer tokens, 1]
    let shares = Tensor::<2>::from_data(TensorData::new(shares, [count, 1]), &device);
    -(asked * shares).sum()
}
