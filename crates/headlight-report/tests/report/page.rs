//! What stands in a page: nothing of it from outside but as data.

use crate::page_data::PageData;
use headlight_record::{AttentionKind, AttentionRecord, Origin, StepMetrics};
use headlight_report::{Report, ReportError, report_html};
use serde_json::json;

const NASTY: [&str; 6] = [
    "</script><script>alert(1)</script>",
    "\"><img src=x onerror=alert(1)>",
    "<!--",
    "line\u{2028}and\u{2029}paragraph",
    "]]>&amp;&lt;",
    "\0\u{7f}\u{202e}\"\\",
];

#[test]
fn tokens_and_titles_are_data() {
    let origin = Origin { task: NASTY[0].to_string(), model: NASTY[1].to_string(), step: Some(3) };
    let tokens: Vec<String> = NASTY.map(str::to_string).to_vec();
    let record =
        AttentionRecord::new(AttentionKind::EncoderSelf, [1, 1, 6, 6], vec![0.5; 36], tokens.clone(), tokens, origin);
    let title = NASTY.concat();
    let report = Report {
        title: title.clone(),
        moments: vec![vec![record.expect("a record")]],
        metrics: vec![],
        findings: vec![],
    };
    let page = report_html(&report).expect("a page");

    let data = PageData::read(&page);
    let example = data.example(data.record(0, 0));
    assert_eq!(example["queryTokens"], json!(NASTY));
    assert_eq!(example["keyTokens"], json!(NASTY));
    let manifest = &data.manifest;
    assert_eq!([&manifest["title"], &manifest["task"], &manifest["model"]], [title.as_str(), NASTY[0], NASTY[1]]);

    // The viewer's own text aside, no element is there that the page did not make, and no character that could begin one.
    let harmless = page_of(&[Some(3)]).expect("a page");
    for tag in ["<script", "</script", "<img", "<!--", "<style", "</style"] {
        let count = |page: &str| page.to_lowercase().matches(tag).count();
        assert_eq!(count(&page), count(&harmless), "{tag}");
    }
    assert!(page.contains("<title>&lt;/script&gt;&lt;script&gt;"));
    let (_, body) = page.split_once("<body>").expect("a body");
    assert!(!body.contains(['\u{2028}', '\u{2029}']));
}

#[test]
fn the_policy_allows_the_pages_own_script_and_style_and_nothing_else() {
    let page = page_of(&[None]).expect("a page");
    let policy = page.split_once("http-equiv=\"Content-Security-Policy\" content=\"").expect("a policy").1;
    let policy = policy.split_once('"').expect("its end").0;
    let rules: Vec<&str> = policy.split("; ").collect();
    assert_eq!(rules[0], "default-src 'none'");
    for rule in ["connect-src 'none'", "base-uri 'none'", "form-action 'none'", "img-src data: blob:"] {
        assert!(rules.contains(&rule), "{policy}");
    }
    for what in ["script-src", "style-src"] {
        let sources = rules.iter().find_map(|rule| rule.strip_prefix(what)).expect("a rule");
        assert!(sources.starts_with(" 'sha256-") && sources.matches(' ').count() == 1, "{policy}");
    }
    assert!(!policy.contains("unsafe") && !policy.contains('*') && !policy.contains("http"));
    assert!(!page.contains("src=\"") && !page.contains("href=\"http"), "nothing is fetched");
}

#[test]
fn what_a_clock_measured_is_no_part_of_a_page() {
    let line = |seconds| StepMetrics {
        step: 1,
        loss: 0.1,
        token_accuracy: 0.5,
        exact_match: None,
        learning_rate: 1e-3,
        tokens_per_second: 10.0 / seconds,
        seconds,
    };
    let page = |seconds| {
        let metrics = vec![line(seconds), StepMetrics { step: 2, exact_match: Some(0.25), ..line(seconds) }];
        report_html(&Report { title: String::new(), moments: vec![vec![record(None)]], metrics, findings: vec![] })
            .expect("a page")
    };
    assert_eq!(page(1.0), page(2.0));
    let metrics = &PageData::read(&page(1.0)).manifest["metrics"];
    assert_eq!(metrics["step"], json!([1, 2]));
    assert_eq!(metrics["exactMatch"], json!([null, 0.25]));
    assert_eq!(metrics["loss"], json!([0.1, 0.1]));
}

