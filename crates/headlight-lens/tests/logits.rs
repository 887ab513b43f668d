//! The logit lens ends in the model's own logits, and what the parts add to a logit adds up to it.

#[path = "../../headlight-model/tests/device/mod.rs"]
mod device;
mod kinds;
#[path = "../../headlight-model/tests/models/mod.rs"]
mod models;

use burn::tensor::{Device, Tensor};
use headlight_lens::{Example, LensError, Part, Prediction, attribution, logits, logits_by_layer, outcomes, standings};
use headlight_model::{NormPlacement, NormSite, Stack, Traceable};
use headlight_record::findings::Chart;
use kinds::{Altered, kinds, numbers};

#[test]
fn what_the_parts_add_to_a_logit_adds_up_to_it() {
    for (config, model, examples) in kinds() {
        let found = logits(&model, &examples).expect("sums").attribution;
        let trace = Traceable::trace(&model, &examples.batches[0].input, &[]);
        let [_, seq_length, vocab_size] = trace.logits.dims();
        let all = numbers(trace.logits.clone());
        for (row, example) in examples.iter().enumerate() {
            let at = |position: usize| &all[(row * seq_length + position) * vocab_size..][..vocab_size];
            let mean = |of: &dyn Fn(&[f32], usize) -> f32| {
                let terms = example.answer.iter().map(|answer| f64::from(of(at(answer.position), answer.token)));
                terms.sum::<f64>() / example.answer.len() as f64
            };
            let expected = mean(&|logits, token| logits[token]);
            let above = mean(&|logits, token| logits[token] - logits.iter().sum::<f32>() / vocab_size as f32);
            let sum = |parts: &[(Part, Vec<f64>)]| parts.iter().map(|(_, terms)| terms[row]).sum::<f64>();
            assert!((sum(&found.logit) - expected).abs() < 1e-4, "{config:?}");
            assert!((sum(&found.above_mean) - above).abs() < 1e-4, "{config:?}");
        }
        let has_bias = found.logit.iter().any(|(part, _)| *part == Part::UnembeddingBias);
        assert_eq!(has_bias, !config.tie_weights);
    }
}

#[test]
fn a_model_that_computes_something_else_than_it_says_is_refused() {
    for (_, model, examples) in kinds() {
        let batch = &examples.batches[0];
        let model = Altered::mislabelled(model);
        let trace = model.trace(&batch.input, &[]);
        let refused = attribution(&model, &trace, &batch.examples);
        assert!(matches!(refused, Err(LensError::Sum { error, .. }) if error > 1e-4), "{refused:?}");
    }
}

#[test]
fn a_logit_that_is_no_number_is_refused_in_whichever_example() {
    let (_, model, examples) = kinds().next().expect("a model");
    let batch = &examples.batches[0];
    for row in 0..2 {
        let mut trace = Traceable::trace(&model, &batch.input, &[]);
        let [_, seq_length, vocab_size] = trace.logits.dims();
        let no_number = trace.logits.zeros_like().slice([row..row + 1, 0..seq_length, 0..vocab_size]) + f32::NAN;
        trace.logits = trace.logits.slice_assign([row..row + 1, 0..seq_length, 0..vocab_size], no_number);
        let refused = attribution(&model, &trace, &batch.examples);
        assert!(matches!(refused, Err(LensError::Sum { error, .. }) if error.is_nan()), "row {row}: {refused:?}");
    }
}

