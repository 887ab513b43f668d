//! One head step by step, masks and the scale.

use headlight_record::{AttentionKind, AttentionRecord, MaskCell, Origin, Projections};

use crate::colours::palette::Palette;
use crate::figure::Figure;
use crate::layout::style::Style;
use crate::options::{PlotOptions, Theme};
use crate::pictures::Picture;
use crate::pictures::scaling::Scaling;
use crate::tests::fixtures::{drawn, overlap, pixel, plain_pen};

const WORDS: [&str; 6] = ["The", " quick", "internationalization", "", "7", "\u{378}\u{379}"];

/// A record of one head whose queries and keys are many different numbers; later keys are masked where there are as many.
fn record(queries: usize, keys: usize, d_head: usize, words: &[&str], bias: bool) -> AttentionRecord {
    let tokens = |count: usize| (0..count).map(|at| words[at % words.len()].to_string()).collect();
    let numbers = |count: usize| (0..count).map(|at| ((at * 37 % 101) as f32 - 50.0) / 9.0).collect::<Vec<_>>();
    let projections = Projections {
        d_head,
        d_value: d_head,
        query: numbers(queries * d_head),
        key: numbers(keys * d_head),
        value: numbers(keys * d_head),
        bias: bias.then(|| numbers(queries * keys)),
    };
    let causal = queries == keys;
    let is_visible = |query: usize, key: usize| !causal || key <= query;
    let cells = || (0..queries).flat_map(|query| (0..keys).map(move |key| (query, key)));
    let weight = |(query, key)| match (is_visible(query, key), causal) {
        (false, _) => 0.0,
        (true, true) => 1.0 / (query + 1) as f32,
        (true, false) => 1.0 / keys as f32,
    };
    let mask = cells().map(|(query, key)| if is_visible(query, key) { MaskCell::Visible } else { MaskCell::Causal });
    let origin = Origin { task: "copy".to_string(), model: "a small one".to_string(), step: Some(300) };
    let weights = cells().map(weight).collect();
    AttentionRecord::new(AttentionKind::Cross, [1, 1, queries, keys], weights, tokens(queries), tokens(keys), origin)
        .and_then(|record| record.with_mask(mask.collect()))
        .and_then(|record| record.with_projections(projections))
        .expect("everything fits")
}

