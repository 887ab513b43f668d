use headlight_record::{AttentionKind, AttentionRecord, MaskCell, Origin, StepMetrics};

use super::Picture;
use crate::bitmap::{Bitmap, bitmap};
use crate::colours::rounded;
use crate::figure::{Area, Figure, Panel};
use crate::style::Style;
use crate::text::Pen;
use crate::ticks::ticks;
use crate::{Colormap, FullColour, PlotOptions, Shading, Theme, Values};

const WORDS: [&str; 8] =
    ["The", " quick", "ÅÇÉ\n", "internationalization", "\u{378}\u{379}", "", "7", "pneumonoultramicroscopic…"];
const SHAPES: [[usize; 4]; 16] = [
    [1, 1, 1, 1],
    [1, 3, 2, 2],
    [1, 2, 1, 30],
    [2, 1, 30, 1],
    [1, 1, 2, 60],
    [2, 2, 60, 2],
    [1, 2, 5, 30],
    [2, 4, 10, 10],
    [2, 4, 21, 21],
    [1, 1, 64, 64],
    [1, 2, 100, 37],
    [1, 1, 128, 128],
    [12, 12, 32, 32],
    [3, 20, 4, 7],
    SHRUNK,
    TALL,
];
/// So many values that several share a cell.
const SHRUNK: [usize; 4] = [1, 1, 1300, 1200];
/// So many keys, and few queries.
const TALL: [usize; 4] = [1, 1, 8, 2048];

fn record([layers, heads, queries, keys]: [usize; 4], words: &[&str]) -> AttentionRecord {
    let tokens = |count: usize| (0..count).map(|at| words[at % words.len()].to_string()).collect();
    // Rows of many different weights, each a distribution.
    let row = |at: usize| {
        let raw: Vec<f32> = (0..keys).map(|key| ((at * 31 + key * 17) % 23) as f32 + 0.5).collect();
        let sum: f32 = raw.iter().sum();
        raw.into_iter().map(move |weight| weight / sum)
    };
    let weights = (0..layers * heads * queries).flat_map(row).collect();
    let origin = Origin { task: "copy".to_string(), model: "a small one".to_string(), step: Some(300) };
    let shape = [layers, heads, queries, keys];
    AttentionRecord::new(AttentionKind::Cross, shape, weights, tokens(queries), tokens(keys), origin).expect("a record")
}

/// Three queries of three keys: later keys are hidden, and the last is padding.
fn masked() -> AttentionRecord {
    use MaskCell::{Causal, Padding, Visible};
    let tokens: Vec<String> = ["a", "b", "PAD"].map(String::from).to_vec();
    let weights = vec![1.0, 0.0, 0.0, 0.25, 0.75, 0.0, 0.5, 0.5, 0.0];
    let mask = vec![Visible, Causal, Padding, Visible, Visible, Padding, Visible, Visible, Padding];
    AttentionRecord::new(AttentionKind::DecoderSelf, [1, 1, 3, 3], weights, tokens.clone(), tokens, Origin::default())
        .and_then(|record| record.with_mask(mask))
        .and_then(|record| record.with_alignment(vec![vec![], vec![1], vec![0]]))
        .expect("a record")
}

fn heads<'a>(record: &'a AttentionRecord, layers: &'a [usize], heads: &'a [usize]) -> Picture<'a> {
    Picture::Heads { record, layers, heads }
}

fn plain_pen() -> Pen {
    Pen::new([], &PlotOptions::default()).expect("the font is good")
}

fn overlap(a: Area, b: Area) -> bool {
    a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom
}

