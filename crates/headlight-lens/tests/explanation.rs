//! Attention weights changed, and compared between models.

use burn::tensor::{Device, Int, Tensor};
use headlight_device::DeviceName;
use headlight_lens::{Examples, LensError, OtherRun, explanation, outcomes};
use headlight_model::{
    Architecture, At, AttentionKind, Head, Intervention, NewWeights, Sequences, Transformer, TransformerConfig,
};
use headlight_record::Origin;
use headlight_record::findings::{Cell, Estimate, Findings};
use headlight_train::{Example, Task, tasks};

fn device() -> Device {
    DeviceName::default().open().expect("the default device")
}

fn model(task: &Task, n_heads: usize, seed: u64) -> Transformer {
    let config = TransformerConfig {
        architecture: Architecture::Decoder,
        d_model: 16,
        n_heads,
        n_layers: 2,
        d_ff: 32,
        seed,
        ..TransformerConfig::decoder(task.vocabulary_size())
    };
    config.init(&device())
}

fn task() -> (Task, Examples<Sequences>) {
    let task =
        Task { length: 5, min_length: Some(4), symbols: 6, ..Task::new(&tasks::copy::SPEC, Architecture::Decoder) };
    let examples = Examples::of_task(&task, &task.held_out(0, 40).examples, Origin::default(), 0, &device());
    (task, examples)
}

/// The change in loss of a row of the first table.
fn loss_change(findings: &Findings, attention: &str, made: &str) -> Estimate {
    let is_it = |row: &&Vec<Cell>| row[0] == Cell::from(attention) && row[1] == Cell::from(made);
    match findings.tables[0].rows.iter().find(is_it).map(|row| &row[4]) {
        Some(Cell::Estimate(estimate)) => *estimate,
        other => panic!("{attention} {made}: {other:?}"),
    }
}

#[test]
fn uniform_weights_change_what_they_change_by_hand() {
    let (task, examples) = task();
    let model = model(&task, 2, 0);
    let findings = explanation(&model, &examples, &[]).expect("partners");
    let heads = |layers: &[usize]| -> Vec<Intervention> {
        let of_layer =
            |layer: &usize| [0, 1].map(|head| Head { kind: AttentionKind::DecoderSelf, layer: *layer, head });
        let uniform = |head| Intervention::Weights { head, weights: NewWeights::Uniform };
        layers.iter().flat_map(of_layer).map(uniform).collect()
    };
    let loss = |changes: &[Intervention]| {
        let losses: Vec<f64> = examples
            .batches
            .iter()
            .flat_map(|batch| outcomes(&model, batch, changes))
            .map(|found| found.loss)
            .collect();
        losses.iter().sum::<f64>() / losses.len() as f64
    };
    for (name, layers) in [("all heads", &[0, 1][..]), ("layer 0", &[0]), ("layer 1", &[1])] {
        let expected = loss(&heads(layers)) - loss(&[]);
        let found = loss_change(&findings, name, "uniform");
        assert!((found.mean - expected).abs() < 1e-9 && found.low <= found.mean, "{name}: {found} is not {expected}");
    }
    assert_eq!(findings, explanation(&model, &examples, &[]).expect("partners"));
    assert!(findings.heads.is_empty());
}

/// A model of one layer and one head on questions of one symbol, whose targets are three tokens long.
fn of_three_tokens(questions: &[usize]) -> (Transformer, Examples<Sequences>, Head) {
    let task = Task { length: 1, symbols: 6, ..Task::new(&tasks::copy::SPEC, Architecture::Decoder) };
    let config = TransformerConfig { n_layers: 1, d_ff: 32, seed: 3, ..model(&task, 1, 0).config().clone() };
    let questions: Vec<_> =
        questions.iter().map(|symbol| Example { source: vec![*symbol], answer: vec![*symbol] }).collect();
    let examples = Examples::of_task(&task, &questions, Origin::default(), 0, &device());
    (config.init(&device()), examples, Head { kind: AttentionKind::DecoderSelf, layer: 0, head: 0 })
}

/// The mean loss with these weights instead, less that of the model's own.
fn change_of(model: &Transformer, examples: &Examples<Sequences>, head: Head, weights: Tensor<3>) -> f64 {
    let batch = &examples.batches[0];
    let mean = |changes: &[Intervention]| {
        let outcomes = outcomes(model, batch, changes);
        outcomes.iter().map(|found| found.loss).sum::<f64>() / outcomes.len() as f64
    };
    let weights = NewWeights::Given { at: At::Everywhere, weights };
    mean(&[Intervention::Weights { head, weights }]) - mean(&[])
}

