//! Compiled programs compute what JAX computes, with and without each of their parts.

use burn::tensor::Tensor;
use headlight_model::{At, Intervention, Traceable};
use headlight_pretrained::{Compiled, Question};
use serde_json::Value;

use crate::device::device;
use crate::golden::{Golden, PROGRAMS, decoded, input, names_on_disk};

#[test]
fn every_program_on_disk_is_tested() {
    assert_eq!(names_on_disk(), PROGRAMS);
}

#[test]
fn weights_stream_and_output_are_jaxs() {
    let device = device();
    for name in PROGRAMS {
        let (golden, description) = (Golden::read(name), Golden::read(name).description());
        let model = golden.compiled(&device);
        for (nth, tokens) in strings(&description["inputs"]).iter().enumerate() {
            let trace = model.trace(&input(tokens, &model), &[]);
            let stack = trace.stack(model.output_stack()).expect("it has this stack");
            let golden = |what: &str| golden.tensor(&format!("input{nth}.{what}"));
            assert_close(name, "embedded", stack.embedding.clone(), golden("embedded"));
            for (layer, trace) in stack.layers.iter().enumerate() {
                assert_close(
                    name,
                    "weights",
                    trace.self_attention.weights.clone(),
                    golden(&format!("weights.{layer}")),
                );
                let [attended, after] = [0, 1].map(|half| golden(&format!("stream.{}", 2 * layer + half)));
                assert_close(name, "stream after attention", trace.after_self_attention.clone(), attended);
                assert_close(name, "stream after a layer", trace.after.clone(), after);
            }
            assert_close(name, "output", stack.output.clone(), golden("output"));
            let expected = &strings(&description["decoded"])[nth];
            assert_eq!(decoded(trace.logits, model.program())[1..], expected[1..], "{name}, input {nth}");
        }
    }
}

#[test]
fn exact_match_without_each_part_is_jaxs() {
    let device = device();
    for name in PROGRAMS {
        let model = Golden::read(name).compiled(&device);
        assert_eq!(exact_match(&model, &[]), 1.0, "{name}, unchanged");
        let oracle = &model.program().exact_match_when_zeroed;
        let layers = model.n_layers(model.attention_kind());
        assert_eq!(oracle.len(), layers * (model.n_heads(model.attention_kind()) + 1), "{name}: every part is asked");
        for (site, expected) in oracle {
            // Zeros as a head's context do what zeros in its rows of W_O do.
            let zeros =
                Intervention::Replace { site: *site, at: At::Everywhere, value: Tensor::zeros([1, 1, 1], &device) };
            assert_eq!(exact_match(&model, &[zeros]), *expected, "{name}, {site:?}");
        }
    }
}

/// The share of the questions that are answered without an error.
fn exact_match(model: &Compiled, interventions: &[Intervention]) -> f64 {
    let is_right = |question: &&Question| {
        let tokens: Vec<String> = question.tokens.iter().map(|token| model.program().tokens[*token].clone()).collect();
        let trace = model.trace(&input(&tokens, model), interventions);
        let found = decoded(trace.logits, model.program());
        question.answers.iter().all(|(position, token)| found[*position] == model.program().outputs[*token])
    };
    let questions = &model.program().questions;
    questions.iter().filter(is_right).count() as f64 / questions.len() as f64
}

/// Compares a batch of one with a golden, which has no axis for the batch.
fn assert_close<const D: usize>(name: &str, what: &str, ours: Tensor<D>, (shape, golden): (Vec<usize>, Vec<f32>)) {
    assert_eq!(ours.dims()[1..], shape[..], "{name}: {what}");
    let ours: Vec<f32> = ours.into_data().try_into_vec().expect("f32");
    let largest = ours.iter().zip(&golden).map(|(ours, golden)| (ours - golden).abs()).fold(0.0, f32::max);
    assert!(largest <= 1e-4, "{name}: {what} is off by {largest}");
}

/// Lists of tokens, each as Python prints it.
fn strings(lists: &Value) -> Vec<Vec<String>> {
    let word = |value: &Value| match value {
        Value::String(word) => word.clone(),
        Value::Bool(true) => "True".to_owned(),
        Value::Bool(false) => "False".to_owned(),
        other => other.to_string(),
    };
    let list = |list: &Value| list.as_array().expect("a list").iter().map(word).collect();
    lists.as_array().expect("a list of lists").iter().map(list).collect()
}