#[test]
fn the_lens_ends_in_the_models_own_logits() {
    for (config, model, examples) in kinds() {
        let batch = &examples.batches[0];
        let trace = Traceable::trace(&model, &batch.input, &[]);
        let layers = logits_by_layer(&model, &trace);
        assert_eq!(layers.len(), config.n_layers + 1);
        let close = |a: &[f32], b: &[f32]| a.iter().zip(b).all(|(a, b)| (a - b).abs() < 1e-5);
        assert!(close(&numbers(layers[2].clone()), &numbers(trace.logits.clone())), "{config:?}");
        // A norm of its own for each layer: what #1076 gets wrong.
        let stack = trace.stack(Stack::Decoder).expect("a decoder");
        let embedding = stack.embedding.clone();
        let read = match model.norm(NormSite::Final(Stack::Decoder)) {
            Some(norm) => norm.forward(embedding),
            None => embedding,
        };
        assert_eq!(config.norm == NormPlacement::Pre, model.norm(NormSite::Final(Stack::Decoder)).is_some());
        let unembedding = model.unembedding().expect("its output layer is linear");
        let expected = unembedding.share(read);
        let expected = match unembedding.bias {
            Some(bias) => expected + bias.unsqueeze(),
            None => expected,
        };
        assert!(close(&numbers(layers[0].clone()), &numbers(expected)), "{config:?}");
    }
}

#[test]
fn probabilities_and_ranks_are_those_of_the_outcomes() {
    for (_, model, examples) in kinds() {
        let batch = &examples.batches[0];
        let found = standings(Traceable::trace(&model, &batch.input, &[]).logits, &batch.examples);
        for ((tokens, outcome), example) in found.iter().zip(outcomes(&model, batch, &[])).zip(&batch.examples) {
            let log_probability: f64 = tokens.iter().map(|token| token.probability.ln()).sum();
            assert!((log_probability - outcome.log_probability).abs() < 1e-4);
            let first: Vec<bool> = tokens.iter().map(|token| token.rank == 1).collect();
            let right =
                example.answer.iter().zip(&outcome.predicted).map(|(asked, predicted)| asked.token == *predicted);
            assert_eq!(first, right.collect::<Vec<_>>());
        }
    }
}

#[test]
fn ranks_are_of_logits_and_of_equal_ones_the_first_is_said() {
    // Softmax of the last row is 1, 0, 0 in f32, and yet the second is before the third.
    let rows = [[2.0f32, 2.0, 1.0], [2.0, 2.0, 1.0], [500.0, 2.0, 1.0]];
    let logits = Tensor::from_data([rows], &Device::default());
    let answer = |tokens: [usize; 3]| -> Vec<Prediction> {
        tokens.into_iter().enumerate().map(|(position, token)| Prediction { position, token }).collect()
    };
    let example =
        Example { source: Vec::new(), target: vec![0; 3], answer: answer([0, 1, 1]), needed: Default::default() };
    let ranks = |example: Example| -> Vec<usize> {
        let found = standings(logits.clone(), &[example]);
        found[0].iter().map(|token| token.rank).collect()
    };
    assert_eq!(ranks(example.clone()), [1, 2, 2]);
    assert_eq!(ranks(Example { answer: answer([2, 2, 2]), ..example }), [3, 3, 3]);
}

#[test]
fn findings_have_the_same_numbers_and_one_example_has_its_tokens_too() {
    let (config, model, mut examples) = kinds().next().expect("a model");
    let many = logits(&model, &examples).expect("sums").findings();
    assert_eq!((many.examples, many.tables.len(), many.charts.len()), (2, 2, 3));
    let Chart::Grid(grid) = &many.charts[0] else { panic!("a grid first") };
    assert_eq!(grid.panels[0].1.len(), (config.n_layers + 1) * 3);

    let batch = &mut examples.batches[0];
    batch.examples.truncate(1);
    batch.input.target.ids = batch.input.target.ids.clone().narrow(0, 0, 1);
    let found = logits(&model, &examples).expect("sums");
    let top = found.top.as_ref().expect("one example");
    assert_eq!((top.len(), top[0].len(), top[0][0].len()), (config.n_layers + 1, 7, 3));
    assert!(top.iter().flatten().all(|tokens| tokens[0].1 >= tokens[1].1 && tokens[1].1 >= tokens[2].1));
    let one = found.findings();
    assert_eq!((one.examples, one.tables[2].rows.len()), (1, 7 * 3));
}
