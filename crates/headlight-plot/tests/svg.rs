//! SVG: what is in it, that it is XML, and that the main kinds of picture stay as they were reviewed.

mod as_svg;

use as_svg::{svg, texts};
use headlight_plot::{Colormap, Format, FullColour, Picture, PlotOptions, Shading, Theme, draw, rotary_chart};
use headlight_record::findings::{Axis, Chart, Grid, Scale};
use headlight_record::{AttentionKind, AttentionRecord, MaskCell, Origin, StepMetrics};

/// A decoder's heads: each query attends mostly to the key `head` positions before it. The last key is padding.
fn record(layers: usize, heads: usize, tokens: &[&str]) -> AttentionRecord {
    let count = tokens.len();
    let cell = |at: usize| match (at / count, at % count) {
        (_, key) if key + 1 == count && count > 1 => MaskCell::Padding,
        (query, key) if key > query => MaskCell::Causal,
        _ => MaskCell::Visible,
    };
    let mask: Vec<MaskCell> = (0..count * count).map(cell).collect();
    let mut weights = Vec::new();
    for head in (0..layers).flat_map(|_| 0..heads) {
        for query in 0..count {
            let visible = mask[query * count..][..count].iter().map(|cell| *cell == MaskCell::Visible);
            let raw = visible.enumerate().map(|(key, visible)| match query.abs_diff(key + head) {
                _ if !visible => 0.0,
                distance => 0.5f32.powi(distance as i32 * 2),
            });
            let raw: Vec<f32> = raw.collect();
            let sum: f32 = raw.iter().sum();
            weights.extend(raw.iter().map(|weight| weight / sum));
        }
    }
    let tokens: Vec<String> = tokens.iter().map(ToString::to_string).collect();
    let origin = Origin { task: "copy".to_string(), model: "decoder".to_string(), step: Some(70) };
    let alignment = (0..count).map(|query| if query == 2 { vec![1] } else { Vec::new() }).collect();
    AttentionRecord::new(
        AttentionKind::DecoderSelf,
        [layers, heads, count, count],
        weights,
        tokens.clone(),
        tokens,
        origin,
    )
    .and_then(|record| record.with_mask(mask))
    .and_then(|record| record.with_alignment(alignment))
    .expect("a record")
}

#[test]
fn one_head() {
    let record = record(1, 1, &["BOS", "7", "SEP", "PAD"]);
    insta::assert_snapshot!(svg(
        &Picture::Heads { record: &record, layers: &[0], heads: &[0] },
        &PlotOptions::default()
    ));
}

#[test]
fn a_grid_with_every_mark() {
    let record = record(2, 2, &["BOS", "7", "SEP", "PAD"]);
    let options = PlotOptions {
        theme: Theme::Dark,
        colormap: Colormap::Magma,
        threshold: Some(0.01),
        shading: Shading::Logarithmic,
        full_colour: FullColour::PanelMaximum,
        title: Some("Four heads".to_string()),
        ..PlotOptions::default()
    };
    insta::assert_snapshot!(svg(&Picture::Heads { record: &record, layers: &[0, 1], heads: &[0, 1] }, &options));
}

#[test]
fn a_sheet() {
    let records = [record(1, 2, &["BOS", "7", "SEP", "PAD"]), record(1, 2, &["a", "b", "c"])];
    insta::assert_snapshot!(svg(
        &Picture::Sheet { records: &records, layers: None, heads: None },
        &PlotOptions::default()
    ));
}

#[test]
fn a_sheet_of_some_heads() {
    let records = [record(2, 3, &["a", "b"]), record(2, 3, &["a", "b", "c"])];
    let sheet = |layers, heads| Picture::Sheet { records: &records, layers, heads };
    let shown = |picture: &Picture<'_>, what: &str| {
        let texts = texts(&svg(picture, &PlotOptions::default()));
        texts.iter().filter(|text| text.starts_with(what)).count()
    };
    assert_eq!([shown(&sheet(None, None), "head "), shown(&sheet(None, None), "layer ")], [6, 4]);
    let some = sheet(Some(&[1]), Some(&[2, 0]));
    assert_eq!([shown(&some, "head 2"), shown(&some, "head 1"), shown(&some, "layer 1")], [2, 0, 2]);
    let error = draw(&sheet(Some(&[2]), None), &PlotOptions::default()).expect_err("no such layer").to_string();
    assert!(error.contains("layer 2 does not exist"), "{error}");
}

