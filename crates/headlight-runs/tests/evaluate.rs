//! What an evaluation says is what counting says.

use headlight_model::{Architecture, Positions};
use headlight_runs::{QuestionError, Replace, RunConfig, RunDirectory, SavedRun};
use headlight_train::{Batch, TaskError, TaskSpec, batch_loss, generate, tasks};

#[test]
fn the_shares_are_those_of_generating_and_of_predicting() {
    for architecture in [Architecture::Decoder, Architecture::EncoderDecoder] {
        let (_place, run) = trained(&tasks::copy::SPEC, architecture, Positions::Rotary, 60);
        for (length, lengths) in [(None, [2, 4]), (Some(3), [3, 3]), (Some(7), [7, 7])] {
            let task = run.task_of_length(length).expect("copying has sizes");
            assert_eq!([task.shortest(), task.length], lengths);
            let evaluation = run.evaluate(&task, 150).expect("such a length can be asked for");
            let examples = task.held_out(run.config.training.seed, 150).examples;
            assert_eq!(evaluation.examples, examples.len());
            let sources: Vec<_> = examples.iter().map(|example| example.source.clone()).collect();
            let answers = generate(&run.model, &task, &sources, &run.device);
            let exact = examples.iter().zip(&answers).filter(|(example, answer)| example.answer == **answer).count();
            assert_eq!(evaluation.exact_match, exact as f64 / examples.len() as f64);

            // All examples in one batch, where the evaluation has several of unequal sizes.
            let (_, right) = batch_loss(&run.model, &Batch::new(&task, &examples, &run.device));
            let accuracy = right.iter().filter(|right| **right).count() as f64 / right.len() as f64;
            assert!((evaluation.token_accuracy - accuracy).abs() < 1e-9, "{} {accuracy}", evaluation.token_accuracy);
            assert!(evaluation.exact_match <= evaluation.token_accuracy);
        }
    }
}

#[test]
fn a_task_without_sizes_has_no_other_length() {
    let (_place, run) = trained(&tasks::dates::SPEC, Architecture::EncoderDecoder, Positions::Sinusoidal, 1);
    let error = run.task_of_length(Some(10)).expect_err("dates are as long as they are");
    assert!(matches!(error, QuestionError::Task(TaskError::NoLength { .. })), "{error}");
    let its_own = run.task_of_length(None).expect("its own");
    assert_eq!(run.evaluate(&its_own, 5).expect("its own examples").examples, 5);
}

#[test]
fn a_length_that_the_task_cannot_have_is_refused() {
    let (_place, run) = trained(&tasks::recall::SPEC, Architecture::Decoder, Positions::Sinusoidal, 1);
    // Keys are distinct, and there are no more of them than symbols.
    let error = run.task_of_length(Some(run.config.task.symbols + 1)).expect_err("too few keys");
    assert!(matches!(error, QuestionError::Task(TaskError::Size { name: "length", .. })), "{error}");
}

/// A small model of a task, trained for some steps and read back.
fn trained(
    name: &'static TaskSpec,
    architecture: Architecture,
    positions: Positions,
    steps: usize,
) -> (tempfile::TempDir, SavedRun) {
    let mut config = RunConfig::for_task(name, architecture);
    if name == &tasks::copy::SPEC {
        (config.task.min_length, config.task.length, config.task.symbols) = (Some(2), 4, 6);
    }
    (config.model.d_model, config.model.n_heads, config.model.n_layers, config.model.d_ff) = (16, 2, 1, 32);
    (config.model.positions, config.training.max_steps, config.threads, config.training.held_out) =
        (positions, steps, 1, 32);
    let place = tempfile::tempdir().expect("a temporary directory");
    let path = place.path().join("run");
    let mut training = config.start().expect("a good configuration");
    let run = RunDirectory::create(&path, &config, Replace::Nothing).expect("an empty place");
    while !training.is_done() {
        training.step().expect("a small step");
    }
    run.finish(&training).expect("it can be written");
    let run = SavedRun::open(&path).expect("just written");
    (place, run)
}
