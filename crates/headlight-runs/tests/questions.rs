//! Which questions a trained model takes: all that it can read, however long, and none that it cannot.

mod whole_run;

use headlight_model::{Architecture, Positions};
use headlight_runs::{QuestionError, RunConfig, SavedRun};
use headlight_train::{generate, tasks};
use whole_run::make_run;

#[test]
fn learned_positions_take_what_fits_into_their_table_and_no_more() {
    for architecture in [Architecture::Decoder, Architecture::EncoderDecoder] {
        let mut config = RunConfig::for_task(&tasks::recall::SPEC, architecture);
        (config.task.length, config.task.symbols, config.model.positions) = (3, 8, Positions::Learned);
        let (_place, run) = trained(config);
        // As many places as three pairs and three asked keys need.
        let (mut taken, mut refused) = (0, 0);
        for (pairs, asked) in (1..=8).flat_map(|pairs| (1..=10).map(move |asked| (pairs, asked))) {
            let keys = ["a", "b", "c", "d", "e", "f", "g", "h"];
            let pairs_text: String = keys[..pairs].iter().map(|key| format!("{key} 7 ")).collect();
            let input = pairs_text + &"a ".repeat(asked);
            let fits = match architecture {
                Architecture::Decoder => "BOS SEP".split(' ').count() + 2 * pairs + asked <= 2 + 6 + 3,
                Architecture::EncoderDecoder => (2 * pairs).max(1 + asked) <= 6,
            };
            match run.encode(&input) {
                Ok(source) => {
                    assert!(fits, "{architecture}: {input}");
                    let answers = generate(&run.model, &run.config.task, &[source], &run.device);
                    assert_eq!(answers[0].len(), asked);
                    taken += 1;
                }
                Err(error) => {
                    assert!(!fits, "{architecture}: {input}: {error}");
                    assert!(
                        matches!(error, QuestionError::InputPositions { needed, positions } if needed > positions),
                        "{error}"
                    );
                    refused += 1;
                }
            }
        }
        assert!(taken > 10 && refused > 10, "{taken} taken, {refused} refused");
    }
}

#[test]
fn a_model_takes_questions_as_long_as_those_it_was_trained_on() {
    for (name, length, tokens) in
        [(&tasks::recall::SPEC, 171, 513), (&tasks::induction::SPEC, 512, 513), (&tasks::repeat::SPEC, 512, 513)]
    {
        let mut config = RunConfig::for_task(name, name.architectures[0]);
        (config.task.min_length, config.task.length, config.task.symbols) = (None, length, length);
        (config.training.batch_size, config.training.max_steps, config.training.held_out) = (1, 1, 1);
        let (_place, run) = trained(config);
        let task = &run.config.task;
        let question = task.held_out(0, 1).examples.remove(0).source;
        assert_eq!(question.len(), tokens);
        assert_eq!(run.encode(&task.text(&question)).expect("as long as in training"), question);
        if name == &tasks::repeat::SPEC {
            let error = run.encode(&format!("x1{}", " 5".repeat(513))).expect_err("one too many");
            assert!(matches!(error, QuestionError::LongInput { length: 514, max: 513 }), "{error}");
        }
    }
}

/// A tiny model after a few steps.
fn trained(mut config: RunConfig) -> (tempfile::TempDir, SavedRun) {
    (config.model.d_model, config.model.n_heads, config.model.n_layers, config.model.d_ff) = (8, 1, 1, 8);
    (config.training.batch_size, config.training.max_steps) =
        (config.training.batch_size.min(8), config.training.max_steps.min(2));
    (config.training.held_out, config.threads) = (config.training.held_out.min(4), 1);
    let place = tempfile::tempdir().expect("a temporary directory");
    make_run(place.path(), &config);
    let run = SavedRun::open(place.path()).expect("a run");
    (place, run)
}
