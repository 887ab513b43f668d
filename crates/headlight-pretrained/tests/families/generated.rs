//! What is generated greedily, beside what transformers generates: `goldens/golden_generation.py` made the cases.

use std::path::Path;

use burn::tensor::{Device, Tensor, TensorData};
use headlight_model::{AttentionKind, Sequences, Tokens};
use headlight_pretrained::{Checkpoint, Ending, Generated, Generation, Longest, Model, Speech, open};
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
        let mut options = case.options.clone();
        let mut write = |limit: Option<(&str, usize)>| {
            options.extend(limit.map(|(name, limit)| (name.to_owned(), limit.into())));
            let json = serde_json::to_vec(&options).expect("it is JSON");
            std::fs::write(directory.path().join("generation_config.json"), json).expect("it can be written");
        };
        let what = format!("{}, row {}, with {:?}", case.model, case.row, case.options);
        let ends = |id: &usize| match case.options.get("eos_token_id") {
            Some(Value::Array(ids)) => ids.contains(&json!(id)),
            one => one == Some(&json!(id)),
        };
        let by_itself = case.text.last().is_some_and(ends) && !case.options.contains_key("forced_eos_token_id");

        // 1. Cut by whoever asks: nothing is forced at the end.
        write(None);
        let cut = generated(directory.path(), &golden, &case, &device, case.longest);
        assert_eq!(cut.ending, if by_itself { Ending::Itself } else { Ending::Cut }, "{what}");
        let forced = usize::from(case.options.contains_key("forced_eos_token_id"));
        let same = case.text.len() - forced;
        assert_eq!(cut.ids[..same], case.text[..same], "{what}");
        assert!(forced == 0 || cut.ids.last() != case.text.last(), "{what}: its end is forced");

        // 2. As long as the model's own file allows.
        write(Some(("max_new_tokens", case.longest)));
        let whole = generated(directory.path(), &golden, &case, &device, 2 * case.longest);
        assert_eq!(whole.ids, case.text, "{what}");
        let is_forced = forced > 0 || by_itself;
        assert_eq!(whole.ending, if is_forced { Ending::Itself } else { Ending::OfModel }, "{what}");
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
    assert_eq!(generated(&directory, &golden, &case, &device, case.longest).ids, case.text);
}

fn cases() -> Vec<Case> {
    let json = std::fs::read(concat!(env!("CARGO_MANIFEST_DIR"), "/goldens/generation.json")).expect("it is there");
    serde_json::from_slice(&json).expect("it is JSON")
}

/// At most `longest` tokens after what the case begins with.
fn generated(directory: &Path, golden: &Golden, case: &Case, device: &Device, longest: usize) -> Generated {
    let longest = Longest { new_tokens: longest, positions: None };
    let checkpoint = Checkpoint::open(directory, device).expect("it is a model");
    let generation = Generation::of(&checkpoint).expect("its options are known");
    let begin = Tensor::from_data(TensorData::new(case.begin.clone(), [1, case.begin.len()]), device);
    let target = Tokens { ids: begin, padding: None, segments: None };
    match open(directory, device).expect("it is a model").model {
        Model::Text(model) => {
            let source = golden.sequences(device).source.map(|source| row_of(source, case.row));
            generation.text(&*model, &Sequences { source, target }, longest)
        }
        Model::Speech(model) => {
            let features = golden.speech(device).features.narrow(0, case.row, 1);
            generation.speech(&*model, &Speech { features, target }, longest)
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
