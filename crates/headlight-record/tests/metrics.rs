//! `metrics.jsonl`: a line a logged step.

use headlight_record::{StepMetrics, metrics_from_text, without_clock};

fn metrics(step: usize, exact_match: Option<f64>) -> StepMetrics {
    StepMetrics {
        step,
        loss: 0.1 + 0.2, // 0.30000000000000004
        token_accuracy: 2.0 / 3.0,
        exact_match,
        learning_rate: 3e-4,
        tokens_per_second: 12_345.678,
        seconds: 1e-9,
    }
}

#[test]
fn a_line_has_the_promised_names() {
    let line = metrics(7, Some(1.0)).to_line();
    assert!(line.ends_with("}\n") && line.matches('\n').count() == 1, "{line}");
    let value: serde_json::Value = serde_json::from_str(&line).expect("a line is JSON");
    let mut names: Vec<_> = value.as_object().expect("an object").keys().map(String::as_str).collect();
    names.sort_unstable();
    let promised = ["exact_match", "learning_rate", "loss", "seconds", "step", "token_accuracy", "tokens_per_second"];
    assert_eq!(names, promised);

    // Where it was not measured it is left out, not null.
    assert!(!metrics(7, None).to_line().contains("exact_match"));
}

#[test]
fn what_no_clock_measured_stands_first() {
    let line = metrics(7, Some(1.0));
    let later = StepMetrics { tokens_per_second: 1.0, seconds: 2.0, ..line.clone() };
    assert_eq!(without_clock(&line.to_line()), without_clock(&later.to_line()));
    let decided = format!("{}}}", without_clock(&line.to_line()));
    let decided: serde_json::Value = serde_json::from_str(&decided).expect("JSON, but for its end");
    let names: Vec<_> = decided.as_object().expect("an object").keys().collect();
    assert_eq!(names, ["exact_match", "learning_rate", "loss", "step", "token_accuracy"]);
}

#[test]
fn lines_come_back() {
    let steps = vec![metrics(1, None), metrics(2, Some(0.5)), metrics(3, None)];
    assert_eq!(
        metrics_from_text(&steps.iter().map(StepMetrics::to_line).collect::<String>()).expect("our lines"),
        steps
    );
    assert_eq!(metrics_from_text("").expect("no steps yet"), []);
}

#[test]
fn a_bad_line_is_named() {
    let good = metrics(1, None).to_line();
    let reason = |text: String| {
        let error = metrics_from_text(&text).expect_err("a bad line").to_string();
        assert!(!error.contains('\n'), "{error}");
        error
    };
    assert!(reason(format!("{good}{good}no metrics\n{good}")).starts_with("line 3: "));
    assert!(reason(format!("{good}{{\"step\":1}}\n")).starts_with("line 2: missing field"));
    assert!(reason(format!("\n{good}")).starts_with("line 1: "));
    // A run that was ended while it wrote.
    assert!(reason(format!("{good}{}", &good[..20])).starts_with("line 2: "));
}
