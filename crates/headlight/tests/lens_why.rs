//! `headlight lens why`: one score, split into what each part of the model before the head brings.

mod program;

use std::path::Path;

use program::{Messages, printed, printed_alone, temporary};
use serde_json::Value;

const TINY: &str = "--quiet --symbols 6 --length 3 --layers 2 --d-model 16 --heads 2 --d-ff 32 --threads 1";

fn findings(directory: &Path, line: &str) -> Value {
    serde_json::from_str(&printed_alone(directory, &format!("{line} --json"))).expect("one JSON object")
}

/// What is in the rows of a table: names, and numbers or their means.
fn rows(findings: &Value, table: usize, column: usize) -> Vec<(String, f64)> {
    let row = |row: &Value| {
        let number = row[column].as_f64().or(row[column]["mean"].as_f64()).expect("a number");
        (row[0].as_str().expect("a name").to_string(), number)
    };
    findings["tables"][table]["rows"].as_array().expect("rows").iter().map(row).collect()
}

#[test]
fn parts_of_query_and_key_sum_to_the_same_score() {
    let directory = temporary();
    for (architecture, options) in [
        ("decoder", "--layer 1 --head 1 --query 5 --key 2"),
        ("decoder", "--layer 1 --head 0 --query SEP --key BOS"),
        ("decoder", "--layer 0 --head 1 --query 5 --key 2 --input \"3 1 4\""),
        ("encoder-decoder", "--layer 1 --head 0 --query 2 --key 1 --kind cross"),
    ] {
        let run = directory.path().join(architecture);
        if !run.exists() {
            let line = format!("train copy --architecture {architecture} --out {architecture} --max-steps 2 {TINY}");
            printed(directory.path(), &line);
        }
        let examples = if options.contains("--input") { "" } else { "--examples 20" };
        let line = format!("lens why {architecture} {options} {examples}");
        let found = findings(directory.path(), &line);
        for column in [1, 2] {
            let sums = [0, 1].map(|table| {
                let rows = rows(&found, table, column);
                let (sum, parts) = rows.split_last().expect("parts and their sum");
                assert!((parts.iter().map(|(_, part)| part).sum::<f64>() - sum.1).abs() < 1e-4, "{line}: {rows:?}");
                sum.1
            });
            assert_eq!(sums[0], sums[1]);
        }
        let table = printed_alone(directory.path(), &line);
        assert!(table.lines().all(|line| line.chars().count() <= 80), "{table}");
        assert_eq!(table, printed_alone(directory.path(), &line));
    }
    let line = "lens why decoder --layer 1 --head 1 --query 5 --key 2 --examples 20";
    let sheet = printed_alone(directory.path(), &format!("{line} --csv"));
    assert!(sheet.starts_with("part,score,score_low,score_high,score_above_mean,"), "{sheet}");
    let paths = printed_alone(directory.path(), &format!("{line} --out pictures"));
    for name in ["why_key", "why_query", "why_pairs"] {
        assert!(paths.contains(&format!("pictures/{name}.png")), "{paths}");
    }
}

#[test]
fn what_is_not_there_is_refused() {
    let directory = temporary();
    printed(directory.path(), &format!("train copy --out run --max-steps 1 {TINY}"));
    let both = format!("train copy --architecture encoder-decoder --out both --max-steps 1 {TINY}");
    printed(directory.path(), &both);
    let mut messages = Messages::of(directory.path());
    for arguments in [
        "run --layer 2 --head 0 --query 5 --key 2 --examples 9",
        "run --layer 0 --head 2 --query 5 --key 2 --examples 9",
        "run --layer 0 --head 0 --query 7 --key 2 --examples 9",
        "run --layer 0 --head 0 --query 2 --key 5 --examples 9",
        "run --layer 0 --head 0 --query SEP --key x --examples 9",
        "run --layer 0 --head 0 --query SEP --key a --input \"3 1 4\"",
        "run --layer 0 --head 0 --query 5 --examples 9",
        "run --kind cross --layer 0 --head 0 --query 5 --key 2 --examples 9",
        "both --layer 0 --head 0 --query 1 --key 1 --examples 9",
    ] {
        messages.refused(&format!("lens why {arguments}"));
    }
    insta::assert_snapshot!("refused", messages.as_ref());
}
