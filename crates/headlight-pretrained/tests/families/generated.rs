//! What is generated greedily, beside what transformers generates: `goldens/golden_generation.py` made the cases.

use std::path::Path;

use burn::tensor::{Device, Tensor, TensorData};
use headlight_model::{AttentionKind, Sequences, Tokens};
use headlight_pretrained::{Checkpoint, Generation, Model, Speech, open};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::device::device;
use crate::golden::Golden;

#[derive(Deserialize)]
struct Case {
    model: String,
    /// Of its golden's inputs.
    row: usize,
    /// As `generation_config.json` has them.
    options: Map<String, Value>,
    longest: usize,
    begin: Vec<i64>,
    text: Vec<usize>,
}

#[test]
fn the_likeliest_text_is_that_of_transformers() {
    let device = device();
    for case in cases() {
        let golden = Golden::own(&case.model);
        let directory = tempfile::tempdir().expect("there is a temporary directory");
        for file in ["config.json", "model.safetensors"] {
            std::fs::copy(golden.directory.join(file), directory.path().join(file)).expect("it can be copied");
        }
        let json = serde_json::to_vec(&case.options).expect("it is JSON");
        std::fs::write(directory.path().join("generation_config.json"), json).expect("it can be written");
        let found = generated(directory.path(), &golden, &case, &device);
        assert_eq!(found, case.text, "{}, row {}, with {:?}", case.model, case.row, case.options);
    }
}

#[test]
fn a_file_of_ctranslate2_is_the_same_model() {
    let (device, golden) = (device(), Golden::own("whisper"));
    let directory = golden.directory.with_file_name("whisper_ctranslate2");
    let trace = |directory: &Path| match open(directory, &device).expect("it is a model").model {
        Model::Speech(model) => model.trace(&golden.speech(&device), &[]),
        other => panic!("{other:?}"),
    };
    let [theirs, expected] = [trace(&directory), trace(&golden.directory)];
    for kind in AttentionKind::ALL {
        for (theirs, expected) in theirs.attention(kind).into_iter().zip(expected.attention(kind)) {
            // Sums of products are the same, but for a bias of 0 that is not added.
            assert_eq!(theirs.weights.to_data(), expected.weights.to_data(), "{kind}");
        }
    }
    assert_eq!(theirs.logits.to_data(), expected.logits.to_data());

    // And its own config.json suppresses what that of a case does.
    let is_it = |case: &Case| case.model == "whisper" && case.options.get("suppress_tokens") == Some(&json!([33]));
    let case = cases().into_iter().find(is_it).expect("there is one");
    assert_eq!(generated(&directory, &golden, &case, &device), case.text);
}

fn cases() -> Vec<Case> {
    let json = std::fs::read(concat!(env!("CARGO_MANIFEST_DIR"), "/goldens/generation.json")).expect("it is there");
    serde_json::from_slice(&json).expect("it is JSON")
}

fn generated(directory: &Path, golden: &Golden, case: &Case, device: &Device) -> Vec<usize> {
    let checkpoint = Checkpoint::open(directory, device).expect("it is a model");
    let generation = Generation::of(&checkpoint).expect("its options are known");
    let begin = Tensor::from_data(TensorData::new(case.begin.clone(), [1, case.begin.len()]), device);
    let target = Tokens { ids: begin, padding: None, segments: None };
    match open(directory, device).expect("it is a model").model {
        Model::Text(model) => {
            let source = golden.sequences(device).source.map(|source| row_of(source, case.row));
            generation.text(&*model, &Sequences { source, target }, case.longest)
        }
        Model::Speech(model) => {
            let features = golden.speech(device).features.narrow(0, case.row, 1);
            generation.speech(&*model, &Speech { features, target }, case.longest)
        }
        Model::Image(_) => panic!("nothing is generated of a picture"),
    }
}

fn row_of(tokens: Tokens, row: usize) -> Tokens {
    Tokens {
        ids: tokens.ids.narrow(0, row, 1),
        padding: tokens.padding.map(|padding| padding.narrow(0, row, 1)),
        segments: None,
    }
}
