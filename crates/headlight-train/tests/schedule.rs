//! Learning-rate schedules against their formulas, and the steps that they refuse.

use headlight_model::Architecture;
use headlight_train::{Schedule, Task, TrainingConfig, tasks};

#[test]
fn a_cosine_rises_falls_and_stays() {
    let mut config = with(Schedule::Cosine, 10, 70);
    let by_hand = [(1, 0.1), (5, 0.5), (10, 1.0), (40, 0.55), (70, 0.1), (71, 0.1), (1_000_000, 0.1)];
    for (step, rate) in by_hand {
        assert_rate(&config, step, rate);
    }
    // Whatever the steps, there is nothing to divide by 0.
    for (warmup, decay) in [(0, 0), (0, 5), (5, 5), (5, 2)] {
        (config.warmup_steps, config.decay_steps) = (warmup, decay);
        assert!((1..=10).all(|step| (0.1..=1.0).contains(&config.learning_rate_at(step))), "{warmup} {decay}");
    }
}

#[test]
fn the_inverse_square_root_is_the_papers() {
    // lrate = d_model^−0.5 · min(step_num^−0.5, step_num · warmup_steps^−1.5), with the paper's own numbers.
    let (d_model, warmup) = (512.0f64, 4000.0f64);
    let mut config = with(Schedule::InverseSquareRoot, 4000, 0);
    config.learning_rate = (d_model * warmup).powf(-0.5); // 7e-4
    for step in [1, 2, 100, 3999, 4000, 4001, 16_000, 100_000] {
        let at = step as f64;
        let papers = d_model.powf(-0.5) * at.powf(-0.5).min(at * warmup.powf(-1.5));
        assert!((config.learning_rate_at(step) - papers).abs() < 1e-15, "step {step}");
    }
    // At four times the warm-up it has fallen to a half.
    assert_rate(&with(Schedule::InverseSquareRoot, 10, 0), 40, 0.5);
}

#[test]
fn a_constant_rate_is_constant() {
    let config = with(Schedule::Constant, 0, 0);
    for step in [1, 2, 10, 70, 1_000_000] {
        assert_rate(&config, step, 1.0);
    }
}

#[test]
fn another_schedule_drops_what_it_has_no_use_for() {
    let steps = |schedule: Schedule| {
        let mut config = with(Schedule::Cosine, 10, 70);
        config.set_schedule(schedule);
        assert!(config.check().is_ok(), "{schedule}");
        (config.warmup_steps, config.decay_steps)
    };
    assert_eq!(steps(Schedule::Cosine), (10, 70));
    assert_eq!(steps(Schedule::InverseSquareRoot), (10, 0));
    assert_eq!(steps(Schedule::Constant), (0, 0));
}

#[test]
fn a_longer_warm_up_leaves_a_cosines_fall_as_long_as_it_was() {
    let mut config = with(Schedule::Cosine, 10, 70);
    config.set_warmup(100);
    assert_eq!((config.warmup_steps, config.decay_steps), (100, 160));
    config.set_warmup(0);
    assert_eq!((config.warmup_steps, config.decay_steps), (0, 60));
    config.set_schedule(Schedule::InverseSquareRoot);
    config.set_warmup(5);
    assert_eq!((config.warmup_steps, config.decay_steps), (5, 0));
}

#[test]
fn steps_that_a_schedule_has_no_use_for_or_lacks_are_refused() {
    let wrong = [
        (Schedule::Constant, 5, 0, "the constant schedule has no warm-up and no decay"),
        (Schedule::Constant, 0, 70, "the constant schedule has no warm-up and no decay"),
        (Schedule::Cosine, 70, 70, "the cosine schedule falls after its warm-up"),
        (Schedule::InverseSquareRoot, 0, 0, "the inverse-square-root schedule needs a warm-up"),
        (
            Schedule::InverseSquareRoot,
            10,
            70,
            "the inverse-square-root schedule needs a warm-up of at least one step, and no decay",
        ),
    ];
    for (schedule, warmup, decay, start) in wrong {
        let error = with(schedule, warmup, decay).check().expect_err(start);
        let is_failure = headlight_train::TrainError::from(error.clone()).is_failure();
        assert!(error.to_string().starts_with(start) && !is_failure, "{error}");
        assert!(error.to_string().contains(&format!("warmup-steps is {warmup} and decay-steps is {decay}")), "{error}");
    }
}

#[test]
fn schedules_are_written_by_name() {
    for schedule in [Schedule::Constant, Schedule::Cosine, Schedule::InverseSquareRoot] {
        let json = serde_json::to_string(&schedule).expect("a name");
        assert_eq!(json, format!("\"{schedule}\""));
        assert_eq!(serde_json::from_str::<Schedule>(&json).expect("we wrote it"), schedule);
    }
}

/// A training whose highest learning rate is 1.
fn with(schedule: Schedule, warmup_steps: usize, decay_steps: usize) -> TrainingConfig {
    TrainingConfig {
        learning_rate: 1.0,
        schedule,
        warmup_steps,
        decay_steps,
        ..TrainingConfig::for_task(&Task::new(&tasks::copy::SPEC, Architecture::Decoder))
    }
}

fn assert_rate(config: &TrainingConfig, step: usize, rate: f64) {
    let found = config.learning_rate_at(step);
    assert!((found - rate).abs() < 1e-12, "step {step}: {found} is not {rate}");
}