/// Numbers of both signs in rows and columns.
fn grid(panels: Vec<(String, Vec<f64>)>, [down, across]: [Axis; 2]) -> Grid {
    let (title, quantity) = ("numbers".to_string(), "value".to_string());
    Grid { name: "grid".to_string(), title, quantity, scale: Scale::Signed, down, across, panels }
}

fn axis(title: &str, count: usize) -> Axis {
    Axis { title: title.to_string(), labels: (0..count).map(|at| at.to_string()).collect() }
}

#[test]
fn numbers_stand_on_all_cells_or_on_none() {
    let written = |first: f64| {
        let mut values = vec![0.25; 64];
        values[0] = first;
        let panels = (0..4).map(|at| (format!("panel {at}"), values.clone())).collect();
        let chart = Chart::Grid(grid(panels, [axis("place", 8), axis("feature", 8)]));
        let texts = texts(&svg(&Picture::Chart(&chart), &PlotOptions::default()));
        texts.iter().filter(|text| *text == "0.25").count()
    };
    // Beside a number of −0.33, which is too long for its cell, the others would tell half the story.
    assert!(written(0.33) >= 4 * 63);
    assert!(written(-0.33) <= 1);
    // What is too small to be written needs no room.
    assert!(written(-0.003) >= 4 * 63);
}

#[test]
fn a_matrix_of_one_sign_has_half_a_bar() {
    let bar = |panel: Vec<f64>| {
        let chart = Chart::Grid(grid(vec![(String::new(), panel)], [axis("place", 1), axis("feature", 3)]));
        texts(&svg(&Picture::Chart(&chart), &PlotOptions::default())).join(" ")
    };
    let both = bar(vec![-10.0, 0.0, 7.5]);
    assert!(both.contains("−10 −5 0 5"), "{both}");
    let below = bar(vec![-11.75, -3.0, 0.0]);
    assert!(below.contains("−10 −5 0 value"), "{below}");
    // All equal, all zero: there is still a bar.
    assert!(bar(vec![0.0; 3]).contains("−1 −0.5 0 0.5 1"));
}

#[test]
fn lines_between_tokens() {
    let record = record(1, 2, &["BOS", "7", "SEP", "PAD"]);
    let picture = Picture::Lines { record: &record, layers: &[0], heads: &[0, 1] };
    let svg = svg(&picture, &PlotOptions::default());
    let document = roxmltree::Document::parse(&svg).expect("XML");
    let lines =
        document.descendants().filter(|node| node.has_tag_name("path") && node.attribute("fill") == Some("none"));
    let drawn = record.weights().iter().filter(|weight| **weight >= 0.02).count();
    assert_eq!(lines.count(), drawn);
    let strict = self::svg(&picture, &PlotOptions { threshold: Some(0.5), ..PlotOptions::default() });
    assert_eq!(
        strict.matches("fill=\"none\"").count(),
        record.weights().iter().filter(|weight| **weight >= 0.5).count()
    );
    assert!(strict.contains("weights below 0.5 are left out"));
    insta::assert_snapshot!(svg);
}

#[test]
fn a_difference() {
    let records = [record(1, 2, &["BOS", "7", "SEP", "PAD"]), record(1, 2, &["BOS", "7", "SEP", "PAD"])];
    let pair = [records[0].one_head(0, 0), records[1].one_head(0, 1)];
    let picture =
        Picture::Difference { records: [&pair[0], &pair[1]], names: ["head 0", "head 1"], layers: &[0], heads: &[0] };
    let drawn = svg(&picture, &PlotOptions::default());
    // A head minus itself leaves the middle colour alone, and no number.
    let nothing = Picture::Difference { records: [&pair[0], &pair[0]], names: ["a", "a"], layers: &[0], heads: &[0] };
    let texts = texts(&svg(&nothing, &PlotOptions::default()));
    assert!(texts.iter().all(|text| !text.contains("0.00")), "{texts:?}");
    insta::assert_snapshot!(drawn);
}

