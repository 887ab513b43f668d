//! Pixels: colours, hatching, frames and hairlines.

use std::collections::BTreeSet;

use headlight_record::MaskCell;

use crate::area::Area;
use crate::canvas::hatching::Hatching;
use crate::colours::palette::Palette;
use crate::figure::panel::Panel;
use crate::options::{Colormap, PlotOptions, Theme, Values};
use crate::tests::fixtures::{SHAPES, drawn, heads, masked, pixel, record};

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
fn masked_cells_are_hatched_by_reason_and_needed_ones_framed() {
    let record = masked();
    for theme in [Theme::Light, Theme::Dark] {
        let options = PlotOptions { theme, values: Values::Never, ..PlotOptions::default() };
        let palette = Palette::of(&options);
        let (figure, bitmap) = drawn(&heads(&record, &[0], &[0]), &options, 1.0);
        let panel = &figure.panels[0];
        let hatched = |row, column| {
            let cell: Area = panel.cell(row, column);
            let pixels = (cell.top..cell.bottom).flat_map(|y| (cell.left..cell.right).map(move |x| (x, y)));
            let mut lines = 0.0;
            for (x, y) in pixels {
                match pixel(&bitmap, x, y) {
                    [r, ..] if r == palette.hatch.r => lines += 1.0,
                    [r, ..] => assert_eq!(r, palette.masked.r),
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
fn each_reason_for_a_mask_is_hatched_by_lines_of_its_own() {
    use MaskCell::{Causal, Masked, Padding, Window};
    let palette = Palette::of(&PlotOptions::default());
    let hatching = Hatching::new(&palette, 2.0);
    let area = Area { left: 100, top: 50, right: 148, bottom: 98 };
    let lines = |why: MaskCell| -> BTreeSet<(i32, i32)> {
        let dashes = hatching.dashes(area, why);
        dashes
            .flat_map(|dash| (dash.top..dash.bottom).flat_map(move |y| (dash.left..dash.right).map(move |x| (x, y))))
            .collect()
    };
    let [rising, crossed, falling, level] = [Causal, Padding, Window, Masked].map(lines);
    assert_eq!(crossed, &rising | &falling);
    for lines in [&rising, &falling, &level] {
        let share = lines.len() as f64 / (48.0 * 48.0);
        assert!((0.1..0.25).contains(&share), "{share}");
        assert!(lines.iter().all(|(x, y)| (100..148).contains(x) && (50..98).contains(y)));
    }
    assert!(rising != falling && level.iter().all(|(x, y)| *x == 100 || level.contains(&(x - 1, *y))));
    assert_eq!(hatching.dashes(area, MaskCell::Visible).count(), 0);
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
fn a_hairline_says_where_panels_and_bars_end() {
    let record = masked();
    for theme in [Theme::Light, Theme::Dark] {
        let options = PlotOptions { theme, threshold: Some(1.0), colormap: Colormap::Greys, ..PlotOptions::default() };
        let palette = Palette::of(&options);
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
