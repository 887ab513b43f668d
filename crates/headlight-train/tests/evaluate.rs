//! What an evaluation says is what counting says.

use headlight_model::{Architecture, Positions};
use headlight_train::{
    Batch, Replace, RunConfig, RunDirectory, SavedRun, TaskError, TaskSpec, TrainError, Training, batch_loss, generate,
    tasks,
};

#[test]
fn the_shares_are_those_of_generating_and_of_predicting() {
    for architecture in [Architecture::Decoder, Architecture::EncoderDecoder] {
        let (_place, run) = trained(&tasks::copy::SPEC, architecture, Positions::Rotary, 60);
        for (length, lengths) in [(None, [2, 4]), (Some(3), [3, 3]), (Some(7), [7, 7])] {
            let evaluation = run.evaluate(length, 150).expect("such a length can be asked for");
            assert_eq!(evaluation.lengths, lengths);

            let task = length.map_or(run.config.task.clone(), |length| {
                run.config.task.with_length(length).expect("copying has sizes")
            });
            let examples = task.held_out(run.config.seed, 150).examples;
            assert_eq!(evaluation.examples, examples.len());
            let sources: Vec<_> = examples.iter().map(|example| example.source.clone()).collect();
            let answers = generate(&run.model, &task, &sources, &run.device);
            let exact = examples.iter().zip(&answers).filter(|(example, answer)| example.answer == **answer).count();
            assert_eq!(evaluation.exact_match, exact as f64 / examples.len() as f64);

            // All examples in one batch, where the evaluation has several of unequal sizes.
            let (_, accuracy) = batch_loss(&run.model, &Batch::new(&task, &examples, &run.device));
            assert!((evaluation.token_accuracy - accuracy).abs() < 1e-9, "{} {accuracy}", evaluation.token_accuracy);
            assert!(evaluation.exact_match <= evaluation.token_accuracy);
        }
    }
}

#[test]
fn a_task_without_sizes_has_no_other_length() {
    let (_place, run) = trained(&tasks::dates::SPEC, Architecture::EncoderDecoder, Positions::Sinusoidal, 1);
    assert!(matches!(run.evaluate(Some(10), 5), Err(TrainError::Task(TaskError::NoLength { .. }))));
    assert_eq!(run.evaluate(None, 5).expect("its own examples").examples, 5);
}

#[test]
fn a_length_that_the_task_cannot_have_is_refused() {
    let (_place, run) = trained(&tasks::recall::SPEC, Architecture::Decoder, Positions::Sinusoidal, 1);
    // Keys are distinct, and there are no more of them than symbols.
    let error = run.evaluate(Some(run.config.task.symbols + 1), 5).expect_err("too few keys");
    assert!(
        matches!(error, TrainError::Task(TaskError::Size { name: "length", .. })) && !error.is_failure(),
        "{error}"
    );
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
    (config.d_model, config.n_heads, config.n_layers, config.d_ff) = (16, 2, 1, 32);
    (config.positions, config.max_steps, config.threads, config.held_out) = (positions, steps, 1, 32);
    let place = tempfile::tempdir().expect("a temporary directory");
    let path = place.path().join("run");
    let mut training = Training::new(config).expect("a good configuration");
    let run = RunDirectory::create(&path, training.config(), Replace::Nothing).expect("an empty place");
    while !training.is_done() {
        training.step().expect("a small step");
    }
    run.finish(&training).expect("it can be written");
    let run = SavedRun::open(&path).expect("just written");
    (place, run)
}
