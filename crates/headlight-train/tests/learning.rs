//! A small model learns to copy what it never saw, by looking at the token to copy.

mod setup;

use std::sync::LazyLock;

use burn::tensor::Device;
use headlight_device::DeviceName;
use headlight_model::Architecture;
use headlight_record::{AttentionKind, AttentionRecord, MaskCell};
use headlight_train::{Divergence, TrainError, Training, count_exact, generate, tasks};
use setup::{Setup, with};

/// One training for all tests that need a solved task.
static SOLVED: LazyLock<Training> = LazyLock::new(|| {
    let mut training = small(Architecture::Decoder).start();
    while !training.is_done() {
        training.step().expect("a finite loss");
    }
    assert_eq!(training.exact_match(), 1.0, "after {} steps", training.steps());
    training
});

#[test]
fn a_small_model_learns_to_copy() {
    assert!(SOLVED.is_solved());
    assert!(SOLVED.steps() < SOLVED.config().max_steps, "it stops once it is solved");
    assert!(SOLVED.steps().is_multiple_of(SOLVED.config().evaluate_every), "it stops after an evaluation");

    let sources: Vec<_> = SOLVED.held_out().examples.iter().map(|example| example.source.clone()).collect();
    assert!(sources.len() > 400, "more than a few are held out");
    let answers = generate(&SOLVED.model(), SOLVED.task(), &sources, &device());
    assert_eq!(answers, sources);
}

#[test]
fn the_best_head_looks_at_the_token_to_copy() {
    let records = SOLVED.records().expect("finite weights");
    let [record] = &records[..] else { panic!("a decoder has one kind of attention") };
    assert_eq!(record.kind(), AttentionKind::DecoderSelf);
    assert_eq!(record.origin().step, Some(SOLVED.steps()));
    assert!(record.row_sum_error() < 1e-5);
    let (_, _, score) = record.best_aligned_head().expect("copying has an alignment");
    let indifferent = score_without_preference(record);
    // Six tokens are visible at SEP and one more at each query after it.
    assert!((indifferent - (1.0 / 6.0 + 1.0 / 7.0 + 1.0 / 8.0 + 1.0 / 9.0) / 4.0).abs() < 1e-6);
    assert!(score > 2.0 * indifferent, "{score}, against {indifferent} for a head without preference");
}

#[test]
fn counting_answers_is_generating_and_comparing() {
    for architecture in [Architecture::Decoder, Architecture::EncoderDecoder] {
        let mut training = small(architecture).start();
        let (task, device) = (training.task().clone(), device());
        // More than one of the batches that are counted at a time, the last one incomplete.
        let examples = task.held_out(9, 150).examples;
        let sources: Vec<_> = examples.iter().map(|example| example.source.clone()).collect();
        let mut counts = Vec::new();
        for _ in 0..12 {
            for _ in 0..4 {
                training.step().expect("a finite loss");
            }
            let model = training.model();
            let answers = generate(&model, &task, &sources, &device);
            let right = answers.iter().zip(&sources).filter(|(answer, source)| answer == source).count();
            assert_eq!(count_exact(&model, &task, &examples, &device), right, "{architecture:?}");
            counts.push(right);
        }
        assert!(
            counts.iter().any(|count| (10..140).contains(count)),
            "{architecture:?} was never half right: {counts:?}"
        );
        assert_eq!(count_exact(&training.model(), &task, &[], &device), 0);
    }
}

#[test]
fn evaluations_come_when_they_are_due() {
    let config = with(small(Architecture::Decoder), |config| {
        (config.training.evaluate_every, config.training.max_steps) = (3, 7)
    });
    let mut training = config.start();
    let mut evaluated = Vec::new();
    while !training.is_done() {
        let outcome = training.step().expect("a finite loss");
        assert_eq!(outcome.step, training.steps());
        assert_eq!(outcome.tokens, 64 * 9);
        if let Some(exact_match) = outcome.exact_match {
            assert_eq!(exact_match, training.exact_match());
            evaluated.push(outcome.step);
        }
    }
    assert_eq!(evaluated, [3, 6, 7]); // and at the end
}

#[test]
fn a_training_that_diverges_says_so() {
    let config = with(small(Architecture::Decoder), |config| {
        (config.training.learning_rate, config.training.max_steps) = (1e30, 5)
    });
    let mut training = config.start();
    training.step().expect("the first loss is measured before the weights change");
    // Nobody can look at attention that is not finite: that is the training's failure, not a wrong request.
    let unseen = training.records().expect_err("weights of 1e29");
    assert!(unseen.is_failure() && unseen.to_string().contains("learning rate"), "{unseen}");
    let error = training.step().expect_err("weights of 1e29");
    assert!(matches!(error, TrainError::Diverged(Divergence { step: 2, .. })) && error.is_failure(), "{error}");
    assert_eq!(training.steps(), 1);
}

fn small(architecture: Architecture) -> Setup {
    let mut config = Setup::new(&tasks::copy::SPEC, architecture);
    (config.task.length, config.task.symbols) = (4, 8);
    (config.model.d_model, config.model.n_heads, config.model.n_layers, config.model.d_ff) = (32, 2, 1, 64);
    (config.training.learning_rate, config.training.max_steps, config.threads) = (0.01, 1000, 2);
    config
}

fn device() -> Device {
    DeviceName::default().open().expect("the default device")
}

/// The alignment score of a head whose queries share their weight evenly among the keys that they see.
fn score_without_preference(record: &AttentionRecord) -> f32 {
    let [_, _, _, keys] = record.shape();
    let mask = record.mask().expect("a decoder's mask");
    let alignment = record.alignment().expect("copying has one");
    let shares: Vec<f32> = (alignment.iter().zip(mask.chunks(keys)))
        .filter(|(aligned, _)| !aligned.is_empty())
        .map(|(_, mask)| 1.0 / mask.iter().filter(|cell| **cell == MaskCell::Visible).count() as f32)
        .collect();
    shares.iter().sum::<f32>() / shares.len() as f32
}