fn for_each_figure(mut check: impl FnMut(&str, &Figure<'_>)) {
    let pen = plain_pen();
    let (options, count) = (PlotOptions::default(), (0..20).collect::<Vec<_>>());
    for shape in SHAPES {
        let words = [&WORDS[..], &["3"], &["BOS", "3", "1", "4", "15", "9"], &["pneumonoultramicroscopic"]];
        let scales = [0.25, 1.0, 0.37, 0.5, 1.5, 2.0];
        // Large ones take time, and change with the words and the scale as small ones do.
        let large = shape == SHRUNK || shape == TALL || shape[0] * shape[1] > 50;
        let (words, scales) = if large { (&words[..1], &scales[..2]) } else { (&words[..], &scales[..]) };
        for words in words {
            let record = record(shape, words);
            let last = [shape[1] - 1];
            let sheet = [masked(), record.clone()];
            for picture in [
                heads(&record, &[0], &last),
                heads(&record, &count[..shape[0]], &count[..shape[1]]),
                Picture::Sheet { records: &sheet, layers: None, heads: None },
            ] {
                for &scale in scales {
                    let name = format!("{shape:?} {} at {scale}", words[0]);
                    check(&name, &picture.figure(&Style::new(&pen, &options, scale)).expect("it fits"));
                }
            }
        }
    }
}

#[test]
fn no_two_things_overlap() {
    for_each_figure(|name, figure| {
        for (at, text) in figure.texts.iter().enumerate() {
            for other in &figure.texts[..at] {
                assert!(!overlap(text.area(), other.area()), "{name}: {:?} and {:?}", text, other);
            }
            for area in figure.panels.iter().map(|panel| panel.area).chain(figure.fills.iter().map(|fill| fill.area)) {
                assert!(!overlap(text.area(), area), "{name}: {text:?} and {area:?}");
            }
        }
        for (at, panel) in figure.panels.iter().enumerate() {
            assert!(figure.panels[..at].iter().all(|other| !overlap(panel.area, other.area)), "{name}");
        }
    });
}

#[test]
fn the_page_holds_everything() {
    for_each_figure(|name, figure| {
        let (page, extent) = (figure.page, figure.extent());
        assert_eq!(page, page.around(extent), "{name}");
        assert_eq!((page.left, page.top), (0, 0), "{name}");
    });
}

#[test]
fn values_stay_on_their_cells() {
    for_each_figure(|name, figure| {
        for value in &figure.values {
            let area = value.area();
            let panel = figure.panels.iter().find(|panel| overlap(panel.area, area)).expect("a panel");
            let row = (area.top - panel.area.top) / panel.cell.1;
            let column = (area.left - panel.area.left) / panel.cell.0;
            let cell = panel.cell(row as usize, column as usize);
            assert_eq!(cell, cell.around(area), "{name}: {value:?}");
        }
    });
    let pen = plain_pen();
    let options = PlotOptions { values: Values::Never, ..PlotOptions::default() };
    let record = masked();
    let written = |options: &PlotOptions| {
        let figure = heads(&record, &[0], &[0]).figure(&Style::new(&pen, options, 1.0)).expect("it fits");
        figure.values.into_iter().map(|text| text.words).collect::<Vec<_>>()
    };
    assert_eq!(written(&PlotOptions::default()), ["1.00", "0.25", "0.75", "0.50", "0.50"]);
    assert!(written(&options).is_empty());
}

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
fn every_cell_is_filled_with_the_colour_of_its_weight() {
    let options = PlotOptions { values: Values::Never, ..PlotOptions::default() };
    let count: Vec<usize> = (0..20).collect();
    for shape in SHAPES {
        let record = record(shape, &["x"]);
        let grid = heads(&record, &count[..shape[0]], &count[..shape[1]]);
        for (picture, scale) in [(heads(&record, &count[shape[0] - 1..shape[0]], &[0]), 1.0), (grid, 1.0), (grid, 0.37)]
        {
            let (figure, bitmap) = drawn(&picture, &options, scale);
            for panel in &figure.panels {
                for (at, weight) in panel.values.iter().enumerate() {
                    let index = panel.shade.index(*weight).expect("a colour");
                    let expected = panel.shade.numbered(index);
                    let cell = panel.cell(at / panel.columns, at % panel.columns);
                    let middle = ((cell.left + cell.right) / 2, (cell.top + cell.bottom) / 2);
                    // Corners too: were a cell one pixel short, a white line would show.
                    for (x, y) in [(cell.left, cell.top), middle, (cell.right - 1, cell.bottom - 1)] {
                        assert_eq!(pixel(&bitmap, x, y), [expected.r, expected.g, expected.b], "{shape:?} cell {at}");
                    }
                }
            }
        }
    }
}

#[test]
fn hidden_cells_are_hatched_by_reason_and_needed_ones_framed() {
    let record = masked();
    for theme in [Theme::Light, Theme::Dark] {
        let options = PlotOptions { theme, values: Values::Never, ..PlotOptions::default() };
        let palette = crate::colours::Palette::of(&options);
        let (figure, bitmap) = drawn(&heads(&record, &[0], &[0]), &options, 1.0);
        let panel = &figure.panels[0];
        let hatched = |row, column| {
            let cell: Area = panel.cell(row, column);
            let pixels = (cell.top..cell.bottom).flat_map(|y| (cell.left..cell.right).map(move |x| (x, y)));
            let mut lines = 0.0;
            for (x, y) in pixels {
                match pixel(&bitmap, x, y) {
                    [r, ..] if r == palette.hatch.r => lines += 1.0,
                    [r, ..] => assert_eq!(r, palette.hidden.r),
                }
            }
            lines / f64::from(cell.width() * cell.height())
        };
        let (causal, padding) = (hatched(0, 1), hatched(1, 2));
        assert!((0.1..0.25).contains(&causal) && padding > 1.6 * causal, "{causal} {padding}");
        let corner = |panel: &Panel<'_>, row, column| {
            let cell = panel.cell(row, column);
            pixel(&bitmap, cell.left, cell.top)
        };
        assert_eq!(corner(panel, 1, 1), [0xff, 0x3b, 0x30]);
        assert_eq!(corner(panel, 2, 0), [0xff, 0x3b, 0x30]);
        assert_ne!(corner(panel, 1, 0), [0xff, 0x3b, 0x30]);
        assert_eq!(pixel(&bitmap, 0, 0), [palette.paper.r, palette.paper.g, palette.paper.b]);
    }
}

