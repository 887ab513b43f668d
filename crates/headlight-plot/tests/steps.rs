//! One head step by step, masks and the scale: what is on the pictures, and that they stay as they were reviewed.

mod as_svg;

use as_svg::{svg, texts};
use headlight_plot::{Format, Picture, PlotError, PlotOptions, Scaling, Theme, Values, draw};
use headlight_record::{AttentionKind, AttentionRecord, MaskCell, Origin, Projections};

/// Three tokens, d_head 4, values of two numbers; later keys are masked, and so is the last one, as padding.
fn record(bias: bool) -> AttentionRecord {
    use MaskCell::{Causal, Padding, Visible};
    let count =
        |from: f32, step: f32, length: usize| (0..length).map(|at| from + step * (at as f32)).collect::<Vec<_>>();
    let projections = Projections {
        d_head: 4,
        d_value: 2,
        query: count(-1.0, 0.25, 12),
        key: count(0.5, -0.125, 12),
        value: count(-3.0, 1.0, 6),
        bias: bias.then(|| vec![0.0, -0.5, -1.0, -0.5, 0.0, -0.5, -1.0, -0.5, 0.0]),
    };
    let mask = vec![Visible, Causal, Causal, Visible, Visible, Causal, Visible, Visible, Padding];
    // The softmax of the masked scores is to be the record's weights.
    let mut weights = Vec::new();
    for query in 0..3 {
        let exp: Vec<f64> = (0..3)
            .map(|key| match mask[query * 3 + key] {
                Visible => score(&projections, query, key).exp(),
                _ => 0.0,
            })
            .collect();
        weights.extend(exp.iter().map(|part| (part / exp.iter().sum::<f64>()) as f32));
    }
    let tokens: Vec<String> = ["the", "<script>", "PAD"].map(String::from).to_vec();
    let origin = Origin { model: "an untrained model, seed 0".to_string(), ..Origin::default() };
    AttentionRecord::new(AttentionKind::DecoderSelf, [1, 1, 3, 3], weights, tokens.clone(), tokens, origin)
        .and_then(|record| record.with_mask(mask))
        .and_then(|record| record.with_projections(projections))
        .expect("everything fits")
}

fn product(of: &Projections, query: usize, key: usize) -> f64 {
    let term = |at: usize| f64::from(of.query[query * 4 + at]) * f64::from(of.key[key * 4 + at]);
    (0..4).map(term).sum()
}

fn score(of: &Projections, query: usize, key: usize) -> f64 {
    product(of, query, key) / 2.0 + of.bias.as_ref().map_or(0.0, |bias| f64::from(bias[query * 3 + key]))
}

fn steps(record: &AttentionRecord, query: Option<usize>) -> Picture<'_> {
    Picture::Steps { record, layer: 0, head: 0, query }
}

fn scaling() -> Scaling {
    Scaling {
        keys: 10,
        queries: 64,
        widths: vec![1, 8, 64, 512],
        scaled: vec![vec![2.0, 1.9, 1.95, 1.9], vec![1.9, 2.0, 1.85, 1.9]],
        unscaled: vec![vec![2.0, 1.1, 0.3, 0.1], vec![1.9, 1.0, 0.4, 0.2]],
    }
}

#[test]
fn the_sheet() {
    insta::assert_snapshot!(svg(&steps(&record(false), Some(1)), &PlotOptions::default()));
}

#[test]
fn the_sheet_with_a_bias_in_the_dark() {
    let options = PlotOptions { theme: Theme::Dark, ..PlotOptions::default() };
    insta::assert_snapshot!(svg(&steps(&record(true), None), &options));
}

#[test]
fn two_masks() {
    let masked = [("causal".to_string(), record(false)), ("causal and ALiBi".to_string(), record(true))];
    insta::assert_snapshot!(svg(&Picture::Masks { masked: &masked }, &PlotOptions::default()));
}

#[test]
fn the_scale() {
    insta::assert_snapshot!(svg(&Picture::Scaling(&scaling()), &PlotOptions::default()));
}

#[test]
fn every_number_of_every_step_is_written() {
    for bias in [false, true] {
        let record = record(bias);
        let of = record.projections().expect("there");
        let mask = record.mask().expect("there");
        let visible = |cell: &usize| mask[*cell] == MaskCell::Visible;
        let cells = || 0..9usize;
        // The equation once more, in float64.
        let weights: Vec<f64> = record.weights().iter().copied().map(f64::from).collect();
        let context = (0..6).map(|at| {
            let (query, column) = (at / 2, at % 2);
            (0..3).map(|key| weights[query * 3 + key] * f64::from(of.value[key * 2 + column])).sum::<f64>()
        });
        let mut expected: Vec<f64> = of.query.iter().copied().map(f64::from).collect();
        expected.extend(of.key.iter().copied().map(f64::from));
        expected.extend(cells().map(|cell| product(of, cell / 3, cell % 3)));
        expected.extend(cells().map(|cell| product(of, cell / 3, cell % 3) / 2.0));
        expected.extend(of.bias.iter().flatten().copied().map(f64::from));
        expected.extend(cells().filter(visible).map(|cell| score(of, cell / 3, cell % 3)));
        expected.extend(cells().filter(visible).map(|cell| weights[cell]));
        expected.extend(of.value.iter().copied().map(f64::from));
        expected.extend(context);
        let written = |number: &f64| format!("{number:.2}").replace("-0.00", "0.00").replace('-', "−");
        let mut expected: Vec<String> = expected.iter().map(written).collect();

        let mut found = texts(&svg(&steps(&record, None), &PlotOptions::default()));
        // Numbers with two digits behind the point on cells; colour bars have others beside them, in another size.
        let document = svg(&steps(&record, None), &PlotOptions::default());
        let document = roxmltree::Document::parse(&document).expect("XML");
        let on_cells = document
            .descendants()
            .filter(|node| node.has_tag_name("text") && matches!(node.attribute("font-size"), Some("10" | "9")));
        let mut on_cells: Vec<String> = on_cells.map(|node| node.text().unwrap_or_default().to_string()).collect();
        on_cells.sort();
        expected.sort();
        assert_eq!(on_cells, expected, "bias: {bias}");
        found.retain(|text| text.ends_with("× 4") || text.ends_with("× 3") || text.ends_with("× 2"));
        let shapes = ["3 × 4", "4 × 3", "3 × 3", "3 × 3", "3 × 3", "3 × 3", "3 × 2", "3 × 2"];
        assert_eq!(found.len(), shapes.len() + usize::from(bias), "{found:?}");
        assert!(shapes.iter().all(|shape| found.iter().any(|found| found == shape)), "{found:?}");
    }
}

