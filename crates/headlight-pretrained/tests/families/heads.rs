//! The heads of BERT and its relatives that the families' goldens don't have: labels, and none.

use std::path::Path;

use burn::tensor::Tensor;
use headlight_pretrained::{Model, Predicts, Scores, open};
use serde_json::json;

use crate::changed::Change::{NewTensor, Option};
use crate::changed::{Change, Files};
use crate::device::device;
use crate::golden::{Golden, OWN};

const RELATIVES: [&str; 4] = ["albert", "bert", "distilbert", "roberta"];

#[test]
fn labels() {
    for name in RELATIVES {
        let golden = golden(&format!("{name}-label"));
        let labels = ["no", "perhaps", "yes"].map(str::to_owned).to_vec();
        let logits = logits(&golden, &Predicts::Label { names: labels, scores: Scores::Softmax });
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

/// Of a single label softmax would always say 1.
#[test]
fn one_score() {
    let golden = golden("bert-score");
    let predicts = Predicts::Label { names: vec!["LABEL_0".to_owned()], scores: Scores::Logits };
    let logits = logits(&golden, &predicts);
    assert_close("bert", &golden, logits.narrow(1, 0, 1));
}

#[test]
fn the_configuration_says_what_labels_are() {
    let labels = |golden: &str, change: Change| match predicts(golden, &[change]) {
        Predicts::Label { scores, .. } => scores,
        other => panic!("{other:?}"),
    };
    let each = || Option("problem_type", json!("multi_label_classification"));
    for name in RELATIVES {
        assert_eq!(labels(&format!("{name}-label"), each()), Scores::Sigmoid, "{name}");
    }
    let sigmoid = json!("torch.nn.modules.activation.Sigmoid");
    assert_eq!(labels("bert-score", Option("sbert_ce_default_activation_function", sigmoid)), Scores::Sigmoid);
}

/// Heads that are not built are named, and not passed over as if the model had none.
#[test]
fn not_built() {
    for name in RELATIVES {
        let class = |end: &str| Option("architectures", json!([format!("Their{end}")]));
        let answers = [class("ForQuestionAnswering"), NewTensor("qa_outputs.weight")];
        let expected = Predicts::NotBuilt("qa_outputs of TheirForQuestionAnswering".to_owned());
        assert_eq!(predicts(&format!("{name}-nothing"), &answers), expected, "{name}");
        let named = |predicts| match predicts {
            Predicts::NotBuilt(head) => head.ends_with("classifier of TheirForTokenClassification"),
            _ => false,
        };
        let found = predicts(&format!("{name}-label"), &[class("ForTokenClassification")]);
        assert!(named(found.clone()), "{name}: {found:?}");
    }
    let unnamed = [Option("architectures", json!(null)), NewTensor("qa_outputs.weight")];
    assert_eq!(predicts("bert-nothing", &unnamed), Predicts::NotBuilt("qa_outputs".to_owned()));
}

fn predicts(golden: &str, changes: &[Change]) -> Predicts {
    let mut files = Files::of(&Path::new(OWN).join("heads").join(golden));
    changes.iter().for_each(|change| files.change(change));
    let opened = open(files.write().path(), &device());
    opened.unwrap_or_else(|error| panic!("{golden}: {error}")).facts.predicts
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
