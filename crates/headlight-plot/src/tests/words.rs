//! Labels, ticks and notes.

use headlight_record::{AttentionKind, AttentionRecord, Origin, StepMetrics};

use crate::layout::style::Style;
use crate::numbers::{rounded, ticks};
use crate::options::{FullColour, PlotOptions, Shading};
use crate::pictures::Picture;
use crate::tests::fixtures::{heads, plain_pen, record};

#[test]
fn the_first_token_is_labelled_and_the_last_where_there_is_room() {
    let pen = plain_pen();
    for count in [2, 10, 64, 128, 300, 1500] {
        let words: Vec<String> = (0..count).map(|at| format!("<{at}>")).collect();
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        let record = record([1, 1, count, count], &words);
        let options = PlotOptions::default();
        let figure = heads(&record, &[0], &[0]).figure(&Style::new(&pen, &options, 1.0)).expect("it fits");
        for word in [words[0], words[count - 1]] {
            let labels = figure.texts.iter().filter(|text| text.words == word).count();
            assert_eq!(labels, 2, "{word} of {count}");
        }
    }
}

#[test]
fn a_long_axis_takes_no_queries_from_the_other() {
    let (pen, options) = (plain_pen(), PlotOptions::default());
    for [queries, keys] in [[8, 2048], [2048, 8], [30, 2048]] {
        let words: Vec<String> = (0..2048).map(|at| format!("t{at}")).collect();
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        let record = record([1, 1, queries, keys], &words);
        let figure = heads(&record, &[0], &[0]).figure(&Style::new(&pen, &options, 1.0)).expect("it fits");
        let panel = &figure.panels[0];
        let (rows, columns) = (panel.values.len() / panel.columns, panel.columns);
        assert_eq!([rows, columns], [queries, keys].map(|count| if count == 2048 { 1024 } else { count }));
        // Each cell is the largest of its own query's two weights, or of its own key's.
        let largest = |row: usize, column: usize| {
            let cells = (0..2048 / rows.max(columns)).map(|at| match queries < keys {
                true => record.row(0, 0, row)[2 * column + at],
                false => record.row(0, 0, 2 * row + at)[column],
            });
            cells.fold(0.0, f32::max)
        };
        for (at, value) in panel.values.iter().enumerate() {
            assert_eq!(*value, largest(at / columns, at % columns), "{at}");
        }
        let said = if queries < keys { "largest of 1 × 2 weights" } else { "largest of 2 × 1 weights" };
        assert!(figure.texts.iter().any(|text| text.words.ends_with(said)), "{said}");
        if rows.min(columns) == 8 {
            let labels = |at: usize| figure.texts.iter().filter(|text| text.words == format!("t{at}")).count();
            assert!((0..8).all(|at| labels(at) >= 1), "each of the eight has its label");
        }
    }
}

#[test]
fn rows_that_do_not_sum_to_1_are_named_on_the_picture() {
    let tokens: Vec<String> = ["a", "b"].map(String::from).to_vec();
    let of = |weights: [f32; 4]| {
        let (kind, tokens) = (AttentionKind::EncoderSelf, tokens.clone());
        AttentionRecord::new(kind, [1, 1, 2, 2], weights.to_vec(), tokens.clone(), tokens, Origin::default())
            .expect("a record")
    };
    let (good, short, large) = (of([0.5, 0.5, 0.0, 0.0]), of([0.5, 0.25, 0.5, 0.5]), of([8.0, 0.0, 0.5, 0.5]));
    let pen = plain_pen();
    let words = |picture: &Picture<'_>, options: &PlotOptions| {
        let figure = picture.figure(&Style::new(&pen, options, 1.0)).expect("it fits");
        figure.texts.into_iter().map(|text| text.words).collect::<Vec<_>>().join("\n")
    };
    let plain = PlotOptions::default();
    let kinds = |record: &AttentionRecord| {
        let sheet = [record.clone()];
        [
            words(&heads(record, &[0], &[0]), &plain),
            words(&Picture::Sheet { records: &sheet, layers: None, heads: None }, &plain),
            words(&Picture::Lines { record, layers: &[0], heads: &[0] }, &plain),
        ]
    };
    for said in kinds(&good) {
        assert!(!said.contains("sum") && !said.contains('≥') && !said.contains("above"), "{said}");
    }
    for said in kinds(&short) {
        assert!(said.contains("not all rows sum to 1: the furthest sums to 0.75") && !said.contains('≥'), "{said}");
    }
    for (at, said) in kinds(&large).into_iter().enumerate() {
        assert!(said.contains("the furthest sums to 8"), "{said}");
        // Lines have no colours for weights.
        let clipped = said.contains("weights above 1 have the last colour") && said.contains("\n≥ 1\n");
        assert_eq!(clipped, at != 2, "{said}");
    }
    let logarithmic = PlotOptions { shading: Shading::Logarithmic, ..plain.clone() };
    assert!(words(&heads(&large, &[0], &[0]), &logarithmic).contains("\n≥ 1\n"));
    // Where the last colour is the panel's largest weight, nothing is beyond it.
    let normalized = PlotOptions { full_colour: FullColour::PanelMaximum, ..plain.clone() };
    let said = words(&heads(&large, &[0], &[0]), &normalized);
    assert!(said.contains("sums to 8") && !said.contains('≥') && !said.contains("above 1"), "{said}");
    let difference = |records| Picture::Difference { records, names: ["x", "y"], layers: &[0], heads: &[0] };
    let said = words(&difference([&good, &large]), &plain);
    assert!(said.contains("\n≤ −1\n") && said.contains("differences beyond −1 and 1"), "{said}");
    assert!(!words(&difference([&good, &good]), &plain).contains('≤'));
}