fn for_each_figure(check: impl Fn(&str, &Figure<'_>)) {
    let (pen, options) = (plain_pen(), PlotOptions::default());
    let scaling = Scaling {
        keys: 10,
        queries: 64,
        widths: (0..10).map(|power| 1 << power).collect(),
        scaled: vec![vec![1.9; 10]],
        unscaled: vec![(0..10).map(|at| 2.0 / f64::from(at + 1)).collect()],
    };
    let all = [&WORDS[..], &["3"], &["BOS", "3", "15"]];
    let scales = [0.25, 0.5, 1.0, 1.7];
    // Small ones in all words and scales; of large ones, which take time and change as small ones do, a corner each.
    for ((queries, keys, d_head), words, scales) in [
        ((1, 1, 4), &all[..], &scales[..]),
        ((3, 3, 4), &all, &scales),
        ((2, 5, 1), &all, &scales),
        ((7, 7, 4), &all, &scales),
        ((10, 10, 16), &all[..1], &scales),
        ((21, 21, 16), &all[1..], &scales[1..3]),
        ((30, 1, 64), &all[..1], &scales[..2]),
        ((1, 60, 8), &all[2..], &scales[2..]),
        ((128, 128, 4), &all[..1], &scales[2..3]),
    ] {
        for words in words {
            let record = record(queries, keys, d_head, words, queries == 7);
            let masked = [("no mask".to_string(), record.clone()), ("causal and padding".to_string(), record.clone())];
            for picture in [
                Picture::Steps { record: &record, layer: 0, head: 0, query: Some(queries - 1) },
                Picture::Masks { masked: &masked },
            ] {
                for &scale in scales {
                    let name = format!("{queries} × {keys}, {d_head}, {} at {scale}", words[0]);
                    check(&name, &picture.figure(&Style::new(&pen, &options, scale)).expect("it fits"));
                }
            }
        }
    }
    for scale in scales {
        let figure = Picture::Scaling(&scaling).figure(&Style::new(&pen, &options, scale)).expect("it fits");
        check(&format!("the scale at {scale}"), &figure);
    }
}

#[test]
fn no_two_things_overlap_and_the_page_holds_them() {
    for_each_figure(|name, figure| {
        for (at, text) in figure.texts.iter().enumerate() {
            for other in &figure.texts[..at] {
                assert!(!overlap(text.area(), other.area()), "{name}: {text:?} and {other:?}");
            }
            for area in figure.panels.iter().map(|panel| panel.area).chain(figure.fills.iter().map(|fill| fill.area)) {
                assert!(!overlap(text.area(), area), "{name}: {text:?} and {area:?}");
            }
        }
        for (at, panel) in figure.panels.iter().enumerate() {
            assert!(figure.panels[..at].iter().all(|other| !overlap(panel.area, other.area)), "{name}");
        }
        assert_eq!(figure.page, figure.page.around(figure.extent()), "{name}");
    });
}

#[test]
fn a_matrix_has_all_its_numbers_on_their_cells_or_none() {
    for_each_figure(|name, figure| {
        for panel in &figure.panels {
            let on_it = figure.values.iter().filter(|value| overlap(value.area(), panel.area));
            let mut count = 0;
            for value in on_it {
                let area = value.area();
                let row = (area.top - panel.area.top) / panel.cell.1;
                let column = (area.left - panel.area.left) / panel.cell.0;
                let cell = panel.cell(row as usize, column as usize);
                assert_eq!(cell, cell.around(area), "{name}: {value:?}");
                count += 1;
            }
            let cells =
                (0..panel.values.len()).filter(|at| panel.masked(at / panel.columns, at % panel.columns).is_none());
            assert!([0, cells.count()].contains(&count), "{name}: {count} numbers");
        }
    });
}

#[test]
fn cells_have_the_colours_of_their_numbers_and_the_followed_row_a_frame() {
    for theme in [Theme::Light, Theme::Dark] {
        let options = PlotOptions { theme, ..PlotOptions::default() };
        let palette = Palette::of(&options);
        let record = record(3, 3, 4, &["a", "b", "c"], false);
        let picture = Picture::Steps { record: &record, layer: 0, head: 0, query: Some(2) };
        let (figure, bitmap) = drawn(&picture, &options, 1.0);
        let steps = record.steps(0, 0).expect("projections");

        // Q, Kᵀ, Q Kᵀ, scores; masked scores, weights, V, context.
        let transposed = |at: usize| steps.of.key[at % 3 * 4 + at / 3];
        assert_eq!(*figure.panels[0].values, *steps.of.query);
        assert_eq!(*figure.panels[1].values, (0..12).map(transposed).collect::<Vec<_>>());
        assert_eq!(*figure.panels[2].values, steps.products);
        assert_eq!(*figure.panels[3].values, steps.scores);
        assert_eq!(*figure.panels[5].values, *steps.weights);
        assert_eq!(*figure.panels[6].values, *steps.of.value);
        assert_eq!(*figure.panels[7].values, steps.context);

        for (number, panel) in figure.panels.iter().enumerate() {
            for (at, value) in panel.values.iter().enumerate() {
                let (row, column) = (at / panel.columns, at % panel.columns);
                let cell = panel.cell(row, column);
                // Beside the number and inside the frame.
                let found = pixel(&bitmap, cell.left + 4, cell.top + 4);
                if panel.masked(row, column).is_some() {
                    assert!(found == rgb(palette.masked) || found == rgb(palette.hatch));
                    assert!([4, 5].contains(&number) && column > row);
                } else {
                    let index = panel.shade.index(*value).expect("a colour");
                    assert_eq!(found, rgb(panel.shade.numbered(index)), "panel {number}, cell {at}");
                }
            }
            // Kᵀ and V have a row or column for each key, and so no row of the query.
            let corner = panel.cell(2, 0);
            let framed = pixel(&bitmap, corner.left, corner.top) == rgb(palette.outline);
            assert_eq!(framed, ![1, 6].contains(&number), "panel {number}");
            assert_ne!(pixel(&bitmap, panel.area.left, panel.area.top), rgb(palette.outline));
        }
    }
}

fn rgb(colour: colorous::Color) -> [u8; 3] {
    [colour.r, colour.g, colour.b]
}
