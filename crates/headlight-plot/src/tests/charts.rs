//! What lenses find: lengths in proportion, nothing on top of another, and what has no numbers is refused.

use colorous::Color;
use headlight_record::findings::{Axis, Bands, Bar, Bars, Bright, Cells, Chart, Curve, Curves, Grid, Numbered, Scale};

use crate::colours::shade::Shade;
use crate::error::PlotError;
use crate::figure::{Figure, Paint};
use crate::layout::style::Style;
use crate::options::{PlotOptions, Theme};
use crate::pictures::Picture;
use crate::tests::fixtures::{WORDS, drawn, overlap, pixel, plain_pen};

fn figure(chart: &Chart, scale: f64) -> Figure<'_> {
    let (pen, options) = (plain_pen(), PlotOptions::default());
    Picture::Chart(chart).figure(&Style::new(&pen, &options, scale)).expect("it fits")
}

fn grid(panels: usize, [rows, columns]: [usize; 2], scale: Scale) -> Chart {
    let axis = |title: &str, count: usize| Axis {
        title: title.to_string(),
        labels: (0..count).map(|at| format!("{}{at}", WORDS[at % WORDS.len()])).collect(),
    };
    let number = |at: usize| ((at * 37) % 101) as f64 / 100.0 - if scale == Scale::Signed { 0.4 } else { 0.0 };
    let panels =
        (0..panels).map(|panel| (format!("L0H{panel}"), (panel..panel + rows * columns).map(number).collect()));
    Chart::Grid(Grid {
        name: "grid".to_string(),
        title: "what each head adds to the logit of the answer, by layer and by position, mean over 256 examples"
            .repeat(2),
        quantity: "logit".to_string(),
        scale,
        down: axis("layer", rows),
        across: axis("position", columns),
        panels: panels.collect(),
    })
}

fn bars(values: impl IntoIterator<Item = (f64, Option<[f64; 2]>)>) -> Chart {
    let bar = |(at, (value, interval)): (usize, (f64, Option<[f64; 2]>))| Bar {
        label: format!("L0H{at}{}", " of a long name".repeat(at % 5)),
        value,
        interval,
    };
    Chart::Bars(Bars {
        name: "bars".to_string(),
        title: "change in exact match, over 256 examples".to_string(),
        quantity: "change".to_string(),
        bars: values.into_iter().enumerate().map(bar).collect(),
    })
}

fn some_bars(count: usize) -> Chart {
    let value = |at: usize| ((at * 7919) % 97) as f64 / 97.0 - 0.7;
    bars((0..count).map(|at| (value(at), (at % 3 > 0).then(|| [value(at) - 0.05, value(at) + 0.3]))))
}

fn curves(lines: usize, steps: usize) -> Chart {
    let number = |line: usize, step: usize| ((line + 1) * step) as f64 / (lines * steps) as f64 - 0.2;
    let point = |line: usize, step: usize| {
        let number = number(line, step);
        (step as f64 * 25.0, number, [number - 0.1, number + 0.1])
    };
    let curve = |line: usize| Curve {
        label: format!("{} L0H{line}", WORDS[line % WORDS.len()]),
        head: None,
        points: (0..steps).map(|step| point(line, step)).collect(),
    };
    Chart::Curves(Curves {
        name: "curves".to_string(),
        title: "scores over training".to_string(),
        across: "training step".to_string(),
        quantity: "score".to_string(),
        curves: (0..lines).map(curve).collect(),
        bands: Bands::Intervals,
    })
}

/// A table in which every fourth cell has no number.
fn cells([rows, columns]: [usize; 2], most: f64) -> Chart {
    let axis = |title: &str, count: usize| Axis {
        title: title.to_string(),
        labels: (0..count).map(|at| format!("{} {at}", WORDS[at % WORDS.len()])).collect(),
    };
    let number = |at: usize| {
        let words = vec!["17 of 20".to_string(), "0.64–0.95".to_string()];
        let number = ((at * 37) % 101) as f64 / 100.0 * most;
        (at % 4 != 3).then(|| Numbered { number, text: format!("{number:.1}"), words })
    };
    Chart::Cells(Cells {
        name: "cells".to_string(),
        title: "recall · share of runs solved, over all learning rates".to_string(),
        quantity: "share of runs solved".to_string(),
        most,
        bright: Bright::Much,
        down: axis("heads", rows),
        across: axis("d-model", columns),
        cells: (0..rows * columns).map(number).collect(),
        below: "below a share: runs solved, and its 95 % Wilson interval".to_string(),
        absent: "no outcome yet".to_string(),
        notes: vec!["3 of 40 runs have no outcome yet".to_string()],
    })
}

