//! `headlight lens logits`: the logit lens and direct logit attribution as table, JSON, CSV and pictures.

mod program;

use std::path::Path;

use program::{Messages, printed, printed_alone, temporary};
use serde_json::Value;

const TINY: &str = "--quiet --symbols 6 --length 4 --layers 2 --d-model 16 --heads 2 --d-ff 32 --threads 1";

/// The numbers of a column of one of the tables; of a mean over examples the mean.
fn column(findings: &Value, table: usize, name: &str) -> Vec<f64> {
    let table = &findings["tables"][table];
    let at = table["columns"].as_array().expect("columns").iter().position(|column| column["name"] == name);
    let at = at.unwrap_or_else(|| panic!("no column {name}"));
    let number = |row: &Value| row[at].as_f64().or(row[at]["mean"].as_f64()).expect("a number");
    table["rows"].as_array().expect("rows").iter().map(number).collect()
}

fn findings(directory: &Path, line: &str) -> Value {
    serde_json::from_str(&printed_alone(directory, &format!("{line} --json"))).expect("one JSON object")
}

#[test]
fn parts_sum_to_the_logit_and_the_last_layer_is_the_model() {
    let directory = temporary();
    printed(directory.path(), &format!("train copy --out run --max-steps 20 {TINY}"));
    let found = findings(directory.path(), "lens logits run --examples 30");
    assert_eq!((found["lens"].as_str(), found["examples"].as_u64()), (Some("logits"), Some(30)));

    for name in ["logit", "logit_above_mean"] {
        let numbers = column(&found, 1, name);
        let (sum, parts) = numbers.split_last().expect("parts and their sum");
        assert_eq!(parts.len(), 1 + 1 + 2 * (2 + 1 + 1) + 1 + 1, "token, position, heads, layers, and biases");
        assert!((parts.iter().sum::<f64>() - sum).abs() < 1e-4, "{numbers:?}");
    }
    // ln of the last probability is not the loss, since a mean of logarithms is none of probabilities; it is not above it.
    let probability = column(&found, 0, "probability");
    assert_eq!(probability.len(), 3);
    let loss = found["baseline"]["loss"]["mean"].as_f64().expect("a loss");
    assert!(-probability[2].ln() <= loss + 1e-9, "{probability:?}, {loss}");

    let line = "lens logits run --examples 30";
    assert_eq!(printed_alone(directory.path(), line), printed_alone(directory.path(), line));
    let table = printed_alone(directory.path(), line);
    assert!(table.lines().all(|line| line.chars().count() <= 80), "{table}");
    let sheet = printed_alone(directory.path(), &format!("{line} --csv"));
    assert!(sheet.starts_with("stream,probability,probability_low,") && sheet.lines().count() == 4, "{sheet}");

    let paths = printed_alone(directory.path(), &format!("{line} --out pictures"));
    for name in ["logits_by_layer", "logits_attribution", "logits_above_mean"] {
        for theme in ["", "-dark"] {
            let path = format!("pictures/{name}{theme}.png");
            assert!(paths.contains(&path) && directory.path().join(&path).is_file(), "{path}");
        }
    }
}

#[test]
fn one_question_is_read_position_by_position_with_an_encoder_too() {
    let directory = temporary();
    printed(directory.path(), &format!("train copy --architecture encoder-decoder --out run --max-steps 2 {TINY}"));
    let found = findings(directory.path(), "lens logits run --input \"3 1 4 1\"");
    assert_eq!(found["examples"].as_u64(), Some(1));
    let rows = found["tables"][2]["rows"].as_array().expect("positions");
    assert_eq!(rows.len(), 4 * 3, "four positions, each after the embedding and after two layers");
    let answers: Vec<&str> = rows.iter().filter_map(|row| row[5].as_str()).collect();
    assert_eq!(answers, ["3", "3", "3", "1", "1", "1", "4", "4", "4", "1", "1", "1"]);
    let table = printed_alone(directory.path(), "lens logits run --input \"3 1 4 1\"");
    assert!(table.lines().all(|line| line.chars().count() <= 80), "{table}");
}

#[test]
fn what_cannot_be_read_is_refused() {
    let directory = temporary();
    printed(directory.path(), &format!("train copy --out run --max-steps 1 {TINY}"));
    let mut messages = Messages::of(directory.path());
    for arguments in ["nothing", "run --input \"3 1 x\"", "run --input \"3 1 4 1\" --examples 3", "run --examples 0"] {
        messages.refused(&format!("lens logits {arguments}"));
    }
    insta::assert_snapshot!("refused", messages.as_ref());
}