#[test]
fn weights_below_the_threshold_are_paper() {
    let record = masked();
    let options = PlotOptions { threshold: Some(0.4), values: Values::Never, ..PlotOptions::default() };
    let (figure, bitmap) = drawn(&heads(&record, &[0], &[0]), &options, 1.0);
    let middle = |row, column| {
        let cell = figure.panels[0].cell(row, column);
        pixel(&bitmap, (cell.left + cell.right) / 2, (cell.top + cell.bottom) / 2)
    };
    assert_eq!(middle(1, 0), [255; 3]);
    assert_ne!(middle(2, 1), [255; 3]);
    assert!(figure.texts.iter().any(|text| text.words == "weights below 0.4 are left blank"));
}

#[test]
fn a_head_and_its_panel_in_the_grid_show_the_same_weights() {
    let (pen, options) = (plain_pen(), PlotOptions::default());
    let record = record([2, 3, 4, 5], &["x"]);
    let style = Style::new(&pen, &options, 1.0);
    // Chosen heads, in the order in which they were asked for.
    let grid = heads(&record, &[1, 0], &[0, 2]).figure(&style).expect("it fits");
    for (at, (layer, head)) in [(1, 0), (1, 2), (0, 0), (0, 2)].into_iter().enumerate() {
        assert_eq!(*grid.panels[at].values, *record.head(layer, head));
        let (layers, numbers) = ([layer], [head]);
        let alone = heads(&record, &layers, &numbers).figure(&style).expect("it fits");
        assert_eq!(alone.panels[0].values, grid.panels[at].values);
        // Layers run down, heads across.
        assert_eq!(grid.panels[at].area.top, grid.panels[at / 2 * 2].area.top);
        assert_eq!(grid.panels[at].area.left, grid.panels[at % 2].area.left);
    }
    for name in ["layer 0", "layer 1", "head 0", "head 2"] {
        assert!(grid.texts.iter().any(|text| text.words == name), "{name}");
    }
}

