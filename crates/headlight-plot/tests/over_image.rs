//! Attention over a picture as an SVG that stays as it was reviewed.

mod as_svg;

use std::io::Cursor;

use as_svg::{svg, texts};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use headlight_plot::{FullColour, PatchedImage, Picture, PlotOptions};
use headlight_record::{AttentionKind, AttentionRecord, Origin};

#[test]
fn two_heads_over_a_picture() {
    let weights = [[0.5, 0.2, 0.1, 0.1, 0.1], [0.1, 0.0, 0.6, 0.0, 0.3]].into_iter().flat_map(|row| [row; 5]).flatten();
    let tokens: Vec<String> = ["[CLS]", "0,0", "0,1", "1,0", "1,1"].map(String::from).to_vec();
    let record = AttentionRecord::new(
        AttentionKind::EncoderSelf,
        [1, 2, 5, 5],
        weights.collect(),
        tokens.clone(),
        tokens,
        Origin::default(),
    )
    .expect("a record");
    let rgb = [[200, 40, 40], [40, 200, 40], [40, 40, 200], [240, 240, 240]].concat();
    let image = PatchedImage { rgb: &rgb, width: 2, height: 2, grid: [2, 2], first_patch: 1 };
    let options = PlotOptions { full_colour: FullColour::PanelMaximum, ..PlotOptions::default() };
    let document =
        svg(&Picture::OverImage { record: &record, layers: &[0], heads: &[0, 1], query: 1, image }, &options);
    assert!(
        texts(&document)
            .iter()
            .any(|text| text == "weight on [CLS], outside the picture: 0.1 (layer 0, head 1) to 0.5 (layer 0, head 0)")
    );
    // In colour and in grey, however many heads show it.
    assert_eq!(document.matches("<use ").count(), 3);
    let photos: Vec<&str> = document.split("base64,").skip(1).filter_map(|rest| rest.split('"').next()).collect();
    // 0.299 of red, 0.587 of green and 0.114 of blue.
    let grey = [88, 134, 58, 240].map(|level| [level; 3]).concat();
    let mut pixels: Vec<Vec<u8>> = photos.iter().map(|photo| decoded(photo)).collect();
    pixels.sort();
    assert_eq!(pixels, [grey, rgb]);
    let document = photos.iter().fold(document.clone(), |document, photo| document.replace(photo, "…"));
    insta::assert_snapshot!(document);
}

/// The pixels of a PNG in a document.
fn decoded(base64: &str) -> Vec<u8> {
    let bytes = STANDARD.decode(base64).expect("base64");
    let mut reader = png::Decoder::new(Cursor::new(bytes)).read_info().expect("a PNG");
    let mut pixels = vec![0; reader.output_buffer_size().expect("a size")];
    reader.next_frame(&mut pixels).expect("a frame");
    pixels
}
