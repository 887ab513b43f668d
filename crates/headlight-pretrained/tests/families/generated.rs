//! What is generated greedily, beside what transformers generates: `goldens/golden_generation.py` made the cases.

use burn::tensor::{Tensor, TensorData};
use headlight_model::{Sequences, Tokens};
use headlight_pretrained::{Checkpoint, Generation, Model, Speech};
use serde::Deserialize;
use serde_json::{Map, Value};

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
    let json = std::fs::read(concat!(env!("CARGO_MANIFEST_DIR"), "/goldens/generation.json")).expect("it is there");
    let cases: Vec<Case> = serde_json::from_slice(&json).expect("it is JSON");
    for Case { model, row, options, longest, begin, text } in cases {
        let golden = Golden::read(&model);
        let directory = tempfile::tempdir().expect("there is a temporary directory");
        for file in ["config.json", "model.safetensors"] {
            std::fs::copy(golden.directory.join(file), directory.path().join(file)).expect("it can be copied");
        }
        let json = serde_json::to_vec(&options).expect("it is JSON");
        std::fs::write(directory.path().join("generation_config.json"), json).expect("it can be written");
        let checkpoint = Checkpoint::open(directory.path(), &device).expect("it is a model");
        let generation = Generation::of(&checkpoint).expect("its options are known");

        let begin = Tensor::from_data(TensorData::new(begin.clone(), [1, begin.len()]), &device);
        let target = Tokens { ids: begin, padding: None, segments: None };
        let found = match golden.open(&device).model {
            Model::Text(model) => {
                let source = golden.sequences(&device).source.map(|source| row_of(source, row));
                generation.text(&*model, &Sequences { source, target }, longest)
            }
            Model::Speech(model) => {
                let features = golden.speech(&device).features.narrow(0, row, 1);
                generation.speech(&*model, &Speech { features, target }, longest)
            }
            Model::Image(_) => panic!("nothing is generated of a picture"),
        };
        assert_eq!(found, text, "{model}, row {row}, with {options:?}");
    }
}

fn row_of(tokens: Tokens, row: usize) -> Tokens {
    Tokens {
        ids: tokens.ids.narrow(0, row, 1),
        padding: tokens.padding.map(|padding| padding.narrow(0, row, 1)),
        segments: None,
    }
}
