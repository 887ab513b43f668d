//! Records and figures that several tests look at.

use headlight_record::{AttentionKind, AttentionRecord, MaskCell, Origin};

use crate::area::Area;
use crate::canvas::bitmap::{Bitmap, bitmap};
use crate::figure::Figure;
use crate::layout::style::Style;
use crate::options::PlotOptions;
use crate::pictures::Picture;
use crate::text::pen::Pen;

pub(super) const WORDS: [&str; 8] =
    ["The", " quick", "ÅÇÉ\n", "internationalization", "\u{378}\u{379}", "", "7", "pneumonoultramicroscopic…"];
pub(super) const SHAPES: [[usize; 4]; 16] = [
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
pub(super) const SHRUNK: [usize; 4] = [1, 1, 1300, 1200];
/// So many keys, and few queries.
pub(super) const TALL: [usize; 4] = [1, 1, 8, 2048];

pub(super) fn record([layers, heads, queries, keys]: [usize; 4], words: &[&str]) -> AttentionRecord {
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

/// Three queries of three keys: later keys are masked, and the last is padding.
pub(super) fn masked() -> AttentionRecord {
    use MaskCell::{Causal, Padding, Visible};
    let tokens: Vec<String> = ["a", "b", "PAD"].map(String::from).to_vec();
    let weights = vec![1.0, 0.0, 0.0, 0.25, 0.75, 0.0, 0.5, 0.5, 0.0];
    let mask = vec![Visible, Causal, Padding, Visible, Visible, Padding, Visible, Visible, Padding];
    AttentionRecord::new(AttentionKind::DecoderSelf, [1, 1, 3, 3], weights, tokens.clone(), tokens, Origin::default())
        .and_then(|record| record.with_mask(mask))
        .and_then(|record| record.with_alignment(vec![vec![], vec![1], vec![0]]))
        .expect("a record")
}

pub(super) fn heads<'a>(record: &'a AttentionRecord, layers: &'a [usize], heads: &'a [usize]) -> Picture<'a> {
    Picture::Heads { record, layers, heads }
}

pub(super) fn plain_pen() -> Pen {
    Pen::new([], &PlotOptions::default()).expect("the font is good")
}

pub(super) fn overlap(a: Area, b: Area) -> bool {
    a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom
}

pub(super) fn drawn<'a>(picture: &Picture<'a>, options: &PlotOptions, scale: f64) -> (Figure<'a>, Bitmap) {
    let pen = plain_pen();
    let style = Style::new(&pen, options, scale);
    let figure = picture.figure(&style).expect("it fits");
    let bitmap = bitmap(&figure, &pen, &style.palette, scale).expect("a picture");
    (figure, bitmap)
}

pub(super) fn pixel(bitmap: &Bitmap, x: i32, y: i32) -> [u8; 3] {
    let at = 3 * (y as usize * bitmap.width as usize + x as usize);
    [bitmap.pixels[at], bitmap.pixels[at + 1], bitmap.pixels[at + 2]]
}
