//! Examples of differing lengths in one batch: what fills up the shorter ones changes nothing.

mod setup;

use burn::module::{Module, ModuleVisitor, Param};
use burn::optim::GradientsParams;
use burn::tensor::{Int, Tensor};
use headlight_device::DeviceName;
use headlight_model::{Architecture, Transformer};
use headlight_train::{Batch, Example, Task, TaskSpec, batch_loss, count_exact, forward_backward, generate, tasks};
use setup::Setup;

const BOTH: [Architecture; 2] = [Architecture::Decoder, Architecture::EncoderDecoder];

fn small(name: &'static TaskSpec, architecture: Architecture) -> Setup {
    let mut config = Setup::new(name, architecture);
    (config.model.d_model, config.model.n_heads, config.model.n_layers, config.model.d_ff) = (16, 2, 2, 32);
    if name.has_sizes() {
        (config.task.min_length, config.task.length) = (Some(3), 6);
    }
    config
}

#[test]
fn a_batch_has_the_loss_and_gradients_of_its_examples() {
    let device = DeviceName::default().open().expect("the default device").autodiff();
    for name in
        [&tasks::copy::SPEC, &tasks::repeat::SPEC, &tasks::recall::SPEC, &tasks::brackets::SPEC, &tasks::dates::SPEC]
    {
        for architecture in BOTH {
            let config = small(name, architecture);
            let model = config.transformer().init(&device);
            let examples = config.task.training_examples(1, 1, 7);
            let lengths: std::collections::HashSet<_> = examples.iter().map(|example| example.source.len()).collect();
            assert!(lengths.len() > 1, "{name}: the lengths differ");

            let (score, gradients) = forward_backward(&model, &Batch::new(&config.task, &examples, &device), 1.0);
            let together = numbers(&model, &gradients);
            let tokens: usize = examples.iter().map(|example| example.answer.len()).sum();
            let (mut loss, mut right, mut one_by_one) = (0.0, 0.0, vec![0.0; together.len()]);
            for example in &examples {
                let share = example.answer.len() as f64 / tokens as f64;
                let batch = Batch::new(&config.task, std::slice::from_ref(example), &device);
                let (score, gradients) = forward_backward(&model, &batch, share);
                loss += share * score.loss;
                right += share * score.token_accuracy;
                for (sum, number) in one_by_one.iter_mut().zip(numbers(&model, &gradients)) {
                    *sum += number;
                }
            }
            assert!((score.loss - loss).abs() < 1e-5, "{name}, {architecture}: {} {loss}", score.loss);
            assert!((score.token_accuracy - right).abs() < 1e-12, "{name}, {architecture}");
            let largest = one_by_one.iter().fold(0.0f32, |largest, number| largest.max(number.abs()));
            for (left, right) in together.iter().zip(&one_by_one) {
                assert!((left - right).abs() <= 1e-4 * largest, "{name}, {architecture}: {left} against {right}");
            }
        }
    }
}

#[test]
fn what_stands_in_the_padding_does_not_matter() {
    let device = DeviceName::default().open().expect("the default device");
    for architecture in BOTH {
        let config = small(&tasks::copy::SPEC, architecture);
        let model = config.transformer().init(&device);
        let copy = |source: &[usize]| Example { source: source.to_vec(), answer: source.to_vec() };
        let mut batch = Batch::new(&config.task, &[copy(&[3, 1, 4, 1, 5, 9]), copy(&[2, 6, 5])], &device);
        let before = batch_loss(&model, &batch).0.into_scalar::<f32>();
        // The second sequence is three tokens shorter, or six where it holds question and answer.
        let spare = if architecture == Architecture::Decoder { 6 } else { 3 };
        batch.target.ids = spoil(batch.target.ids, spare);
        batch.source = batch.source.map(|mut source| {
            assert!(source.padding.is_some());
            source.ids = spoil(source.ids, 3);
            source
        });
        assert_eq!(batch_loss(&model, &batch).0.into_scalar::<f32>(), before, "{architecture}");
        // One token further, and it does matter.
        batch.target.ids = spoil(batch.target.ids, spare + 1);
        assert_ne!(batch_loss(&model, &batch).0.into_scalar::<f32>(), before, "{architecture}");
    }
}

#[test]
fn equal_lengths_need_no_padding() {
    let device = DeviceName::default().open().expect("the default device");
    let task = Task::new(&tasks::copy::SPEC, Architecture::EncoderDecoder);
    let batch = Batch::new(&task, &task.training_examples(0, 1, 8), &device);
    assert!(batch.source.is_some_and(|source| source.padding.is_none()) && batch.target.padding.is_none());
}

#[test]
fn answers_side_by_side_are_those_given_alone() {
    let device = DeviceName::default().open().expect("the default device");
    for name in
        [&tasks::copy::SPEC, &tasks::repeat::SPEC, &tasks::recall::SPEC, &tasks::brackets::SPEC, &tasks::dates::SPEC]
    {
        for architecture in BOTH {
            let config = small(name, architecture);
            let (task, model) = (&config.task, config.transformer().init(&device));
            let examples = task.held_out(0, 90).examples;
            let sources: Vec<_> = examples.iter().map(|example| example.source.clone()).collect();
            let answers = generate(&model, task, &sources, &device);
            for (source, answer) in sources.iter().zip(&answers) {
                let alone = generate(&model, task, std::slice::from_ref(source), &device);
                assert_eq!(alone[0], *answer, "{name}, {architecture}");
                // It stops: at END, or when as much is said as there is to say.
                let ends = answer.iter().position(|token| Some(*token) == task.end());
                assert!(ends.is_none_or(|at| at + 1 == answer.len()), "{name}: {answer:?}");
                let limit = task.answer(source).expect("a question of the task").len();
                assert!(task.end().is_some() || answer.len() == limit, "{name}: {answer:?}");
            }
            // With the model's own answers as the right ones, all are right; with one changed, one is not.
            let mut own: Vec<_> = sources
                .iter()
                .zip(answers)
                .map(|(source, answer)| Example { source: source.clone(), answer })
                .collect();
            assert_eq!(count_exact(&model, task, &own, &device), own.len(), "{name}, {architecture}");
            if let Some(token) = own[17].answer.last_mut() {
                *token = if *token == 0 { 1 } else { 0 };
            }
            assert_eq!(count_exact(&model, task, &own, &device), own.len() - 1, "{name}, {architecture}");
        }
    }
}

/// Other tokens at the end of the second sequence.
fn spoil(ids: Tensor<2, Int>, count: usize) -> Tensor<2, Int> {
    let [_, length] = ids.dims();
    let spoiled = ids.clone().slice([1..2, length - count..length]).zeros_like() + 7;
    ids.slice_assign([1..2, length - count..length], spoiled)
}

fn numbers(model: &Transformer, gradients: &GradientsParams) -> Vec<f32> {
    struct Numbers<'a>(&'a GradientsParams, Vec<f32>);
    impl ModuleVisitor for Numbers<'_> {
        fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
            let gradient = self.0.get::<D>(param.id).expect("every parameter has a gradient");
            self.1.extend(gradient.into_data().iter::<f32>());
        }
    }
    let mut visitor = Numbers(gradients, Vec::new());
    model.visit(&mut visitor);
    visitor.1
}
