//! `headlight lens training`: heads at every step whose parameters a run kept.

mod program;

use program::{Messages, contents, printed, printed_alone, temporary};
use serde_json::Value;

const TINY: &str =
    "train copy --force --quiet --symbols 6 --length 5 --d-model 16 --heads 2 --layers 1 --d-ff 32 --threads 1";

#[test]
fn curves_run_over_the_kept_steps() {
    let directory = temporary();
    printed(directory.path(), &format!("{TINY} --out run --max-steps 10 --keep-parameters-every 4"));
    let line = "lens training run --examples 40 --json";
    let json = printed_alone(directory.path(), line);
    assert_eq!(json, printed_alone(directory.path(), line));
    let findings: Value = serde_json::from_str(&json).expect("one JSON object");
    assert_eq!(findings["lens"], "training");
    let charts = findings["charts"].as_array().expect("a list");
    let names: Vec<&str> = charts.iter().filter_map(|chart| chart["name"].as_str()).collect();
    for name in ["training_ablated_exact_match", "training_ablated_loss", "training_exact_match"] {
        assert!(names.contains(&name), "{names:?}");
    }
    for chart in charts {
        for curve in chart["curves"].as_array().expect("a list") {
            let points = curve["points"].as_array().expect("a list");
            let steps: Vec<f64> = points.iter().filter_map(|point| point[0].as_f64()).collect();
            assert_eq!(steps, [0.0, 4.0, 8.0, 10.0], "{chart}");
        }
    }
    let one = printed_alone(directory.path(), "lens training run --input \"0 1 2 3 4\"");
    assert!(one.contains("replaced by zeros"), "one example has no mean: {one}");
    let table = &findings["tables"][0];
    assert_eq!(table["title"], "when roles appear");
    printed_alone(directory.path(), "lens training run --examples 40 --out pictures");
    assert_eq!(contents(&directory.path().join("pictures")).len(), 2 * charts.len());

    // The last step is that of the trained model.
    let heads = printed_alone(directory.path(), "lens heads run --examples 40 --json --threshold 0");
    let heads: Value = serde_json::from_str(&heads).expect("one JSON object");
    let all = printed_alone(directory.path(), &format!("{line} --threshold 0"));
    let all: Value = serde_json::from_str(&all).expect("one JSON object");
    let of_name = |name: &str| all["charts"].as_array()?.iter().find(|chart| chart["name"] == name);
    let same = of_name("training_same").expect("every head attends to itself more than evenly, or less");
    for (head, curve) in
        heads["heads"].as_array().expect("a list").iter().zip(same["curves"].as_array().expect("a list"))
    {
        assert_eq!(curve["points"][3][1], head["same"]["mean"]);
        for part in ["kind", "layer", "head"] {
            assert_eq!(curve["head"][part], head[part]);
        }
    }
    let appearances = all["appearances"].as_array().expect("every role has a threshold of 0");
    let rows = all["tables"][0]["rows"].as_array().expect("a list");
    assert_eq!(appearances.len(), rows.len());
    for (appearance, row) in appearances.iter().zip(rows) {
        assert_eq!([&appearance["role"], &appearance["step"], &appearance["score"]], [&row[1], &row[2], &row[3]]);
    }
}

#[test]
fn a_run_that_kept_none_says_how_to_keep_some() {
    let directory = temporary();
    printed(directory.path(), &format!("{TINY} --out run --max-steps 2"));
    printed(directory.path(), &format!("{TINY} --out kept --max-steps 2 --keep-parameters-every 1"));
    let mut messages = Messages::of(directory.path());
    messages.refused("lens training run");
    messages.refused("lens training nowhere");
    let program = concat!(env!("CARGO_MANIFEST_DIR"), "/../headlight-pretrained/programs/previous.json");
    std::fs::copy(program, directory.path().join("program.json")).expect("a compiled program");
    messages.refused("lens training program.json");
    messages.refused("train --resume kept --keep-parameters-every 2 --max-steps 4");
    let file = directory.path().join("kept/parameters/step_000001.safetensors");
    let mut bytes = std::fs::read(&file).expect("a file");
    let last = bytes.len() - 1;
    bytes[last] ^= 1;
    std::fs::write(&file, bytes).expect("a file");
    messages.refused("lens training kept");
    insta::assert_snapshot!("refused", messages.as_ref());
}
