//! What the files look like from outside: read back with the `png` crate.

use std::io::Cursor;

use headlight_plot::{
    FilmOptions, Font, Format, Frame, Picture, PlotError, PlotOptions, Values, draw, draw_heatmaps, film,
    grid_file_name, grid_png, head_file_name, head_png,
};
use headlight_record::{AttentionKind, AttentionRecord, Origin, Projections};

struct Pixels {
    width: usize,
    height: usize,
    pixels: Vec<u8>,
}

fn decode(png: &[u8]) -> Pixels {
    let mut reader = png::Decoder::new(Cursor::new(png)).read_info().expect("a PNG");
    let mut pixels = vec![0; reader.output_buffer_size().expect("a size")];
    let info = reader.next_frame(&mut pixels).expect("a frame");
    assert_eq!((info.color_type, info.bit_depth), (png::ColorType::Rgb, png::BitDepth::Eight));
    Pixels { width: info.width as usize, height: info.height as usize, pixels }
}

impl Pixels {
    fn pixel(&self, x: usize, y: usize) -> [u8; 3] {
        let at = 3 * (y * self.width + x);
        [self.pixels[at], self.pixels[at + 1], self.pixels[at + 2]]
    }

    /// The narrowest strip of white along the four edges.
    fn white_border(&self) -> usize {
        let inked = |x: usize, y: usize| self.pixel(x, y) != [255; 3];
        (0..self.width.min(self.height) / 2)
            .find(|&at| {
                (0..self.width).any(|x| inked(x, at) || inked(x, self.height - 1 - at))
                    || (0..self.height).any(|y| inked(at, y) || inked(self.width - 1 - at, y))
            })
            .expect("something is drawn")
    }
}

fn uniform(shape: [usize; 4], token: &str) -> AttentionRecord {
    let [layers, heads, queries, keys] = shape;
    let weights = vec![1.0 / keys as f32; layers * heads * queries * keys];
    let tokens = |count| vec![token.to_string(); count];
    let origin = Origin { task: "copy".to_string(), model: String::new(), step: Some(20) };
    AttentionRecord::new(AttentionKind::DecoderSelf, shape, weights, tokens(queries), tokens(keys), origin)
        .expect("a record")
}

#[test]
fn nothing_reaches_the_edges() {
    let tokens = [
        "3",
        "ÅŰÇgj",
        "█████",
        "\u{2581}the",
        "hippopotomonstrosesquippedaliophobia",
        "\u{378}\u{379}\u{378}\u{379}",
        "\n",
    ];
    for shape in [[1, 1, 1, 1], [1, 3, 2, 2], [2, 4, 21, 21], [1, 1, 128, 128], [1, 2, 1, 30], [2, 2, 60, 2]] {
        for token in tokens {
            let record = uniform(shape, token);
            for scale in [0.5, 1.0, 2.0] {
                let options = PlotOptions { scale, ..PlotOptions::default() };
                let head = head_png(&record, 0, 0, &options).expect("a picture");
                let grid = grid_png(&record, &options).expect("a picture");
                for picture in [decode(&head), decode(&grid)] {
                    let border = picture.white_border() as f64 / scale;
                    assert!((10.0..24.0).contains(&border), "{shape:?} {token:?} at {scale}: {border}");
                }
            }
        }
    }
}

#[test]
fn a_known_weight_has_its_colour_and_no_lines_run_between_cells() {
    // Two queries see ten keys alike: the panel is one rectangle of the colour of 0.1.
    let record = uniform([1, 1, 2, 10], "a");
    let options = PlotOptions { values: Values::Never, ..PlotOptions::default() };
    let picture = decode(&head_png(&record, 0, 0, &options).expect("a picture"));
    // matplotlib's viridis goes from (72, 35, 116) at 0.098 to (72, 37, 118) at 0.106.
    let purple = [72, 37, 118];
    let columns =
        (0..picture.width).filter(|&x| (0..picture.height).filter(|&y| picture.pixel(x, y) == purple).count() > 60);
    let columns: Vec<usize> = columns.collect();
    assert_eq!(columns.len() % 10, 0);
    assert!(columns.len() >= 500, "{}", columns.len());
    assert!(columns.windows(2).all(|pair| pair[1] == pair[0] + 1), "a line runs through the panel");
    let x = columns[0];
    let rows: Vec<usize> = (0..picture.height).filter(|&y| picture.pixel(x, y) == purple).collect();
    assert_eq!(rows.len() * 5, columns.len());
    assert!(rows.windows(2).all(|pair| pair[1] == pair[0] + 1), "a line runs through the panel");
}