#[test]
fn moments_share_what_they_have_in_common() {
    let data = PageData::read(&page_of(&[Some(0), Some(5), Some(7)]).expect("a page"));
    assert_eq!(data.manifest["examples"].as_array().expect("a list").len(), 1);
    let steps = data.manifest["moments"].as_array().expect("a list").iter().map(|moment| &moment["step"]);
    assert_eq!(steps.collect::<Vec<_>>(), [0, 5, 7]);
}

#[test]
fn layers_have_the_models_numbers() {
    let weights = vec![0.5; 8];
    let tokens = || ["a", "b"].map(str::to_string).to_vec();
    let record = |layers: [usize; 2], step| {
        let origin = Origin { step: Some(step), ..Origin::default() };
        AttentionRecord::new(AttentionKind::EncoderSelf, [2, 1, 2, 2], weights.clone(), tokens(), tokens(), origin)
            .and_then(|record| record.with_layer_numbers(layers.to_vec()))
            .expect("a record")
    };
    let page = |moments: Vec<Vec<AttentionRecord>>| {
        report_html(&Report { title: String::new(), moments, metrics: vec![], findings: vec![] })
    };
    let numbers = |layers| {
        PageData::read(&page(vec![vec![record(layers, 0)]]).expect("a page")).record(0, 0)["layerNumbers"].clone()
    };
    assert_eq!(numbers([3, 11]), json!([3, 11]));
    assert_eq!(numbers([0, 1]), json!(null));
    let unlike = page(vec![vec![record([3, 11], 0)], vec![record([3, 10], 1)]]);
    assert_eq!(unlike, Err(ReportError::Unlike { step: Some(1) }));
}

#[test]
fn a_time_line_that_is_none_is_refused() {
    assert_eq!(page_of(&[]), Err(ReportError::NoRecords));
    let empty = Report { title: String::new(), moments: vec![vec![]], metrics: vec![], findings: vec![] };
    assert_eq!(report_html(&empty), Err(ReportError::NoRecords));
    let unordered = |before, after| Err(ReportError::Unordered { before, after });
    assert_eq!(page_of(&[Some(2), Some(2)]), unordered(Some(2), Some(2)));
    assert_eq!(page_of(&[Some(1), Some(3), Some(2)]), unordered(Some(3), Some(2)));
    assert_eq!(page_of(&[None, Some(2)]), unordered(None, Some(2)));
    let token = || vec!["a".to_string()];
    let origin = Origin { step: Some(4), ..Origin::default() };
    let smaller = AttentionRecord::new(AttentionKind::EncoderSelf, [1, 1, 1, 1], vec![1.0], token(), token(), origin)
        .expect("a record");
    let unlike = Report {
        title: String::new(),
        moments: vec![vec![record(Some(3))], vec![smaller]],
        metrics: vec![],
        findings: vec![],
    };
    assert_eq!(report_html(&unlike), Err(ReportError::Unlike { step: Some(4) }));
    let twice = Report {
        title: String::new(),
        moments: vec![vec![record(None), record(None)]],
        metrics: vec![],
        findings: vec![],
    };
    assert_eq!(report_html(&twice), Err(ReportError::TwoOfAKind { kind: AttentionKind::EncoderSelf, step: None }));
}

fn record(step: Option<usize>) -> AttentionRecord {
    let tokens: Vec<String> = (0..6).map(|at| at.to_string()).collect();
    let origin = Origin { step, ..Origin::default() };
    AttentionRecord::new(AttentionKind::EncoderSelf, [1, 1, 6, 6], vec![0.5; 36], tokens.clone(), tokens, origin)
        .expect("a record")
}

fn page_of(steps: &[Option<usize>]) -> Result<String, ReportError> {
    let moments = steps.iter().map(|step| vec![record(*step)]).collect();
    report_html(&Report { title: "a test".to_string(), moments, metrics: vec![], findings: vec![] })
}