fn drawn<'a>(picture: &Picture<'a>, options: &PlotOptions, scale: f64) -> (Figure<'a>, Bitmap) {
    let pen = plain_pen();
    let style = Style::new(&pen, options, scale);
    let figure = picture.figure(&style).expect("it fits");
    let bitmap = bitmap(&figure, &pen, &style.palette, scale).expect("a picture");
    (figure, bitmap)
}

fn pixel(bitmap: &Bitmap, x: i32, y: i32) -> [u8; 3] {
    let at = 3 * (y as usize * bitmap.width as usize + x as usize);
    [bitmap.pixels[at], bitmap.pixels[at + 1], bitmap.pixels[at + 2]]
}

#[test]
fn texts_of_the_other_kinds_do_not_overlap_either() {
    let (pen, options) = (plain_pen(), PlotOptions::default());
    let line = |step: usize| StepMetrics {
        step,
        loss: 1e4 / step as f64,
        token_accuracy: 0.5,
        exact_match: Some(0.25),
        learning_rate: 1e-5,
        tokens_per_second: 1.0,
        seconds: 1.0,
    };
    let metrics: Vec<StepMetrics> = (1..500).map(line).collect();
    let numbers: Vec<usize> = (0..20).collect();
    for shape in [[1, 1, 1, 1], [2, 4, 10, 10], [1, 3, 2, 2], [1, 2, 5, 30], [2, 4, 21, 21], [1, 1, 128, 128]] {
        let record = record(shape, &WORDS);
        let (layers, heads) = (&numbers[..shape[0]], &numbers[..shape[1]]);
        for picture in [
            Picture::Lines { record: &record, layers, heads },
            Picture::Difference { records: [&record, &record], names: ["a", "b"], layers, heads },
            Picture::Curves { metrics: &metrics },
            Picture::Curves { metrics: &metrics[..1] },
        ] {
            for scale in [0.25, 1.0, 1.7] {
                let figure = picture.figure(&Style::new(&pen, &options, scale)).expect("it fits");
                for (at, text) in figure.texts.iter().enumerate() {
                    for other in &figure.texts[..at] {
                        assert!(!overlap(text.area(), other.area()), "{shape:?} at {scale}: {text:?} and {other:?}");
                    }
                }
                assert_eq!(figure.page, figure.page.around(figure.extent()));
            }
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
fn weights_that_are_no_distributions_are_told_on_the_picture() {
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
fn a_hairline_says_where_panels_and_bars_end() {
    let record = masked();
    for theme in [Theme::Light, Theme::Dark] {
        let options = PlotOptions { theme, threshold: Some(1.0), colormap: Colormap::Greys, ..PlotOptions::default() };
        let palette = crate::colours::Palette::of(&options);
        for scale in [1.0, 2.0] {
            let (figure, bitmap) = drawn(&heads(&record, &[0], &[0]), &options, scale);
            let bar = figure
                .fills
                .iter()
                .map(|fill| fill.area)
                .filter(|area| area.height() == 1 && area.width() == (16.0 * scale) as i32);
            let bar = bar.filter(|area| area.left > figure.panels[0].area.right).reduce(Area::around).expect("a bar");
            for area in [figure.panels[0].area, bar] {
                let (x, y) = ((area.left + area.right) / 2, (area.top + area.bottom) / 2);
                for (x, y) in [(x, area.top - 1), (x, area.bottom), (area.left - 1, y), (area.right, y)] {
                    assert_eq!(pixel(&bitmap, x, y), [palette.tick.r, palette.tick.g, palette.tick.b], "{x} {y}");
                }
            }
        }
    }
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