#[test]
fn spread_attention_has_its_lines() {
    let lines = |record: &AttentionRecord, threshold| {
        let options = PlotOptions { threshold, ..PlotOptions::default() };
        let picture = Picture::Lines { record, layers: &[0], heads: &[0] };
        let pen = plain_pen();
        let figure = picture.figure(&Style::new(&pen, &options, 1.0)).expect("it fits");
        assert!(figure.strokes.iter().all(|stroke| (0.05..=1.0).contains(&stroke.opacity)));
        let name = figure.texts.iter().find(|text| text.words.starts_with("layer 0")).expect("a name").words.clone();
        (figure.strokes.len(), name)
    };
    for count in [1, 30, 60, 128] {
        let tokens = vec!["a".to_string(); count];
        let weights = vec![1.0 / count as f32; count * count];
        let (kind, shape) = (AttentionKind::EncoderSelf, [1, 1, count, count]);
        let uniform = AttentionRecord::new(kind, shape, weights, tokens.clone(), tokens, Origin::default());
        let uniform = uniform.expect("a record");
        assert_eq!(lines(&uniform, None), (count * count, "layer 0 · head 0".to_string()));
        let all = if count == 1 { (1, "layer 0 · head 0") } else { (0, "layer 0 · head 0 · 100 % left out") };
        assert_eq!(lines(&uniform, Some(0.9)), (all.0, all.1.to_string()));
    }
    // Of four keys with 0.97 and three times 0.01, the three are left out, as ever.
    let tokens = vec!["a".to_string(); 4];
    let weights = [0.97, 0.01, 0.01, 0.01].repeat(4);
    let (kind, shape) = (AttentionKind::EncoderSelf, [1, 1, 4, 4]);
    let peaked = AttentionRecord::new(kind, shape, weights, tokens.clone(), tokens, Origin::default());
    assert_eq!(lines(&peaked.expect("a record"), None), (4, "layer 0 · head 0 · 3 % left out".to_string()));
}

#[test]
fn numbers_of_any_size_have_ticks_of_their_own() {
    let (pen, options) = (plain_pen(), PlotOptions::default());
    let line = |step: usize, loss: f64, learning_rate: f64| StepMetrics {
        step,
        loss,
        token_accuracy: 0.5,
        exact_match: None,
        learning_rate,
        tokens_per_second: 1.0,
        seconds: 1.0,
    };
    for (loss, rate) in [(2.0, 1e-7), (5e-324, 1e-300), (1e300, 3e-40), (0.0, 0.0), (f64::NAN, f64::INFINITY)] {
        let metrics: Vec<StepMetrics> = (1..4).map(|step| line(step, loss, rate * step as f64)).collect();
        let picture = Picture::Curves { metrics: &metrics };
        let figure = picture.figure(&Style::new(&pen, &options, 1.0)).expect("it fits");
        assert!(figure.texts.len() < 60, "{}", figure.texts.len());
        let numbers = ticks(0.0, if rate > 0.0 { 3.0 * rate } else { 1.0 }, 5.0);
        let numbers: Vec<String> = numbers.into_iter().map(rounded).collect();
        assert!(numbers.iter().enumerate().all(|(at, words)| !numbers[..at].contains(words)), "{numbers:?}");
        let shown = |words: &String| figure.texts.iter().any(|text| text.words == *words);
        assert!(rate.is_infinite() || numbers.iter().all(shown), "{numbers:?}");
    }
    let error = Picture::Curves { metrics: &[] }.check().expect_err("nothing was measured").to_string();
    assert!(error.contains("no step was measured") && !error.contains("head"), "{error}");
}