#[test]
fn cells_have_their_numbers_words_and_colours() {
    let chart = cells([2, 3], 300.0);
    let (pen, options) = (plain_pen(), PlotOptions::default());
    let figure = Picture::Chart(&chart).figure(&Style::new(&pen, &options, 1.0)).expect("it fits");
    let panel = &figure.panels[0];
    assert_eq!(*panel.values, [0.0, 111.0, 222.0, 0.0, 141.0, 252.0]);
    assert!(panel.masked(1, 0).is_some() && panel.masked(0, 0).is_none(), "the fourth has no number");
    let words = |row, column| -> Vec<&str> {
        let area = panel.cell(row, column);
        let inside = figure.values.iter().filter(|text| overlap(text.area(), area));
        inside.inspect(|text| assert_eq!(text.area().around(area), area)).map(|text| text.words.as_str()).collect()
    };
    assert_eq!(words(0, 2), ["222.0", "17 of 20", "0.64–0.95"]);
    assert_eq!(words(1, 0), Vec::<&str>::new());
    assert!(figure.texts.iter().any(|text| text.words == "hatched: no outcome yet"));
    // The same part of both scales has the same colour.
    let colour = |most: f64| {
        let chart = cells([2, 3], most);
        let (figure, bitmap) = drawn(&Picture::Chart(&chart), &options, 1.0);
        let area = figure.panels[0].cell(0, 1);
        pixel(&bitmap, area.left + 3, area.top + 3)
    };
    assert_eq!(colour(1.0), colour(300.0));
    let [ticks, shares] = [300.0, 1.0].map(|most| Shade::up_to(&options, most).ticks());
    assert_eq!(ticks.iter().map(|tick| tick.0.as_str()).collect::<Vec<_>>(), ["0", "75", "150", "225", "300"]);
    assert_eq!(shares, Shade::weights(&options).ticks());
}

#[test]
fn no_two_things_overlap_and_the_page_holds_them() {
    let grids = [(1, [1, 1]), (1, [40, 200]), (3, [2, 20]), (2, [6, 12]), (8, [12, 12]), (16, [5, 4]), (5, [1, 1])];
    let grids = grids
        .into_iter()
        .flat_map(|(panels, shape)| [Scale::Share, Scale::Signed].map(|scale| grid(panels, shape, scale)));
    let bars = [1, 2, 12, 60, 200].map(some_bars);
    let curves = [(1, 1), (1, 40), (3, 2), (12, 200), (30, 5)].map(|(lines, steps)| curves(lines, steps));
    let tables = [[1, 1], [2, 3], [9, 1], [1, 30], [60, 40]].map(|shape| cells(shape, 420.0));
    for chart in grids.chain(bars).chain(curves).chain(tables) {
        for scale in [0.25, 0.6, 1.0, 2.0] {
            let figure = figure(&chart, scale);
            let name = format!("{} at {scale}", chart.name());
            for (at, text) in figure.texts.iter().enumerate() {
                for other in &figure.texts[..at] {
                    assert!(!overlap(text.area(), other.area()), "{name}: {text:?} and {other:?}");
                }
                for area in
                    figure.panels.iter().map(|panel| panel.area).chain(figure.fills.iter().map(|fill| fill.area))
                {
                    assert!(!overlap(text.area(), area), "{name}: {text:?} and {area:?}");
                }
            }
            for (at, panel) in figure.panels.iter().enumerate() {
                assert!(figure.panels[..at].iter().all(|other| !overlap(panel.area, other.area)), "{name}");
            }
            assert_eq!(figure.page, figure.page.around(figure.extent()), "{name}");
        }
    }
}

