//! `headlight lens flow` and `headlight lens circuits`: tables, JSON and pictures of a run.

mod program;

use std::path::Path;

use program::{Messages, printed, printed_alone, temporary};
use serde_json::Value;

const TINY: &str = "--out run --force --quiet --d-model 16 --heads 2 --layers 2 --d-ff 16 --threads 1 --max-steps 1";

#[test]
fn flow_says_of_each_way_how_much_is_on_the_needed_keys() {
    let directory = temporary();
    for (architecture, kinds) in [("decoder", 1), ("encoder-decoder", 3)] {
        train(directory.path(), &format!("copy --architecture {architecture} --length 4"));
        let found = json(directory.path(), "lens flow run --examples 8");
        assert_eq!((&found["lens"], &found["examples"]), (&Value::from("flow"), &Value::from(8)));
        assert_eq!(found["charts"].as_array().expect("charts").len(), 3 * kinds);
        for row in found["tables"][0]["rows"].as_array().expect("rows") {
            let [mean, low, high] = ["mean", "low", "high"].map(|end| row[2][end].as_f64().expect("a number"));
            assert!((0.0..=1.0).contains(&mean) && low <= mean && mean <= high, "{row}");
        }
        assert!(!found["heads"].as_array().expect("heads").is_empty());
        assert_eq!(found, json(directory.path(), "lens flow run --examples 8"), "equal seeds, equal bytes");
    }
}

/// The rows of what is drawn as weights sum to 1: of a target beside a source, over both together.
#[test]
fn rows_of_one_example_sum_to_1() {
    let directory = temporary();
    train(directory.path(), "copy --architecture decoder --length 4");
    let found = json(directory.path(), r#"lens flow run --input "1 2 3 4""#);
    let charts = found["charts"].as_array().expect("charts");
    for (chart, panel) in charts
        .iter()
        .flat_map(|chart| chart["panels"].as_array().expect("panels").iter().map(move |panel| (chart, panel)))
    {
        let keys = chart["across"]["labels"].as_array().expect("labels").len();
        let cells: Vec<f64> =
            panel[1].as_array().expect("cells").iter().map(|cell| cell.as_f64().expect("a number")).collect();
        for row in cells.chunks(keys) {
            assert!((row.iter().sum::<f64>() - 1.0).abs() < 1e-5, "{}, {}: {row:?}", chart["name"], panel[0]);
        }
    }
}

#[test]
fn circuits_have_a_score_for_each_head_and_a_picture_of_each_kind() {
    let directory = temporary();
    train(directory.path(), "copy --architecture encoder-decoder --length 4");
    let found = json(directory.path(), "lens circuits run --seed 3");
    let heads = found["heads"].as_array().expect("heads");
    assert_eq!(heads.len(), 3 * 2 * 2);
    for head in heads {
        // What the encoder's heads write, the output layer does not read.
        assert_eq!(head["kind"] == "encoder_self", head["copying"].is_null(), "{head}");
    }
    let said = printed(directory.path(), "lens circuits run --tokens \"1 2 3\" --out pictures");
    let mut names: Vec<&str> = said.lines().filter_map(|line| line.strip_prefix("pictures/")).collect();
    names.sort_unstable();
    let expected = ["composition", "cross_ov", "cross_qk", "decoder_self_ov", "decoder_self_qk", "encoder_self_qk"];
    let expected: Vec<String> =
        expected.iter().flat_map(|name| [format!("{name}-dark.png"), format!("{name}.png")]).collect();
    assert_eq!(names, expected);
}

#[test]
fn what_is_asked_wrongly_is_refused_in_a_line() {
    let directory = temporary();
    train(directory.path(), "copy --length 4");
    let mut messages = Messages::of(directory.path());
    for wrong in ["flow nowhere", "circuits nowhere", "circuits run --tokens \"1 cat\"", "circuits run --tokens \"\""] {
        messages.refused(&format!("lens {wrong}"));
    }
    train(directory.path(), "copy --symbols 100 --length 4");
    // A vocabulary of more tokens than a picture has room for.
    let all = printed_alone(directory.path(), "lens circuits run");
    assert!(all.contains("102 tokens are too many to draw") && all.contains("L1H1"), "{all}");
    printed_alone(directory.path(), "lens circuits run --tokens \"1 2 99\"");
    insta::assert_snapshot!("refused", messages.as_ref());
}

fn train(directory: &Path, what: &str) {
    printed(directory, &format!("train {what} {TINY}"));
}

fn json(directory: &Path, line: &str) -> Value {
    serde_json::from_str(&printed(directory, &format!("{line} --json"))).expect("one JSON object")
}
