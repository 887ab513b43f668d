//! What lenses found travels as plain data, and only what the page shows of it.

use std::collections::BTreeMap;

use headlight_record::findings::{
    Ablation, Appearance, Axis, Bands, Baseline, Chart, Column, Counted, Curve, Curves, Estimate, FeedForward,
    Findings, Grid, HeadFinding, Replacement, Scale, Score, Table,
};
use headlight_record::{AttentionKind, AttentionRecord, Head, Origin};
use headlight_report::{Report, report_html};
use serde_json::{Value, json};

use crate::page_data::PageData;

const NASTY: &str = "</script><script>alert(1)</script>\u{2028}";

#[test]
fn a_page_without_findings_does_not_mention_them() {
    assert_eq!(manifest(vec![]).get("findings"), None);
}

#[test]
fn findings_are_the_lenses_own_json() {
    let found = findings("heads");
    let written = serde_json::to_value(&found).expect("plain data");
    let read = &manifest(vec![found])["findings"][0];
    for name in ["lens", "examples", "seed", "baseline", "scores", "heads", "appearances", "notes"] {
        assert_eq!(read[name], written[name], "{name}");
    }
    assert_eq!(read["step"], json!(40));
    assert_eq!(read["heads"][0]["previous"], json!({ "mean": 0.9, "low": 0.8, "high": 0.95, "examples": 256 }));
    assert_eq!(read["notes"], json!([NASTY]));
    let ablations = read["ablations"].as_array().expect("a list");
    assert_eq!(*ablations, [written["ablations"][0].clone()], "neither pairs nor feed-forward layers are a head");
    assert_eq!(ablations[0]["failures"], json!([[NASTY, "1 2", ""]]));
    assert_eq!((&read["curves"], &read["tables"]), (&Value::Null, &Value::Null), "for terminals and pictures");
}

#[test]
fn curves_are_those_of_training_and_say_whose_they_are() {
    let found = findings("training");
    let written = serde_json::to_value(&found).expect("plain data");
    let read = &manifest(vec![findings("flow"), found])["findings"][1];
    assert_eq!(read["appearances"], written["appearances"]);
    assert_eq!(read["appearances"][0]["step"], json!(10));
    assert_eq!(read["curves"].as_array().map(Vec::len), Some(1), "a grid is no curve");
    let head = json!({ "kind": "decoder_self", "layer": 0, "head": 0 });
    assert_eq!(read["curves"][0]["curves"][0]["head"], head);
    assert_eq!(read["curves"][0]["curves"][0]["points"], json!([[10.0, 0.5, [0.25, 0.75]]]));
}

#[test]
fn findings_end_no_element() {
    let count = |findings| page(findings).matches("</script>").count();
    assert_eq!(count(vec![findings("heads"), findings("training")]), count(vec![]));
}

fn manifest(findings: Vec<Findings>) -> Value {
    PageData::read(&page(findings)).manifest
}

fn page(findings: Vec<Findings>) -> String {
    let token = || vec!["a".to_string()];
    let record =
        AttentionRecord::new(AttentionKind::DecoderSelf, [1, 1, 1, 1], vec![1.0], token(), token(), Origin::default());
    let moments = vec![vec![record.expect("a record")]];
    report_html(&Report { title: "a test".to_string(), moments, metrics: vec![], findings }).expect("a page")
}

fn findings(lens: &str) -> Findings {
    let estimate = |mean, low, high| Estimate { mean, low, high, examples: 256 };
    let heads = [0, 1].map(|head| Head { kind: AttentionKind::DecoderSelf, layer: 0, head });
    let ablation = |heads: Vec<Head>, feed_forward: Vec<FeedForward>| Ablation {
        what: NASTY.to_string(),
        with: Replacement::Mean,
        exact_match: 0.25,
        exact_match_change: -0.75,
        loss_change: 1.5,
        low: -0.8,
        high: -0.7,
        loss_low: 1.25,
        loss_high: 1.75,
        examples: 256,
        gradient: None,
        heads,
        feed_forward,
        failures: vec![[NASTY.to_string(), "1 2".to_string(), String::new()]],
    };
    let layer = FeedForward { stack: AttentionKind::DecoderSelf, layer: 0 };
    let axis = || Axis { title: "layer".to_string(), labels: vec!["0".to_string()] };
    Findings {
        lens: lens.to_string(),
        origin: Origin { step: Some(40), ..Origin::default() },
        examples: 256,
        counted: Counted::Answers,
        seed: 3,
        baseline: Some(Baseline { exact_match: estimate(1.0, 1.0, 1.0), loss: estimate(0.01, 0.005, 0.02) }),
        scores: vec![Score { name: "previous".to_string(), title: "previous token".to_string() }],
        heads: vec![HeadFinding {
            head: heads[0],
            roles: vec!["previous token".to_string()],
            scores: BTreeMap::from([("previous".to_string(), estimate(0.9, 0.8, 0.95))]),
        }],
        ablations: vec![
            ablation(vec![heads[0]], vec![]),
            ablation(heads.to_vec(), vec![]),
            ablation(vec![heads[0]], vec![layer]),
            ablation(vec![], vec![layer]),
        ],
        appearances: vec![Appearance {
            head: heads[0],
            role: "previous token".to_string(),
            step: 10,
            score: Some(estimate(0.9, 0.8, 0.95)),
        }],
        tables: vec![Table {
            title: String::new(),
            columns: vec![Column::new("head", "head")],
            rows: vec![vec!["L0H0".into()]],
        }],
        charts: vec![
            Chart::Grid(Grid {
                name: "grid".to_string(),
                title: "A grid".to_string(),
                quantity: "share".to_string(),
                scale: Scale::Share,
                down: axis(),
                across: axis(),
                panels: vec![(String::new(), vec![1.0])],
            }),
            Chart::Curves(Curves {
                name: "previous".to_string(),
                title: "previous token".to_string(),
                across: "training step".to_string(),
                quantity: "score".to_string(),
                curves: vec![Curve {
                    label: "L0H0".to_string(),
                    head: Some(heads[0]),
                    points: vec![(10.0, 0.5, [0.25, 0.75])],
                }],
                bands: Bands::Intervals,
            }),
        ],
        notes: vec![NASTY.to_string()],
    }
}
