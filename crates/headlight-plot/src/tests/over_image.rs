//! Attention over a picture: every patch where it belongs, the picture under it, and in words what has no patch.

use headlight_record::{AttentionKind, AttentionRecord, Origin};

use crate::error::PlotError;
use crate::figure::Figure;
use crate::layout::style::Style;
use crate::options::{FullColour, PlotOptions, Theme};
use crate::pictures::Picture;
use crate::pictures::over_image::PatchedImage;
use crate::tests::fixtures::{drawn, overlap, pixel, plain_pen};

/// `[CLS]`, then patches; each head looks at one patch most, further on the higher its number.
fn record([layers, heads]: [usize; 2], patches: usize) -> AttentionRecord {
    let keys = patches + 1;
    let weight = |head: usize, key: usize| match key {
        0 => 0.25,
        key if key - 1 == head % patches => 0.5,
        _ => 0.25 / (patches - 1) as f32,
    };
    let heads_in_all = (0..layers).flat_map(|_| 0..heads);
    let weights =
        heads_in_all.flat_map(|head| (0..keys).flat_map(move |_| (0..keys).map(move |key| weight(head, key))));
    let tokens: Vec<String> =
        (0..keys).map(|at| if at == 0 { "[CLS]".into() } else { format!("patch {at}") }).collect();
    let origin = Origin { task: String::new(), model: "a small vision transformer".to_string(), step: None };
    let shape = [layers, heads, keys, keys];
    AttentionRecord::new(AttentionKind::EncoderSelf, shape, weights.collect(), tokens.clone(), tokens, origin)
        .expect("a record")
}

/// Left half black, right half white.
fn rgb(width: usize, height: usize) -> Vec<u8> {
    (0..width * height).flat_map(|at| [if at % width < width / 2 { 0 } else { 255 }; 3]).collect()
}

fn image(rgb: &[u8], [width, height]: [usize; 2], grid: [usize; 2]) -> PatchedImage<'_> {
    PatchedImage { rgb, width, height, grid, first_patch: 1 }
}

fn words<'f>(figure: &'f Figure<'_>) -> Vec<&'f str> {
    figure.texts.iter().map(|text| text.words.as_str()).collect()
}

#[test]
fn no_two_things_overlap_and_the_page_holds_them() {
    let pen = plain_pen();
    let numbers: Vec<usize> = (0..12).collect();
    for (shape, grid) in [
        ([1, 1], [14, 14]),
        ([1, 1], [1, 9]),
        ([2, 3], [4, 4]),
        ([12, 12], [14, 14]),
        ([1, 2], [24, 10]),
        ([3, 1], [3, 7]),
    ] {
        let record = record(shape, grid[0] * grid[1]);
        let size = [grid[1] * 4, grid[0] * 4];
        let rgb = rgb(size[0], size[1]);
        let (layers, heads) = (&numbers[..shape[0]], &numbers[..shape[1]]);
        for (query, scale) in [(0, 0.25), (0, 1.0), (2, 1.0), (2, 2.0)] {
            let image = image(&rgb, size, grid);
            let picture = Picture::OverImage { record: &record, layers, heads, query, image };
            let options = PlotOptions::default();
            let figure = picture.figure(&Style::new(&pen, &options, scale)).expect("it fits");
            let name = format!("{shape:?} {grid:?} at {scale}");
            let photos: Vec<_> = figure.photos.iter().map(|photo| photo.area).collect();
            assert_eq!(photos.len(), figure.panels.len() + 1, "{name}: one under each, and one by itself");
            for (at, text) in figure.texts.iter().enumerate() {
                assert!(figure.texts[..at].iter().all(|other| !overlap(text.area(), other.area())), "{name}: {text:?}");
                assert!(photos.iter().all(|area| !overlap(text.area(), *area)), "{name}: {text:?}");
            }
            for (at, area) in photos.iter().enumerate() {
                assert!(photos[..at].iter().all(|other| !overlap(*area, *other)), "{name}");
            }
            assert_eq!(figure.page, figure.page.around(figure.extent()), "{name}");
        }
    }
}

