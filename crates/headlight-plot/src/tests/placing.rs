//! Nothing overlaps, nothing is clipped, and everything stands where it belongs.

use headlight_record::StepMetrics;

use crate::figure::Figure;
use crate::layout::style::Style;
use crate::options::{PlotOptions, Values};
use crate::pictures::Picture;
use crate::tests::fixtures::{SHAPES, SHRUNK, TALL, WORDS, heads, masked, overlap, plain_pen, record};

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