#[test]
fn the_equation_is_read_from_left_to_right() {
    let document = svg(&steps(&record(true), None), &PlotOptions::default());
    let document = roxmltree::Document::parse(&document).expect("XML");
    let position = |words: &str| {
        let node = document.descendants().find(|node| node.has_tag_name("text") && node.text() == Some(words));
        let node = node.unwrap_or_else(|| panic!("'{words}' is not there"));
        let number = |name| node.attribute(name).expect("a position").parse::<f64>().expect("a number");
        (number("x"), number("y"))
    };
    for line in [
        ["Q", "Kᵀ", "Q Kᵀ", "÷ √d_head", "scores"],
        ["bias", "mask", "masked scores", "softmax", "weights"],
        ["mask", "softmax", "weights", "V", "context"],
    ] {
        let positions = line.map(position);
        assert!(positions.windows(2).all(|pair| pair[0].0 < pair[1].0), "{line:?}: {positions:?}");
    }
    assert!(position("scores").1 < position("context").1);
    assert!(
        texts(&svg(&steps(&record(true), None), &PlotOptions::default())).iter().any(|text| text.contains("seed 0"))
    );
}

#[test]
fn what_is_asked_for_is_followed_and_masked_cells_are_explained() {
    let has = |picture: &Picture<'_>, words: &str| {
        texts(&svg(picture, &PlotOptions::default())).iter().any(|text| text == words)
    };
    let record = record(false);
    assert!(has(&steps(&record, Some(1)), "framed: the row of query 1, <script>"));
    for words in ["hidden: a later token", "hidden: padding", "÷ √4 = 2", "query", "key", "feature"] {
        assert!(has(&steps(&record, None), words), "{words}");
    }
    let quiet = PlotOptions { values: Values::Never, ..PlotOptions::default() };
    assert!(!texts(&svg(&steps(&record, None), &quiet)).iter().any(|text| text == "−0.25"));
}

#[test]
fn equal_requests_give_equal_bytes() {
    let (record, scaling) = (record(true), scaling());
    let masked = [("causal".to_string(), record.clone())];
    for format in [Format::Png, Format::Svg] {
        let options = PlotOptions { format, ..PlotOptions::default() };
        for picture in [steps(&record, Some(0)), Picture::Masks { masked: &masked }, Picture::Scaling(&scaling)] {
            let bytes = || draw(&picture, &options).expect("a picture").bytes;
            assert_eq!(bytes(), bytes());
        }
    }
}

#[test]
fn what_cannot_be_drawn_is_said() {
    let refused = |picture: &Picture<'_>| draw(picture, &PlotOptions::default()).expect_err("refused");
    let record = record(false);
    let bare = record.clone().without_projections();
    assert!(matches!(refused(&steps(&bare, None)), PlotError::NoProjections));
    assert!(matches!(refused(&steps(&record, Some(3))), PlotError::Query { query: 3, queries: 3 }));
    assert!(matches!(
        refused(&Picture::Steps { record: &record, layer: 1, head: 0, query: None }),
        PlotError::Layer { .. }
    ));
    assert!(matches!(
        refused(&Picture::Steps { record: &record, layer: 0, head: 1, query: None }),
        PlotError::Head { .. }
    ));
    assert!(matches!(refused(&Picture::Masks { masked: &[] }), PlotError::Nothing));
    assert!(matches!(refused(&Picture::Masks { masked: &[(String::new(), bare)] }), PlotError::NoProjections));
    for wrong in [
        Scaling { widths: vec![1, 8, 64], ..scaling() },
        Scaling { widths: vec![1, 8, 8, 64], ..scaling() },
        Scaling { widths: vec![0, 8, 64, 512], ..scaling() },
        Scaling { keys: 1, ..scaling() },
        Scaling { scaled: Vec::new(), ..scaling() },
        Scaling { unscaled: vec![vec![f64::NAN; 4]], ..scaling() },
    ] {
        assert!(matches!(refused(&Picture::Scaling(&wrong)), PlotError::Numbers), "{wrong:?}");
    }
}