#[test]
fn the_same_record_gives_the_same_bytes() {
    let record = uniform([2, 4, 21, 21], "SEP");
    let draw = || {
        let options = PlotOptions { scale: 1.3, ..PlotOptions::default() };
        (head_png(&record, 1, 3, &options).expect("a picture"), grid_png(&record, &options).expect("a picture"))
    };
    let first = draw();
    let again: Vec<_> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..3).map(|_| scope.spawn(draw)).collect();
        threads.into_iter().map(|thread| thread.join().expect("no panic")).collect()
    });
    assert!(again.iter().all(|other| *other == first));
}

#[test]
fn a_sign_the_font_lacks_is_drawn_as_its_code_point() {
    let draw = |token: &str| head_png(&uniform([1, 1, 1, 1], token), 0, 0, &PlotOptions::default()).expect("a picture");
    assert_eq!(draw("\u{378}"), draw("U+0378")); // no character, so no font has it
    assert_ne!(draw("\u{378}"), draw("\u{379}"));
    assert_ne!(draw("年"), draw("U+5E74"));
    assert_eq!(draw("\u{7}"), draw("U+0007"));
    for sign in ["√", "ᵀ", "·", "×", "÷", "≤", "≥", "∑", "−", "∞", "→", "ß", "Ł", "λ", "₂", "…", "Ġ", "▁"]
    {
        assert_ne!(draw(sign), draw(&format!("U+{:04X}", u32::from(sign.chars().next().expect("a sign")))), "{sign}");
    }
}

#[test]
fn twice_the_scale_is_twice_the_size() {
    let record = uniform([2, 4, 21, 21], "SEP");
    let sides = |scale| {
        let picture =
            decode(&head_png(&record, 0, 0, &PlotOptions { scale, ..PlotOptions::default() }).expect("a picture"));
        (picture.width as f64, picture.height as f64)
    };
    let (one, two) = (sides(1.0), sides(2.0));
    assert!((two.0 / one.0 - 2.0).abs() < 0.01 && (two.1 / one.1 - 2.0).abs() < 0.01, "{one:?} {two:?}");
}

#[test]
fn a_width_is_exact() {
    let record = uniform([2, 4, 21, 21], "SEP");
    let layers = [0, 1];
    for width in [400, 777, 1000, 2401] {
        let options = PlotOptions { width: Some(width), ..PlotOptions::default() };
        let picture = Picture::Heads { record: &record, layers: &layers, heads: &[0, 3] };
        let drawn = decode(&draw(&picture, &options).expect("a picture").bytes);
        assert_eq!(drawn.width, width as usize);
        assert!(drawn.white_border() >= 3, "{width}: {}", drawn.white_border());
    }
    for width in [0, 1, 100_000_000] {
        let options = PlotOptions { width: Some(width), ..PlotOptions::default() };
        let error =
            draw(&Picture::Sheet { records: std::slice::from_ref(&record), layers: None, heads: None }, &options)
                .expect_err("too far");
        assert!(error.to_string().contains("choose another width"), "{error}");
    }
}

#[test]
fn characters_without_a_font_are_named() {
    let missing = |token: &str, format| {
        let record = uniform([1, 1, 1, 1], token);
        let options = PlotOptions { format, ..PlotOptions::default() };
        let picture = Picture::Heads { record: &record, layers: &[0], heads: &[0] };
        draw(&picture, &options).expect("drawn").missing
    };
    let unassigned = missing("\u{378}", Format::Png).expect("no font has it");
    assert!(unassigned.characters() == ['\u{378}'] && unassigned.need_only_a_font());
    let hebrew = missing("שלום", Format::Png).expect("a PNG cannot set it");
    assert!(hebrew.characters().len() == 4 && !hebrew.need_only_a_font());
    assert_eq!(missing("abc ü λ 2026年1月5日", Format::Png), None);
    assert_eq!(missing("שלום", Format::Svg), None);
}

#[test]
fn a_font_of_the_users_own_is_asked_for_what_the_built_in_ones_lack() {
    let record = uniform([1, 1, 1, 1], "a");
    let damaged = Font { name: "mine.ttf".to_string(), bytes: b"not a font"[..].into() };
    let error = head_png(&record, 0, 0, &PlotOptions { font: Some(damaged), ..PlotOptions::default() });
    assert!(error.expect_err("not a font").to_string().contains("mine.ttf"));
}

