//! Replicas are only a faster way to the same gradients; clipping changes their length, not their direction.

mod named_gradients;
mod setup;

use burn::module::Module;
use burn::optim::GradientsParams;
use burn::tensor::Device;
use headlight_device::DeviceName;
use headlight_model::{Architecture, DropoutKey, Transformer};
use headlight_train::{Batch, BatchScore, Replicas, clip_gradients, forward_backward, tasks};
use named_gradients::{Named, assert_near, by_name};
use setup::Setup;

/// Not a multiple of 2, 3 or 5, so that the parts differ in size and a wrong share would show.
const BATCH_SIZE: usize = 7;

#[test]
fn any_number_of_replicas_gives_the_gradients_of_the_whole_batch() {
    for architecture in [Architecture::Decoder, Architecture::EncoderDecoder] {
        for batch_size in [BATCH_SIZE, 2] {
            let (model, whole_score, whole) = whole_batch(architecture, batch_size);
            for threads in [1, 2, 3, 5] {
                let (score, gradients) = in_replicas(&model, architecture, batch_size, threads);
                let what = format!("{architecture:?}, {batch_size} on {threads} threads");
                assert!((score.loss - whole_score.loss).abs() < 1e-6, "{what}: {} {}", score.loss, whole_score.loss);
                assert!((score.token_accuracy - whole_score.token_accuracy).abs() < 1e-12, "{what}");
                assert_near(&gradients, &whole, 1e-4, &what);
            }
        }
    }
}

#[test]
fn one_replica_is_the_plain_pass_bit_by_bit() {
    let (model, score, whole) = whole_batch(Architecture::Decoder, BATCH_SIZE);
    assert_eq!(in_replicas(&model, Architecture::Decoder, BATCH_SIZE, 1), (score, whole));
}

#[test]
fn every_parameter_gets_a_gradient() {
    for architecture in [Architecture::Decoder, Architecture::EncoderDecoder] {
        let (model, _, gradients) = whole_batch(architecture, BATCH_SIZE);
        let numbers: usize = gradients.iter().map(|(_, gradient)| gradient.len()).sum();
        assert_eq!(numbers, model.num_params());
        for (name, gradient) in gradients {
            assert!(gradient.iter().any(|number| *number != 0.0), "{name} has no gradient");
        }
    }
}

#[test]
fn clipping_scales_all_gradients_together() {
    let config = small(Architecture::Decoder);
    let model = config.transformer().init(&autodiff());
    let mut gradients = gradients_of(&model, &config, BATCH_SIZE).1;
    let before = by_name(&model, &gradients);
    let norm = norm(&before);

    let max_norm = norm / 3.0;
    let said = clip_gradients(&model, &mut gradients, max_norm);
    assert!((said / norm - 1.0).abs() < 1e-5, "said {said}, is {norm}");
    let after = by_name(&model, &gradients);
    assert_eq!(after.len(), before.len());
    for ((name, before), (_, after)) in before.iter().zip(&after) {
        for (before, after) in before.iter().zip(after) {
            // A third of each, to the rounding of 32 bits.
            assert!((after - before / 3.0).abs() <= 1e-5 * before.abs(), "{name}: {before} became {after}");
        }
    }
    assert!((self::norm(&after) / max_norm - 1.0).abs() < 1e-5);
}

#[test]
fn short_gradients_are_not_touched() {
    let config = small(Architecture::Decoder);
    let model = config.transformer().init(&autodiff());
    let mut gradients = gradients_of(&model, &config, BATCH_SIZE).1;
    let before = by_name(&model, &gradients);
    let said = clip_gradients(&model, &mut gradients, norm(&before) * 1.01);
    assert!(said > 0.01, "a model without training has something to learn");
    assert_eq!(by_name(&model, &gradients), before);
}

fn small(architecture: Architecture) -> Setup {
    let mut config = Setup::new(&tasks::copy::SPEC, architecture);
    (config.task.length, config.task.symbols) = (4, 6);
    (config.model.d_model, config.model.n_heads, config.model.n_layers, config.model.d_ff) = (16, 2, 2, 32);
    config
}

fn autodiff() -> Device {
    DeviceName::default().open().expect("the default device").autodiff()
}

fn gradients_of(model: &Transformer, config: &Setup, batch_size: usize) -> (BatchScore, GradientsParams) {
    let examples = config.task.training_examples(1, 1, batch_size);
    forward_backward(model, &Batch::new(&config.task, &examples, &autodiff()), 1.0)
}

fn whole_batch(architecture: Architecture, batch_size: usize) -> (Transformer, BatchScore, Named) {
    let config = small(architecture);
    let model = config.transformer().init(&autodiff());
    let (score, gradients) = gradients_of(&model, &config, batch_size);
    let gradients = by_name(&model, &gradients);
    (model, score, gradients)
}

fn in_replicas(
    model: &Transformer,
    architecture: Architecture,
    batch_size: usize,
    threads: usize,
) -> (BatchScore, Named) {
    let task = small(architecture).task;
    let examples = task.training_examples(1, 1, batch_size);
    let replicas = Replicas::new(threads).expect("a few threads");
    let (score, gradients) = replicas.forward_backward(model, &task, &examples, DropoutKey::default(), &autodiff());
    (score, by_name(model, &gradients))
}

fn norm(gradients: &Named) -> f64 {
    gradients.iter().flat_map(|(_, numbers)| numbers).map(|number| f64::from(*number).powi(2)).sum::<f64>().sqrt()
}