/// `[batch_size, queries, keys]`
fn weights(model: &Transformer, examples: &Examples<Sequences>) -> Tensor<3> {
    let trace = model.trace(None, &examples.batches[0].input.target, &[]);
    trace.attention(AttentionKind::DecoderSelf)[0].weights.clone().squeeze_dim(1)
}

#[test]
fn of_two_examples_each_has_the_others_frozen_weights() {
    let (model, examples, head) = of_three_tokens(&[1, 4]);
    let findings = explanation(&model, &examples, &[]).expect("partners");
    let expected = change_of(&model, &examples, head, weights(&model, &examples).flip([0]));
    let found = loss_change(&findings, "all heads", "frozen").mean;
    assert!((found - expected).abs() < 1e-9 && expected != 0.0, "{found} is not {expected}");
}

/// The answer is read at the last query, which sees three keys: ten permutations are ten of six.
#[test]
fn permuted_weights_are_the_mean_of_ten_permutations_of_the_visible_keys() {
    let (model, examples, head) = of_three_tokens(&[1, 4]);
    let plain = weights(&model, &examples);
    let permuted = [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]].map(|order| {
        let order = Tensor::<1, Int>::from_data(order, &device());
        let last = plain.clone().narrow(1, 2, 1).select(2, order);
        change_of(&model, &examples, head, Tensor::cat(vec![plain.clone().narrow(1, 0, 2), last], 1))
    });
    let found =
        10.0 * loss_change(&explanation(&model, &examples, &[]).expect("partners"), "all heads", "permuted").mean;
    // Every way to draw six things ten times.
    fn is_sum(left: f64, draws: usize, of: &[f64]) -> bool {
        match of {
            [] => draws == 0 && left.abs() < 1e-9,
            [first, rest @ ..] => (0..=draws).any(|times| is_sum(left - times as f64 * first, draws - times, rest)),
        }
    }
    assert!(is_sum(found, 10, &permuted) && !is_sum(found + 1e-6, 10, &permuted), "{found} of {permuted:?}");
}

#[test]
fn one_example_alone_has_all_but_frozen_weights() {
    let (model, examples, head) = of_three_tokens(&[1]);
    let findings = explanation(&model, &examples, &[]).expect("frozen weights alone take two");
    let made: Vec<&Cell> = findings.tables[0].rows.iter().map(|row| &row[1]).collect();
    assert_eq!(made, [&Cell::from("uniform"), &Cell::from("permuted")]);
    assert!(findings.notes.iter().any(|note| note.starts_with("frozen is left out")), "{:?}", findings.notes);
    assert_eq!(findings.examples, 1);
    let thirds = Tensor::from_data([[[1.0, 0.0, 0.0], [0.5, 0.5, 0.0], [1.0 / 3.0; 3]]], &device());
    let expected = change_of(&model, &examples, head, thirds);
    let found = loss_change(&findings, "all heads", "uniform").mean;
    assert!((found - expected).abs() < 1e-6, "{found} is not {expected}");
}

#[test]
fn a_model_is_no_distance_from_itself_and_some_from_others() {
    let (task, examples) = task();
    let models = [0, 1].map(|seed| model(&task, 2, seed));
    let spread = |other: &Transformer| {
        let other = OtherRun { name: "other".to_string(), model: other };
        explanation(&models[0], &examples, &[other]).expect("equal sizes").heads
    };
    for head in spread(&models[0]) {
        assert_eq!(head.scores["seed_spread"].mean, 0.0);
        assert!(head.scores["from_uniform"].mean > 0.0);
    }
    for head in spread(&models[1]) {
        let apart = head.scores["seed_spread"].mean;
        assert!(apart > 0.0 && apart < std::f64::consts::LN_2, "{apart}");
    }
}

#[test]
fn models_of_other_sizes_are_refused() {
    let (task, examples) = task();
    let [two, four] = [2, 4].map(|n_heads| model(&task, n_heads, 0));
    let refused = explanation(&two, &examples, &[OtherRun { name: "wide".to_string(), model: &four }]);
    assert!(matches!(refused, Err(LensError::OtherSizes { name }) if name == "wide"));
}
