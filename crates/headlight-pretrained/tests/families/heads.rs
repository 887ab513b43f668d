//! The heads of BERT and its relatives that the families' goldens don't have: labels, and none.

use std::path::Path;

use burn::tensor::Tensor;
use headlight_pretrained::{Model, Predicts};

use crate::device::device;
use crate::golden::{Golden, OWN};

const RELATIVES: [&str; 4] = ["albert", "bert", "distilbert", "roberta"];

#[test]
fn labels() {
    for name in RELATIVES {
        let golden = golden(&format!("{name}-label"));
        let labels = ["no", "perhaps", "yes"].map(str::to_owned).to_vec();
        let logits = logits(&golden, &Predicts::Label(labels));
        assert_close(name, &golden, logits.narrow(1, 0, 1)); // it is read at the first position
    }
}

#[test]
fn none() {
    for name in RELATIVES {
        let golden = golden(&format!("{name}-nothing"));
        assert_close(name, &golden, logits(&golden, &Predicts::Nothing));
    }
}

fn golden(name: &str) -> Golden {
    Golden::at(Path::new(OWN).join("heads").join(name))
}

fn logits(golden: &Golden, predicts: &Predicts) -> Tensor<3> {
    let device = device();
    let opened = golden.open(&device);
    assert_eq!(&opened.facts.predicts, predicts, "{}", golden.directory.display());
    let Model::Text(model) = opened.model else { panic!("it reads text") };
    model.trace(&golden.sequences(&device), &[]).logits
}

fn assert_close(name: &str, golden: &Golden, found: Tensor<3>) {
    let (_, expected) = golden.numbers("logits.f64");
    let found: Vec<f32> = found.into_data().try_into_vec().expect("f32");
    assert_eq!(found.len(), expected.len(), "{name}");
    let close = found.iter().zip(&expected).all(|(found, expected)| (f64::from(*found) - expected).abs() < 1e-5);
    assert!(close, "{name}: {found:?} is not {expected:?}");
}
