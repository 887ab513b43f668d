//! A page's training is `headlight train`'s.

mod workers;

use headlight_lab::Lab;
use headlight_lab::messages::{Reply, Request, Settings, Step, Stepped};
use workers::{Workers, alone, reason, said, small, start};

/// The same training, as the command line makes it.
fn native(settings: &Settings, threads: usize) -> Vec<Step> {
    let mut config = settings.run_config().expect("good settings");
    config.threads = threads;
    let mut training = config.start().expect("can be trained");
    let mut steps = Vec::new();
    while !training.is_done() {
        let outcome = training.step().expect("a finite loss");
        steps.push(Step {
            step: outcome.step,
            loss: outcome.score.loss,
            token_accuracy: outcome.score.token_accuracy,
            exact_match: outcome.exact_match,
            by_position: outcome.score.by_position.iter().map(|tally| tally.share()).collect(),
            learning_rate: outcome.learning_rate,
        });
    }
    steps
}

#[test]
fn workers_train_as_the_command_line_does_with_as_many_threads() {
    for architecture in ["decoder", "encoder-decoder"] {
        let settings = Settings { architecture: Some(architecture.to_string()), max_steps: Some(200), ..small() };
        for count in [1, 2] {
            let (mut workers, started) = Workers::start(&settings, count);
            assert_eq!((started.step, started.done, started.solved), (0, false, false));
            let steps = workers.steps(usize::MAX);
            assert_eq!(steps, native(&settings, count), "{architecture}, {count}");
            assert_eq!(steps.last().and_then(|step| step.exact_match), Some(1.0), "solved");
        }
    }
}

#[test]
fn a_training_is_told_with_all_its_settings() {
    let (_, started) = Workers::start(&Settings::default(), 2);
    let config = Settings::default().run_config().expect("the defaults");
    assert_eq!(started.settings, Settings::of(&config));
    assert_eq!(started.settings.task.as_deref(), Some("copy"));
    assert_eq!((started.parameters, started.held_out, started.target), (102_418, 512, 1.0));
    assert!(started.bytes > 4.0 * 4.0 * 102_418.0 && started.bytes < (1 << 30) as f64);
    let question = Request::Attend { question: Some(started.example.clone()), changes: Vec::new() };
    let (mut workers, _) = Workers::start(&Settings::default(), 1);
    said(workers.first(), question, &[]);
}

#[test]
fn the_last_step_ends_a_training_that_is_not_solved() {
    let (mut workers, _) = Workers::start(&Settings { max_steps: Some(3), ..small() }, 1);
    let steps = workers.steps(usize::MAX);
    let measured: Vec<bool> = steps.iter().map(|step| step.exact_match.is_some()).collect();
    assert_eq!(measured, [false, false, true], "the last step ends in an evaluation");
}

#[test]
fn an_evaluation_that_is_due_comes_first() {
    let mut lab = Lab::new();
    said(&mut lab, start(&small(), alone()), &[]);
    assert!(matches!(lab.evaluated(1), Stepped::Stopped { .. }), "none is due");
    for step in 1..=10 {
        let part = lab.gradients().expect("a part");
        let Stepped::Taken { evaluation_due, done, .. } = lab.apply(&part, 0.01) else { panic!("a step") };
        assert_eq!((evaluation_due, done), (step == 10, false));
    }
    let save = Request::Save { contents: headlight_lab::messages::Contents::Checkpoint };
    assert!(lab.gradients().is_err() && reason(&mut lab, save.clone(), &[]).contains("evaluation"));
    assert!(matches!(lab.apply(&[], 0.01), Stepped::Stopped { .. }));
    assert!(matches!(lab.evaluated(513), Stepped::Stopped { .. }), "more than there are");
    let right = lab.count(&[]).expect("no changes");
    assert!(matches!(lab.evaluated(right), Stepped::Taken { .. }));
    said(&mut lab, save, &[]);
}

#[test]
fn a_training_that_diverges_stops_where_it_was() {
    let (mut workers, _) = Workers::start(&Settings { learning_rate: Some(1e30), ..small() }, 1);
    let lab = workers.first();
    let reason = loop {
        let part = lab.gradients().expect("a part");
        match lab.apply(&part, f64::NAN) {
            Stepped::Taken { evaluation_due: false, .. } => {}
            Stepped::Taken { .. } => panic!("it went on"),
            Stepped::Stopped { reason } => break reason,
        }
    };
    assert!(reason.contains("the loss became"), "{reason}");
    let (reply, _) = lab.handle(Request::Evaluate { changes: Vec::new() }, &[]);
    assert!(matches!(reply, Reply::Evaluated(_)), "{reply:?}");
}

#[test]
fn nothing_is_done_without_a_training() {
    let mut lab = Lab::new();
    for request in [
        Request::Evaluate { changes: Vec::new() },
        Request::Attend { question: None, changes: Vec::new() },
        Request::Roles { examples: 8 },
        Request::Save { contents: headlight_lab::messages::Contents::Run },
        Request::Train { steps: 1, milliseconds: 1.0 },
    ] {
        reason(&mut lab, request, &[]);
    }
    assert!(lab.gradients().is_err() && lab.count(&[]).is_err());
    assert!(matches!(lab.apply(&[0.0], 0.0), Stepped::Stopped { .. }));
    assert!(matches!(lab.evaluated(0), Stepped::Stopped { .. }));
}