#[test]
fn curves() {
    let line = |step: usize| StepMetrics {
        step,
        loss: 3.0 / step as f64,
        token_accuracy: 1.0 - 1.0 / step as f64,
        exact_match: step.is_multiple_of(2).then_some(0.5),
        learning_rate: 0.008,
        tokens_per_second: 1.0,
        seconds: 1.0,
    };
    let metrics: Vec<StepMetrics> = (1..=6).map(line).collect();
    insta::assert_snapshot!(svg(&Picture::Curves { metrics: &metrics }, &PlotOptions::default()));
}

#[test]
fn a_matrix_of_both_signs() {
    let panels = vec![(String::new(), vec![0.0, 1.0, -0.5, 0.5, 0.25, -1.0])];
    let good = Grid { title: "positions".to_string(), ..grid(panels, [axis("place", 2), axis("feature", 3)]) };
    insta::assert_snapshot!(svg(&Picture::Chart(&Chart::Grid(good.clone())), &PlotOptions::default()));
    let bad = Chart::Grid(Grid { down: axis("place", 3), ..good });
    assert!(draw(&Picture::Chart(&bad), &PlotOptions::default()).is_err());
}

#[test]
fn equal_requests_give_equal_bytes() {
    let record = record(2, 2, &["BOS", "7", "中", "PAD"]);
    let records = [record.clone(), record.clone()];
    let pictures = [
        Picture::Heads { record: &record, layers: &[0, 1], heads: &[0, 1] },
        Picture::Sheet { records: &records, layers: None, heads: None },
        Picture::Lines { record: &record, layers: &[1], heads: &[0] },
        Picture::Difference { records: [&records[0], &records[1]], names: ["a", "b"], layers: &[0], heads: &[0] },
    ];
    for picture in pictures {
        for (format, theme) in [(Format::Png, Theme::Light), (Format::Svg, Theme::Dark)] {
            let options = PlotOptions { format, theme, width: Some(900), ..PlotOptions::default() };
            let bytes = || draw(&picture, &options).expect("a picture");
            let (first, second) = (bytes(), std::thread::scope(|scope| scope.spawn(bytes).join().expect("no panic")));
            assert!(first == second, "{picture:?}");
        }
    }
}

#[test]
fn hostile_tokens_stay_text() {
    let tokens =
        ["<script>", "&amp;", "\"'", "</text>", "a\nb", "]]>", "x\u{200b}y", "\u{202e}abc", "שלום", "中文", "\u{0}"];
    let record = record(1, 1, &tokens);
    let svg = svg(&Picture::Heads { record: &record, layers: &[0], heads: &[0] }, &PlotOptions::default());
    let shown =
        ["<script>", "&amp;", "\"'", "</text>", "a↵b", "]]>", "xU+200B y", "U+202E abc", "שלום", "中文", "U+0000"];
    let texts = texts(&svg);
    for token in shown {
        assert_eq!(texts.iter().filter(|text| **text == token).count(), 2, "{token} in {texts:?}");
    }
    let document = roxmltree::Document::parse(&svg).expect("XML");
    assert!(document.descendants().all(|node| !node.has_tag_name("script")));
}

