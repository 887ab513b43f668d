use std::collections::BTreeMap;

use serde::de::IgnoredAny;

use super::Findings;

impl Findings {
    /// Findings from the bytes of a JSON file; `None` where they hold something else, which has no key `lens`.
    ///
    /// # Errors
    ///
    /// When findings are damaged.
    pub fn from_json(bytes: &[u8]) -> Result<Option<Self>, serde_json::Error> {
        let keys: Result<BTreeMap<String, IgnoredAny>, _> = serde_json::from_slice(bytes);
        match keys {
            Ok(keys) if keys.contains_key("lens") => serde_json::from_slice(bytes).map(Some),
            Ok(_) | Err(_) => Ok(None),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::findings::{
        Ablation, Appearance, Axis, Bands, Bar, Bars, Baseline, Bright, Cell, Cells, Chart, Column, Counted, Curve,
        Curves, Estimate, FeedForward, Grid, HeadFinding, Numbered, Replacement, Scale, Score, Table,
    };
    use crate::{AttentionKind, Head, Origin};

    const ESTIMATE: Estimate = Estimate { mean: 0.5, low: 0.25, high: 0.75, examples: 256 };
    const HEAD: Head = Head { kind: AttentionKind::Cross, layer: 1, head: 2 };

    /// Findings of everything that there is.
    fn findings() -> Findings {
        let text = str::to_string;
        Findings {
            lens: text("heads"),
            origin: Origin { task: text("copy"), model: text("decoder"), step: Some(80) },
            examples: 256,
            seed: 7,
            counted: Counted::Tokens,
            baseline: Some(Baseline { exact_match: ESTIMATE, loss: ESTIMATE }),
            scores: vec![Score { name: text("previous"), title: text("previous token") }],
            heads: vec![HeadFinding {
                head: HEAD,
                roles: vec![text("previous token")],
                scores: [(text("previous"), ESTIMATE), (text("entropy"), ESTIMATE)].into(),
            }],
            ablations: vec![Ablation {
                what: text("L1H2+FF0"),
                with: Replacement::Resample,
                exact_match: 0.25,
                exact_match_change: -0.5,
                loss_change: 1.5,
                low: -0.75,
                high: -0.25,
                loss_low: 1.25,
                loss_high: 1.75,
                examples: 256,
                gradient: Some(ESTIMATE),
                heads: vec![HEAD],
                feed_forward: vec![FeedForward { stack: AttentionKind::DecoderSelf, layer: 0 }],
                failures: vec![["3 1", "3 1", "3 3"].map(text)],
            }],
            appearances: vec![
                Appearance { head: HEAD, role: text("previous token"), step: 25, score: Some(ESTIMATE) },
                Appearance { head: HEAD, role: text("induction"), step: 50, score: None },
            ],
            tables: vec![Table {
                title: String::new(),
                columns: vec![Column::new("head", "head"), Column::detail("score", "score")],
                rows: vec![
                    vec!["L1H2".into(), ESTIMATE.into()],
                    vec![3_usize.into(), 3.0.into()],
                    vec![(-0.125).into(), Cell::Empty],
                ],
            }],
            charts: vec![
                Chart::Grid(Grid {
                    name: text("grid"),
                    title: text("title"),
                    quantity: text("logit"),
                    scale: Scale::Signed,
                    down: Axis { title: text("layer"), labels: vec![text("0")] },
                    across: Axis { title: text("position"), labels: vec![text("3"), text("1")] },
                    panels: vec![(text("stream"), vec![0.5, -1.0])],
                }),
                Chart::Bars(Bars {
                    name: text("bars"),
                    title: text("title"),
                    quantity: text("change"),
                    bars: vec![
                        Bar { label: text("L0H0"), value: -0.5, interval: Some([-0.75, -0.25]) },
                        Bar { label: text("L0H1"), value: 0.0, interval: None },
                    ],
                }),
                Chart::Curves(Curves {
                    name: text("curves"),
                    title: text("title"),
                    across: text("training step"),
                    quantity: text("score"),
                    curves: vec![
                        Curve { label: text("L1H2"), head: Some(HEAD), points: vec![(25.0, 0.5, [0.25, 0.75])] },
                        Curve { label: text("unchanged model"), head: None, points: vec![(25.0, 1.0, [1.0, 1.0])] },
                    ],
                    bands: Bands::Quartiles,
                }),
                Chart::Cells(Cells {
                    name: text("cells"),
                    title: text("title"),
                    quantity: text("steps"),
                    most: 250.0,
                    bright: Bright::Little,
                    down: Axis { title: text("heads"), labels: vec![text("1")] },
                    across: Axis { title: text("d-model"), labels: vec![text("16"), text("32")] },
                    cells: vec![Some(Numbered { number: 250.0, text: text("250"), words: vec![text("3 of 4")] }), None],
                    below: text("runs solved"),
                    absent: text("no run was solved"),
                    notes: vec![text("a note")],
                }),
            ],
            notes: vec![text("a mean ablation leaves the distribution that the model knows")],
        }
    }

    #[test]
    fn findings_come_back_as_they_were() {
        let bytes = serde_json::to_vec_pretty(&findings()).expect("JSON");
        assert_eq!(Findings::from_json(&bytes).expect("ours"), Some(findings()));
        let empty = Findings { lens: "flow".to_string(), ..Findings::default() };
        let bytes = serde_json::to_vec(&empty).expect("JSON");
        assert_eq!(Findings::from_json(&bytes).expect("ours"), Some(empty));
    }

    #[test]
    fn programs_find_heads_ablations_and_the_baseline() {
        let all = serde_json::to_value(findings()).expect("JSON");
        let estimate = json!({"mean": 0.5, "low": 0.25, "high": 0.75, "examples": 256});
        let head = json!({"kind": "cross", "layer": 1, "head": 2, "roles": ["previous token"],
            "previous": estimate, "entropy": estimate});
        assert_eq!(all["heads"], json!([head]));
        assert_eq!(all["baseline"], json!({"exact_match": estimate, "loss": estimate}));
        let ablation = &all["ablations"][0];
        let keys = ["what", "with", "exact_match", "exact_match_change", "loss_change", "low", "high"];
        let values =
            [json!("L1H2+FF0"), json!("resample"), json!(0.25), json!(-0.5), json!(1.5), json!(-0.75), json!(-0.25)];
        assert_eq!(keys.map(|key| ablation[key].clone()), values);
        assert_eq!(ablation["heads"], json!([{"kind": "cross", "layer": 1, "head": 2}]));
        assert_eq!(all["tables"][0]["rows"][1], json!([3, 3.0]), "a count has no point, a number has one");
    }

    #[test]
    fn programs_find_the_head_of_a_curve_and_when_a_role_appeared() {
        let all = serde_json::to_value(findings()).expect("JSON");
        let estimate = json!({"mean": 0.5, "low": 0.25, "high": 0.75, "examples": 256});
        let curves = &all["charts"][2]["curves"];
        assert_eq!(curves[0]["head"], json!({"kind": "cross", "layer": 1, "head": 2}));
        assert_eq!(curves[1].get("head"), None, "a curve of no head has no such key");
        let appearance = |role, step| json!({"kind": "cross", "layer": 1, "head": 2, "role": role, "step": step});
        let mut first = appearance("previous token", 25);
        first["score"] = estimate;
        assert_eq!(all["appearances"], json!([first, appearance("induction", 50)]));
    }

    #[test]
    fn findings_written_before_curves_had_heads_are_read() {
        let mut all = serde_json::to_value(findings()).expect("JSON");
        all.as_object_mut().expect("an object").remove("appearances");
        all["charts"][2]["curves"][0].as_object_mut().expect("an object").remove("head");
        let read = Findings::from_json(all.to_string().as_bytes()).expect("ours").expect("findings");
        assert_eq!(read.appearances, []);
        let Chart::Curves(curves) = &read.charts[2] else { panic!("curves") };
        assert_eq!(curves.curves[0].head, None);
    }

    #[test]
    fn other_json_is_not_ours_and_damage_is_said() {
        for other in ["", "[[0.5, 0.5]]", "{\"weights\": [[1.0]]}", "no JSON", "{\"lens\""] {
            assert_eq!(Findings::from_json(other.as_bytes()).expect("another's"), None, "{other}");
        }
        let mut damaged = serde_json::to_value(findings()).expect("JSON");
        damaged["heads"][0]["layer"] = Value::from("one");
        assert!(Findings::from_json(damaged.to_string().as_bytes()).is_err());
    }
}
