//! Attention weights changed, and compared between models.

use burn::tensor::Device;
use headlight_device::DeviceName;
use headlight_lens::{Examples, LensError, OtherRun, explanation, outcomes};
use headlight_model::{
    Architecture, AttentionKind, Head, Intervention, NewWeights, Sequences, Transformer, TransformerConfig,
};
use headlight_record::Origin;
use headlight_record::findings::{Cell, Estimate, Findings};
use headlight_train::{Task, tasks};

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
        for made in ["permuted", "frozen"] {
            assert_ne!(loss_change(&findings, name, made).mean, 0.0, "{name} {made}");
        }
    }
    assert_eq!(findings, explanation(&model, &examples, &[]).expect("partners"));
    assert!(findings.heads.is_empty());
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
