//! Workers that share no memory train as threads do.

mod setup;

use headlight_model::{Architecture, NormPlacement, Positions};
use headlight_train::{Part, StepOutcome, TaskSpec, TrainError, Training, TrainingState, tasks};
use setup::{Setup, with};

const BOTH: [Architecture; 2] = [Architecture::Decoder, Architecture::EncoderDecoder];

fn small(task: &'static TaskSpec, architecture: Architecture) -> Setup {
    let mut config = Setup::new(task, architecture);
    (config.task.length, config.task.symbols) = (4, 6);
    (config.model.d_model, config.model.n_heads, config.model.n_layers, config.model.d_ff) = (16, 2, 1, 32);
    (config.training.batch_size, config.training.held_out) = (16, 20);
    config
}

/// One step of all workers, evaluation included, as a page makes it.
fn step(workers: &mut [Training]) -> StepOutcome {
    let parts: Vec<Part> = (0..workers.len()).map(|shard| Part::new(shard, workers.len()).expect("a part")).collect();
    let mut numbers = workers.iter().zip(&parts).map(|(worker, part)| worker.part_of_step(*part));
    let mut sum = numbers.next().expect("at least one worker");
    for others in numbers {
        sum.iter_mut().zip(&others).for_each(|(sum, other)| *sum += other);
    }
    let mut outcomes: Vec<StepOutcome> =
        workers.iter_mut().map(|worker| worker.step_by_parts(&sum, parts.len()).expect("a step")).collect();
    if workers[0].is_evaluation_due() {
        let right = workers.iter().zip(&parts).map(|(worker, part)| worker.count_right_of(*part)).sum();
        for (worker, outcome) in workers.iter_mut().zip(&mut outcomes) {
            outcome.exact_match = Some(worker.evaluated_by_parts(right).expect("no more than there are"));
            assert!(!worker.is_evaluation_due());
        }
    }
    assert!(outcomes.iter().all(|outcome| *outcome == outcomes[0]), "all workers did the same");
    outcomes.remove(0)
}

/// Trains workers and threads side by side, and compares every bit.
fn are_equal(config: &Setup, count: usize, steps: usize) -> TrainingState {
    let mut threads = with(config.clone(), |config| config.threads = count).start();
    let mut workers: Vec<Training> = (0..count).map(|_| config.start()).collect();
    for _ in 0..steps {
        assert_eq!(step(&mut workers), threads.step().expect("a step"));
    }
    let state = threads.state().expect("a state");
    for worker in workers {
        assert_eq!(worker.state().expect("a state"), state);
    }
    state
}

#[test]
fn workers_train_as_threads_do_bit_for_bit() {
    for architecture in BOTH {
        let mut config = small(&tasks::copy::SPEC, architecture);
        (config.training.batch_size, config.training.evaluate_every) = (7, 2);
        config.model.dropout = 0.1;
        let states: Vec<TrainingState> = (1..=3).map(|count| are_equal(&config, count, 4)).collect();
        assert_ne!(states[0], states[1], "sums of parts differ in their last bits");
    }
}

#[test]
fn every_parameter_takes_part_whatever_is_chosen() {
    for positions in [Positions::Sinusoidal, Positions::Learned, Positions::Rotary, Positions::Alibi, Positions::None] {
        for (norm, tie_weights) in [(NormPlacement::Pre, false), (NormPlacement::Post, true)] {
            for architecture in BOTH {
                if positions == Positions::Alibi && architecture == Architecture::EncoderDecoder {
                    continue;
                }
                let mut config = small(&tasks::recall::SPEC, architecture);
                if !tasks::recall::SPEC.architectures.contains(&architecture) {
                    config = small(&tasks::copy::SPEC, architecture);
                }
                (config.model.positions, config.model.norm, config.model.tie_weights) = (positions, norm, tie_weights);
                are_equal(&config, 2, 1);
            }
        }
    }
}

#[test]
fn a_worker_without_examples_takes_part_too() {
    let mut config = small(&tasks::copy::SPEC, Architecture::Decoder);
    (config.training.batch_size, config.training.evaluate_every) = (2, 1);
    config.training.held_out = 2;
    are_equal(&config, 3, 2);
}

#[test]
fn answers_of_differing_lengths_are_counted_by_position() {
    let mut config = small(&tasks::copy::SPEC, Architecture::Decoder);
    config.task.min_length = Some(1);
    are_equal(&config, 2, 2);
    let mut training = with(config.clone(), |config| config.threads = 2).start();
    let score = training.step().expect("a step").score;
    let asked: Vec<usize> = score.by_position.iter().map(|tally| tally.asked).collect();
    assert_eq!(asked[0], config.training.batch_size, "every answer has a first token");
    assert!(asked.is_sorted_by(|before, after| before > after), "{asked:?}");
    let right: usize = score.by_position.iter().map(|tally| tally.right).sum();
    let accuracy = right as f64 / asked.iter().sum::<usize>() as f64;
    assert!((accuracy - score.token_accuracy).abs() < 1e-12);
    assert!(score.by_position.iter().all(|tally| tally.share() == tally.right as f64 / tally.asked as f64));
}

#[test]
fn what_is_no_step_is_refused_and_changes_nothing() {
    let config = small(&tasks::copy::SPEC, Architecture::Decoder);
    let mut training = config.start();
    let before = training.state().expect("a state");
    let part = training.part_of_step(Part::WHOLE);
    let short = training.step_by_parts(&part[1..], 1).expect_err("a number is missing");
    assert!(matches!(short, TrainError::Sum { found, expected } if found + 1 == expected), "{short}");
    assert!(matches!(training.step_by_parts(&part, 2), Err(TrainError::Sum { .. })));
    let no_loss = [&[f32::NAN], &part[1..]].concat();
    assert!(matches!(training.step_by_parts(&no_loss, 1), Err(TrainError::Diverged(_))));
    let held_out = training.held_out().examples.len();
    assert!(matches!(training.evaluated_by_parts(held_out + 1), Err(TrainError::Right { .. })));
    assert_eq!(training.state().expect("a state"), before);

    for (shard, shards) in [(0, 0), (2, 2), (0, 257)] {
        assert!(Part::new(shard, shards).is_err(), "{shard} of {shards}");
    }
}
