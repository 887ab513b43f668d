//! When roles appear, on moments made by hand.

mod fixed;

use fixed::{Fixed, alone, example};
use headlight_lens::{Examples, Moment, Thresholds, head_scores, training};
use headlight_model::AttentionKind::DecoderSelf;
use headlight_model::{Architecture, TransformerConfig};
use headlight_record::findings::{Ablation, Appearance, Baseline, Cell, Chart, Estimate, Replacement};
use headlight_record::{Head, Origin};
use headlight_train::{Task, tasks};

/// A head of two that has this weight on the previous token, the rest on itself; the other always looks at itself.
fn moment(step: usize, previous: f32) -> Moment {
    let rows = |on: f32| [[1.0, 0.0, 0.0], [on, 1.0 - on, 0.0], [0.0, on, 1.0 - on]].concat();
    let model = Fixed { kind: DecoderSelf, heads: vec![rows(previous), rows(0.0)], size: [3, 3] };
    let scores = head_scores(&model, &alone(example("", "^ab")), None, &Thresholds::of_all(0.6));
    let known = |mean: f64| Estimate { mean, low: mean, high: mean, examples: 1 };
    let ablation = |head: usize| Ablation {
        what: format!("L0H{head}"),
        with: Replacement::Mean,
        exact_match: 0.0,
        exact_match_change: -f64::from(previous),
        loss_change: f64::from(previous),
        low: -1.0,
        high: 0.0,
        loss_low: 0.0,
        loss_high: 1.0,
        examples: 1,
        gradient: None,
        heads: vec![Head { kind: DecoderSelf, layer: 0, head }],
        feed_forward: Vec::new(),
        failures: Vec::new(),
    };
    Moment {
        step,
        scores,
        baseline: Baseline { exact_match: known(step as f64 / 40.0), loss: known(1.0) },
        ablations: vec![ablation(0), ablation(1)],
    }
}

#[test]
fn a_role_appears_at_the_step_from_which_on_the_head_has_it() {
    // It has it at step 10, loses it, and has it from step 30 on; the role that it has in between is gone at the end.
    let moments: Vec<Moment> =
        [(0, 0.5), (10, 0.75), (20, 0.25), (30, 0.75), (40, 1.0)].map(|(step, on)| moment(step, on)).to_vec();
    let findings = training(&moments);
    let rows: Vec<[Cell; 3]> = findings.tables[0]
        .rows
        .iter()
        .filter(|row| row[1] != Cell::from("mirrored position"))
        .map(|row| [row[0].clone(), row[1].clone(), row[2].clone()])
        .collect();
    let row = |head: &str, role: &str, step: usize| [Cell::from(head), Cell::from(role), Cell::from(step)];
    let of_other = |role| row("L0H1", role, 0);
    assert_eq!(rows[0], of_other("same position"), "{rows:?}");
    assert!(rows.contains(&row("L0H0", "previous token", 30)), "{rows:?}");
    assert!(!rows.contains(&row("L0H0", "same position", 20)), "{rows:?}");
    // Programs read the same as data.
    let of_table = |(row, found): (&Vec<Cell>, &Appearance)| {
        let cells = [found.head.short().into(), found.role.as_str().into(), found.step.into(), found.score.into()];
        assert_eq!(*row, cells);
    };
    assert_eq!(findings.tables[0].rows.len(), findings.appearances.len());
    findings.tables[0].rows.iter().zip(&findings.appearances).for_each(of_table);
    let is_role = |found: &&Appearance| (found.head.layer, found.head.head) == (0, 0) && found.role == "previous token";
    let found: Vec<&Appearance> = findings.appearances.iter().filter(is_role).collect();
    assert_eq!(found.len(), 1);
    assert_eq!((found[0].step, found[0].score.map(|score| score.mean)), (30, Some(1.0)));
    assert!(findings.notes[1].contains("its mean over the examples"), "{:?}", findings.notes);
}

#[test]
fn curves_have_a_point_for_each_moment() {
    let moments = [moment(0, 0.25), moment(40, 1.0)];
    let findings = training(&moments);
    let curves = |name: &str| {
        let of_name = findings.charts.iter().find(|chart| chart.name() == name).unwrap_or_else(|| panic!("{name}"));
        let Chart::Curves(curves) = of_name else { panic!("{name}") };
        curves.curves.iter().map(|curve| (curve.label.clone(), curve.points.clone())).collect::<Vec<_>>()
    };
    let previous = curves("training_previous");
    assert_eq!(previous.len(), 2);
    assert_eq!(previous[0], ("L0H0".to_string(), vec![(0.0, 0.25, [0.25; 2]), (40.0, 1.0, [1.0; 2])]));
    let effect = curves("training_ablated_exact_match");
    assert_eq!(effect[1], ("L0H1".to_string(), vec![(0.0, -0.25, [-1.0, 0.0]), (40.0, -1.0, [-1.0, 0.0])]));
    assert_eq!(curves("training_ablated_loss")[0].1[1], (40.0, 1.0, [0.0, 1.0]));
    assert_eq!(curves("training_exact_match")[0].1[1].1, 1.0);
    for chart in &findings.charts {
        let Chart::Curves(curves) = chart else { panic!("{}", chart.name()) };
        let heads: Vec<Option<usize>> = curves.curves.iter().map(|curve| curve.head.map(|head| head.head)).collect();
        let expected = if curves.name == "training_exact_match" { vec![None] } else { vec![Some(0), Some(1)] };
        assert_eq!(heads, expected, "{}", curves.name);
    }
}

#[test]
fn baseline_and_effects_are_of_the_same_examples_and_the_others_are_counted() {
    let task =
        Task { length: 4, min_length: Some(3), symbols: 6, ..Task::new(&tasks::copy::SPEC, Architecture::Decoder) };
    let held_out = task.held_out(7, 80).examples;
    let of_length = |length: usize| held_out.iter().filter(move |example| example.source.len() == length).cloned();
    let chosen: Vec<_> = of_length(3).take(1).chain(of_length(4).take(7)).collect();
    let examples = Examples::of_task(&task, &chosen, Origin::default(), 0, &fixed::device());
    let config = TransformerConfig { d_model: 16, n_heads: 2, ..TransformerConfig::decoder(task.vocabulary_size()) };
    let model = config.init(&fixed::device());
    for (with, expected) in [(Replacement::Mean, 7), (Replacement::Zero, 8)] {
        let moment = Moment::of(0, &model, &examples, None, &Thresholds::default(), with).expect("seven have partners");
        assert_eq!((moment.scores.examples, moment.baseline.loss.examples), (8, expected));
        assert!(moment.ablations.iter().all(|ablation| ablation.examples == expected));
        let (before, first) = (moment.baseline.exact_match.mean, &moment.ablations[0]);
        assert!((before + first.exact_match_change - first.exact_match).abs() < 1e-12, "{with:?}");
        let notes = training(&[moment]).notes;
        let is_said = notes.iter().any(|note| note.contains("1 example is left out"));
        assert_eq!(is_said, expected == 7, "{notes:?}");
    }
}
