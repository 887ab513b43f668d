//! Exact match by teacher-forced outcomes is that of answers generated token by token.

use headlight_device::DeviceName;
use headlight_lens::{Examples, outcomes};
use headlight_model::{Architecture, AttentionKind, Head, Intervention, NewWeights};
use headlight_record::Origin;
use headlight_train::{ModelConfig, Replicas, Task, Training, TrainingConfig, evaluate, tasks};

#[test]
fn exact_match_and_token_accuracy_are_those_of_the_evaluation() {
    let device = DeviceName::default().open().expect("the default device");
    // Lengths of several kinds, answers with END and without, and an encoder.
    let cases = [
        (&tasks::copy::SPEC, Architecture::Decoder),
        (&tasks::copy::SPEC, Architecture::EncoderDecoder),
        (&tasks::brackets::SPEC, Architecture::Decoder),
        (&tasks::repeat::SPEC, Architecture::Decoder),
    ];
    for (spec, architecture) in cases {
        let task = Task::new(spec, architecture);
        let config = TrainingConfig { max_steps: 40, ..TrainingConfig::for_task(&task) };
        let model = ModelConfig { d_model: 32, n_heads: 2, d_ff: 64, ..ModelConfig::default() }.for_task(&task, 0);
        let replicas = Replicas::new(1).expect("one replica");
        let mut training = Training::new(&model, task.clone(), config, replicas, &device).expect("a training");
        while !training.is_done() {
            training.step().expect("a step");
        }
        let model = training.model();
        let held_out = task.held_out(7, 100).examples;
        let expected = evaluate(&model, &task, &held_out, &device);
        let examples = Examples::of_task(&task, &held_out, Origin::default(), 0, &device);
        let found: Vec<_> = examples.batches.iter().flat_map(|batch| outcomes(&model, batch, &[])).collect();
        let right = found.iter().filter(|outcome| outcome.is_right).count();
        assert_eq!(right as f64 / found.len() as f64, expected.exact_match, "{spec}");
        let pairs =
            examples.iter().zip(&found).flat_map(|(example, found)| example.answer.iter().zip(&found.predicted));
        let (tokens, correct) = pairs.fold((0, 0), |(tokens, correct), (asked, predicted)| {
            (tokens + 1, correct + usize::from(asked.token == *predicted))
        });
        assert_eq!(correct as f64 / f64::from(tokens), expected.token_accuracy, "{spec}");
        assert!(found.iter().all(|outcome| outcome.loss > 0.0 && outcome.loss.is_finite()));

        let head = Head { kind: AttentionKind::DecoderSelf, layer: 0, head: 0 };
        let changed = Intervention::Weights { head, weights: NewWeights::Uniform };
        let other: Vec<_> =
            examples.batches.iter().flat_map(|batch| outcomes(&model, batch, std::slice::from_ref(&changed))).collect();
        assert_ne!(found, other, "{spec}");
    }
}
