use headlight_record::{AttentionKind, AttentionRecord, Origin};

use super::{View, lay_out};
use crate::figure::{Area, Bitmap, Figure, colour};
use crate::text::Pen;

const WORDS: [&str; 8] =
    ["The", " quick", "ÅÇÉ\n", "internationalization", "中文", "", "7", "pneumonoultramicroscopic…"];
const SHAPES: [[usize; 4]; 14] = [
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
];

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

fn overlap(a: Area, b: Area) -> bool {
    a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom
}

fn for_each_figure(mut check: impl FnMut(&str, &Figure<'_>)) {
    let pen = Pen::new().expect("the font is good");
    for shape in SHAPES {
        for words in [&WORDS[..], &["3"], &["BOS", "3", "1", "4", "15", "9"], &["pneumonoultramicroscopic"]] {
            let record = record(shape, words);
            for view in [View::Head { layer: 0, head: shape[1] - 1 }, View::Grid] {
                for scale in [0.25, 0.37, 0.5, 1.0, 1.5, 2.0] {
                    let name = format!("{shape:?} {view:?} {} at {scale}", words[0]);
                    check(&name, &lay_out(&pen, &record, view, scale));
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
fn the_first_token_is_labelled_and_the_last_where_there_is_room() {
    let pen = Pen::new().expect("the font is good");
    for count in [2, 10, 64, 128, 300] {
        let words: Vec<String> = (0..count).map(|at| format!("<{at}>")).collect();
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        let record = record([1, 1, count, count], &words);
        for view in [View::Head { layer: 0, head: 0 }, View::Grid] {
            let figure = lay_out(&pen, &record, view, 1.0);
            for word in [words[0], words[count - 1]] {
                let labels = figure.texts.iter().filter(|text| text.words == word).count();
                assert_eq!(labels, 2, "{word} of {count} in {view:?}");
            }
        }
    }
}

#[test]
fn every_cell_is_filled_with_the_colour_of_its_weight() {
    let pen = Pen::new().expect("the font is good");
    for shape in SHAPES {
        for (view, scale) in [(View::Head { layer: shape[0] - 1, head: 0 }, 1.0), (View::Grid, 1.0), (View::Grid, 0.37)]
        {
            let record = record(shape, &["x"]);
            let figure = lay_out(&pen, &record, view, scale);
            let bitmap = figure.draw(&pen).expect("a picture");
            for panel in &figure.panels {
                for (at, weight) in panel.weights.iter().enumerate() {
                    let cell = panel.cell(at / panel.keys, at % panel.keys);
                    let middle = ((cell.left + cell.right) / 2, (cell.top + cell.bottom) / 2);
                    // Corners too: were a cell one pixel short, a white line would show.
                    for (x, y) in [(cell.left, cell.top), middle, (cell.right - 1, cell.bottom - 1)] {
                        let expected = colour(*weight);
                        assert_eq!(pixel(&bitmap, x, y), [expected.0, expected.1, expected.2], "{shape:?} cell {at}");
                    }
                }
            }
        }
    }
}

#[test]
fn a_head_and_its_panel_in_the_grid_show_the_same_weights() {
    let pen = Pen::new().expect("the font is good");
    let record = record([2, 3, 4, 5], &["x"]);
    let grid = lay_out(&pen, &record, View::Grid, 1.0);
    for (at, panel) in grid.panels.iter().enumerate() {
        let (layer, head) = (at / 3, at % 3);
        assert_eq!(panel.weights, record.head(layer, head));
        let alone = lay_out(&pen, &record, View::Head { layer, head }, 1.0);
        assert_eq!(alone.panels[0].weights, panel.weights);
        // Layers run down, heads across.
        assert_eq!(panel.area.top, grid.panels[layer * 3].area.top);
        assert_eq!(panel.area.left, grid.panels[head].area.left);
    }
}

fn pixel(bitmap: &Bitmap, x: i32, y: i32) -> [u8; 3] {
    let at = 3 * (y as usize * bitmap.width as usize + x as usize);
    [bitmap.pixels[at], bitmap.pixels[at + 1], bitmap.pixels[at + 2]]
}