#[test]
fn wrong_requests_say_what_to_choose() {
    let record = uniform([2, 4, 21, 21], "SEP");
    let message = |layer, head, scale| {
        head_png(&record, layer, head, &PlotOptions { scale, ..PlotOptions::default() })
            .expect_err("a wrong request")
            .to_string()
    };
    assert_eq!(message(2, 0, 1.0), "layer 2 does not exist: choose a layer from 0–1");
    assert_eq!(message(0, 4, 1.0), "head 4 does not exist: choose a head from 0–3");
    for scale in [0.0, -1.0, f64::NAN, f64::INFINITY, 1e300, 1e-300] {
        assert!(message(0, 0, scale).ends_with("choose one from 0.25 to 32; 1 is normal size"), "{scale}");
    }
    let too_large = message(0, 0, 32.0);
    assert!(too_large.ends_with("choose a smaller scale, fewer heads or a shorter input"), "{too_large}");
    let only = head_png(&uniform([1, 1, 1, 1], "a"), 1, 0, &PlotOptions::default()).expect_err("a wrong request");
    assert_eq!(only.to_string(), "layer 1 does not exist: choose layer 0, the only one");
}

#[test]
fn every_head_and_every_grid_has_a_file_name() {
    let records = [uniform([2, 2, 3, 3], "a"), {
        let tokens = vec!["b".to_string(); 2];
        AttentionRecord::new(
            AttentionKind::Cross,
            [1, 1, 2, 2],
            vec![0.5; 4],
            tokens.clone(),
            tokens,
            Origin::default(),
        )
        .expect("a record")
    }];
    let options = PlotOptions { scale: 0.5, ..PlotOptions::default() };
    let pictures = draw_heatmaps(&records, &options).expect("pictures");
    let names: Vec<&str> = pictures.iter().map(|(name, _)| name.as_str()).collect();
    let expected = ["L0_H0", "L0_H1", "L1_H0", "L1_H1", "grid"].map(|name| format!("decoder_self_{name}.png"));
    assert_eq!(names[..5], expected);
    assert_eq!(names[4], grid_file_name(AttentionKind::DecoderSelf, Format::Png));
    // A grid of one head would be the same picture again.
    assert_eq!(names[5..], [head_file_name(AttentionKind::Cross, 0, 0, Format::Png)]);
    assert_eq!(pictures[2].1.bytes, head_png(&records[0], 1, 0, &options).expect("a picture"));
    assert_eq!(pictures[4].1.bytes, grid_png(&records[0], &options).expect("a picture"));
}

#[test]
fn a_page_beyond_all_limits_is_refused_before_it_is_placed() {
    // 3.2 MB of weights whose panels, side by side, reach beyond 32 bits.
    let many = uniform([1, 800_000, 1, 1], "x");
    let records = [many.clone()];
    let (layers, heads) = ([0], (0..800_000).collect::<Vec<_>>());
    let tall = uniform([800_000, 1, 1, 1], "x");
    let projections =
        Projections { d_head: 1, d_value: 1, query: vec![1.0], key: vec![1.0], value: vec![1.0], bias: None };
    let one = uniform([1, 1, 1, 1], "x").with_projections(projections).expect("they fit");
    let masked: Vec<(String, AttentionRecord)> = (0..20_000).map(|_| ("m".repeat(40), one.clone())).collect();
    for format in [Format::Png, Format::Svg] {
        for picture in [
            Picture::Heads { record: &many, layers: &layers, heads: &heads },
            Picture::Heads { record: &tall, layers: &heads, heads: &[0] },
            Picture::Sheet { records: &records, layers: None, heads: None },
            Picture::Lines { record: &many, layers: &layers, heads: &heads },
            Picture::Difference { records: [&many, &many], names: ["a", "b"], layers: &layers, heads: &heads },
            Picture::Masks { masked: &masked },
        ] {
            let scale = 32.0;
            let error =
                draw(&picture, &PlotOptions { format, scale, ..PlotOptions::default() }).expect_err("too large");
            let PlotError::TooLarge { width, height } = error else { panic!("{error}") };
            assert!(width > 1 << 24 || height > 1 << 24, "{width} × {height}");
        }
    }
    let frames = [Frame { record: &many, title: String::new() }];
    let shown = FilmOptions { layers: &layers, heads: &heads, fps: 10 };
    let error = film(&frames, &shown, &PlotOptions::default()).expect_err("too large");
    assert!(matches!(error, PlotError::TooLarge { .. }), "{error}");
}

#[test]
fn what_is_too_large_fits_a_width() {
    let record = uniform([1, 400, 1, 400], "x");
    let heads: Vec<usize> = (0..400).collect();
    let picture = Picture::Heads { record: &record, layers: &[0], heads: &heads };
    let at = |options: PlotOptions| draw(&picture, &options).map(|drawn| decode(&drawn.bytes).width);
    assert!(matches!(at(PlotOptions { scale: 32.0, ..PlotOptions::default() }), Err(PlotError::TooLarge { .. })));
    let width = at(PlotOptions { width: Some(30_000), ..PlotOptions::default() }).expect("a picture");
    assert_eq!(width, 30_000);
}
