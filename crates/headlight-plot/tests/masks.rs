//! Masked cells: hatched by the reason, which the legend names.

mod as_svg;

use as_svg::{svg, texts};
use headlight_plot::{Picture, PlotOptions};
use headlight_record::{AttentionKind, AttentionRecord, MaskCell, Origin};

/// A later token, padding, a key outside a window, and a mask of one's own: each has its pattern and its words, and a picture without a
/// reason does not speak of it.
#[test]
fn each_reason_for_a_mask_has_its_hatching_and_its_words() {
    use MaskCell::{Causal, Masked, Padding, Visible, Window};
    let reasons = [
        (Causal, "headlight-causal", "hidden: a later token"),
        (Padding, "headlight-padding", "hidden: padding"),
        (Window, "headlight-window", "hidden: outside the window"),
        (Masked, "headlight-masked", "hidden by the mask"),
    ];
    let svg_of = |mask: Vec<MaskCell>| {
        let keys = mask.len();
        let weights = mask.iter().map(|cell| if *cell == Visible { 1.0 } else { 0.0 }).collect();
        let tokens: Vec<String> = (0..keys).map(|key| key.to_string()).collect();
        let (kind, origin) = (AttentionKind::DecoderSelf, Origin::default());
        let record = AttentionRecord::new(kind, [1, 1, 1, keys], weights, vec!["q".to_string()], tokens, origin);
        let record = record.and_then(|record| record.with_mask(mask)).expect("a record");
        svg(&Picture::Heads { record: &record, layers: &[0], heads: &[0] }, &PlotOptions::default())
    };
    let of_pattern = |svg: &str, name: &str| {
        let (_, pattern) = svg.split_once(&format!("<pattern id=\"{name}\"")).expect("the pattern is defined");
        pattern.split_once("</pattern>").expect("it ends").0.to_string()
    };
    let all = svg_of(vec![Visible, Causal, Padding, Window, Masked]);
    let mut patterns: Vec<String> = reasons.iter().map(|(_, name, _)| of_pattern(&all, name)).collect();
    for (why, name, words) in reasons {
        assert!(texts(&all).contains(&words.to_string()), "{words}");
        assert_eq!(all.matches(&format!("url(#{name})")).count(), 2, "{name}: its cell, and its swatch in the legend");
        let one = svg_of(vec![Visible, why]);
        for (_, other, words) in reasons.into_iter().filter(|(_, other, _)| *other != name) {
            assert!(!one.contains(other) && !texts(&one).contains(&words.to_string()), "{name}, {other}");
        }
    }
    patterns.sort();
    patterns.dedup();
    assert_eq!(patterns.len(), reasons.len());
}