#[test]
fn colours_are_weights_and_the_picture_shows_through() {
    let (record, rgb) = (record([1, 3], 4), rgb(8, 8));
    let image = image(&rgb, [8, 8], [2, 2]);
    for theme in [Theme::Light, Theme::Dark] {
        let options = PlotOptions { theme, ..PlotOptions::default() };
        let picture = Picture::OverImage { record: &record, layers: &[0], heads: &[2], query: 0, image };
        let (figure, bitmap) = drawn(&picture, &options, 1.0);
        let panel = &figure.panels[0];
        // The head looks at the third patch, the lower left one; the others share what is left.
        let weights = [0.25 / 3.0, 0.25 / 3.0, 0.5, 0.25 / 3.0];
        assert_eq!(*panel.values, weights);
        for (at, weight) in weights.into_iter().enumerate() {
            let (row, column) = (at / 2, at % 2);
            let (x, y) = panel.cell(row, column).middle();
            let colour = panel.shade.numbered(panel.shade.index(weight).expect("a colour"));
            let grey = if column == 0 { 0.0 } else { 255.0 };
            let got = pixel(&bitmap, x as i32, y as i32);
            for (got, colour) in got.into_iter().zip([colour.r, colour.g, colour.b]) {
                let mixed = 0.6 * f64::from(colour) + 0.4 * grey;
                assert!((f64::from(got) - mixed).abs() <= 1.5, "{theme:?}, patch {at}: {got}, not {mixed}");
            }
        }
        let seen = figure.photos[1].area;
        let (_, y) = seen.middle();
        let at = |x: i32| pixel(&bitmap, x, y as i32);
        assert_eq!([at(seen.left + 9), at(seen.right - 9)], [[0; 3], [255; 3]], "the picture itself is left as it is");
    }
}

#[test]
fn words_say_what_the_picture_cannot() {
    let (record, rgb, pen) = (record([2, 3], 4), rgb(8, 8), plain_pen());
    let image = image(&rgb, [8, 8], [2, 2]);
    let options = PlotOptions { full_colour: FullColour::PanelMaximum, ..PlotOptions::default() };
    let figure = |layers: &'static [usize], heads: &'static [usize], query: usize| {
        let picture = Picture::OverImage { record: &record, layers, heads, query, image };
        picture.figure(&Style::new(&pen, &options, 1.0)).expect("it fits")
    };
    let one = figure(&[1], &[2], 0);
    let said = words(&one);
    for expected in [
        "weight on [CLS], outside the picture: 0.25",
        "from [CLS] to each patch · a small vision transformer",
        "what the model sees",
        "normalized: colours of different panels cannot be compared",
    ] {
        assert!(said.contains(&expected), "{expected}: {said:?}");
    }
    assert!(one.panels[0].outlined.is_empty() && !said.iter().any(|words| words.starts_with("framed")));

    let several = figure(&[0, 1], &[0, 1], 4);
    let said = words(&several);
    for expected in ["framed: the query, the patch in row 1, column 1", "head 1", "layer 1"] {
        assert!(said.contains(&expected), "{expected}: {said:?}");
    }
    assert!(said.iter().any(|words| words.contains("0.25 (layer 0, head 0) to 0.25")), "{said:?}");
    assert!(several.panels.iter().all(|panel| *panel.outlined == [(1, 1)]));
}

#[test]
fn pictures_and_grids_that_do_not_fit_are_refused() {
    let (record, rgb) = (record([1, 1], 4), rgb(8, 8));
    let good = image(&rgb, [8, 8], [2, 2]);
    let check = |query: usize, image: PatchedImage<'_>| {
        Picture::OverImage { record: &record, layers: &[0], heads: &[0], query, image }.check()
    };
    assert!(check(4, good).is_ok() && check(0, PatchedImage { grid: [1, 5], first_patch: 0, ..good }).is_ok());
    assert!(matches!(check(5, good), Err(PlotError::Query { query: 5, queries: 5 })));
    for grid in [[3, 2], [0, 2], [2, 0], [usize::MAX, 2]] {
        assert!(matches!(check(0, PatchedImage { grid, ..good }), Err(PlotError::Patches { .. })), "{grid:?}");
    }
    for first_patch in [2, usize::MAX] {
        assert!(matches!(check(0, PatchedImage { first_patch, ..good }), Err(PlotError::Patches { .. })));
    }
    for (width, height) in [(8, 7), (0, 8), (usize::MAX, 3)] {
        assert!(matches!(check(0, PatchedImage { width, height, ..good }), Err(PlotError::Photo { .. })));
    }
    assert!(matches!(check(0, PatchedImage { rgb: &[], width: 0, height: 0, ..good }), Err(PlotError::Photo { .. })));
}