#[test]
fn bars_are_as_long_as_their_numbers_and_intervals_end_where_theirs_do() {
    let values = [(1.0, Some([0.5, 1.25])), (0.5, None), (-0.25, Some([-0.5, 0.0])), (0.0, Some([-0.125, 0.125]))];
    let chart = bars(values);
    for scale in [1.0, 4.0] {
        let figure = figure(&chart, scale);
        let palette = Style::new(&plain_pen(), &PlotOptions::default(), scale).palette;
        let fills = |colour: Color| {
            let of = move |paint: Paint| matches!(paint, Paint::Solid(other) if (other.r, other.g, other.b) == (colour.r, colour.g, colour.b));
            figure.fills.iter().filter(move |fill| of(fill.paint)).map(|fill| fill.area).collect::<Vec<_>>()
        };
        let (below, above) = (fills(palette.lines[0]), fills(palette.lines[1]));
        assert_eq!((below.len(), above.len()), (1, 2), "a bar of 0 has no length");
        let unit = f64::from(above[0].width());
        let zero = above[0].left;
        let near = |length: i32, number: f64| (f64::from(length) - number * unit).abs() <= 1.0;
        assert!(near(above[1].width(), 0.5) && near(below[0].width(), 0.25) && below[0].right == zero, "{scale}");
        // The zero line, then three strokes an interval: its lower end, itself, its upper end.
        let [line, intervals @ ..] = &figure.strokes[..] else { panic!("no zero line") };
        assert!(line.points.iter().all(|point| point.0 == zero));
        let ends: Vec<[f64; 2]> = values.iter().filter_map(|(_, interval)| *interval).collect();
        assert_eq!(intervals.len(), 3 * ends.len());
        for (strokes, [low, high]) in intervals.chunks_exact(3).zip(ends) {
            let [from, to] = [strokes[1].points[0].0, strokes[1].points[1].0].map(|x| x - zero);
            assert!(near(from, low) && near(to, high), "{low} {high}: {from} {to} of {unit}");
        }
    }
}

#[test]
fn numbers_stand_beside_their_bars() {
    let words: Vec<String> =
        figure(&bars([(0.5, None), (-0.25, None)]), 1.0).texts.into_iter().map(|text| text.words).collect();
    assert!(["0.50", "−0.25", "L0H0"].iter().all(|word| words.iter().any(|other| other == word)), "{words:?}");
}

#[test]
fn the_interval_of_a_line_is_tinted_and_the_paper_beyond_it_is_not() {
    let chart = curves(1, 2);
    for theme in [Theme::Light, Theme::Dark] {
        let (figure, bitmap) = drawn(&Picture::Chart(&chart), &PlotOptions { theme, ..PlotOptions::default() }, 1.0);
        let [left, right] = [figure.bands[0].points[0], figure.bands[0].points[1]];
        let at = |(left, right): (i32, i32)| (3 * left + right) / 4;
        let (x, top, bottom) = (at((left.0, right.0)), at((left.1, right.1)), at((left.2, right.2)));
        assert!(bottom - top > 20);
        let paper = pixel(&bitmap, 1, 1);
        assert_ne!(pixel(&bitmap, x, top + 4), paper);
        assert_eq!(pixel(&bitmap, x, top + 4), pixel(&bitmap, x, bottom - 4));
        assert_eq!([pixel(&bitmap, x, top - 4), pixel(&bitmap, x, bottom + 4)], [paper; 2]);
    }
}

#[test]
fn panels_of_several_rows_have_their_own_numbers_and_names() {
    let chart = grid(8, [3, 3], Scale::Signed);
    let Chart::Grid(Grid { panels, .. }) = &chart else { panic!("a grid") };
    let figure = figure(&chart, 1.0);
    assert_eq!(figure.panels.len(), 8);
    for (panel, (name, values)) in figure.panels.iter().zip(panels) {
        assert_eq!(*panel.values, *values.iter().map(|value| *value as f32).collect::<Vec<_>>());
        let text = figure.texts.iter().find(|text| text.words == *name).expect("its name");
        let over = (text.area().left + text.area().right) / 2;
        assert!((panel.area.left..panel.area.right).contains(&over) && text.area().bottom <= panel.area.top, "{name}");
    }
    assert!(figure.panels[4].area.top > figure.panels[0].area.bottom, "two rows of four");
}

#[test]
fn charts_without_numbers_are_refused() {
    let bad_grid = |values: Vec<f64>| match grid(1, [1, 2], Scale::Share) {
        Chart::Grid(grid) => Chart::Grid(Grid { panels: vec![(String::new(), values)], ..grid }),
        other => other,
    };
    for chart in [
        grid(0, [2, 2], Scale::Share),
        grid(1, [0, 2], Scale::Share),
        bad_grid(vec![0.5]),
        bad_grid(vec![0.5, f64::NAN]),
        bad_grid(vec![0.5, 1e300]),
        bars([]),
        bars([(f64::INFINITY, None)]),
        bars([(0.0, Some([f64::NAN, 0.0]))]),
        bars([(f64::MAX, None), (-f64::MAX, None)]),
        curves(0, 3),
        curves(2, 0),
        cells([0, 2], 1.0),
        cells([2, 2], 0.0),
        cells([2, 2], f64::INFINITY),
    ] {
        assert!(matches!(Picture::Chart(&chart).check(), Err(PlotError::Numbers)), "{chart:?}");
    }
}