#[test]
fn a_grid_of_144_random_heads_is_small() {
    let count = 32;
    let mut state = 1u64;
    let mut weights = Vec::new();
    for query in (0..144).flat_map(|_| 0..count) {
        let raw: Vec<f32> = (0..count)
            .map(|key| {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                if key <= query { ((state >> 40) as f32 / 4e6).exp() } else { 0.0 }
            })
            .collect();
        let sum: f32 = raw.iter().sum();
        weights.extend(raw.iter().map(|weight| weight / sum));
    }
    let tokens: Vec<String> = (0..count).map(|at| at.to_string()).collect();
    let shape = [12, 12, count, count];
    let record =
        AttentionRecord::new(AttentionKind::DecoderSelf, shape, weights, tokens.clone(), tokens, Origin::default());
    let record = record.expect("a record");
    let all: Vec<usize> = (0..12).collect();
    let svg = svg(&Picture::Heads { record: &record, layers: &all, heads: &all }, &PlotOptions::default());
    assert!(svg.len() < 3_000_000, "{} bytes", svg.len());
    assert!(svg.len() > 300_000, "the cells are there: {} bytes", svg.len());
}

#[test]
fn every_visible_cell_is_in_the_paths() {
    let record = record(1, 1, &["a", "b", "c", "d", "e"]);
    let svg = svg(&Picture::Heads { record: &record, layers: &[0], heads: &[0] }, &PlotOptions::default());
    let document = roxmltree::Document::parse(&svg).expect("XML");
    // Each run is M left top h width, as thick as a cell is high; the commonest colour fills the panel beneath.
    let cell = 56;
    let rows = document.descendants().find(|node| node.attribute("stroke-width") == Some("56")).expect("the panel");
    let mut cells = 0;
    for path in rows.children().filter(|node| node.has_tag_name("path")) {
        let runs = path.attribute("d").expect("a path").split('M').skip(1);
        let width = |run: &str| run.split('h').nth(1).expect("a width").parse::<usize>().expect("a number");
        cells += runs.map(width).sum::<usize>() / cell;
    }
    // Which weights share a colour is known: there are 256 of them.
    let mask = record.mask().expect("a mask");
    let visible = record.weights().iter().zip(mask).filter(|(_, cell)| **cell == MaskCell::Visible);
    let mut counts = [0; 256];
    visible.for_each(|(weight, _)| counts[(weight * 255.0).round() as usize] += 1);
    let (all, commonest): (usize, usize) = (counts.iter().sum(), counts.into_iter().max().expect("colours"));
    assert!(commonest > 1 && all > commonest, "{commonest} of {all}");
    assert_eq!(cells, all - commonest);
}

#[test]
fn names_of_a_matrix_are_as_harmless_as_tokens() {
    let hostile = ["\0", "a\u{b}b", "</text>", "\u{202e}x"];
    let shown = ["U+0000", "aU+000B b", "</text>", "U+202E x"];
    let named = |title: &str, labels: &[&str]| Axis {
        title: title.to_string(),
        labels: labels.iter().map(|label| label.to_string()).collect(),
    };
    let grid_of = |words: &str| Grid {
        title: words.to_string(),
        quantity: words.to_string(),
        ..grid(vec![(words.to_string(), vec![0.5; 2]); 2], [named(words, &[words]), named(words, &["x", words])])
    };
    for (words, shown) in hostile.into_iter().zip(shown) {
        let texts = texts(&svg(&Picture::Chart(&Chart::Grid(grid_of(words))), &PlotOptions::default()));
        // The title, two panels with a label each, both axes, a row, and the bar.
        assert_eq!(texts.iter().filter(|text| **text == shown).count(), 9, "{texts:?}");
    }
    // No name is none, not a pair of quotation marks as for an empty token.
    let unnamed = Chart::Grid(Grid { across: named("c", &["x", "y"]), down: named("", &["z"]), ..grid_of("") });
    let texts = texts(&svg(&Picture::Chart(&unnamed), &PlotOptions::default()));
    assert!(!texts.iter().any(|text| text.is_empty() || text == "\"\""), "{texts:?}");
}

#[test]
fn the_bar_of_rotary_positions_says_what_is_on_it() {
    let chart = rotary_chart(&[0.0, 0.5, 1.0, 1.5], 4);
    let texts = texts(&svg(&Picture::Chart(&chart), &PlotOptions::default()));
    for words in ["cos", "sin", "cosine or sine of the angle"] {
        assert!(texts.iter().any(|text| text == words), "{words} in {texts:?}");
    }
}
