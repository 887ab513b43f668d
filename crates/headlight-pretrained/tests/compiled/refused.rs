//! Bytes that are no compiled program are refused, and it is said why.

use headlight_model::{ConfigError, Mismatch, ParametersError};
use headlight_pretrained::{Compiled, CompiledError};
use serde_json::{Value, json};

use crate::device::device;
use crate::golden::Golden;

/// The error for `previous` with another description.
fn refusal(change: impl Fn(&mut Value)) -> CompiledError {
    let golden = Golden::read("previous");
    let mut description = golden.description();
    change(&mut description);
    let json = serde_json::to_vec(&description).expect("JSON");
    Compiled::from_bytes(&json, &golden.safetensors, &device()).expect_err("it is refused")
}

#[test]
fn the_unchanged_description_is_accepted() {
    let golden = Golden::read("previous");
    let json = serde_json::to_vec(&golden.description()).expect("JSON");
    assert!(Compiled::from_bytes(&json, &golden.safetensors, &device()).is_ok());
}

#[test]
fn programs_of_another_kind_are_refused() {
    let changes: [(&str, Value); 3] =
        [("layer_norm", json!(true)), ("activation", json!("gelu")), ("output_vocabulary", Value::Null)];
    for (name, value) in changes {
        let error = refusal(|description| description[name] = value.clone());
        assert!(matches!(error, CompiledError::Unsupported(_)), "{name}: {error}");
    }
}

#[test]
fn a_size_of_zero_is_refused() {
    for name in ["num_layers", "num_heads", "key_size", "mlp_hidden_size"] {
        let error = refusal(|description| description[name] = json!(0));
        assert!(matches!(error, CompiledError::Config(ConfigError::Zero { name: of }) if of == name), "{error}");
    }
}

#[test]
fn parameters_of_other_sizes_are_refused() {
    let golden = Golden::read("previous");
    let from = |bytes: &[u8]| Compiled::from_bytes(&golden.json, bytes, &device()).expect_err("it is refused");
    let other = from(&Golden::read("induction").safetensors);
    let CompiledError::Parameters(ParametersError::Mismatch(Mismatch::Shape { .. })) = other else {
        panic!("another program's parameters: {other}")
    };
    let error = refusal(|description| description["num_layers"] = json!(2));
    let CompiledError::Parameters(ParametersError::Mismatch(Mismatch::Missing { name })) = error else {
        panic!("a layer too many: {error}")
    };
    assert_eq!(name, "layer_1/attn/query.w");
    // A size that no memory holds is another shape like any other.
    let error = refusal(|description| description["num_heads"] = json!(u64::MAX));
    assert!(matches!(error, CompiledError::Parameters(ParametersError::Mismatch(Mismatch::Shape { .. }))), "{error}");
}

#[test]
fn damaged_bytes_are_refused() {
    let golden = Golden::read("previous");
    let error = |json: &[u8], safetensors: &[u8]| {
        Compiled::from_bytes(json, safetensors, &device()).expect_err("it is refused")
    };
    assert!(matches!(error(b"{", &golden.safetensors), CompiledError::Description(_)));
    assert!(matches!(error(b"{}", &golden.safetensors), CompiledError::Description(_)));
    for length in [0, 7, 100, golden.safetensors.len() - 1] {
        let error = error(&golden.json, &golden.safetensors[..length]);
        assert!(matches!(error, CompiledError::Parameters(_)), "{length} bytes: {error}");
    }
}

#[test]
fn questions_must_be_answerable() {
    let error = refusal(|description| description["questions"][0][1] = json!("z"));
    assert!(matches!(&error, CompiledError::UnknownToken(token) if token == "z"), "{error}");
    let error = refusal(|description| description["answers"][0][1] = json!(7));
    assert!(matches!(&error, CompiledError::UnknownToken(token) if token == "7"), "{error}");
    let error = refusal(|description| description["questions"][3] = json!(["BOS"]));
    assert!(matches!(error, CompiledError::Length { question: 3, tokens: 1, .. }), "{error}");
    let error = refusal(|description| description["answers"] = json!([]));
    assert!(matches!(error, CompiledError::Length { question: 0, answers: 0, .. }), "{error}");
    let error = refusal(|description| description["questions"] = json!([]));
    assert!(matches!(error, CompiledError::NoQuestions), "{error}");
    let longer = json!(["BOS", "a", "a", "a", "a", "a", "a", "a", "a"]);
    let error = refusal(|description| {
        description["questions"][0] = longer.clone();
        description["answers"][0] = longer.clone();
    });
    assert!(matches!(error, CompiledError::Length { tokens: 9, positions: 8, .. }), "{error}");
}

#[test]
fn vocabularies_and_parts_must_be_in_order() {
    let error = refusal(|description| description["vocabulary"]["e"] = json!(9));
    assert!(matches!(error, CompiledError::Vocabulary(7)), "{error}");
    let error = refusal(|description| description["vocabulary"]["e"] = json!(0));
    assert!(matches!(error, CompiledError::Vocabulary(7)), "{error}");
    let error = refusal(|description| description["exact_match_when_zeroed"]["block 0"] = json!(1.0));
    assert!(matches!(&error, CompiledError::UnknownPart(part) if part == "block 0"), "{error}");
}

#[test]
fn a_model_that_answers_otherwise_is_refused() {
    // The variable that gives the answers is not among those named.
    let error = refusal(|description| description["output_labels_begin_with"] = json!(["tokens"]));
    assert!(matches!(error, CompiledError::OtherAnswers), "{error}");
    let error = refusal(|description| description["output_labels_begin_with"] = json!([]));
    assert!(matches!(error, CompiledError::OtherAnswers), "{error}");
    let error = refusal(|description| description["answers"][0][2] = json!("e"));
    assert!(matches!(error, CompiledError::OtherAnswers), "{error}");
}
